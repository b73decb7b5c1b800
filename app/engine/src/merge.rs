//! The threads' events in one order of time. Each thread's batches come in its own order; events wait here until the
//! watermark says that nothing older can come.

use crate::hash::FastMap;
use dropscope_format::{Event, EventBatch, EventKind, PackedGroup, Realloc, ThreadId};
use std::collections::VecDeque;

mod ahead;
mod heads;
mod waiting;

use heads::{Head, Heads};
use waiting::{Groups, Waiting};

/// Whoever takes what happens, in order of time. A realloc happens twice: it gives up its old place when it begins and has
/// the new one when it is done; in between another thread may have got the old place.
pub(crate) trait Sink {
    /// The events of a batch come next: what there is to do with it before. It `has_files_ids` where stacks and texts are
    /// still numbered as in the file.
    fn prepare(&mut self, batch: &mut EventBatch, has_files_ids: bool);
    /// What comes is of this thread, until the next turn.
    fn turn(&mut self, of: LaneOf, time_ns: u64);
    /// Events that happen soon; nothing happens yet.
    fn soon(&mut self, events: &[Event]);
    fn event(&mut self, time_ns: u64, event: &Event);
    fn realloc_begins(&mut self, time_ns: u64, realloc: &Realloc);
    fn realloc_done(&mut self, time_ns: u64, event: &Event, realloc: &Realloc);
}

/// Whose event it is: the thread, and its number among those that have events, from 0 in order of their first batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneOf {
    pub(crate) thread: ThreadId,
    pub(crate) lane: usize,
}

/// The waiting events of one thread.
struct Lane {
    thread: ThreadId,
    /// What is given now; empty where nothing waits.
    batch: EventBatch,
    waiting: VecDeque<Waiting>,
    /// The next event of the batch.
    at: usize,
    /// Whether the next event is a realloc that has begun already.
    has_begun: bool,
}

/// How many events [`Sink::soon`] tells of at once, and how many events before the first of them it does so at least,
/// but for those at the beginning of a batch.
const SOON_EVENTS: usize = 16;

/// Time, then what gives up a place before what takes one.
type Key = (u64, u8);

/// When an event of a batch is next. A realloc that has not begun is a beginning.
#[inline]
fn key(batch: &EventBatch, event: &Event, has_begun: bool) -> Key {
    match (event.kind, batch.realloc(event)) {
        (EventKind::Free, _) => (event.time_ns, 0),
        (EventKind::Realloc, Some(realloc)) if !has_begun => (realloc.started_ns.min(event.time_ns), 0),
        _ => (event.time_ns, 1),
    }
}

impl Lane {
    fn head(&self, number: usize) -> Option<Head> {
        Some(Head::new(key(&self.batch, self.batch.events.get(self.at)?, self.has_begun), number))
    }

    /// Gives up to `most` events, as long as they are before `limit` or of its moment and due before; the first one is, in
    /// any case. `times` are that of what was given last, and of the first.
    #[inline]
    fn give(&mut self, number: usize, times: (u64, u64), limit: Key, most: usize, sink: &mut impl Sink) -> Turn {
        let (mut given_ns, first_ns) = times;
        sink.turn(LaneOf { thread: self.thread, lane: number }, first_ns.max(given_ns));
        let batch = &self.batch;
        let from = self.at;
        let events = batch.events.get(..from.saturating_add(most)).unwrap_or(&batch.events);
        let mut late = 0;
        while let Some(event) = events.get(self.at) {
            let (time_ns, order) = key(batch, event, self.has_begun);
            if time_ns >= limit.0 && (time_ns > limit.0 || order > limit.1) {
                break;
            }
            late += u64::from(time_ns < given_ns);
            given_ns = time_ns.max(given_ns);
            if self.at.is_multiple_of(SOON_EVENTS) && !self.has_begun {
                sink.soon(soon(&batch.events, self.at));
            }
            match batch.realloc(event) {
                None => sink.event(given_ns, event),
                Some(realloc) if self.has_begun => sink.realloc_done(given_ns, event, realloc),
                Some(realloc) => {
                    sink.realloc_begins(given_ns, realloc);
                    self.has_begun = true;
                    continue;
                }
            }
            self.has_begun = false;
            self.at += 1;
        }
        Turn { given_ns, late, events: self.at - from }
    }
}

/// What [`Sink::soon`] is told at event `at`.
fn soon(events: &[Event], at: usize) -> &[Event] {
    let from = if at == 0 { 0 } else { at + SOON_EVENTS };
    let soon = events.get(from..).unwrap_or_default();
    soon.get(..at + 2 * SOON_EVENTS - from).unwrap_or(soon)
}

