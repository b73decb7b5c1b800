//! Finds the scopes and operations of a range though they are only sorted by their beginning.

use dropscope_engine::{Model, PauseKind, ScopeId, ThreadNumber};
use std::ops::Range;

/// Scopes that share one entry.
const BUCKET: usize = 512;

/// The latest end in each run of scopes, so that runs which ended before a range are passed over.
#[derive(Clone, Debug, Default)]
pub struct ScopeIndex {
    /// Latest end; `u64::MAX` while one of the run is open or the run is not full.
    latest_end_ns: Vec<u64>,
    operations_seen: usize,
    scopes_seen: usize,
    has_pauses: bool,
    slowest_operation_ns: u64,
}

impl ScopeIndex {
    /// Takes in what the model has more than last time.
    pub fn update(&mut self, model: &Model) {
        let scopes = model.scopes();
        self.latest_end_ns.resize(scopes.len().div_ceil(BUCKET), u64::MAX);
        for (bucket, latest) in scopes.chunks(BUCKET).zip(&mut self.latest_end_ns) {
            if *latest == u64::MAX && bucket.len() == BUCKET {
                *latest = bucket.iter().map(|scope| scope.end_ns.unwrap_or(u64::MAX)).max().unwrap_or(u64::MAX);
            }
        }
        let mut new = scopes.iter().skip(self.scopes_seen);
        self.has_pauses =
            self.has_pauses || new.any(|scope| PauseKind::of_scope_name(model.text(scope.name)).is_some());
        self.scopes_seen = scopes.len();
        let operations = model.operations();
        let mut all_ended = true;
        for (index, operation) in operations.iter().enumerate().skip(self.operations_seen) {
            match operation.wall_ns() {
                Some(wall_ns) => self.slowest_operation_ns = self.slowest_operation_ns.max(wall_ns.max(1)),
                None => all_ended = false,
            }
            if all_ended {
                self.operations_seen = index + 1;
            }
        }
    }

    /// Whether any scope is a collector's.
    pub fn has_pauses(&self) -> bool {
        self.has_pauses
    }

    /// The longest operation met so far, in ns; 0 where there is none.
    pub fn slowest_operation_ns(&self) -> u64 {
        self.slowest_operation_ns
    }

    /// The scopes that are open at any moment of the range, in order of beginning.
    pub fn overlapping<'a>(&'a self, model: &'a Model, range_ns: Range<u64>) -> impl Iterator<Item = ScopeId> + 'a {
        let scopes = model.scopes();
        let until = scopes.partition_point(|scope| scope.start_ns < range_ns.end);
        let from_ns = range_ns.start;
        self.latest_end_ns
            .iter()
            .enumerate()
            .take(until.div_ceil(BUCKET))
            .filter(move |(_, latest)| **latest >= from_ns)
            .flat_map(move |(bucket, _)| bucket * BUCKET..((bucket + 1) * BUCKET).min(until))
            .filter(move |&row| scopes[row].end_ns.is_none_or(|end_ns| end_ns >= from_ns))
            .map(|row| ScopeId(row as u32))
    }

    /// The scope of `thread` open at `time_ns` that ends first, and when it does.
    pub fn ends_first(&self, model: &Model, thread: ThreadNumber, time_ns: u64) -> Option<(ScopeId, u64)> {
        self.overlapping(model, time_ns..time_ns.saturating_add(1))
            .filter_map(|id| {
                let scope = model.scope(id).filter(|scope| scope.thread == thread)?;
                scope.end_ns.filter(|&end_ns| end_ns >= time_ns).map(|end_ns| (id, end_ns))
            })
            .min_by_key(|&(id, end_ns)| (end_ns, std::cmp::Reverse(id)))
    }
}
