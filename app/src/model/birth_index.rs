//! Counts births by size class over any stretch of time at a cost that does not grow with the recording.

use dropscope_engine::{BlockId, Model};
use std::ops::Range;

/// Births that share one entry.
const RUN: usize = 1024;
/// Runs that are summed from the start of their group, so that 16 bits are enough.
const RUNS_IN_GROUP: usize = u16::MAX as usize / RUN;
/// Smallest and largest size class: 8 bytes and less, 64 MiB and more.
pub const CLASSES: Range<u32> = 3..27;
const CLASS_COUNT: usize = (CLASSES.end - CLASSES.start) as usize;

/// Births by size class, from the smallest on.
pub type Counts = [u32; CLASS_COUNT];

/// The size class of a block: the binary logarithm of its size in bytes, within [`CLASSES`].
pub fn class_of(size_bytes: u64) -> u32 {
    size_bytes.max(1).ilog2().clamp(CLASSES.start, CLASSES.end - 1)
}

fn row_of(size_bytes: u64) -> usize {
    (class_of(size_bytes) - CLASSES.start) as usize
}

/// Sums of births at the start of each run of 1024: 0.1 bytes a block. Between them, blocks are counted one by one.
#[derive(Clone, Debug, Default)]
pub struct BirthIndex {
    born: Sums,
    /// Those that were never released; only of a recording that went on to its program's end.
    leaked: Sums,
    /// Of the model when it was complete.
    final_generation: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    before_group: Vec<Counts>,
    /// Of the group that the run is in.
    before_run: Vec<[u16; CLASS_COUNT]>,
    total: Counts,
    rows: usize,
}

impl BirthIndex {
    /// Takes in what the model has more than last time. A block counts with the size it was born with.
    pub fn update(&mut self, model: &Model) {
        if model.state().tells_leaks() && self.final_generation != Some(model.generation()) {
            // At its end a model may have been replaced by a sorted one.
            *self = BirthIndex { final_generation: Some(model.generation()), ..BirthIndex::default() };
            self.leaked.extend(model, |block| model.blocks().is_alive(block));
        }
        self.born.extend(model, |_| true);
    }

    /// Births of each of `columns` equal parts of `range_ns`, and how many of them were never released (0 while that is
    /// not known).
    pub fn columns(&self, model: &Model, range_ns: &Range<u64>, columns: usize) -> Vec<(Counts, Counts)> {
        let span_ns = u128::from(range_ns.end.saturating_sub(range_ns.start));
        let edge = |column: usize| {
            let at_ns = range_ns.start + (span_ns * column as u128 / columns.max(1) as u128) as u64;
            let row = model.blocks().born_in(0..at_ns).len();
            let is_alive = |block| model.blocks().is_alive(block);
            (self.born.before(model, row, |_| true), self.leaked.before(model, row, is_alive))
        };
        let mut from = edge(0);
        (1..=columns)
            .map(|column| {
                let until = edge(column);
                let counts = (difference(&until.0, &from.0), difference(&until.1, &from.1));
                from = until;
                counts
            })
            .collect()
    }
}

impl Sums {
    fn extend(&mut self, model: &Model, counts: impl Fn(BlockId) -> bool) {
        let rows = model.blocks().count() as usize;
        for row in self.rows..rows {
            if row.is_multiple_of(RUN * RUNS_IN_GROUP) {
                self.before_group.push(self.total);
            }
            if row.is_multiple_of(RUN) {
                let before_group = self.before_group.last().copied().unwrap_or_default();
                // Less than RUN * RUNS_IN_GROUP.
                self.before_run.push(difference(&self.total, &before_group).map(|count| count as u16));
            }
            count(&mut self.total, model, row, &counts);
        }
        self.rows = rows.max(self.rows);
    }

    /// Sums of all rows before `row`.
    fn before(&self, model: &Model, row: usize, counts: impl Fn(BlockId) -> bool) -> Counts {
        let row = row.min(self.rows);
        if row == self.rows {
            return self.total;
        }
        let run = row / RUN;
        let (Some(group), Some(in_group)) = (self.before_group.get(run / RUNS_IN_GROUP), self.before_run.get(run))
        else {
            return self.total;
        };
        let mut sums: Counts = std::array::from_fn(|class| group[class] + u32::from(in_group[class]));
        for row in run * RUN..row {
            count(&mut sums, model, row, &counts);
        }
        sums
    }
}

#[inline]
fn count(sums: &mut Counts, model: &Model, row: usize, counts: impl Fn(BlockId) -> bool) {
    let block = BlockId(row as u32 + 1);
    if counts(block)
        && let Some(sum) = sums.get_mut(row_of(model.blocks().first_size_bytes(block)))
    {
        *sum += 1;
    }
}

fn difference(until: &Counts, from: &Counts) -> Counts {
    std::array::from_fn(|class| until[class].saturating_sub(from[class]))
}
