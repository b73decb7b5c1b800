//! Reads rows of blocks one after the other, the columns that are asked for alone.

use crate::blocks::{BlockColumns, Blocks, block_of_dead};
use crate::ids::BlockId;
use crate::packed::{Packed, Window};

/// Whose rows are gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Births,
    Deaths,
}

/// A column with a row for each birth.
#[derive(Clone, Copy)]
pub(crate) enum BirthColumn {
    Born,
    FirstSize,
    /// As [`Blocks::stacks`] numbers them.
    Stack,
    Thread,
}

/// A column with a row for each release.
#[derive(Clone, Copy)]
pub(crate) enum DeathColumn {
    Died,
    /// As [`Blocks::stacks`] numbers them.
    Stack,
    Thread,
}

/// Reads the columns. Those in whose order it goes are unpacked by the run; of the others single rows are looked up.
pub(crate) struct RowReader<'a> {
    columns: BlockColumns<'a>,
    order: Order,
    dead: Window,
    windows: [Window; 4],
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(blocks: &'a Blocks, order: Order) -> RowReader<'a> {
        RowReader { columns: blocks.columns(), order, dead: Window::default(), windows: Default::default() }
    }

    /// The block in `row`, and the row of its release.
    #[inline]
    pub(crate) fn block(&mut self, blocks: &Blocks, row: usize) -> (BlockId, Option<usize>) {
        match self.order {
            Order::Births => (BlockId::of_row(row), blocks.death_row(BlockId::of_row(row))),
            Order::Deaths => (block_of_dead(self.dead.get(self.columns.dead, row)), Some(row)),
        }
    }

    #[inline]
    pub(crate) fn birth(&mut self, column: BirthColumn, block: BlockId) -> u64 {
        let packed = match column {
            BirthColumn::Born => self.columns.born,
            BirthColumn::FirstSize => self.columns.first_size,
            BirthColumn::Stack => self.columns.birth_stack,
            BirthColumn::Thread => self.columns.birth_thread,
        };
        read(packed, block.row(), (self.order == Order::Births).then_some(&mut self.windows[column as usize]))
    }

    #[inline]
    pub(crate) fn death(&mut self, column: DeathColumn, row: usize) -> u64 {
        let packed = match column {
            DeathColumn::Died => self.columns.died,
            DeathColumn::Stack => self.columns.death_stack,
            DeathColumn::Thread => self.columns.death_thread,
        };
        read(packed, row, (self.order == Order::Deaths).then_some(&mut self.windows[column as usize]))
    }
}

#[inline]
fn read(column: &Packed, row: usize, window: Option<&mut Window>) -> u64 {
    match window {
        Some(window) => window.get(column, row),
        None => column.get(row).unwrap_or(0),
    }
}
