//! Events, in order of time, to rows of the model: which block a release ends, which scope an exit closes.

use crate::blocks::{Birth, ReallocRow};
use crate::hash::FastMap;
use crate::ids::{BlockId, OperationId, ScopeId, StackId, TextId, ThreadNumber};
use crate::live_table::LiveTable;
use crate::merge::{Happening, LaneOf};
use crate::model::Model;
use crate::pyramid::Move;
use crate::rows::{MarkRow, OperationRow, ScopeRow, ThreadRow, UnmatchedFree};
use dropscope_format::{Event, EventKind, Realloc, Thread, ThreadId, moving_number};
use std::sync::Arc;

/// What is needed to go on, and nobody who looks at the model needs.
#[derive(Default)]
pub(crate) struct Apply {
    live: LiveTable,
    /// By lane.
    threads: Vec<Option<OpenThread>>,
    number_of: FastMap<u32, ThreadNumber>,
    /// What the recording said of threads that have made no event yet.
    announced: FastMap<u32, Thread>,
    /// Releases that found no block, of the moment `early_ns`: a birth of the same moment may still come.
    early: Vec<UnmatchedFree>,
    /// Lane and old place of reallocs that began at that moment and found no block, either.
    early_moves: Vec<(usize, u64)>,
    early_ns: u64,
    /// Nothing; only so that what [`Apply::foresee`] reads is not left unread.
    foreseen: u64,
}

/// A thread in the middle of its work.
struct OpenThread {
    number: ThreadNumber,
    scopes: Vec<ScopeId>,
    operations: Vec<OpenOperation>,
    /// The block whose realloc has begun; empty where it is none we know.
    in_flight: Option<BlockId>,
}

/// An operation that runs, with its thread's sums at its begin.
struct OpenOperation {
    id: OperationId,
    begin_cpu_ns: u64,
    allocs: u64,
    bytes_allocated: u64,
    frees: u64,
    bytes_freed: u64,
}

impl Apply {
    /// What the recording says of a thread.
    pub(crate) fn thread(&mut self, model: &mut Model, thread: &Thread) {
        match self.number_of.get(&thread.thread.0).and_then(|number| model.threads.get_mut(number.0 as usize)) {
            Some(row) => describe(row, thread),
            None => {
                self.announced.insert(thread.thread.0, thread.clone());
            }
        }
    }

    /// The next event.
    #[inline]
    pub(crate) fn apply(&mut self, model: &mut Model, of: LaneOf, time_ns: u64, happening: Happening<'_>) {
        if let Happening::Soon(events) = happening {
            self.foresee(model, events);
            return;
        }
        if time_ns != self.early_ns {
            self.early_ns = time_ns;
            self.flush_early(model);
        }
        let thread = self.thread_number(model, of, time_ns);
        if let Some(row) = model.threads.get_mut(thread.0 as usize) {
            row.last_ns = time_ns;
        }
        match happening {
            Happening::Event(event) => match event.kind {
                EventKind::Alloc | EventKind::AllocZeroed => self.alloc(model, thread, time_ns, event),
                EventKind::Free => self.free(model, thread, time_ns, event),
                // Without its other half it cannot be more than a birth at the new place.
                EventKind::Realloc => self.realloc_done(model, of.lane, time_ns, event, &Realloc::default()),
                EventKind::ScopeEnter => self.scope_enter(model, of.lane, time_ns, event),
                EventKind::ScopeExit => self.scope_exit(model, of.lane, time_ns, event),
                EventKind::OperationBegin => self.operation_begin(model, of.lane, time_ns, event),
                EventKind::OperationEnd => self.operation_end(model, of.lane, time_ns, event),
                EventKind::Mark => {
                    model.marks.push(MarkRow { time_ns, thread, text: TextId(event.extra), stack: event.stack });
                }
            },
            Happening::ReallocBegins(realloc) => {
                let place = model.blocks.narrow(realloc.old_address);
                let block = self.live.remove(&model.blocks, place);
                if block.is_none() {
                    self.early_moves.push((of.lane, realloc.old_address));
                }
                if let Some(open) = self.open(of.lane) {
                    open.in_flight = block;
                }
            }
            Happening::ReallocDone(event, realloc) => self.realloc_done(model, of.lane, time_ns, event, realloc),
            Happening::Soon(_) => {}
        }
        model.duration_ns = model.duration_ns.max(time_ns);
    }