/// What a lane has given in its turn.
struct Turn {
    /// The time of the last.
    given_ns: u64,
    late: u64,
    events: usize,
}

/// Merges the threads' events.
#[derive(Default)]
pub(crate) struct Merge {
    lanes: Vec<Lane>,
    lane_of: FastMap<u32, usize>,
    /// Lanes that had nothing and have batches again.
    refilled: Vec<usize>,
    /// The first waiting event of each lane that has one.
    heads: Heads,
    groups: Groups,
    watermark_ns: u64,
    /// The time of the last event given.
    given_ns: u64,
    given: u64,
    late: u64,
}

impl Merge {
    /// Takes a thread's next batch, and leaves another in its place to be filled.
    pub(crate) fn push(&mut self, batch: &mut EventBatch) {
        if batch.events.is_empty() {
            return;
        }
        let batch = std::mem::replace(batch, self.groups.spare());
        self.wait(batch.thread, Waiting::Decoded(batch));
    }

    /// Takes batches that are not decoded yet, and leaves another group in its place.
    pub(crate) fn push_group(&mut self, group: &mut PackedGroup) {
        for (head, waiting) in self.groups.push(group) {
            self.wait(head.thread, waiting);
        }
    }

    fn wait(&mut self, thread: ThreadId, waiting: Waiting) {
        let lane = *self.lane_of.entry(thread.0).or_insert_with(|| {
            let (batch, waiting) = (EventBatch::default(), VecDeque::new());
            self.lanes.push(Lane { thread, batch, waiting, at: 0, has_begun: false });
            self.lanes.len() - 1
        });
        let waits = &mut self.lanes[lane];
        if waits.batch.events.is_empty() && waits.waiting.is_empty() {
            self.refilled.push(lane);
        }
        waits.waiting.push_back(waiting);
    }

    /// Every event before `time_ns` has been pushed.
    pub(crate) fn watermark(&mut self, time_ns: u64) {
        self.watermark_ns = self.watermark_ns.max(time_ns);
    }

    /// The latest watermark.
    pub(crate) fn watermark_ns(&self) -> u64 {
        self.watermark_ns
    }

    /// Up to here everything has been given: nothing waits that is older.
    pub(crate) fn given_until_ns(&self) -> u64 {
        self.heads.first().map_or(self.watermark_ns, |head| self.watermark_ns.min(head.time_ns()))
    }

    /// How many events have been given.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// Happenings that came after a later one had been given.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// Whether something can be given.
    pub(crate) fn is_ready(&self) -> bool {
        !self.refilled.is_empty() || self.heads.first().is_some_and(|head| head.time_ns() < self.watermark_ns)
    }

    /// Gives about `count` of the events before the watermark, in order of time.
    pub(crate) fn give(&mut self, count: usize, sink: &mut impl Sink) {
        while let Some(lane) = self.refilled.pop() {
            if let Some(head) = self.next_batch(lane, sink) {
                self.heads.push(head);
            }
        }
        let mut left = count;
        while left > 0
            && let Some(head) = self.heads.first()
            && head.time_ns() < self.watermark_ns
        {
            // This lane goes on until another one's first event is older.
            let limit = match self.heads.second() {
                Some(second) if second.time_ns() < self.watermark_ns => second.key(),
                _ => (self.watermark_ns - 1, u8::MAX),
            };
            let number = head.lane();
            let Some(lane) = self.lanes.get_mut(number) else { return };
            let times = (self.given_ns, head.time_ns());
            let turn = lane.give(number, times, limit, left, sink);
            self.given_ns = turn.given_ns;
            self.late += turn.late;
            // A realloc that has begun only is something, too.
            let given = turn.events.max(1);
            self.given += given as u64;
            left = left.saturating_sub(given);
            match lane.head(number) {
                Some(head) => self.heads.change_first(head),
                None => match self.next_batch(number, sink) {
                    Some(head) => self.heads.change_first(head),
                    None => self.heads.pop_first(),
                },
            }
        }
    }

    /// The lane goes on with the next of its batches that has events; none where none waits.
    fn next_batch(&mut self, number: usize, sink: &mut impl Sink) -> Option<Head> {
        let lane = self.lanes.get_mut(number)?;
        (lane.at, lane.has_begun) = (0, false);
        self.groups.give_back(std::mem::take(&mut lane.batch));
        while let Some(waiting) = lane.waiting.pop_front() {
            let has_files_ids = matches!(waiting, Waiting::Packed(..));
            lane.batch = self.groups.take(waiting);
            sink.prepare(&mut lane.batch, has_files_ids);
            if !lane.batch.events.is_empty() {
                return lane.head(number);
            }
        }
        None
    }

