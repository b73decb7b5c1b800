//! How the C library keeps this process's own heap.
#![allow(unsafe_code, reason = "a number is given to the C library")]

/// The heaps that threads share. The C library makes up to eight for each processor, so that threads need not wait for each
/// other, and what one leaves behind in its own is of no use to the others. Those who compute here seldom allocate at the
/// same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heaps {
    /// One for all. What groups are decoded into lies among the columns, and not beside them: with a recording of 10 million
    /// events that is 1.2 bytes a block less.
    One = 1,
    /// The window's: one for those who read and answer. With more, an answer's remains were 0.7 bytes a block.
    Two = 2,
}

/// To be called once, before there are threads.
pub fn keep(heaps: Heaps) {
    // SAFETY: sets a number, and is safe to call at any time; where it is refused, all stays as it was.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, heaps as i32);
    }
    #[cfg(not(target_env = "gnu"))]
    let _ = heaps;
}
