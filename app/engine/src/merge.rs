//! The threads' events in one order of time. Each thread's batches come in its own order; events wait here until the
//! watermark says that nothing older can come.

use crate::hash::FastMap;
use dropscope_format::{Event, EventBatch, EventKind, Realloc, ThreadId};
use std::collections::VecDeque;

mod heads;

use heads::{Head, Heads};

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
    batches: VecDeque<EventBatch>,
    /// The next event of the first batch.
    at: usize,
    /// Whether the next event is a realloc that has begun already.
    has_begun: bool,
}

/// How many events [`Happening::Soon`] tells of at once.
const SOON_EVENTS: usize = 16;

/// Empty batches that are kept: as many as the writer puts together.
const MOST_SPARE: usize = 8;

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
        let batch = self.batches.front()?;
        let (key, _) = next(batch, batch.events.get(self.at)?, self.has_begun);
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
    /// Empty batches to use again.
    spare: Vec<EventBatch>,
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
        let lane = *self.lane_of.entry(batch.thread.0).or_insert_with(|| {
            self.lanes.push(Lane { thread: batch.thread, batches: VecDeque::new(), at: 0, has_begun: false });
            self.lanes.len() - 1
        });
        let batch = std::mem::replace(batch, self.spare.pop().unwrap_or_default());
        let lane_row = &mut self.lanes[lane];
        lane_row.batches.push_back(batch);
        if lane_row.batches.len() == 1
            && let Some(head) = lane_row.head(lane)
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
    /// before one given already.
    pub(crate) fn give(&mut self, count: usize, take: &mut impl FnMut(LaneOf, u64, Happening<'_>)) {
        let mut left = count;
        while left > 0
            && let Some(head) = self.heads.first()
            && head.time_ns() < self.watermark_ns
        {
            let number = head.lane();
            // This lane goes on until another one's first event is older.
            let limit = self.heads.second();
            let Some(lane) = self.lanes.get_mut(number) else { return };
            let Some(batch) = lane.batches.front() else { return };
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
                    let end = (at + SOON_EVENTS).min(batch.events.len());
                    take(of, self.given_ns, Happening::Soon(&batch.events[at..end]));
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
                self.next_batch(number);
            }
        }
        self.spare.truncate(MOST_SPARE);
    }

    /// The first lane's first batch has been given.
    fn next_batch(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        self.spare.extend(lane.batches.pop_front());
        lane.at = 0;
        match lane.head(number) {
            Some(head) => self.heads.change_first(head),
            None => self.heads.pop_first(),
        }
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
            merge.give(2, &mut |of, time_ns, happening| {
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
        merge.give(10, &mut |_, _, happening| match happening {
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
        merge.give(10, &mut |of, time_ns, happening| {
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
