//! Differences of a few percent, which the time of a server on two processors hides: it varies by more from run to run.
//!
//! One process does the same work in turns, with the tracker and without it, on one processor, so that nobody waits for
//! another one to be woken up; the CPU time and the wall time of each turn are divided by those of the turn beside it; the
//! median of these ratios, and an interval for that which needs no assumption.

use crate::build::Programs;
use crate::recorders::Recorder;
use std::error::Error;
use std::process::{Command, Stdio};

/// What takes turns: its name on the command line of `in-turns`, and who they are, the first of them being what the
/// others are compared with.
const TURNS: [(&str, &[Recorder]); 2] = [
    ("tracker", &[Recorder::Nothing, Recorder::Idle, Recorder::Sample]),
    ("layer", &[Recorder::Registry, Recorder::SpansIdle]),
];

/// The workload that they do.
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

/// What a recorder's turns take, in those of another one.
pub struct Comparison {
    /// Who.
    pub own: Recorder,
    /// Against whom.
    pub base: Recorder,
    /// How often.
    pub turns: usize,
    /// CPU time of program and writer.
    pub cpu: Estimate,
    /// Wall time of the work.
    pub work: Estimate,
}

/// Compares all that take turns and that `is_wanted`, by so many turns each.
pub fn compare(
    programs: &Programs,
    turns: usize,
    is_wanted: impl Fn(Recorder) -> bool,
) -> Result<Vec<Comparison>, Box<dyn Error>> {
    let _pinned = Pinned::to_one();
    let mut comparisons = Vec::new();
    for (what, recorders) in TURNS {
        if !recorders.iter().skip(1).any(|recorder| is_wanted(*recorder)) {
            continue;
        }
        let lines = lines_of(programs, what, turns, recorders.len())?;
        eprint!(":");
        for index in 1..recorders.len() {
            let ratio = |line: &Vec<f64>, first: usize| line[first + index] / line[first];
            let mut cpu: Vec<f64> = lines.iter().map(|line| ratio(line, 0)).collect();
            let mut work: Vec<f64> = lines.iter().map(|line| ratio(line, recorders.len())).collect();
            if let (Some(cpu), Some(work)) = (Estimate::of(&mut cpu), Estimate::of(&mut work)) {
                comparisons.push(Comparison {
                    own: recorders[index],
                    base: recorders[0],
                    turns: lines.len(),
                    cpu,
                    work,
                });
            }
        }
    }
    eprintln!();
    Ok(comparisons)
}

/// What `in-turns` prints: for each round the CPU times of `kinds` turns, then their wall times, in ns.
fn lines_of(programs: &Programs, what: &str, turns: usize, kinds: usize) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut command = Command::new(programs.folder.join("in-turns"));
    let output = command.arg(what).arg(turns.to_string()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("in-turns {what} ends with {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let numbers = |line: &str| line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>();
    let lines: Vec<Vec<f64>> = text.lines().map(numbers).collect::<Result<_, _>>()?;
    if lines.iter().any(|line| line.len() != 2 * kinds) {
        return Err(format!("in-turns {what} prints something else than {kinds} times two numbers").into());
    }
    Ok(lines)
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
