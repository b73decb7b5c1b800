//! The threads' events in one order of time. Each thread's batches come in its own order; events wait here until the
//! watermark says that nothing older can come.

use crate::hash::FastMap;
use crate::prefetch::prefetch;
use dropscope_format::{Event, EventBatch, EventKind, PackedGroup, Realloc, ThreadId};
use std::collections::VecDeque;

mod ahead;
mod heads;
#[cfg(test)]
mod tests;
mod waiting;

use heads::{Head, Heads};
use waiting::{Groups, Waiting};

/// Whoever takes what happens, in order of time. A realloc happens twice: it gives up its old place when it begins and has
/// the new one when it is done; in between another thread may have got the old place.
pub(crate) trait Sink {
    /// What comes is of this thread, until the next turn.
    fn turn(&mut self, of: LaneOf, time_ns: u64);
    /// These events happen soon: what there is to do with them before. Each comes by here once; what reallocs point to is in
    /// `reallocs`. They have the `files_ids` where their stacks and texts are still numbered as in the file.
    fn soon(&mut self, events: &mut [Event], reallocs: &mut [Realloc], files_ids: bool);
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
    has_files_ids: bool,
    waiting: VecDeque<Waiting>,
    /// The next event of the batch.
    at: usize,
    /// How many events of the batch [`Sink::soon`] was told of, and at which event it is told of more.
    told: usize,
    tell_at: usize,
    /// Whether the next event is a realloc that has begun already.
    has_begun: bool,
}

/// How many events [`Sink::soon`] is told of one behind the other, and how many events before the first of them at least, but
/// for those at the beginning of a batch. What they ask for is fetched together, so to wait for many takes no longer than to
/// wait for one.
const SOON_EVENTS: usize = 16;

/// Time, then what gives up a place before what takes one.
type Key = (u64, u8);

/// When an event is next, and the realloc's other half if it is one. A realloc that has not begun is a beginning.
#[inline(always)]
fn next<'a>(event: &Event, reallocs: &'a [Realloc], has_begun: bool) -> (Key, Option<&'a Realloc>) {
    if event.kind == EventKind::Realloc
        && let Some(realloc) = reallocs.get(event.extra as usize)
    {
        let key = if has_begun { (event.time_ns, 1) } else { (realloc.started_ns.min(event.time_ns), 0) };
        return (key, Some(realloc));
    }
    ((event.time_ns, u8::from(event.kind != EventKind::Free)), None)
}

impl Lane {
    fn head(&self, number: usize) -> Option<Head> {
        let (key, _) = next(self.batch.events.get(self.at)?, &self.batch.reallocs, self.has_begun);
        Some(Head::new(key, number))
    }

    /// Goes on with `batch`.
    fn begin(&mut self, batch: EventBatch, has_files_ids: bool, sink: &mut impl Sink) {
        (self.batch, self.has_files_ids) = (batch, has_files_ids);
        (self.at, self.has_begun, self.told) = (0, false, 0);
        self.tell(2 * SOON_EVENTS, sink);
    }

    /// Tells of so many more events.
    #[inline(never)]
    fn tell(&mut self, count: usize, sink: &mut impl Sink) {
        let EventBatch { events, reallocs, .. } = &mut self.batch;
        let until = (self.told + count).min(events.len());
        // Those that are told of next: another thread may have written them.
        events.iter().skip(until).take(SOON_EVENTS).for_each(prefetch);
        sink.soon(events.get_mut(self.told..until).unwrap_or_default(), reallocs, self.has_files_ids);
        self.told = until;
        self.tell_at = if until == events.len() { usize::MAX } else { until.saturating_sub(SOON_EVENTS) };
    }

    /// Gives up to `most` events, as long as they are before `limit` or of its moment and due before; the first one is, in
    /// any case. `times` are that of what was given last, and of the first.
    #[inline]
    fn give(&mut self, number: usize, times: (u64, u64), limit: Key, most: usize, sink: &mut impl Sink) -> Turn {
        let (mut given_ns, first_ns) = times;
        sink.turn(LaneOf { thread: self.thread, lane: number }, first_ns.max(given_ns));
        let from = self.at;
        let end = from.saturating_add(most);
        // By what gives up a place and what does not: the first moment that is too late for it.
        let until = [limit.0.saturating_add(1), limit.0.saturating_add(u64::from(limit.1 > 0))];
        let mut late = 0;
        let mut goes_on = true;
        while goes_on && self.at < end {
            if self.at >= self.tell_at {
                self.tell(SOON_EVENTS, sink);
            }
            // Up to where more is to be told: nothing else changes meanwhile.
            let EventBatch { events, reallocs, .. } = &self.batch;
            let here = self.at..end.min(self.tell_at).min(events.len());
            let Some(events) = events.get(here).filter(|events| !events.is_empty()) else { break };
            let mut given = 0;
            for event in events {
                let ((mut time_ns, mut order), realloc) = next(event, reallocs, self.has_begun);
                if let Some(realloc) = realloc
                    && !self.has_begun
                    && time_ns < until[0]
                {
                    late += u64::from(time_ns < given_ns);
                    given_ns = time_ns.max(given_ns);
                    sink.realloc_begins(given_ns, realloc);
                    self.has_begun = true;
                    ((time_ns, order), _) = next(event, reallocs, true);
                }
                if time_ns >= until[usize::from(order > 0)] {
                    goes_on = false;
                    break;
                }
                late += u64::from(time_ns < given_ns);
                given_ns = time_ns.max(given_ns);
                match realloc {
                    None => sink.event(given_ns, event),
                    Some(realloc) => {
                        sink.realloc_done(given_ns, event, realloc);
                        self.has_begun = false;
                    }
                }
                given += 1;
            }
            self.at += given;
        }
        Turn { given_ns, late, events: self.at - from }
    }
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
            self.lanes.push(Lane {
                thread,
                batch: EventBatch::default(),
                has_files_ids: false,
                waiting: VecDeque::new(),
                at: 0,
                told: 0,
                tell_at: usize::MAX,
                has_begun: false,
            });
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
        self.groups.give_back(std::mem::take(&mut lane.batch));
        while let Some(waiting) = lane.waiting.pop_front() {
            let has_files_ids = matches!(waiting, Waiting::Packed(..));
            lane.begin(self.groups.take(waiting), has_files_ids, sink);
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
