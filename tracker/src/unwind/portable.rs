//! Walking a stack with an unwinder that others wrote: right wherever there is unwind information, at about 120 ns a frame.
//!
//! | file | whose |
//! |---|---|
//! | `system` | the one that std links (x86-64 Linux with glibc): it is there already, so it costs no build |
//! | `judge` | the `backtrace` crate: on all other targets, and where stacks are judged |

#[cfg(any(feature = "judge", not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))))]
pub(super) mod judge;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod system;

use super::Quality;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
pub(super) use judge::{NAME, walk};
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub(super) use system::{NAME, walk};

/// Where unwinding ends with a frame at address 0 if, and only if, the thread's first function was reached.
const ROOT_IS_MARKED: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Takes an unwinder's frames, innermost first, and passes on the return addresses of those above `floor`.
struct Frames<N> {
    floor: u64,
    is_below: bool,
    quality: Quality,
    /// False: it has no room for the one it was given.
    note: N,
}

impl<N: FnMut(u64) -> bool> Frames<N> {
    fn new(floor: u64, note: N) -> Self {
        let quality = if ROOT_IS_MARKED { Quality::Suspect } else { Quality::Complete };
        Self { floor, is_below: true, quality, note }
    }

    /// Whether to go on.
    fn take(&mut self, address: u64, sp: u64) -> bool {
        // Only leading frames are skipped: after a signal's frame the stack may go on at lower addresses.
        self.is_below &= sp != 0 && sp <= self.floor;
        if self.is_below {
            return true;
        }
        if address == 0 {
            self.quality = Quality::Complete;
            return false;
        }
        let is_noted = (self.note)(address);
        if !is_noted {
            self.quality = Quality::Truncated;
        }
        is_noted
    }
}
