//! Rows of a column read one after the other.

use super::{LANE_BITS, Packed, RUN_ROWS, lanes, outliers};

/// Unpacks a run at a time, which is several times as fast as row by row.
pub(crate) struct Window {
    run: usize,
    numbers: [u64; RUN_ROWS],
}

impl Default for Window {
    fn default() -> Self {
        Self { run: usize::MAX, numbers: [0; RUN_ROWS] }
    }
}

impl Window {
    /// The number in `row` of `column`, which must be the same one each time, and there.
    #[inline]
    pub(crate) fn get(&mut self, column: &Packed, row: usize) -> u64 {
        let run = row / RUN_ROWS;
        if run != self.run {
            column.unpack_run(row, &mut self.numbers);
            self.run = run;
        }
        self.numbers[row % RUN_ROWS]
    }
}

impl Packed {
    /// Unpacks the run that `row` is in; the rows behind the last whole run for one of them.
    pub(crate) fn unpack_run(&self, row: usize, into: &mut [u64; RUN_ROWS]) {
        let Some(run) = self.runs.get(row / RUN_ROWS) else {
            into.copy_from_slice(&*self.tail);
            return;
        };
        into.fill(run.base);
        if run.width == 0 {
            return;
        }
        let (all, shift) = (self.lanes(run), u32::from(run.shift));
        if !run.has_outliers() {
            let width = u32::from(run.width);
            lanes::add_run(all, width.min(LANE_BITS), shift, into);
            if width > LANE_BITS {
                let highs = all.get(LANE_BITS as usize..).unwrap_or_default();
                lanes::add_run(highs, width - LANE_BITS, shift + LANE_BITS, into);
            }
            return;
        }
        let Some((mask, all)) = all.split_first() else { return };
        lanes::add_run(all, u32::from(run.low_width), shift, into);
        let highs = all.get(usize::from(run.low_width)..).unwrap_or_default().as_flattened();
        for (number, at) in outliers::of_mask(outliers::mask_of_lanes(*mask)).enumerate() {
            let more = outliers::bits_at(highs, number, run.high_width());
            into[at % RUN_ROWS] += more << (shift + u32::from(run.low_width));
        }
    }
}
