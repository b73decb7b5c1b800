//! Live bytes over time: at a moment, as columns of a picture, and their peak.

use crate::blocks::Blocks;
use crate::pyramid::{Pyramid, Span, Walk};
use std::ops::Range;

/// Live bytes of one column of a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MinMax {
    /// When the column begins, in ns.
    pub start_ns: u64,
    /// When it ends, in ns, exclusive.
    pub end_ns: u64,
    /// Fewest bytes alive in it.
    pub min_bytes: u64,
    /// Most bytes alive in it.
    pub max_bytes: u64,
}

/// The most bytes alive at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Peak {
    /// How many.
    pub bytes: u64,
    /// When first, in ns.
    pub at_ns: u64,
}

impl Peak {
    #[inline]
    pub(crate) fn see(&mut self, at_ns: u64, bytes: u64) {
        if bytes > self.bytes {
            *self = Peak { bytes, at_ns };
        }
    }
}

/// Leaves a column must hold for its edges to be moved to the next leaf's.
const COARSE_LEAVES: usize = 4;

/// Live bytes over time. Get it from [`crate::Model::live`].
///
/// While a program is followed the curve ends at the last complete moment. Within one moment, what is released comes
/// before what is born.
#[derive(Clone, Copy)]
pub struct LiveCurve<'a> {
    blocks: &'a Blocks,
    pyramid: &'a Pyramid,
}

impl<'a> LiveCurve<'a> {
    pub(crate) fn new(blocks: &'a Blocks, pyramid: &'a Pyramid) -> Self {
        Self { blocks, pyramid }
    }

    /// `count` columns of equal width (to the ns) over the range, each with the least and the most bytes alive at any
    /// moment of it: what is alive when it begins counts, too.
    ///
    /// Exact while a column holds a few hundred events. Beyond that an edge between two columns may be moved back by up
    /// to 256 events; the range's own ends are exact, and nothing is left out. Costs a few µs a column at most, however
    /// long the range.
    pub fn columns(&self, range_ns: Range<u64>, count: usize) -> Vec<MinMax> {
        let width_ns = range_ns.end.saturating_sub(range_ns.start);
        let edge = |index: usize| range_ns.start + (u128::from(width_ns) * index as u128 / count.max(1) as u128) as u64;
        let leaves = self.pyramid.leaves_before(range_ns.end) - self.pyramid.leaves_before(range_ns.start);
        let is_coarse = leaves > count.saturating_mul(COARSE_LEAVES);
        let mut columns = Vec::with_capacity(count);
        let mut walk = self.walk_to(range_ns.start);
        for index in 0..count {
            let (start_ns, end_ns) = (edge(index), edge(index + 1));
            let is_last = index + 1 == count;
            let span = if is_coarse && !is_last {
                self.advance_leaves(&mut walk, end_ns)
            } else {
                self.advance(&mut walk, end_ns)
            };
            columns.push(MinMax { start_ns, end_ns, min_bytes: span.min, max_bytes: span.max });
        }
        columns
    }

    /// Bytes alive after all events at or before `time_ns`.
    pub fn value_at(&self, time_ns: u64) -> u64 {
        match time_ns.checked_add(1) {
            Some(next_ns) => self.walk_to(next_ns).live(),
            None => self.pyramid.live(),
        }
    }

    /// The most bytes alive at once, over the whole recording.
    pub fn peak(&self) -> Peak {
        self.pyramid.peak()
    }

    /// The most bytes alive at once in the range, and when first.
    pub fn peak_in(&self, range_ns: Range<u64>) -> Peak {
        let mut walk = self.walk_to(range_ns.start);
        let mut peak = Peak { bytes: walk.live(), at_ns: range_ns.start };
        let (from, last) = (walk.next_leaf(), self.last_leaf(range_ns.end));
        if from < last {
            self.walk_to_leaf(&mut walk, from, &mut |at_ns, bytes| peak.see(at_ns, bytes));
            let most = self.pyramid.span(from, last).map_or(0, |span| span.max);
            if most > peak.bytes
                && let Some(leaf) = self.pyramid.first_with_max(from, last, most)
            {
                let mut within = self.pyramid.walk(self.blocks, leaf);
                self.walk_to_leaf(&mut within, leaf + 1, &mut |at_ns, bytes| peak.see(at_ns, bytes));
            }
            walk = self.pyramid.walk(self.blocks, last);
        }
        while walk.next_ns() < range_ns.end {
            let at_ns = walk.next_ns();
            let Some(bytes) = walk.step() else { break };
            peak.see(at_ns, bytes);
        }
        peak
    }

    /// The leaf in which the last step before `end_ns` is.
    fn last_leaf(&self, end_ns: u64) -> usize {
        self.pyramid.leaves_before(end_ns).saturating_sub(1)
    }

    /// Takes the steps up to the beginning of leaf `number`.
    fn walk_to_leaf(self, walk: &mut Walk<'_>, number: usize, see: &mut dyn FnMut(u64, u64)) {
        while !walk.is_at_leaf(number) {
            let at_ns = walk.next_ns();
            match walk.step() {
                Some(live) => see(at_ns, live),
                None => break,
            }
        }
    }

    /// A walk that has taken all steps before `time_ns`.
    fn walk_to(&self, time_ns: u64) -> Walk<'a> {
        let mut walk = self.pyramid.walk(self.blocks, self.last_leaf(time_ns));
        while walk.next_ns() < time_ns && walk.step().is_some() {}
        walk
    }

    /// Walks on over the leaves that end before `end_ns`, and says what was met.
    fn advance_leaves(&self, walk: &mut Walk<'a>, end_ns: u64) -> Span {
        let mut span = Span::of(walk.live());
        let from = walk.next_leaf();
        let last = self.pyramid.leaves_before_from(end_ns, from).saturating_sub(1);
        if from < last {
            self.walk_to_leaf(walk, from, &mut |_, live| span = span.join(Span::of(live)));
            if let Some(leaves) = self.pyramid.span(from, last) {
                span = span.join(leaves);
            }
            *walk = self.pyramid.walk(self.blocks, last);
        }
        span
    }

    /// Walks on to `end_ns`, over whole leaves where there are any, and says what was met.
    fn advance(&self, walk: &mut Walk<'a>, end_ns: u64) -> Span {
        let mut span = Span::of(walk.live());
        if walk.next_ns() >= end_ns {
            return span;
        }
        let (from, last) = (walk.next_leaf(), self.last_leaf(end_ns));
        if from < last {
            self.walk_to_leaf(walk, from, &mut |_, live| span = span.join(Span::of(live)));
            if let Some(leaves) = self.pyramid.span(from, last) {
                span = span.join(leaves);
            }
            *walk = self.pyramid.walk(self.blocks, last);
        }
        while walk.next_ns() < end_ns
            && let Some(live) = walk.step()
        {
            span = span.join(Span::of(live));
        }
        span
    }
}