    /// Events that come soon: what they ask for is fetched meanwhile, all of it side by side. Looked up one by one each
    /// would wait for memory by itself, which was a quarter of all reading.
    fn foresee(&mut self, model: &mut Model, events: &[Event]) {
        let mut blocks = [BlockId(0); 16];
        for (block, event) in blocks.iter_mut().zip(events) {
            if !event.kind.is_text() {
                *block = self.live.foresee(model.blocks.narrow(event.address));
            }
        }
        for block in blocks {
            self.foreseen ^= model.blocks.foresee(block);
        }
    }

    /// All has been given.
    pub(crate) fn finish(&mut self, model: &mut Model) {
        self.flush_early(model);
    }

    fn open(&mut self, lane: usize) -> Option<&mut OpenThread> {
        self.threads.get_mut(lane).and_then(Option::as_mut)
    }

    #[inline]
    fn thread_number(&mut self, model: &mut Model, of: LaneOf, time_ns: u64) -> ThreadNumber {
        match self.threads.get(of.lane) {
            Some(Some(open)) => open.number,
            _ => self.new_thread(model, of, time_ns),
        }
    }

    #[cold]
    fn new_thread(&mut self, model: &mut Model, of: LaneOf, time_ns: u64) -> ThreadNumber {
        let number = ThreadNumber(model.threads.len() as u32);
        let mut row = ThreadRow {
            name: Arc::from(format!("thread {}", number.0)),
            os_id: 0,
            first_ns: time_ns,
            last_ns: time_ns,
            has_ended: false,
            allocs: 0,
            frees: 0,
            bytes_allocated: 0,
            bytes_freed: 0,
            scope_levels: 0,
        };
        let ThreadId(in_file) = of.thread;
        if let Some(thread) = self.announced.remove(&in_file) {
            describe(&mut row, &thread);
        }
        model.threads.push(row);
        self.number_of.insert(in_file, number);
        if self.threads.len() <= of.lane {
            self.threads.resize_with(of.lane + 1, || None);
        }
        self.threads[of.lane] =
            Some(OpenThread { number, scopes: Vec::new(), operations: Vec::new(), in_flight: None });
        number
    }
}

fn describe(row: &mut ThreadRow, thread: &Thread) {
    row.os_id = thread.os_id;
    row.has_ended = thread.ended;
    if !thread.name.is_empty() {
        row.name = Arc::from(thread.name.as_str());
    }
}

/// Blocks.
impl Apply {
    fn alloc(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) {
        let Some(block) = self.birth(model, thread, time_ns, event) else { return };
        model.totals.allocs += 1;
        if let Some(row) = model.threads.get_mut(thread.0 as usize) {
            row.allocs += 1;
        }
        self.match_early(model, block, event.address);
    }

    /// Another thread may have released or begun to move `block` in the very ns in which it came to `address`.
    #[inline]
    fn match_early(&mut self, model: &mut Model, block: BlockId, address: u64) {
        if self.early.is_empty() && self.early_moves.is_empty() {
            return;
        }
        if let Some(at) = self.early.iter().position(|free| free.address == address) {
            let free = self.early.swap_remove(at);
            self.take_out(model, address);
            end_block(model, block, &free);
        } else if let Some(at) = self.early_moves.iter().position(|early| early.1 == address) {
            let (lane, _) = self.early_moves.swap_remove(at);
            self.take_out(model, address);
            if let Some(open) = self.open(lane) {
                open.in_flight = Some(block);
            }
        }
    }

    fn birth(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) -> Option<BlockId> {
        if model.blocks.is_full() {
            model.oddities.beyond_limit += 1;
            return None;
        }
        let block = model.blocks.birth(&Birth {
            time_ns,
            size_bytes: event.size_bytes,
            stack: event.stack,
            address: event.address,
            thread,
            align_log2: event.align_log2,
            is_zeroed: event.kind == EventKind::AllocZeroed,
        });
        model.pyramid.take(&model.blocks, time_ns, Move::Birth(event.size_bytes));
        model.totals.live_blocks += 1;
        grow(model, thread, event.size_bytes, 0);
        self.place(model, thread, time_ns, block, event.address);
        Some(block)
    }

