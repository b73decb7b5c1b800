//! Events, in order of time, to rows of the model: which block a release ends, which scope an exit closes.

use crate::blocks::Blocks;
use crate::hash::FastMap;
use crate::ids::{OperationId, ScopeId, StackId, TextId, ThreadNumber};
use crate::live_table::{Foresight, LiveTable, Lodger};
use crate::merge::{LaneOf, Sink};
use crate::model::Model;
use crate::rows::{MarkRow, ThreadRow, UnmatchedFree};
use dropscope_format::{Event, EventKind, Realloc, Recording, Thread, ThreadId};
use std::sync::Arc;
use sums::Sums;

mod blocks;
mod spans;
mod sums;
#[cfg(test)]
mod tests;

/// What is needed to go on, and nobody who looks at the model needs.
pub(crate) struct Apply {
    live: LiveTable,
    /// By lane.
    threads: Vec<Option<OpenThread>>,
    number_of: FastMap<u32, ThreadNumber>,
    /// What the recording said of threads that have made no event yet.
    announced: FastMap<u32, Thread>,
    /// Releases that found no block, of the moment `early_ns`: a birth of the same moment may still come. With their
    /// narrow places.
    early: Vec<(u64, UnmatchedFree)>,
    /// Lane and old narrow place of reallocs that began at that moment and found no block, either.
    early_moves: Vec<(usize, u64)>,
    /// [`NEVER`] where there are none.
    early_ns: u64,
    /// Of the thread whose turn it is.
    sums: Sums,
}

const NEVER: u64 = u64::MAX;

impl Default for Apply {
    fn default() -> Self {
        Apply {
            live: LiveTable::default(),
            threads: Vec::new(),
            number_of: FastMap::default(),
            announced: FastMap::default(),
            early: Vec::new(),
            early_moves: Vec::new(),
            early_ns: NEVER,
            sums: Sums::default(),
        }
    }
}

/// A thread in the middle of its work.
struct OpenThread {
    number: ThreadNumber,
    scopes: Vec<ScopeId>,
    operations: Vec<OpenOperation>,
    /// The block whose realloc has begun; empty where it is none we know.
    in_flight: Option<Lodger>,
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

    /// All has been given.
    pub(crate) fn finish(&mut self, model: &mut Model) {
        self.flush_early(model);
        // What they have grown ahead of themselves, up to as much again.
        model.operations.shrink_to_fit();
        model.scopes.shrink_to_fit();
        model.marks.shrink_to_fit();
    }

    fn open(&mut self, lane: usize) -> Option<&mut OpenThread> {
        self.threads.get_mut(lane).and_then(Option::as_mut)
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

/// [`Apply`] at work, for as long as the model is its own.
pub(crate) struct Applying<'a> {
    apply: &'a mut Apply,
    model: &'a mut Model,
    recording: Option<&'a Recording>,
    /// Whose turn it is.
    lane: usize,
    thread: ThreadNumber,
    now_ns: u64,
}

impl<'a> Applying<'a> {
    /// Stacks and texts of events that have the file's numbers are those of `recording`.
    pub(crate) fn new(apply: &'a mut Apply, model: &'a mut Model, recording: Option<&'a Recording>) -> Self {
        Applying { apply, model, recording, lane: 0, thread: ThreadNumber(u32::MAX), now_ns: 0 }
    }

    /// Until the next time.
    pub(crate) fn rest(mut self) {
        self.end_turn();
        self.model.duration_ns = self.model.duration_ns.max(self.now_ns);
        let blocks = &mut self.model.blocks;
        blocks.settle();
        self.model.totals.live_blocks = u64::from(blocks.count() - blocks.released_count());
    }

    #[inline]
    fn end_turn(&mut self) {
        self.apply.add_sums(self.model, self.thread);
        if let Some(row) = self.model.threads.get_mut(self.thread.0 as usize) {
            row.last_ns = self.now_ns;
        }
    }

    #[inline]
    fn now(&mut self, time_ns: u64) {
        self.now_ns = time_ns;
        if time_ns > self.apply.early_ns {
            self.apply.flush_early(self.model);
        }
    }

    fn mark(&mut self, time_ns: u64, event: &Event) {
        let (thread, text) = (self.thread, TextId(event.extra));
        self.model.marks.push(MarkRow { time_ns, thread, text, stack: event.stack });
    }

