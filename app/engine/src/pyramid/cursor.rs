//! All steps of live bytes in order of time, from the columns.

use super::Move;
use crate::blocks::Blocks;
use crate::ids::BlockId;

/// Goes through births, reallocs and releases in order of time. Of one moment: what is released and was born before
/// comes first, then reallocs, then births, then the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepCursor {
    pub(super) birth: u32,
    pub(super) change: u32,
    pub(super) death: u32,
    birth_ns: u64,
    change_ns: u64,
    death_ns: u64,
}

/// There is no such row (yet).
pub(super) const NEVER: u64 = u64::MAX;

impl StepCursor {
    /// In front of all rows.
    pub(super) fn start() -> StepCursor {
        StepCursor { birth: 0, change: 0, death: 0, birth_ns: NEVER, change_ns: NEVER, death_ns: NEVER }
    }

    /// Behind all rows but the last of each of these. Nothing is looked up.
    pub(super) fn behind_all_but(blocks: &Blocks, others: &[Move]) -> StepCursor {
        let but = |rows: u32, kind| rows - others.iter().filter(|&&other| other == kind).count() as u32;
        StepCursor {
            birth: but(blocks.count(), Move::Birth),
            change: but(blocks.realloc_count() as u32, Move::Change),
            death: but(blocks.released_count(), Move::Death),
            ..StepCursor::start()
        }
    }

    pub(crate) fn at(blocks: &Blocks, birth: u32, change: u32, death: u32) -> StepCursor {
        let mut cursor = StepCursor { birth, change, death, ..StepCursor::start() };
        cursor.look(blocks);
        cursor
    }

    /// Looks again for rows where there were none.
    pub(super) fn look(&mut self, blocks: &Blocks) {
        self.birth_ns = blocks.births().get(self.birth as usize).unwrap_or(NEVER);
        self.change_ns = blocks.changes().get(self.change as usize).unwrap_or(NEVER);
        self.death_ns = blocks.deaths().get(self.death as usize).unwrap_or(NEVER);
    }

    /// When the next step is, in ns; `u64::MAX` where there is none.
    #[inline]
    pub(crate) fn next_ns(&self) -> u64 {
        self.birth_ns.min(self.change_ns).min(self.death_ns)
    }

    /// Steps on, and says by how much live bytes change.
    #[inline]
    pub(crate) fn step(&mut self, blocks: &Blocks) -> Option<i64> {
        let now_ns = self.next_ns();
        if now_ns == NEVER {
            return None;
        }
        if self.death_ns == now_ns
            && let Some(block) = blocks.dead(self.death as usize)
            && (self.is_born(block.row()) || (self.birth_ns != now_ns && self.change_ns != now_ns))
            && !(self.change_ns == now_ns && blocks.changed(self.change as usize) == Some(block))
        {
            self.death += 1;
            self.death_ns = blocks.deaths().get(self.death as usize).unwrap_or(NEVER);
            return Some(-(blocks.size_bytes(block) as i64));
        }
        if self.change_ns == now_ns
            && let Some(change) = blocks.realloc(self.change as usize)
            && (self.is_born(change.block.row()) || self.birth_ns != now_ns)
        {
            self.change += 1;
            self.change_ns = blocks.changes().get(self.change as usize).unwrap_or(NEVER);
            return Some((change.size_bytes as i64).wrapping_sub(change.old_size_bytes as i64));
        }
        let block = BlockId::of_row(self.birth as usize);
        self.birth += 1;
        self.birth_ns = blocks.births().get(self.birth as usize).unwrap_or(NEVER);
        Some(blocks.first_size_bytes(block) as i64)
    }

    #[inline]
    fn is_born(&self, row: usize) -> bool {
        row < self.birth as usize
    }
}
