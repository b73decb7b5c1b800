//! What a whole stack says: its user frame, whether it belongs to the runtime, whether a collector was at work.

use super::frame::{Frame, FrameKind};
use super::kind::is_collector;
use std::sync::Arc;

/// The user frame: the first frame from the innermost out that is the program's own. Where none is known to be, as in a
/// stripped program, the first one that has no name: its address tells places apart. Code that is in no file, which a
/// virtual machine has made, lies elsewhere in each run: there it is what that code called.
pub(crate) fn user_frame(frames: &[Arc<Frame>]) -> Option<&Arc<Frame>> {
    let first = |kind| frames.iter().position(|frame| frame.kind == kind);
    let found = first(FrameKind::User).or_else(|| first(FrameKind::Unknown))?;
    let called = found.checked_sub(1).and_then(|inner| frames.get(inner));
    match (frames.get(found), called) {
        (Some(frame), Some(called)) if frame.is_in_no_file() && called.kind == FrameKind::Runtime => Some(called),
        (frame, _) => frame,
    }
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
    if is_buffer_of_standard_stream(frames) {
        return true;
    }
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

/// Whether the C library makes the buffer of stdout or stdin, which it keeps to the end. Which stream it is for is not on
/// the stack: what knows no other, and C++'s streams, which go by the C library for these alone.
fn is_buffer_of_standard_stream(frames: &[Arc<Frame>]) -> bool {
    const OF_STDOUT_AND_STDIN: [&str; 8] =
        ["puts", "printf", "vprintf", "putchar", "putchar_unlocked", "getchar", "scanf", "vscanf"];
    const OF_CXX: [&str; 4] = ["libstdc++.", "std::__ostream_insert", "std::ostream", "std::basic_ostream"];
    let library = || frames.iter().filter(|frame| frame.kind == FrameKind::Runtime).map(|frame| plain(&frame.function));
    library().any(|name| name == "file_doallocate")
        && (library().next_back().is_some_and(|called| OF_STDOUT_AND_STDIN.contains(&called))
            || library().any(|name| OF_CXX.iter().any(|of_cxx| name.starts_with(of_cxx))))
}

/// The name that a program calls a function of glibc by: its names for itself have more around that.
fn plain(name: &str) -> &str {
    let name = name.strip_prefix("__GI_").unwrap_or(name).trim_start_matches('_');
    let name = name.strip_prefix("IO_").unwrap_or(name);
    let name = name.strip_prefix("isoc99_").unwrap_or(name);
    name.strip_suffix("_chk").unwrap_or(name)
}

/// Whether a block born here is made once, for a static or a thread local of the program that is made on first use.
pub(crate) fn is_for_static(frames: &[Arc<Frame>]) -> bool {
    // What of std or of the usual crates runs a maker once, and how the function that does it is called.
    const MAKERS: [(&str, &str); 7] = [
        ("std::sync::lazy_lock::LazyLock", "::force"),
        ("std::sync::once_lock::OnceLock", "::initialize"),
        ("std::sync::poison::once::Once", "::call"),
        ("std::sys::sync::once::", "::call"),
        ("std::sys::thread_local::", "::initialize"),
        ("once_cell::", "::initialize"),
        ("lazy_static::", "::get"),
    ];
    let is_maker = |frame: &Arc<Frame>| {
        let is_named = |&(maker, what): &(&str, &str)| frame.function.contains(maker) && frame.function.contains(what);
        matches!(frame.kind, FrameKind::Std | FrameKind::Dependency) && MAKERS.iter().any(is_named)
    };
    frames.iter().any(is_maker) && !is_runtime(frames)
}

/// Whether a collector was at work in here.
pub(crate) fn is_by_collector(frames: &[Arc<Frame>]) -> bool {
    frames.iter().any(|frame| is_collector(&frame.function, frame.path.as_deref().and_then(|path| path.to_str())))
}

/// Whether the chain may have lost or mixed up links: the program's drop glue was inlined, so it was optimised. (std
/// comes optimised; its own glue, which has std's relative paths, says nothing about the program.)
pub(crate) fn is_approximate(frames: &[Arc<Frame>]) -> bool {
    frames.iter().any(|frame| {
        frame.kind == FrameKind::DropGlue
            && frame.inlined
            && frame.file.as_ref().is_some_and(|file| file.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use FrameKind::{Dependency, DropGlue, Runtime, Shim, Std, Tracker, Unknown, User};

    fn stack(frames: &[(FrameKind, &str)]) -> Vec<Arc<Frame>> {
        let frame = |&(kind, function): &(FrameKind, &str)| {
            Arc::new(Frame {
                function: Arc::from(function),
                file: None,
                path: None,
                line: 1,
                column: 1,
                inlined: false,
                kind,
                address: 0,
            })
        };
        frames.iter().map(frame).collect()
    }

    const START: [(FrameKind, &str); 2] = [(Std, "std::rt::lang_start_internal"), (Runtime, "_start")];

    #[test]
    fn what_the_runtime_makes_for_itself_is_told_from_what_it_makes_for_the_program() {
        let is = |inner: &[(FrameKind, &str)]| {
            let frames: Vec<_> = [(Shim, "__rust_alloc")].iter().chain(inner).chain(&START).copied().collect();
            is_runtime(&stack(&frames))
        };
        // Before main, and stdout's buffer below main, as debug information and as symbols alone name it.
        assert!(is(&[(Std, "std::sys::pal::unix::stack_overflow::thread_info::set_current_info")]));
        assert!(is(&[
            (Std, "std::io::stdio::stdout::{closure#0}"),
            (Std, "std::io::stdio::_print"),
            (User, "demo::main")
        ]));
        assert!(is(&[
            (Std, "std::sync::once_lock::OnceLock<T>::initialize"),
            (Std, "std::io::stdio::_print"),
            (User, "demo::main")
        ]));
        assert!(is(&[(Std, "std::thread::current::init_current"), (User, "demo::main")]));
        // What the program asks of std is the program's, also within a print or while reading a line.
        assert!(!is(&[(Std, "alloc::vec::Vec<T>::push"), (User, "demo::main")]));
        assert!(!is(&[(Std, "std::io::stdio::Stdin::read_line"), (User, "demo::main")]));
        assert!(!is(&[
            (User, "<demo::A as core::fmt::Display>::fmt"),
            (Std, "std::io::stdio::stdout"),
            (User, "demo::main")
        ]));
        assert!(!is(&[(Dependency, "log::init"), (User, "demo::main")]));
        assert!(!is(&[(User, "demo::X::__init"), (Std, "std::sys::thread_local::native::lazy::Storage::initialize")]));
    }

    #[test]
    fn a_stack_that_was_not_walked_to_its_end_is_not_called_runtime() {
        assert!(!is_runtime(&stack(&[(Shim, "__rust_alloc"), (Std, "alloc::alloc::alloc")])));
        assert!(!is_runtime(&stack(&[(Unknown, "demo+0x10"), (Runtime, "_start")])));
        assert!(!is_runtime(&[]));
    }

    #[test]
    fn places_of_a_stripped_program_are_told_apart_by_their_addresses() {
        let at = |frames: &[(FrameKind, &str)]| user_frame(&stack(frames)).map(|frame| frame.function.to_string());
        let stripped = [(Runtime, "strdup"), (Unknown, "git+0x10"), (Unknown, "git+0x20"), (Runtime, "_start")];
        assert_eq!(at(&stripped).as_deref(), Some("git+0x10"));
        assert_eq!(at(&[(Unknown, "lib.so+0x10"), (User, "demo::run")]).as_deref(), Some("demo::run"));
        assert_eq!(at(&[(Std, "std::rt::init"), (Runtime, "_start")]), None);
    }

    /// As glibc 2.36 names them with and without its debug file.
    #[test]
    fn the_c_librarys_buffers_of_standard_streams_are_its_own() {
        let is = |library: &[&str], program: &str| {
            let inner = library.iter().map(|name| (Runtime, *name));
            let frames: Vec<_> = inner.chain([(User, program), (Runtime, "_start")]).collect();
            is_runtime(&stack(&frames))
        };
        assert!(is(&["__GI__IO_file_doallocate", "__GI__IO_doallocbuf", "__GI__IO_puts"], "main"));
        assert!(is(&["_IO_file_doallocate", "libc.so.6+0x7a1c5", "_IO_puts"], "main"));
        assert!(is(&["_IO_file_doallocate", "___printf_chk"], "main"));
        assert!(is(&["__GI__IO_file_doallocate", "fwrite", "std::__ostream_insert<char>"], "main"));
        assert!(!is(&["__GI__IO_file_doallocate", "__GI__IO_fputs"], "main"), "whichever stream it is of");
        assert!(!is(&["strdup"], "puts"), "the program's own");
    }

    #[test]
    fn what_a_virtual_machine_has_compiled_gives_way_to_what_it_called() {
        let at = |frames: &[(FrameKind, &str)]| user_frame(&stack(frames)).map(|frame| frame.function.to_string());
        let java =
            [(Runtime, "os::malloc"), (Runtime, "JVM_StartThread"), (Unknown, "0x7fb6dc9455da"), (Runtime, "go")];
        assert_eq!(at(&java).as_deref(), Some("JVM_StartThread"));
        assert_eq!(at(&[(Tracker, "malloc"), (Unknown, "0x7fb6dc9455da")]).as_deref(), Some("0x7fb6dc9455da"));
    }

    #[test]
    fn the_tracker_is_left_out_however_badly_it_is_named() {
        let at_shim =
            [(User, "trace"), (Tracker, "dropscope::hook"), (User, "alloc"), (Shim, "__rust_alloc"), (User, "f")];
        assert_eq!(tracker_frames(&stack(&at_shim)), 3);
        let at_mark = [(Dependency, "backtrace::trace"), (Tracker, "dropscope::mark"), (User, "f"), (Tracker, "x")];
        assert_eq!(tracker_frames(&stack(&at_mark)), 2);
        let guard = [(Tracker, "dropscope::exit"), (DropGlue, "drop_in_place<Scope>"), (User, "f")];
        assert_eq!(tracker_frames(&stack(&guard)), 1);
        assert_eq!(tracker_frames(&stack(&[(Std, "alloc::alloc::alloc"), (User, "f")])), 0);
    }
}
