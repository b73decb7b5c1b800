//! Differences of a few percent, which the time of a server on two processors hides: it varies by more from run to run.
//!
//! Pairs of runs, one after the other and on one processor, so that nobody waits for another one to be woken up; their
//! CPU time and program time; the median of the pairs' ratios, and an interval for that which needs no assumption.

use crate::build::Programs;
use crate::measure::{Numbers, Sample, run_once};
use crate::recorders::Recorder;
use std::error::Error;
use std::path::Path;

/// Which are compared so, and with what: by the workload that the bounds are about.
pub const COMPARED: [(Recorder, Recorder); 3] = [
    (Recorder::Idle, Recorder::Nothing),
    (Recorder::Sample, Recorder::Nothing),
    (Recorder::SpansIdle, Recorder::Registry),
];

/// The workload that they are compared by.
pub const WORKLOAD: &str = "tokio";

/// A median, and where it lies with a probability of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The pairs' median.
    pub median: f64,
    /// The interval's ends.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// What a recorder's runs take, in those of another one.
pub struct Comparison {
    /// Who.
    pub own: Recorder,
    /// Against whom.
    pub base: Recorder,
    /// How often.
    pub pairs: usize,
    /// CPU time of program and writer.
    pub cpu: Estimate,
    /// Wall time of the work.
    pub work: Estimate,
}

/// Compares all of [`COMPARED`] that can be run and `is_wanted`, by so many pairs each.
pub fn compare(
    programs: &Programs,
    folder: &Path,
    pairs: usize,
    is_wanted: impl Fn(Recorder) -> bool,
) -> Result<Vec<Comparison>, Box<dyn Error>> {
    let _pinned = Pinned::to_one();
    let mut comparisons = Vec::new();
    for (own, base) in COMPARED {
        let (mut cpu, mut work) = (Vec::new(), Vec::new());
        for pair in 0..if is_wanted(own) { pairs } else { 0 } {
            let run = |recorder| match run_once(programs, recorder, WORKLOAD, folder)? {
                Sample::Is(numbers) => Ok::<Option<Numbers>, Box<dyn Error>>(Some(numbers)),
                Sample::CannotRun(_) => Ok(None),
            };
            // Who comes first changes, so that a trend of the machine favours neither.
            let (first, second) = if pair % 2 == 0 { (own, base) } else { (base, own) };
            let (first, second) = (run(first)?, run(second)?);
            let (own, base) = if pair % 2 == 0 { (first, second) } else { (second, first) };
            if let (Some(own), Some(base)) = (own, base) {
                cpu.push(own.cpu_ns / base.cpu_ns);
                work.push(own.work_ns / base.work_ns);
            }
        }
        eprint!(":");
        if let (Some(cpu), Some(work)) = (Estimate::of(&mut cpu), Estimate::of(&mut work)) {
            comparisons.push(Comparison { own, base, pairs, cpu, work });
        }
    }
    eprintln!();
    Ok(comparisons)
}

impl Estimate {
    /// Of at least six. How many of `n` values are below the true median is binomial; so that lies between the ordered
    /// values that are 0.98 sqrt(n) places from the middle, with 95 %.
    fn of(values: &mut [f64]) -> Option<Estimate> {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let from = (count as f64 / 2.0 - 0.98 * (count as f64).sqrt()).floor().max(0.0) as usize;
        let median = (values.get(count / 2)? + values.get(count.checked_sub(1)? / 2)?) / 2.0;
        (count >= 6).then_some(Estimate { median, low: *values.get(from)?, high: *values.get(count - 1 - from)? })
    }
}

/// While it lives, this thread and what it starts have one processor.
struct Pinned(libc::cpu_set_t);

impl Pinned {
    /// To the last one that it may use; as it was where that cannot be told.
    fn to_one() -> Pinned {
        // SAFETY: sets of zeros are valid; both calls read or fill a set of the size they are given.
        unsafe {
            let mut before: libc::cpu_set_t = std::mem::zeroed();
            libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut before);
            let last = (0..libc::CPU_SETSIZE as usize).rev().find(|&cpu| libc::CPU_ISSET(cpu, &before));
            if let Some(last) = last {
                let mut one: libc::cpu_set_t = std::mem::zeroed();
                libc::CPU_SET(last, &mut one);
                libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const one);
            }
            Pinned(before)
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: the set that was got.
        unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_its_ends() {
        let mut values: Vec<f64> = (0..25).map(|n| f64::from(n * 7 % 25)).collect();
        assert_eq!(Estimate::of(&mut values), Some(Estimate { median: 12.0, low: 7.0, high: 17.0 }));
        assert_eq!(Estimate::of(&mut [1.0; 5]), None);
        assert_eq!(Estimate::of(&mut []), None);
    }
}
