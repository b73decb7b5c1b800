//! Walking a stack with the `backtrace` crate: right everywhere, at about 120 ns a frame.
#![allow(unsafe_code, reason = "the walk without the crate's global lock is an unsafe function")]

use super::Quality;

/// Where unwinding ends with a frame at address 0 if, and only if, the thread's first function was reached.
const ROOT_IS_MARKED: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Gives `note` the calling thread's return addresses, innermost first, from the first frame above `floor` on, until
/// it returns false: it has no room for the one it was given.
pub(super) fn walk(floor: u64, mut note: impl FnMut(u64) -> bool) -> Quality {
    let mut below = true;
    let mut quality = if ROOT_IS_MARKED { Quality::Suspect } else { Quality::Complete };
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
                quality = Quality::Complete;
                return false;
            }
            let noted = note(address);
            if !noted {
                quality = Quality::Truncated;
            }
            noted
        });
    }
    quality
}