    fn free(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, event: &Event) {
        let free =
            UnmatchedFree { time_ns, thread, address: event.address, size_bytes: event.size_bytes, stack: event.stack };
        match self.take_out(model, event.address) {
            Some(block) => end_block(model, block, &free),
            None => self.early.push(free),
        }
    }

    fn realloc_done(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event, realloc: &Realloc) {
        let Some(open) = self.open(lane) else { return };
        let (thread, in_flight) = (open.number, open.in_flight.take());
        model.totals.reallocs += 1;
        let Some(block) = in_flight else {
            model.oddities.unmatched_reallocs += 1;
            if let Some(block) = self.birth(model, thread, time_ns, event) {
                model.blocks.set_adopted(block, realloc.old_size_bytes, realloc.old_address);
                self.match_early(model, block, event.address);
            }
            return;
        };
        let old_size_bytes = model.blocks.size_bytes(block);
        model.blocks.change(&ReallocRow {
            block,
            time_ns,
            thread,
            old_size_bytes,
            size_bytes: event.size_bytes,
            old_address: if realloc.old_address == 0 { event.address } else { realloc.old_address },
            address: event.address,
            stack: event.stack,
        });
        model.pyramid.take(&model.blocks, time_ns, Move::Change(old_size_bytes, event.size_bytes));
        grow(model, thread, event.size_bytes, old_size_bytes);
        self.place(model, thread, time_ns, block, event.address);
        self.match_early(model, block, event.address);
    }

    /// The block at `address`, which is there no longer.
    #[inline]
    fn take_out(&mut self, model: &mut Model, address: u64) -> Option<BlockId> {
        let place = model.blocks.narrow(address);
        self.live.remove(&model.blocks, place)
    }

    /// Notes that `block` is at `address`. Ends the block that is still there: its release was lost.
    #[inline]
    fn place(&mut self, model: &mut Model, thread: ThreadNumber, time_ns: u64, block: BlockId, address: u64) {
        let place = model.blocks.narrow(address);
        if let Some(before) = self.live.replace(&model.blocks, place, block) {
            lose(model, thread, time_ns, before);
        }
    }

    fn flush_early(&mut self, model: &mut Model) {
        self.early_moves.clear();
        model.oddities.unmatched_frees += self.early.len() as u64;
        model.unmatched_frees.append(&mut self.early);
    }
}

/// Takes `block` as released though no release of it was recorded.
#[cold]
fn lose(model: &mut Model, thread: ThreadNumber, time_ns: u64, block: BlockId) {
    model.oddities.lost_frees += 1;
    model.blocks.set_lost(block);
    let size_bytes = model.blocks.death(block, time_ns, thread, StackId::EMPTY);
    model.pyramid.take(&model.blocks, time_ns, Move::Death(size_bytes));
    model.totals.live_blocks -= 1;
    model.totals.live_bytes = model.totals.live_bytes.saturating_sub(size_bytes);
}

fn end_block(model: &mut Model, block: BlockId, free: &UnmatchedFree) {
    let size_bytes = model.blocks.death(block, free.time_ns, free.thread, free.stack);
    model.pyramid.take(&model.blocks, free.time_ns, Move::Death(size_bytes));
    model.totals.frees += 1;
    model.totals.live_blocks -= 1;
    model.totals.live_bytes = model.totals.live_bytes.saturating_sub(size_bytes);
    if let Some(row) = model.threads.get_mut(free.thread.0 as usize) {
        row.frees += 1;
        row.bytes_freed = row.bytes_freed.saturating_add(size_bytes);
    }
}

/// A block has `new_bytes` instead of `old_bytes`.
fn grow(model: &mut Model, thread: ThreadNumber, new_bytes: u64, old_bytes: u64) {
    let replace = |sum: u64| sum.saturating_add(new_bytes).saturating_sub(old_bytes);
    model.totals.live_bytes = replace(model.totals.live_bytes);
    model.totals.bytes_allocated = replace(model.totals.bytes_allocated);
    if let Some(row) = model.threads.get_mut(thread.0 as usize) {
        // A thread may shrink what another one bore.
        row.bytes_allocated = replace(row.bytes_allocated);
    }
}

