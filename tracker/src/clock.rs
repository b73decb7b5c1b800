//! Time as the recorder counts it. Everything that stamps goes through [`ticks`].
//!
//! The processor's time-stamp counter where it is good for that, else `CLOCK_MONOTONIC` through the vdso, at twice the
//! price. *Good* is the kernel's judgement as well as the processor's: the counter is invariant (it runs at one rate in
//! every power state), and the kernel has found the processors' counters to agree and keeps time by them itself.
//!
//! The counter is not read in program order: the processor may read it before earlier loads have their values, and then
//! a release on one thread could carry an older stamp than the birth on another that it has waited for. So each stamp
//! waits for all loads before it (`lfence`). It needs not be kept from *later* stores, which become visible after it
//! has retired. With that, whatever makes one event visible to another thread (a pointer passed on, a free list's lock)
//! puts their stamps in order, as it does with the vdso's clock, which fences in the same way.
//!
//! As long as only one thread has ever been recorded there is nobody to be in order with, and the fence (6 of 15 ns) is
//! left out. The second thread says so before its first stamp ([`there_are_threads`]). A thread that has been let know
//! of one of its events has therefore loaded that first, and looks at the clock's kind after that (loads keep their
//! order; what was done on a wrong guess of it is done again): so it fences.
#![allow(unsafe_code, reason = "reading the processor's and the system's clocks")]

use crate::state::LOOKED;
use dropscope_format::ring::Clock;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};

/// Which clock ticks, see below. Chosen by [`initialise`], before the first tick of a recording. Beside the state, so that
/// the hook finds both by one address.
#[inline(always)]
fn kind() -> &'static AtomicU8 {
    &LOOKED.clock
}

/// The system's: what is there before anything is chosen.
const SYSTEM: u8 = 0;
/// The counter, read in order.
const ORDERED: u8 = 1;
/// The counter, of a process in which one thread has been recorded.
const ALONE: u8 = 2;

/// The least time from which the counter's rate is calculated: a pair of readings is good to about 20 ns, so the rate to
/// a few millionths.
const CALIBRATE_OVER_NS: u64 = 10_000_000;
/// Attempts at one pair of readings; the one that took least is used.
const ATTEMPTS: u32 = 8;
/// The multiplier is a fixed-point number with so many binary places.
const SHIFT: u32 = 32;

/// Chooses the clock; once, before any thread is recorded.
pub(crate) fn initialise() {
    kind().store(if counter::is_good() { ALONE } else { SYSTEM }, SeqCst);
}

/// A second thread is about to be recorded. Before its first tick.
pub(crate) fn there_are_threads() {
    let _ = kind().compare_exchange(ALONE, ORDERED, SeqCst, Relaxed);
}

fn is_counter() -> bool {
    kind().load(Relaxed) != SYSTEM
}

/// What the ticks are, for the recording's process block.
pub(crate) fn name() -> &'static str {
    if is_counter() { "time-stamp counter" } else { "clock_gettime(CLOCK_MONOTONIC)" }
}

/// The time now, in ticks of the [`Calibration`]'s clock, after everything before it in this thread: what another
/// thread did before it let this one know has a stamp that is not later. Safe in signal handlers.
#[inline(always)]
pub(crate) fn ticks() -> u64 {
    let kind = kind().load(Acquire);
    if kind == ALONE { counter::read() } else { ticks_in_order(kind) }
}

/// [`ticks`] of all clocks but the counter of a process that is [`ALONE`].
#[inline(always)]
fn ticks_in_order(kind: u8) -> u64 {
    if kind == ORDERED { counter::read_in_order() } else { monotonic_ns() }
}

/// [`ticks`], or `earlier` ones of this thread's where nobody could tell the difference: as long as no other thread has been
/// recorded. One that is now stamps what it does after this look.
#[inline(always)]
pub(crate) fn ticks_among_threads(earlier: u64) -> u64 {
    if kind().load(Acquire) == ALONE { earlier } else { ticks() }
}

