//! Pauses of one program: sums of each kind, and the longest one by one.

use crate::rows::PauseKind;
use serde::Serialize;

/// Single pauses that are kept of each kind. A collector that works in steps makes a million of them.
pub const MOST_PAUSES: usize = 1000;

/// Pauses of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PauseSum {
    /// How many.
    pub count: u64,
    /// The time they cover: what lies within one another counts once.
    pub total_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// One pause, or one phase of a collector that works beside the program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ComparedPause {
    /// When it began.
    pub t_ns: u64,
    /// How long it took.
    pub duration_ns: u64,
    /// `stop-the-world` or `concurrent`.
    pub kind: &'static str,
    /// What the program or the collector calls it.
    pub name: String,
    /// Why, in the collector's words.
    pub cause: Option<String>,
    /// Processor time of all threads that worked in it.
    pub cpu_ns: Option<u64>,
}

/// What is summed up: a beginning and a length in ns.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub(super) start_ns: u64,
    pub(super) duration_ns: u64,
    pub(super) kind: PauseKind,
}

/// The sum of the stretches of `kind`, which come in order of their beginnings.
pub(super) fn sum(stretches: impl Iterator<Item = Stretch>, kind: PauseKind) -> PauseSum {
    let mut covered_to_ns = 0;
    stretches.filter(|stretch| stretch.kind == kind).fold(PauseSum::default(), |sum, stretch| {
        let end_ns = stretch.start_ns.saturating_add(stretch.duration_ns);
        let fresh_ns = end_ns.saturating_sub(stretch.start_ns.max(covered_to_ns));
        covered_to_ns = covered_to_ns.max(end_ns);
        PauseSum {
            count: sum.count + 1,
            total_ns: sum.total_ns.saturating_add(fresh_ns),
            max_ns: sum.max_ns.max(stretch.duration_ns),
        }
    })
}

/// The rows of the longest stretches of each kind, in order of time, and how many are left out.
pub(super) fn longest(stretches: impl Iterator<Item = Stretch>) -> (Vec<usize>, u64) {
    let all: Vec<Stretch> = stretches.collect();
    let mut rows: Vec<usize> = Vec::new();
    for kind in [PauseKind::StopTheWorld, PauseKind::Concurrent] {
        let mut of_kind: Vec<usize> = (0..all.len()).filter(|&row| all[row].kind == kind).collect();
        if of_kind.len() > MOST_PAUSES {
            of_kind.select_nth_unstable_by_key(MOST_PAUSES, |&row| (std::cmp::Reverse(all[row].duration_ns), row));
            of_kind.truncate(MOST_PAUSES);
        }
        rows.append(&mut of_kind);
    }
    rows.sort_unstable();
    let left_out = (all.len() - rows.len()) as u64;
    (rows, left_out)
}
