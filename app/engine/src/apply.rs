//! Events, in order of time, to rows of the model: which block a release ends, which scope an exit closes.

use crate::hash::FastMap;
use crate::ids::{OperationId, ScopeId, TextId, ThreadNumber};
use crate::live_table::{LiveTable, Lodger};
use crate::merge::{Happening, LaneOf};
use crate::model::Model;
use crate::rows::{MarkRow, ThreadRow, UnmatchedFree};
use dropscope_format::{Event, EventKind, Realloc, Thread, ThreadId};
use std::sync::Arc;

mod blocks;
mod spans;
#[cfg(test)]
mod tests;

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

    /// Events that come soon: what they ask for is fetched meanwhile. Looked up one by one each would wait for memory by
    /// itself, which was a quarter of all reading.
    fn foresee(&mut self, model: &mut Model, events: &[Event]) {
        for event in events.iter().filter(|event| !event.kind.is_text()) {
            self.live.foresee(model.blocks.narrow(event.address));
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