    #[inline(never)]
    fn rare(&mut self, time_ns: u64, event: &Event) {
        let (apply, model, lane) = (&mut *self.apply, &mut *self.model, self.lane);
        // An operation has of its thread's sums what they grow by.
        apply.add_sums(model, self.thread);
        match event.kind {
            // Without its other half it cannot be more than a birth at the new place.
            EventKind::Realloc => {
                let unknown = Realloc { old_address: model.blocks.narrow(0), ..Realloc::default() };
                apply.realloc_done(model, lane, time_ns, event, &unknown);
            }
            EventKind::ScopeEnter => apply.scope_enter(model, lane, time_ns, event),
            EventKind::ScopeExit => apply.scope_exit(model, lane, time_ns, event),
            EventKind::OperationBegin => apply.operation_begin(model, lane, time_ns, event),
            EventKind::OperationEnd => apply.operation_end(model, lane, time_ns, event),
            EventKind::Mark => self.mark(time_ns, event),
            EventKind::Alloc | EventKind::AllocZeroed | EventKind::Free => {}
        }
    }
}

impl Sink for Applying<'_> {
    #[inline]
    fn turn(&mut self, of: LaneOf, time_ns: u64) {
        self.end_turn();
        self.lane = of.lane;
        self.thread = match self.apply.threads.get(of.lane) {
            Some(Some(open)) => open.number,
            _ => self.apply.new_thread(self.model, of, time_ns),
        };
        self.now_ns = time_ns;
    }

    /// From here on an address is the narrow place, of a realloc's other half, too, and the stack of a birth, a realloc or a
    /// release its number among those of blocks. What the event asks for is fetched meanwhile: to wait for memory each time
    /// was a quarter of all reading.
    #[inline]
    fn soon(&mut self, events: &mut [Event], reallocs: &mut [Realloc], files_ids: bool) {
        let (blocks, foresight) = (&mut self.model.blocks, self.apply.live.foresight());
        match self.recording.filter(|_| files_ids).map(Recording::own_ids) {
            Some(ids) => {
                blocks.stacks_mut().begin_file(ids);
                let narrow = |blocks: &mut Blocks, stack| blocks.stacks_mut().narrow_of_file(&ids, stack);
                foresee(events, reallocs, blocks, foresight, narrow, |event| ids.give(event));
            }
            None => {
                let narrow = |blocks: &mut Blocks, stack| blocks.stacks_mut().narrow(stack);
                foresee(events, reallocs, blocks, foresight, narrow, |_| {});
            }
        }
    }

    #[inline]
    fn event(&mut self, time_ns: u64, event: &Event) {
        self.now(time_ns);
        match event.kind {
            EventKind::Alloc | EventKind::AllocZeroed => self.apply.alloc(self.model, self.thread, time_ns, event),
            EventKind::Free => self.apply.free(self.model, self.thread, time_ns, event),
            _ => self.rare(time_ns, event),
        }
    }

    #[inline]
    fn realloc_begins(&mut self, time_ns: u64, realloc: &Realloc) {
        self.now(time_ns);
        self.apply.realloc_begins(self.model, self.lane, time_ns, realloc.old_address);
    }

    #[inline]
    fn realloc_done(&mut self, time_ns: u64, event: &Event, realloc: &Realloc) {
        self.now(time_ns);
        self.apply.realloc_done(self.model, self.lane, time_ns, event, realloc);
    }
}

/// Makes places and stacks narrow and has what they ask for fetched. `own` is done with the other events.
#[inline(always)]
fn foresee(
    events: &mut [Event],
    reallocs: &mut [Realloc],
    blocks: &mut Blocks,
    foresight: Foresight<'_>,
    narrow: impl Fn(&mut Blocks, StackId) -> u32,
    own: impl Fn(&mut Event),
) {
    for event in events {
        if event.kind.is_text() {
            own(event);
            continue;
        }
        event.stack = StackId(narrow(blocks, event.stack));
        event.address = blocks.narrow(event.address);
        foresight.foresee(event.address);
        if event.kind == EventKind::Realloc
            && let Some(realloc) = reallocs.get_mut(event.extra as usize)
        {
            realloc.old_address = blocks.narrow(realloc.old_address);
            foresight.foresee(realloc.old_address);
        }
    }
}

fn describe(row: &mut ThreadRow, thread: &Thread) {
    row.os_id = thread.os_id;
    row.has_ended = thread.ended;
    if !thread.name.is_empty() {
        row.name = Arc::from(thread.name.as_str());
    }
}
