//! Births, reallocs and releases: which block each is of.

use super::{Apply, NEVER};
use crate::blocks::{Birth, Change};
use crate::ids::{BlockId, StackId, ThreadNumber};
use crate::live_table::Lodger;
use crate::model::Model;
use crate::pyramid::Move;
use crate::rows::UnmatchedFree;
use dropscope_format::{Event, EventKind, Realloc};

impl Apply {
    #[inline(always)]
    pub(super) fn alloc(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) {
        if self.birth(model, thread, time_ns, event).is_none() {
            return;
        }
        self.sums.allocs += 1;
        self.match_early(model, thread, event.address);
    }

    /// Another thread may have released or begun to move the block at `place` in the very ns in which it came there.
    #[inline]
    fn match_early(&mut self, model: &mut Model, thread: ThreadNumber, place: u64) {
        if self.early_ns != NEVER {
            self.match_one_early(model, thread, place);
        }
    }

    #[cold]
    fn match_one_early(&mut self, model: &mut Model, thread: ThreadNumber, place: u64) {
        if let Some(at) = self.early.iter().position(|free| free.0 == place) {
            let (_, free) = self.early.swap_remove(at);
            if let Some(lodger) = self.live.remove(&model.blocks, place) {
                self.add_sums(model, thread);
                let stack = model.blocks.stacks_mut().narrow(free.stack);
                self.end_block(model, lodger, free.time_ns, free.thread, stack);
                self.add_sums(model, free.thread);
            }
        } else if let Some(at) = self.early_moves.iter().position(|early| early.1 == place) {
            let (lane, _) = self.early_moves.swap_remove(at);
            let lodger = self.live.remove(&model.blocks, place);
            if let Some(open) = self.open(lane) {
                open.in_flight = lodger;
            }
        }
    }

    #[inline(always)]
    fn birth(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) -> Option<BlockId> {
        if model.blocks.is_full() {
            model.oddities.beyond_limit += 1;
            return None;
        }
        let block = model.blocks.birth(&Birth {
            time_ns,
            size_bytes: event.size_bytes,
            stack: event.stack.0,
            place: event.address,
            thread,
            align_log2: event.align_log2,
            is_zeroed: event.kind == EventKind::AllocZeroed,
        });
        model.pyramid.take(&model.blocks, time_ns, Move::Birth, event.size_bytes as i64);
        self.sums.born(event.size_bytes);
        self.place(model, thread, time_ns, Lodger::new(block, event.size_bytes, false), event.address);
        Some(block)
    }

    #[inline(always)]
    pub(super) fn free(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) {
        match self.live.remove(&model.blocks, event.address) {
            Some(lodger) => self.end_block(model, lodger, time_ns, thread, event.stack.0),
            None => self.free_nothing(model, thread, time_ns, event),
        }
    }

    /// A release that finds no block.
    #[cold]
    fn free_nothing(&mut self, model: &Model, thread: ThreadNumber, time_ns: u64, event: &Event) {
        let (address, stack) = (model.blocks.wide(event.address), model.blocks.wide_stack(event.stack.0));
        let free = UnmatchedFree { time_ns, thread, address, size_bytes: event.size_bytes, stack };
        self.early.push((event.address, free));
        self.early_ns = time_ns;
    }

    #[inline]
    pub(super) fn realloc_begins(&mut self, model: &mut Model, lane: usize, time_ns: u64, old_place: u64) {
        let block = self.live.remove(&model.blocks, old_place);
        if block.is_none() {
            self.early_moves.push((lane, old_place));
            self.early_ns = time_ns;
        }
        if let Some(open) = self.open(lane) {
            open.in_flight = block;
        }
    }

