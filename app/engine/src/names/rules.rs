//! What a whole stack says: its user frame, whether it belongs to the runtime, whether a collector was at work.

use super::frame::{Frame, FrameKind};
use super::kind::is_collector;
use std::sync::Arc;

/// The user frame: the first frame from the innermost out that is the program's own.
pub(crate) fn user_frame(frames: &[Arc<Frame>]) -> Option<&Arc<Frame>> {
    frames.iter().find(|frame| frame.kind == FrameKind::User)
}

/// How many of the innermost frames can be the tracker's.
const TRACKER_FRAMES: usize = 32;

/// How many of the innermost frames are the tracker's own, and what it calls.
pub(crate) fn tracker_frames(frames: &[Arc<Frame>]) -> usize {
    // Inside the allocator's shim all is the tracker's, also where debug information names it badly.
    if let Some(shim) = frames.iter().take(TRACKER_FRAMES).position(|frame| frame.kind == FrameKind::Shim) {
        return shim;
    }
    let program = frames.iter().position(|frame| frame.kind == FrameKind::User).unwrap_or(frames.len());
    let inner = &frames[..program.min(TRACKER_FRAMES)];
    inner.iter().rposition(|frame| frame.kind == FrameKind::Tracker).map_or(0, |last| last + 1)
}

/// Whether a block born here is one that the Rust or C runtime makes for itself: on no code of the program at all, or
/// for something that std sets up once on first use.
pub(crate) fn is_runtime(frames: &[Arc<Frame>]) -> bool {
    let is_program = |frame: &Arc<Frame>| matches!(frame.kind, FrameKind::User | FrameKind::Dependency);
    match frames.iter().position(is_program) {
        Some(first) => is_first_use(&frames[..first]),
        // A stack that was not walked to its thread's first frame may have the program further out.
        None => {
            frames.iter().all(|frame| frame.kind != FrameKind::Unknown)
                && frames.last().is_some_and(|frame| frame.kind == FrameKind::Runtime)
        }
    }
}

/// Whether std, called by the program, sets up something of its own.
fn is_first_use(frames: &[Arc<Frame>]) -> bool {
    const ALWAYS: [&str; 6] = [
        "std::io::stdio::stdout",
        "std::io::stdio::stdin",
        "std::io::stdio::stderr",
        "std::thread::current::",
        "std::sys::thread_local::",
        "std::rt::",
    ];
    let names = || frames.iter().filter(|frame| frame.kind == FrameKind::Std).map(|frame| &*frame.function);
    let is_always = |name: &str| ALWAYS.iter().any(|known| name.contains(known)) || name.contains("::stack_overflow::");
    if names().any(is_always) {
        return true;
    }
    // Stripped programs and some builds show less of it: a cell being filled below the standard streams.
    let fills_cell = |name: &str| {
        ["OnceLock", "once_lock", "ReentrantLock", "Once::call", "LineWriter"].iter().any(|word| name.contains(word))
    };
    names().any(|name| name.contains("std::io::stdio::")) && names().any(fills_cell)
}

/// Whether a collector was at work in here.
pub(crate) fn is_by_collector(frames: &[Arc<Frame>]) -> bool {
    frames.iter().any(|frame| is_collector(&frame.function, frame.path.as_deref().and_then(|path| path.to_str())))
}

/// Whether the chain may have lost or mixed up links: drop glue was inlined, so the code was optimised.
pub(crate) fn is_approximate(frames: &[Arc<Frame>]) -> bool {
    frames.iter().any(|frame| frame.kind == FrameKind::DropGlue && frame.inlined)
}
