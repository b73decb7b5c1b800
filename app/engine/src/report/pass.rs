//! Goes once through all blocks, for those who sum them up.

use super::SHORT_LIVED_NS;
use crate::ids::BlockId;
use crate::model::Model;
use crate::packed::{Packed, RUN_ROWS, Window};

/// What a report wants to know of a block.
pub(super) struct Seen {
    pub(super) block: BlockId,
    /// Its number.
    pub(super) birth_stack: usize,
    /// After its last realloc.
    pub(super) size_bytes: u64,
    /// None while it is alive.
    pub(super) death_row: Option<usize>,
    /// Whether it was released within [`SHORT_LIVED_NS`].
    pub(super) is_short_lived: bool,
    /// Its size at the process's peak, if it was alive then.
    pub(super) peak_bytes: Option<u64>,
}

/// Gives all blocks, in order of birth. Whether one lived long, or until a moment, is told from rows alone, which are in
/// order of time: the time of a release would have to be looked up, one by one.
pub(super) fn each_block(model: &Model, mut see: impl FnMut(&Seen)) {
    let blocks = model.blocks();
    let columns = blocks.columns();
    let peak_ns = model.totals().peak_at_ns;
    let (born_by_peak, dead_by_peak) = (blocks.births().rows_until(peak_ns), blocks.deaths().rows_until(peak_ns));
    let [mut born, mut sizes, mut stacks] = [[0; RUN_ROWS]; 3];
    let mut deaths = RisingRows::of(columns.died);
    for first in (0..blocks.ids().len()).step_by(RUN_ROWS) {
        columns.born.unpack_run(first, &mut born);
        columns.first_size.unpack_run(first, &mut sizes);
        columns.birth_stack.unpack_run(first, &mut stacks);
        let of_run = born.iter().zip(&sizes).zip(&stacks);
        for (block, ((&born_ns, &first_bytes), &birth_stack)) in blocks.ids().skip(first).zip(of_run) {
            let death_row = blocks.death_row(block);
            let short_until = deaths.below(born_ns.saturating_add(SHORT_LIVED_NS));
            let is_at_peak = block.row() < born_by_peak && death_row.is_none_or(|row| row >= dead_by_peak);
            let (size_bytes, peak_bytes) = match blocks.has_changed(block) {
                true => (blocks.size_bytes(block), is_at_peak.then(|| blocks.size_at(block, peak_ns))),
                false => (first_bytes, is_at_peak.then_some(first_bytes)),
            };
            let is_short_lived = death_row.is_some_and(|row| row < short_until);
            let birth_stack = birth_stack as usize;
            see(&Seen { block, birth_stack, size_bytes, death_row, is_short_lived, peak_bytes });
        }
    }
}

/// A column that never falls, asked for numbers that never fall either.
struct RisingRows<'a> {
    column: &'a Packed,
    window: Window,
    below: usize,
}

impl<'a> RisingRows<'a> {
    fn of(column: &'a Packed) -> RisingRows<'a> {
        RisingRows { column, window: Window::default(), below: 0 }
    }

    /// How many rows are less than `number`.
    #[inline]
    fn below(&mut self, number: u64) -> usize {
        while self.below < self.column.len() && self.window.get(self.column, self.below) < number {
            self.below += 1;
        }
        self.below
    }
}
