//! What the thread whose turn it is has done since sums were brought up to date: added up here, and put where it is looked
//! at when the turn ends. Threads make five events a turn.

use super::Apply;
use crate::ids::ThreadNumber;
use crate::model::Model;

/// All of one thread.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) allocs: u64,
    /// Of births, and by what reallocs made more of them.
    pub(super) bytes_allocated: u64,
    pub(super) frees: u64,
    pub(super) bytes_freed: u64,
}

impl Sums {
    #[inline(always)]
    pub(super) fn born(&mut self, bytes: u64) {
        self.bytes_allocated = self.bytes_allocated.saturating_add(bytes);
    }

    #[inline(always)]
    pub(super) fn died(&mut self, bytes: u64) {
        self.frees += 1;
        self.bytes_freed = self.bytes_freed.saturating_add(bytes);
    }
}

impl Apply {
    /// Brings the sums of all, and of `thread`, which has done what is added up, up to date.
    pub(super) fn add_sums(&mut self, model: &mut Model, thread: ThreadNumber) {
        let Sums { allocs, bytes_allocated, frees, bytes_freed } = std::mem::take(&mut self.sums);
        let totals = &mut model.totals;
        totals.allocs += allocs;
        totals.frees += frees;
        totals.bytes_allocated = totals.bytes_allocated.saturating_add(bytes_allocated);
        totals.live_bytes = totals.live_bytes.saturating_add(bytes_allocated).saturating_sub(bytes_freed);
        if let Some(row) = model.threads.get_mut(thread.0 as usize) {
            row.allocs += allocs;
            row.frees += frees;
            row.bytes_allocated = row.bytes_allocated.saturating_add(bytes_allocated);
            row.bytes_freed = row.bytes_freed.saturating_add(bytes_freed);
        }
    }
}