/// Scopes and operations.
impl Apply {
    fn scope_enter(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        let id = ScopeId(model.scopes.len() as u32);
        model.scopes.push(ScopeRow {
            thread: open.number,
            name: TextId(event.extra),
            start_ns: time_ns,
            end_ns: None,
            depth: open.scopes.len() as u32,
            enter_stack: event.stack,
            exit_stack: StackId::EMPTY,
        });
        open.scopes.push(id);
        let levels = open.scopes.len() as u32;
        if let Some(row) = model.threads.get_mut(open.number.0 as usize) {
            row.scope_levels = row.scope_levels.max(levels);
        }
    }

    fn scope_exit(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        // Guards may be dropped in another order than they were made: the innermost of this name ends.
        let scopes = &model.scopes;
        let name_of = |id: &ScopeId| scopes.get(id.0 as usize).map(|scope| scope.name);
        let Some(at) = open.scopes.iter().rposition(|id| name_of(id) == Some(TextId(event.extra))) else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        let id = open.scopes.remove(at);
        if let Some(scope) = model.scopes.get_mut(id.0 as usize) {
            scope.end_ns = Some(time_ns);
            scope.exit_stack = event.stack;
            model.scope_exits.push(id);
        }
    }

    fn operation_begin(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        let Some(open) = self.open(lane) else { return };
        let id = OperationId(model.operations.len() as u32);
        model.operations.push(OperationRow {
            thread: open.number,
            name: TextId(event.extra),
            start_ns: time_ns,
            end_ns: None,
            cpu_ns: 0,
            allocs: 0,
            bytes_allocated: 0,
            frees: 0,
            bytes_freed: 0,
            begin_stack: event.stack,
            end_stack: StackId::EMPTY,
        });
        let Some(row) = model.threads.get(open.number.0 as usize) else { return };
        open.operations.push(OpenOperation {
            id,
            begin_cpu_ns: event.cpu_ns().unwrap_or(0),
            allocs: row.allocs,
            bytes_allocated: row.bytes_allocated,
            frees: row.frees,
            bytes_freed: row.bytes_freed,
        });
    }

    /// An operation ends that may have begun on another thread. What the threads did meanwhile is not its alone, so its
    /// births and releases are not counted.
    fn moving_operation_end(&mut self, model: &mut Model, number: u64, time_ns: u64, event: &Event) {
        let is_it = |begun: &OpenOperation| moving_number(begun.begin_cpu_ns) == Some(number);
        let found = self.threads.iter_mut().flatten().find_map(|open| {
            let at = open.operations.iter().rposition(is_it)?;
            Some(open.operations.remove(at))
        });
        let Some(begun) = found else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        if let Some(operation) = model.operations.get_mut(begun.id.0 as usize) {
            operation.end_ns = Some(time_ns);
            operation.end_stack = event.stack;
            operation.cpu_ns = event.cpu_ns().unwrap_or(0).saturating_sub(begun.begin_cpu_ns);
            model.operation_ends.push(begun.id);
        }
    }

    fn operation_end(&mut self, model: &mut Model, lane: usize, time_ns: u64, event: &Event) {
        if let Some(number) = event.cpu_ns().and_then(moving_number) {
            return self.moving_operation_end(model, number, time_ns, event);
        }
        let Some(open) = self.open(lane) else { return };
        let operations = &model.operations;
        let name_of = |id: OperationId| operations.get(id.0 as usize).map(|operation| operation.name);
        let Some(at) = open.operations.iter().rposition(|begun| name_of(begun.id) == Some(TextId(event.extra))) else {
            model.oddities.unmatched_exits += 1;
            return;
        };
        let begun = open.operations.remove(at);
        let Some(row) = model.threads.get(open.number.0 as usize) else { return };
        if let Some(operation) = model.operations.get_mut(begun.id.0 as usize) {
            operation.end_ns = Some(time_ns);
            operation.end_stack = event.stack;
            operation.cpu_ns = event.cpu_ns().unwrap_or(0).saturating_sub(begun.begin_cpu_ns);
            operation.allocs = row.allocs - begun.allocs;
            operation.bytes_allocated = row.bytes_allocated.saturating_sub(begun.bytes_allocated);
            operation.frees = row.frees - begun.frees;
            operation.bytes_freed = row.bytes_freed - begun.bytes_freed;
            model.operation_ends.push(begun.id);
        }
    }
}
