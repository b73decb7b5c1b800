//! The threads' events in one order of time. Each thread's batches come in its own order; events wait here until the
//! watermark says that nothing older can come.

use crate::hash::FastMap;
use dropscope_format::{Event, EventBatch, EventKind, PackedGroup, Realloc, ThreadId};
use std::collections::VecDeque;

mod heads;
mod waiting;

use heads::{Head, Heads};
use waiting::{Groups, Waiting};

/// What happens next. A realloc happens twice: it gives up its old place when it begins and has the new one when it is
/// done; in between another thread may have got the old place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happening<'a> {
    /// Events that happen soon; nothing happens yet.
    Soon(&'a [Event]),
    Event(&'a Event),
    ReallocBegins(&'a Realloc),
    ReallocDone(&'a Event, &'a Realloc),
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

/// How many events [`Happening::Soon`] tells of at once, and how many events before the first of them it does so at least,
/// but for those at the beginning of a batch.
const SOON_EVENTS: usize = 16;

/// Time, then what gives up a place before what takes one.
type Key = (u64, u8);

/// What the event of a batch is next, and when. A realloc that has not begun is a beginning.
#[inline]
fn next<'a>(batch: &'a EventBatch, event: &'a Event, has_begun: bool) -> (Key, Happening<'a>) {
    match (event.kind, batch.realloc(event)) {
        (EventKind::Free, _) => ((event.time_ns, 0), Happening::Event(event)),
        (EventKind::Realloc, Some(realloc)) if has_begun => {
            ((event.time_ns, 1), Happening::ReallocDone(event, realloc))
        }
        (EventKind::Realloc, Some(realloc)) => {
            ((realloc.started_ns.min(event.time_ns), 0), Happening::ReallocBegins(realloc))
        }
        _ => ((event.time_ns, 1), Happening::Event(event)),
    }
}

impl Lane {
    fn head(&self, number: usize) -> Option<Head> {
        let (key, _) = next(&self.batch, self.batch.events.get(self.at)?, self.has_begun);
        Some(Head::new(key, number))
    }
}

/// Merges the threads' events.
#[derive(Default)]
pub(crate) struct Merge {
    lanes: Vec<Lane>,
    lane_of: FastMap<u32, usize>,
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
        self.wait(batch.thread, Waiting::Decoded(batch), &|_| {});
    }

    /// Takes batches that are not decoded yet, and leaves another group in its place. `finish` is what is to be done with each that is.
    pub(crate) fn push_group(&mut self, group: &mut PackedGroup, finish: &dyn Fn(&mut EventBatch)) {
        for (head, waiting) in self.groups.push(group) {
            self.wait(head.thread, waiting, finish);
        }
    }

    fn wait(&mut self, thread: ThreadId, waiting: Waiting, finish: &dyn Fn(&mut EventBatch)) {
        let lane = *self.lane_of.entry(thread.0).or_insert_with(|| {
            let (batch, waiting) = (EventBatch::default(), VecDeque::new());
            self.lanes.push(Lane { thread, batch, waiting, at: 0, has_begun: false });
            self.lanes.len() - 1
        });
        self.lanes[lane].waiting.push_back(waiting);
        if self.lanes[lane].batch.events.is_empty()
            && let Some(head) = self.next_batch(lane, finish)
        {
            self.heads.push(head);
        }
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

    /// How many happenings have been given.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// Happenings that came after a later one had been given.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// Whether something can be given now.
    pub(crate) fn is_ready(&self) -> bool {
        self.heads.first().is_some_and(|head| head.time_ns() < self.watermark_ns)
    }

    /// Gives about `count` happenings of those before the watermark to `take`, with the time to file them under: never
    /// before one given already. `finish` as in [`Merge::push_group`].
    pub(crate) fn give(
        &mut self,
        count: usize,
        finish: &dyn Fn(&mut EventBatch),
        take: &mut impl FnMut(LaneOf, u64, Happening<'_>),
    ) {
        let mut left = count;
        while left > 0
            && let Some(head) = self.heads.first()
            && head.time_ns() < self.watermark_ns
        {
            let number = head.lane();
            // This lane goes on until another one's first event is older.
            let limit = self.heads.second();
            let Some(lane) = self.lanes.get_mut(number) else { return };
            let batch = &lane.batch;
            let of = LaneOf { thread: lane.thread, lane: number };
            let (mut at, mut has_begun) = (lane.at, lane.has_begun);
            while let Some(event) = batch.events.get(at) {
                let (key, happening) = next(batch, event, has_begun);
                let head = Head::new(key, number);
                if left == 0 || key.0 >= self.watermark_ns || limit.is_some_and(|limit| head.is_after(limit)) {
                    self.heads.change_first(head);
                    break;
                }
                if key.0 < self.given_ns {
                    self.late += 1;
                } else {
                    self.given_ns = key.0;
                }
                if at.is_multiple_of(SOON_EVENTS) && !has_begun {
                    let from = if at == 0 { 0 } else { at + SOON_EVENTS };
                    let soon = batch.events.get(from..).unwrap_or_default();
                    let soon = soon.get(..at + 2 * SOON_EVENTS - from).unwrap_or(soon);
                    take(of, self.given_ns, Happening::Soon(soon));
                }
                take(of, self.given_ns, happening);
                has_begun = matches!(happening, Happening::ReallocBegins(_));
                at += usize::from(!has_begun);
                self.given += 1;
                left -= 1;
            }
            let is_done = at >= batch.events.len();
            (lane.at, lane.has_begun) = (at, has_begun);
            if is_done {
                match self.next_batch(number, finish) {
                    Some(head) => self.heads.change_first(head),
                    None => self.heads.pop_first(),
                }
            }
        }
    }

    /// The lane goes on with the next of its batches that has events; none where none waits.
    fn next_batch(&mut self, number: usize, finish: &dyn Fn(&mut EventBatch)) -> Option<Head> {
        let lane = self.lanes.get_mut(number)?;
        (lane.at, lane.has_begun) = (0, false);
        self.groups.give_back(std::mem::take(&mut lane.batch));
        while let Some(waiting) = lane.waiting.pop_front() {
            lane.batch = self.groups.take(waiting, finish);
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

    fn given(merge: &mut Merge) -> Vec<(u32, u64)> {
        let mut all = Vec::new();
        while merge.is_ready() {
            merge.give(2, &|_| {}, &mut |of, time_ns, happening| {
                if !matches!(happening, Happening::Soon(_)) {
                    all.push((of.thread.0, time_ns));
                }
            });
        }
        all
    }

    #[test]
    fn events_wait_for_the_watermark_and_come_by_time_with_frees_first() {
        use EventKind::{Alloc, Free};
        let mut merge = Merge::default();
        merge.push(&mut batch(7, &[event(Alloc, 1, 10), event(Alloc, 5, 20)]));
        assert!(!merge.is_ready());
        merge.push(&mut batch(3, &[event(Alloc, 2, 30), event(Free, 5, 30)]));
        merge.watermark(5);
        assert_eq!(given(&mut merge), [(7, 1), (3, 2)]);
        assert_eq!(merge.given_until_ns(), 5);
        merge.watermark(6);
        assert_eq!(given(&mut merge), [(3, 5), (7, 5)]);
        assert_eq!(merge.late(), 0);
    }

    #[test]
    fn a_threads_own_order_stands_even_within_one_moment() {
        use EventKind::{Alloc, Free};
        let mut merge = Merge::default();
        merge.push(&mut batch(1, &[event(Alloc, 5, 10), event(Free, 5, 10), event(Alloc, 5, 10)]));
        merge.watermark(u64::MAX);
        let mut kinds = Vec::new();
        merge.give(10, &|_| {}, &mut |_, _, happening| match happening {
            Happening::Event(event) => kinds.push(event.kind),
            Happening::Soon(_) => {}
            _ => panic!("no realloc here"),
        });
        assert_eq!(kinds, [Alloc, Free, Alloc]);
    }

    #[test]
    fn a_realloc_gives_up_its_place_when_it_begins() {
        let mut merge = Merge::default();
        let mut first = batch(1, &[event(EventKind::Realloc, 9, 50)]);
        first.reallocs.push(Realloc { old_address: 10, old_size_bytes: 1, started_ns: 3 });
        merge.push(&mut first);
        merge.push(&mut batch(2, &[event(EventKind::Alloc, 6, 10)]));
        merge.watermark(u64::MAX);
        let mut seen = Vec::new();
        merge.give(10, &|_| {}, &mut |of, time_ns, happening| {
            let what = match happening {
                Happening::Event(_) => "event",
                Happening::ReallocBegins(_) => "begins",
                Happening::ReallocDone(..) => "done",
                Happening::Soon(_) => return,
            };
            seen.push((of.thread.0, time_ns, what));
        });
        assert_eq!(seen, [(1, 3, "begins"), (2, 6, "event"), (1, 9, "done")]);
    }

    #[test]
    fn an_event_older_than_what_was_given_is_counted_and_filed_under_the_last_time() {
        let mut merge = Merge::default();
        merge.push(&mut batch(1, &[event(EventKind::Alloc, 8, 10)]));
        merge.watermark(9);
        assert_eq!(given(&mut merge), [(1, 8)]);
        merge.push(&mut batch(2, &[event(EventKind::Alloc, 4, 20)]));
        assert_eq!(given(&mut merge), [(2, 8)]);
        assert_eq!(merge.late(), 1);
    }
}
