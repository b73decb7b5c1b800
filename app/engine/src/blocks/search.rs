//! Blocks by their time: born, released or alive in some range.

use super::{BUCKET_ROWS, Blocks};
use crate::ids::BlockId;
use std::ops::Range;

impl Blocks {
    /// Blocks born in the range, in order of birth.
    pub fn born_in(
        &self,
        range_ns: Range<u64>,
    ) -> impl ExactSizeIterator<Item = BlockId> + DoubleEndedIterator + use<> {
        let from = self.born.rows_before(range_ns.start);
        (from..self.born.rows_before(range_ns.end).max(from)).map(BlockId::of_row)
    }

    /// Blocks released in the range, in order of release.
    pub fn died_in(&self, range_ns: Range<u64>) -> impl ExactSizeIterator<Item = BlockId> + DoubleEndedIterator + '_ {
        let from = self.died.rows_before(range_ns.start);
        let rows = from..self.died.rows_before(range_ns.end).max(from);
        rows.map(|row| self.dead(row).unwrap_or(BlockId(0)))
    }

    /// Blocks alive at `time_ns` (born at or before it, not released by then), in order of birth.
    pub fn live_at(&self, time_ns: u64) -> impl Iterator<Item = BlockId> + '_ {
        let until = self.born.rows_until(time_ns);
        self.not_dead_by(until, time_ns)
    }

    /// Blocks alive at any moment of the range, in order of birth.
    pub fn overlapping(&self, range_ns: Range<u64>) -> impl Iterator<Item = BlockId> + '_ {
        let until = self.born.rows_before(range_ns.end);
        self.not_dead_by(until, range_ns.start)
    }

    /// Of the first `until` births those not released at or before `time_ns`.
    fn not_dead_by(&self, until: usize, time_ns: u64) -> impl Iterator<Item = BlockId> + '_ {
        let buckets = self.buckets.iter().enumerate().take(until.div_ceil(BUCKET_ROWS));
        // Releases are in order of time: their rows tell as much as their times, which would have to be looked up.
        let dead_rows = self.died.rows_until(time_ns);
        buckets
            .filter(move |&(index, bucket)| self.has_alive(index) || bucket.last_death_ns > time_ns)
            .flat_map(move |(index, _)| index * BUCKET_ROWS..((index + 1) * BUCKET_ROWS).min(until))
            .map(BlockId::of_row)
            .filter(move |&block| self.death_row(block).is_none_or(|row| row >= dead_rows))
    }

    /// The first row from `row` on that may be of a block alive at `time_ns` or released then or later. Rows are passed
    /// over by the thousand.
    pub(crate) fn skip_dead(&self, row: usize, time_ns: u64) -> usize {
        let number = row / BUCKET_ROWS;
        let behind = self.buckets.iter().enumerate().skip(number);
        let dead =
            behind.take_while(|&(index, bucket)| !self.has_alive(index) && bucket.last_death_ns < time_ns).count();
        if dead == 0 { row } else { (number + dead) * BUCKET_ROWS }
    }

    /// Whether a block of this bucket is alive.
    #[inline]
    fn has_alive(&self, index: usize) -> bool {
        let rows = self.death_row.len().saturating_sub(index * BUCKET_ROWS).min(BUCKET_ROWS);
        self.buckets.get(index).is_some_and(|bucket| (bucket.dead as usize) < rows)
    }
}
