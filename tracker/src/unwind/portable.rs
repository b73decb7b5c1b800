//! Walking a stack with the `backtrace` crate: right everywhere, at about 120 ns a frame.
#![allow(unsafe_code, reason = "the walk without the crate's global lock is an unsafe function")]

use super::{MAX_DEPTH, Quality};

/// How many frames were noted and how far they can be believed.
pub(super) struct Walked {
    pub(super) depth: usize,
    pub(super) quality: Quality,
}

/// Where unwinding ends with a frame at address 0 if, and only if, the thread's first function was reached.
const ROOT_IS_MARKED: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Notes the calling thread's return addresses, innermost first, from the first frame above `floor` on.
pub(super) fn walk(floor: u64, addresses: &mut [u64; MAX_DEPTH]) -> Walked {
    let mut depth = 0;
    let mut below = true;
    let mut root_seen = false;
    let mut more = false;
    // SAFETY: the function is unsafe only because symbol lookup and `dbghelp` on Windows share state with other
    // callers; on the other targets it calls `_Unwind_Backtrace`, which may run on any number of threads. The
    // closure does not unwind.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            let sp = frame.sp() as u64;
            // Only leading frames are skipped: after a signal's frame the stack may go on at lower addresses.
            below &= sp != 0 && sp <= floor;
            if below {
                return true;
            }
            let address = frame.ip() as u64;
            if address == 0 {
                root_seen = true;
                return false;
            }
            match addresses.get_mut(depth) {
                Some(slot) => *slot = address,
                None => {
                    more = true;
                    return false;
                }
            }
            depth += 1;
            true
        });
    }
    let quality = match (more, depth == 0 || (ROOT_IS_MARKED && !root_seen)) {
        (true, _) => Quality::Truncated,
        (false, true) => Quality::Suspect,
        (false, false) => Quality::Complete,
    };
    Walked { depth, quality }
}
