//! What is given comes in order of time, each once, and is told of before.

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

/// Added to the addresses of events that were told of.
const TOLD: u64 = 1 << 32;

/// Writes down what it is given: thread, time, and what.
#[derive(Default)]
struct Seen {
    thread: u32,
    all: Vec<(u32, u64, &'static str)>,
}

impl Sink for Seen {
    fn turn(&mut self, of: LaneOf, _: u64) {
        self.thread = of.thread.0;
    }

    fn soon(&mut self, events: &mut [Event], reallocs: &mut [Realloc], _: bool) {
        for event in events {
            event.address += TOLD;
            if event.kind == EventKind::Realloc
                && let Some(realloc) = reallocs.get_mut(event.extra as usize)
            {
                realloc.old_address += TOLD;
            }
        }
    }

    fn event(&mut self, time_ns: u64, event: &Event) {
        assert_eq!(event.address / TOLD, 1, "told of once");
        let what = if event.kind == EventKind::Free { "free" } else { "alloc" };
        self.all.push((self.thread, time_ns, what));
    }

    fn realloc_begins(&mut self, time_ns: u64, realloc: &Realloc) {
        assert_eq!(realloc.old_address / TOLD, 1, "told of once");
        self.all.push((self.thread, time_ns, "begins"));
    }

    fn realloc_done(&mut self, time_ns: u64, event: &Event, _: &Realloc) {
        assert_eq!(event.address / TOLD, 1, "told of once");
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
fn each_event_is_told_of_once_before_it_comes() {
    let mut merge = Merge::default();
    let events = |from: u64| (0..100).map(|n| event(EventKind::Alloc, from + 3 * (n / 7), n)).collect::<Vec<_>>();
    for thread in 0..3 {
        merge.push(&mut batch(thread, &events(u64::from(thread))));
        merge.push(&mut batch(thread, &events(50 + u64::from(thread))[..thread as usize * 16]));
    }
    merge.watermark(20);
    let before = given(&mut merge);
    merge.watermark(u64::MAX);
    let all = [before, given(&mut merge)].concat();
    assert!(all.len() == 348 && all.is_sorted_by_key(|&(_, time_ns, _)| time_ns));
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