/// From ticks to ns, more exactly the longer it is since the recording's start.
#[derive(Clone, Copy)]
pub(crate) struct Calibration {
    start: Pair,
    is_final: bool,
}

/// The two clocks at one moment.
#[derive(Clone, Copy)]
struct Pair {
    ticks: u64,
    ns: u64,
}

impl Pair {
    fn now() -> Pair {
        let once = |_| {
            let before = monotonic_ns();
            let ticks = if is_counter() { counter::read_in_order() } else { monotonic_ns() };
            let after = monotonic_ns();
            (after - before, Pair { ticks, ns: before + (after - before) / 2 })
        };
        let least = (0..ATTEMPTS).map(once).min_by_key(|(took_ns, _)| *took_ns);
        least.map_or(Pair { ticks: 0, ns: 0 }, |(_, pair)| pair)
    }
}

impl Calibration {
    /// A clock that begins now.
    pub(crate) fn begin() -> Calibration {
        Calibration { start: Pair::now(), is_final: !is_counter() }
    }

    /// Whether the rate is known as well as it will be: ticks that have been turned into ns must not get others later.
    pub(crate) fn is_final(&self) -> bool {
        self.is_final
    }

    /// Whether it is time to call [`Calibration::finish`].
    pub(crate) fn is_ripe(&self) -> bool {
        self.is_final || monotonic_ns() - self.start.ns >= CALIBRATE_OVER_NS
    }

    /// The clock for good.
    pub(crate) fn finish(&mut self) -> Clock {
        self.is_final = true;
        self.estimate()
    }

    /// The clock as far as it is known now.
    pub(crate) fn estimate(&self) -> Clock {
        if !is_counter() {
            return Clock::nanoseconds(self.start.ticks);
        }
        let now = Pair::now();
        let (ticks, ns) = (now.ticks.saturating_sub(self.start.ticks).max(1), now.ns.saturating_sub(self.start.ns));
        let multiplier = (u128::from(ns) << SHIFT) / u128::from(ticks);
        Clock { start: self.start.ticks, multiplier: (multiplier as u64).max(1), shift: SHIFT }
    }
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

#[cfg(target_arch = "x86_64")]
mod counter {
    //! The time-stamp counter.

    use std::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};

    /// The leaf that says how far extended leaves go, the one that tells, and its bit.
    const HIGHEST_LEAF: u32 = 0x8000_0000;
    const POWER_LEAF: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;

    pub(super) fn is_good() -> bool {
        let is_invariant = __cpuid(HIGHEST_LEAF).eax >= POWER_LEAF && __cpuid(POWER_LEAF).edx & INVARIANT != 0;
        let kernels = std::fs::read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        is_invariant && kernels.is_ok_and(|name| name.trim_ascii() == b"tsc")
    }

    #[inline(always)]
    pub(super) fn read() -> u64 {
        // SAFETY: as below.
        unsafe { _rdtsc() }
    }

    #[inline(always)]
    pub(super) fn read_in_order() -> u64 {
        // SAFETY: every x86-64 processor has both instructions, and the kernel that keeps time by the counter lets
        // programs read it (as its own vdso does in this process).
        unsafe {
            _mm_lfence();
            _rdtsc()
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod counter {
    //! Other processors' counters are not used yet.

    pub(super) fn is_good() -> bool {
        false
    }

    pub(super) fn read() -> u64 {
        super::monotonic_ns()
    }

    pub(super) fn read_in_order() -> u64 {
        super::monotonic_ns()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_the_monotonic_clocks_ns() {
        initialise();
        let mut calibration = Calibration::begin();
        let start_ns = calibration.start.ns;
        while !calibration.is_ripe() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let clock = calibration.finish();
        assert!(calibration.is_final());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let now = Pair::now();
        let (counted, real) = (clock.ns(now.ticks), now.ns - start_ns);
        // Ten times what is promised: a loaded machine may have been interrupted in every attempt.
        assert!(counted.abs_diff(real) < 1 + real / 1000, "{counted} ns counted, {real} ns passed");
    }
}
