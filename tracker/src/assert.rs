//! Allocations as something that tests can assert: what a piece of code allocates, keeps and needs at most.
//!
//! Needs the [`Tracker`](crate::Tracker) as the test program's allocator and no recording:
//!
//! ```
//! dropscope::attach!();
//!
//! # fn main() {
//! let sum = dropscope::assert::thread(|| (1..=10).map(|n| n.to_string()).collect::<Vec<_>>().concat().len())
//!     .at_most_allocs(20)
//!     .at_most_peak_bytes(4096)
//!     .no_leaks()
//!     .value;
//! assert_eq!(sum, 11);
//!
//! // What must not allocate at all:
//! let mut buffer = Vec::with_capacity(64);
//! dropscope::assert::thread(|| buffer.extend_from_slice(b"no room needed")).no_allocs();
//! # }
//! ```
//!
//! [`thread`] counts what the calling thread does, undisturbed by the tests that run beside it; [`process`] what all
//! threads do. Both may be used inside one another.
//!
//! A block *leaks* here if it was born in the closure and is alive when the closure returns: what is returned or stored
//! elsewhere counts, too. Whoever releases it, on whatever thread, it is released. A block that is older and grows by a
//! realloc inside counts as a realloc, and neither for the peak nor as leaked.

use crate::state::{self, Phase};
use crate::watch::{self, Counted, Measuring};
use std::cell::Cell;
use std::fmt;
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a closure gave and what it did to the heap.
#[derive(Clone, Copy, Debug)]
pub struct Measured<T> {
    /// What the closure returned.
    pub value: T,
    /// What was counted while it ran.
    pub counts: Counts,
}

/// What was counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Births.
    pub allocs: u64,
    /// Reallocs.
    pub reallocs: u64,
    /// Releases, also of older blocks.
    pub frees: u64,
    /// Bytes asked for by births and reallocs.
    pub bytes_allocated: u64,
    /// Most bytes of blocks born in it that were alive at once.
    pub peak_bytes: u64,
    /// Blocks born in it that are alive at its end.
    pub leaked_blocks: u64,
    /// Their bytes.
    pub leaked_bytes: u64,
    /// Births that could not be watched (a million were alive already): they are missing in the last three figures.
    pub unwatched: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |number: u64, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            _ => format!("{number} {many}"),
        };
        write!(
            f,
            "{}, {}, {}, {} allocated, peak {}, {} ({}) alive at the end",
            counted(self.allocs, "allocation", "allocations"),
            counted(self.reallocs, "realloc", "reallocs"),
            counted(self.frees, "release", "releases"),
            counted(self.bytes_allocated, "byte", "bytes"),
            counted(self.peak_bytes, "byte", "bytes"),
            counted(self.leaked_blocks, "block", "blocks"),
            counted(self.leaked_bytes, "byte", "bytes")
        )
    }
}

/// Runs `work` and counts what this thread allocates and releases meanwhile.
///
/// # Panics
/// Where the program's allocator is not a [`Tracker`](crate::Tracker), or 255 threads measure already, or 16
/// measurements are in one another. A panic of `work` goes on.
#[must_use = "nothing has been asserted yet: call `no_leaks`, `at_most_allocs` or the like on it"]
#[track_caller]
pub fn thread<T>(work: impl FnOnce() -> T) -> Measured<T> {
    attached();
    run(watch::begin_thread(), work)
}

thread_local! {
    static MEASURES_PROCESS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and counts what all threads allocate and release meanwhile. Waits for another measurement of the process
/// to end: what runs beside it that is no test of this kind is counted with it.
///
/// # Panics
/// As [`thread`].
#[must_use = "nothing has been asserted yet: call `no_leaks`, `at_most_allocs` or the like on it"]
#[track_caller]
pub fn process<T>(work: impl FnOnce() -> T) -> Measured<T> {
    static ONE: Mutex<()> = Mutex::new(());
    struct Alone(#[expect(dead_code, reason = "held")] Option<MutexGuard<'static, ()>>, bool);
    impl Drop for Alone {
        fn drop(&mut self) {
            MEASURES_PROCESS.set(self.1);
        }
    }
    attached();
    let is_inner = MEASURES_PROCESS.replace(true);
    let lock = (!is_inner).then(|| ONE.lock().unwrap_or_else(PoisonError::into_inner));
    let _alone = Alone(lock, is_inner);
    run(watch::begin_process(), work)
}

#[track_caller]
#[expect(clippy::panic, reason = "this is an assertion")]
fn attached() {
    if state::now().phase() == Phase::Unknown {
        // Where our allocator is the program's, this is its first allocation, and afterwards the state is known.
        drop(black_box(Box::new(0_u64)));
    }
    if state::now().phase() == Phase::Unknown {
        panic!("nothing is counted: put `dropscope::attach!();` into the test program");
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is an assertion")]
fn run<T>(begun: Option<Measuring>, work: impl FnOnce() -> T) -> Measured<T> {
    /// Ends the measurement also where `work` panics.
    struct Ending(Option<Measuring>);
    impl Drop for Ending {
        fn drop(&mut self) {
            if let Some(measuring) = self.0.take() {
                measuring.end();
            }
        }
    }
    if begun.is_none() {
        panic!("too many measurements at once, or in one another");
    }
    let mut ending = Ending(begun);
    let value = work();
    let counts = ending.0.take().map_or_else(Counts::default, |measuring| Counts::from(measuring.end()));
    Measured { value, counts }
}

impl From<Counted> for Counts {
    fn from(counted: Counted) -> Counts {
        Counts {
            allocs: counted.allocs,
            reallocs: counted.reallocs,
            frees: counted.frees,
            bytes_allocated: counted.bytes,
            peak_bytes: counted.peak_bytes,
            leaked_blocks: counted.live_blocks,
            leaked_bytes: counted.live_bytes,
            unwatched: counted.unwatched,
        }
    }
}

/// Each assertion hands the measurement on, so that they can follow each other.
///
/// # Panics
/// Where it does not hold, with all that was counted.
impl<T> Measured<T> {
    /// Nothing was allocated, and nothing reallocated.
    #[track_caller]
    pub fn no_allocs(self) -> Self {
        self.at_most("allocations and reallocs", |counts| counts.allocs + counts.reallocs, 0)
    }

    /// At most so many births and reallocs.
    #[track_caller]
    pub fn at_most_allocs(self, most: u64) -> Self {
        self.at_most("allocations and reallocs", |counts| counts.allocs + counts.reallocs, most)
    }

    /// At most so many bytes were asked for.
    #[track_caller]
    pub fn at_most_bytes(self, most: u64) -> Self {
        self.at_most("bytes allocated", |counts| counts.bytes_allocated, most)
    }

    /// At most so many bytes of what was born in it were alive at once.
    #[track_caller]
    pub fn at_most_peak_bytes(self, most: u64) -> Self {
        self.at_most("bytes at the peak", |counts| counts.peak_bytes, most)
    }

    /// Nothing that was born in it is alive at its end.
    #[track_caller]
    pub fn no_leaks(self) -> Self {
        self.at_most("blocks alive at the end", |counts| counts.leaked_blocks, 0)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "this is an assertion")]
    fn at_most(self, what: &str, of: impl Fn(&Counts) -> u64, most: u64) -> Self {
        let found = of(&self.counts);
        if found > most {
            let allowed = if most == 0 { "none".to_owned() } else { format!("at most {most}") };
            panic!("{what}: {found}, {allowed} allowed ({})", self.counts);
        }
        self
    }
}
