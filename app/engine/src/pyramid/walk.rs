//! Going through the steps that a pyramid has taken in.

use super::cursor::{NEVER, StepCursor};
use super::{LEAF_EVENTS, Pyramid, moved};
use crate::blocks::Blocks;

/// Goes through the steps that the pyramid has taken in, one by one.
pub(crate) struct Walk<'a> {
    pub(super) pyramid: &'a Pyramid,
    pub(super) blocks: &'a Blocks,
    pub(super) cursor: StepCursor,
    pub(super) live: u64,
}

impl Walk<'_> {
    /// Live bytes after the steps so far.
    pub(crate) fn live(&self) -> u64 {
        self.live
    }

    /// The first leaf none of whose steps has been taken.
    pub(crate) fn next_leaf(&self) -> usize {
        self.steps_taken().div_ceil(u64::from(LEAF_EVENTS)) as usize
    }

    /// Whether the next step is the first of leaf `number`.
    #[inline]
    pub(crate) fn is_at_leaf(&self, number: usize) -> bool {
        self.steps_taken() == number as u64 * u64::from(LEAF_EVENTS)
    }

    #[inline]
    fn steps_taken(&self) -> u64 {
        u64::from(self.cursor.birth) + u64::from(self.cursor.change) + u64::from(self.cursor.death)
    }

    /// When the next step is, in ns; `u64::MAX` where there is none.
    #[inline]
    pub(crate) fn next_ns(&self) -> u64 {
        let end = &self.pyramid.cursor;
        let is_at_end =
            self.cursor.birth == end.birth && self.cursor.change == end.change && self.cursor.death == end.death;
        if is_at_end { NEVER } else { self.cursor.next_ns() }
    }

    /// Takes the next step; live bytes after it.
    #[inline]
    pub(crate) fn step(&mut self) -> Option<u64> {
        if self.next_ns() == NEVER {
            return None;
        }
        let by = self.cursor.step(self.blocks)?;
        self.live = moved(self.live, by);
        Some(self.live)
    }
}
