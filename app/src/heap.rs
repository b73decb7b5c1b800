//! How the C library keeps this process's own heap.
#![allow(unsafe_code, reason = "a number is given to the C library")]

/// Heaps that threads share. The C library makes up to eight for each processor, so that threads need not wait for each
/// other, and what an answer leaves behind in one is of no use to those who compute the next: with a recording of 10
/// million events that was 0.7 bytes a block. Those who compute here seldom allocate at the same time.
#[cfg(target_env = "gnu")]
const HEAPS: i32 = 2;

/// To be called once, before the window's threads are.
pub fn share_among_threads() {
    // SAFETY: sets a number, and is safe to call at any time; where it is refused, all stays as it was.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
    }
}
