//! Time as the recorder counts it. Everything that stamps goes through [`ticks`].
#![allow(unsafe_code, reason = "reading the system's clocks")]

use dropscope_format::ring::Clock;

/// What the ticks are, for the recording's process block.
pub(crate) const NAME: &str = "clock_gettime(CLOCK_MONOTONIC)";

/// The time now, in ticks of [`calibrate`]'s clock. Never goes back on a thread, and across threads only by as much as
/// the system's monotonic clock does (not at all). Safe in signal handlers.
#[inline]
pub(crate) fn ticks() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// A clock that begins now.
pub(crate) fn calibrate() -> Clock {
    Clock::nanoseconds(ticks())
}

/// `CLOCK_MONOTONIC` in ns.
pub(crate) fn monotonic_ns() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Wall time in ns since 1970-01-01 UTC.
pub(crate) fn unix_ns() -> u64 {
    read(libc::CLOCK_REALTIME)
}

/// CPU time of the calling thread in ns. A system call, about 200 ns.
pub(crate) fn thread_cpu_ns() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

#[inline]
fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a place of its own; these clocks are always there.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
