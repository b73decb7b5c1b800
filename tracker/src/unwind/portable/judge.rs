//! The `backtrace` crate's walk.
#![allow(unsafe_code, reason = "the walk without the crate's global lock is an unsafe function")]

use super::{Frames, Quality};

/// What it is called in a recording, where it is what walks.
#[allow(dead_code, reason = "elsewhere it only judges")]
pub(in super::super) const NAME: &str = "backtrace";

/// Gives `note` the calling thread's return addresses, innermost first, from the first frame above `floor` on, until
/// it returns false: it has no room for the one it was given. Of a frame that a signal interrupted: its instruction's
/// address, since the crate does not tell such frames.
pub(in super::super) fn walk(floor: u64, note: impl FnMut(u64) -> bool) -> Quality {
    let mut frames = Frames::new(floor, note);
    // SAFETY: the function is unsafe only because symbol lookup and `dbghelp` on Windows share state with other
    // callers; on the other targets it calls `_Unwind_Backtrace`, which may run on any number of threads. The
    // closure does not unwind.
    unsafe { backtrace::trace_unsynchronized(|frame| frames.take(frame.ip() as u64, frame.sp() as u64)) };
    frames.quality
}
