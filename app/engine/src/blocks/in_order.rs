//! The columns for those that go through them row by row, in order of time.

use super::{Blocks, LAST};
use crate::columns::TimeColumn;
use crate::ids::{BlockId, StackId};
use crate::packed::Packed;

/// Columns for those who go through them row by row. Stacks are numbers of [`Stacks`].
pub(crate) struct BlockColumns<'a> {
    pub(crate) born: &'a Packed,
    pub(crate) first_size: &'a Packed,
    pub(crate) birth_stack: &'a Packed,
    pub(crate) birth_thread: &'a Packed,
    pub(crate) died: &'a Packed,
    /// As [`block_of_dead`] reads them.
    pub(crate) dead: &'a Packed,
    pub(crate) death_stack: &'a Packed,
    pub(crate) death_thread: &'a Packed,
}

/// The block that a number in the columns of released and of changed blocks is.
#[inline]
pub(crate) fn block_of_dead(number: u64) -> BlockId {
    BlockId((LAST - number.min(LAST)) as u32)
}

impl Blocks {
    pub(crate) fn columns(&self) -> BlockColumns<'_> {
        BlockColumns {
            born: self.born.packed(),
            first_size: &self.first_size,
            birth_stack: &self.birth_stack,
            birth_thread: &self.birth_thread,
            died: self.died.packed(),
            dead: &self.dead,
            death_stack: &self.death_stack,
            death_thread: &self.death_thread,
        }
    }

    /// The stacks that the columns number.
    pub(crate) fn stacks(&self) -> &[StackId] {
        self.stacks.all()
    }
}

impl Blocks {
    #[inline]
    pub(crate) fn births(&self) -> &TimeColumn {
        &self.born
    }

    #[inline]
    pub(crate) fn deaths(&self) -> &TimeColumn {
        &self.died
    }

    #[inline]
    pub(crate) fn changes(&self) -> &TimeColumn {
        &self.changed
    }

    /// The block released in this row.
    #[inline]
    pub(crate) fn dead(&self, row: usize) -> Option<BlockId> {
        self.dead.get(row).map(block_of_dead)
    }

    /// The block changed in this row.
    #[inline]
    pub(crate) fn changed(&self, row: usize) -> Option<BlockId> {
        self.changed_block.get(row).map(block_of_dead)
    }
}
