//! Live bytes over time, drawn from a pyramid of least and most so that a picture costs its width.

use crate::model::Model;
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

/// Live bytes over time. Get it from [`Model::live`].
#[derive(Clone, Copy)]
pub struct LiveCurve<'a> {
    #[expect(dead_code)]
    model: &'a Model,
}

impl<'a> LiveCurve<'a> {
    pub(crate) fn new(model: &'a Model) -> Self {
        Self { model }
    }

    /// `columns` columns of equal width over the range, each with the least and the most bytes alive in it, what was
    /// alive at its start included. At most 0.1 % of a column may be counted to its neighbour: edges snap to the
    /// pyramid's buckets where these are far narrower than a column.
    pub fn columns(&self, _range_ns: Range<u64>, _columns: usize) -> Vec<MinMax> {
        Vec::new()
    }

    /// Bytes alive after all events at or before `time_ns`.
    pub fn value_at(&self, _time_ns: u64) -> u64 {
        0
    }

    /// The most bytes alive at once, over the whole recording.
    pub fn peak(&self) -> Peak {
        Peak::default()
    }

    /// The most bytes alive at once in the range.
    pub fn peak_in(&self, _range_ns: Range<u64>) -> Peak {
        Peak::default()
    }
}