    pub(super) fn realloc_done(
        &mut self,
        model: &mut Model,
        lane: usize,
        time_ns: u64,
        event: &Event,
        realloc: &Realloc,
    ) {
        let Some(open) = self.open(lane) else { return };
        let (thread, in_flight) = (open.number, open.in_flight.take());
        model.totals.reallocs += 1;
        let Some(lodger) = in_flight else { return self.realloc_of_nothing(model, thread, time_ns, event, realloc) };
        if model.blocks.is_full_of_changes() {
            // As large as it was, but where it is now: its release will be found.
            model.oddities.beyond_limit += 1;
            return self.place(model, thread, time_ns, lodger, event.address);
        }
        let (block, old_size_bytes) = (lodger.block(), lodger.size_bytes(&model.blocks));
        let (size_bytes, place, stack) = (event.size_bytes, event.address, event.stack.0);
        model.blocks.change(&Change { block, time_ns, thread, size_bytes, place, stack });
        let by = (event.size_bytes as i64).wrapping_sub(old_size_bytes as i64);
        model.pyramid.take(&model.blocks, time_ns, Move::Change, by);
        self.grow(model, thread, event.size_bytes, old_size_bytes);
        self.place(model, thread, time_ns, Lodger::new(block, event.size_bytes, true), event.address);
        self.match_early(model, thread, event.address);
    }

    /// A realloc of a block whose birth is not known.
    #[cold]
    fn realloc_of_nothing(
        &mut self,
        model: &mut Model,
        thread: ThreadNumber,
        time_ns: u64,
        event: &Event,
        realloc: &Realloc,
    ) {
        model.oddities.unmatched_reallocs += 1;
        if let Some(block) = self.birth(model, thread, time_ns, event) {
            let old_address = model.blocks.wide(realloc.old_address);
            model.blocks.set_adopted(block, realloc.old_size_bytes, old_address);
            self.match_early(model, thread, event.address);
        }
    }

    /// Notes that `lodger` is at `place`. Ends the block that is still there: its release was lost.
    #[inline(always)]
    fn place(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, lodger: Lodger, place: u64) {
        if let Some(before) = self.live.replace(&model.blocks, place, lodger) {
            self.lose(model, thread, time_ns, before);
        }
    }

    #[cold]
    pub(super) fn flush_early(&mut self, model: &mut Model) {
        self.early_ns = NEVER;
        self.early_moves.clear();
        model.oddities.unmatched_frees += self.early.len() as u64;
        model.unmatched_frees.extend(self.early.drain(..).map(|(_, free)| free));
    }

    /// Takes `block` as released though no release of it was recorded.
    #[cold]
    fn lose(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, lodger: Lodger) {
        self.add_sums(model, thread);
        model.oddities.lost_frees += 1;
        model.blocks.set_lost(lodger.block());
        let size_bytes = lodger.size_bytes(&model.blocks);
        let stack = model.blocks.stacks_mut().narrow(StackId::EMPTY);
        model.blocks.death(lodger, time_ns, thread, stack);
        model.pyramid.take(&model.blocks, time_ns, Move::Death, -(size_bytes as i64));
        model.totals.live_bytes = model.totals.live_bytes.saturating_sub(size_bytes);
    }

    #[inline(always)]
    fn end_block(&mut self, model: &mut Model, lodger: Lodger, time_ns: u64, thread: ThreadNumber, stack: u32) {
        let size_bytes = lodger.size_bytes(&model.blocks);
        model.blocks.death(lodger, time_ns, thread, stack);
        model.pyramid.take(&model.blocks, time_ns, Move::Death, -(size_bytes as i64));
        self.sums.died(size_bytes);
    }

    /// A block has `new_bytes` instead of `old_bytes`.
    #[inline(always)]
    fn grow(&mut self, model: &mut Model, thread: ThreadNumber, new_bytes: u64, old_bytes: u64) {
        match new_bytes.checked_sub(old_bytes) {
            Some(more) => self.sums.born(more),
            None => self.shrink(model, thread, old_bytes - new_bytes),
        }
    }

    /// A thread may shrink what another one bore, and has no less than nothing then: what it has done before comes first.
    #[cold]
    fn shrink(&mut self, model: &mut Model, thread: ThreadNumber, by_bytes: u64) {
        self.add_sums(model, thread);
        let shrink = |sum: &mut u64| *sum = sum.saturating_sub(by_bytes);
        shrink(&mut model.totals.live_bytes);
        shrink(&mut model.totals.bytes_allocated);
        if let Some(row) = model.threads.get_mut(thread.0 as usize) {
            shrink(&mut row.bytes_allocated);
        }
    }
}