    /// Bytes of the file whose events could not be decoded, and in how many places.
    pub(crate) fn damaged(&self) -> (u64, u64) {
        self.groups.damaged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropscope_format::StackId;

    fn event(kind: EventKind, time_ns: u64, address: u64) -> Event {
        Event {
            time_ns,
            address,
            size_bytes: 1,
            stack: StackId::EMPTY,
            extra: 0,
            kind,
            align_log2: 0,
            quality: Default::default(),
        }
    }

    fn batch(thread: u32, events: &[Event]) -> EventBatch {
        EventBatch { thread: ThreadId(thread), events: events.to_vec(), ..EventBatch::default() }
    }

    /// Writes down what it is given: thread, time, and what.
    #[derive(Default)]
    struct Seen {
        thread: u32,
        all: Vec<(u32, u64, &'static str)>,
    }

    impl Sink for Seen {
        fn prepare(&mut self, _: &mut EventBatch, _: bool) {}

        fn turn(&mut self, of: LaneOf, _: u64) {
            self.thread = of.thread.0;
        }

        fn soon(&mut self, _: &[Event]) {}

        fn event(&mut self, time_ns: u64, event: &Event) {
            let what = if event.kind == EventKind::Free { "free" } else { "alloc" };
            self.all.push((self.thread, time_ns, what));
        }

        fn realloc_begins(&mut self, time_ns: u64, _: &Realloc) {
            self.all.push((self.thread, time_ns, "begins"));
        }

        fn realloc_done(&mut self, time_ns: u64, _: &Event, _: &Realloc) {
            self.all.push((self.thread, time_ns, "done"));
        }
    }

    fn given(merge: &mut Merge) -> Vec<(u32, u64, &'static str)> {
        let mut seen = Seen::default();
        while merge.is_ready() {
            merge.give(3, &mut seen);
        }
        seen.all
    }

    #[test]
    fn events_wait_for_the_watermark_and_come_by_time_with_frees_first() {
        use EventKind::{Alloc, Free};
        let mut merge = Merge::default();
        merge.push(&mut batch(7, &[event(Alloc, 1, 10), event(Alloc, 5, 20)]));
        assert_eq!(given(&mut merge), []);
        assert!(!merge.is_ready());
        merge.push(&mut batch(3, &[event(Alloc, 2, 30), event(Free, 5, 30)]));
        merge.watermark(5);
        assert_eq!(given(&mut merge), [(7, 1, "alloc"), (3, 2, "alloc")]);
        assert_eq!(merge.given_until_ns(), 5);
        merge.watermark(6);
        assert_eq!(given(&mut merge), [(3, 5, "free"), (7, 5, "alloc")]);
        assert_eq!(merge.late(), 0);
    }

    #[test]
    fn a_threads_own_order_stands_even_within_one_moment() {
        use EventKind::{Alloc, Free};
        let mut merge = Merge::default();
        merge.push(&mut batch(1, &[event(Alloc, 5, 10), event(Free, 5, 10), event(Alloc, 5, 10)]));
        merge.watermark(u64::MAX);
        assert_eq!(given(&mut merge), [(1, 5, "alloc"), (1, 5, "free"), (1, 5, "alloc")]);
    }

    #[test]
    fn a_realloc_gives_up_its_place_when_it_begins() {
        let mut merge = Merge::default();
        let mut first = batch(1, &[event(EventKind::Realloc, 9, 50)]);
        first.reallocs.push(Realloc { old_address: 10, old_size_bytes: 1, started_ns: 3 });
        merge.push(&mut first);
        merge.push(&mut batch(2, &[event(EventKind::Alloc, 6, 10)]));
        merge.watermark(u64::MAX);
        assert_eq!(given(&mut merge), [(1, 3, "begins"), (2, 6, "alloc"), (1, 9, "done")]);
    }

    #[test]
    fn an_event_older_than_what_was_given_is_counted_and_filed_under_the_last_time() {
        let mut merge = Merge::default();
        merge.push(&mut batch(1, &[event(EventKind::Alloc, 8, 10)]));
        merge.watermark(9);
        assert_eq!(given(&mut merge), [(1, 8, "alloc")]);
        merge.push(&mut batch(2, &[event(EventKind::Alloc, 4, 20)]));
        assert_eq!(given(&mut merge), [(2, 8, "alloc")]);
        assert_eq!(merge.late(), 1);
    }
}
