//! More events than a model has numbers for: the same with room for few.

use super::*;
use crate::blocks::Blocks;
use crate::ids::BlockId;
use dropscope_format::{StackId, ThreadId};

fn event(kind: EventKind, time_ns: u64, address: u64, size_bytes: u64) -> Event {
    Event {
        time_ns,
        address,
        size_bytes,
        stack: StackId::EMPTY,
        extra: 0,
        kind,
        align_log2: 3,
        quality: Default::default(),
    }
}

struct Told {
    model: Model,
    apply: Apply,
    now_ns: u64,
}

impl Told {
    fn of(most_rows: u32) -> Told {
        let model = Model { blocks: Blocks::with_room_for(most_rows), ..Model::default() };
        Told { model, apply: Apply::default(), now_ns: 0 }
    }

    /// What happens next, to the places of one page.
    fn say(&mut self, happens: impl FnOnce(&mut Applying<'_>, u64)) {
        self.now_ns += 1;
        let mut applying = Applying::new(&mut self.apply, &mut self.model, None);
        applying.turn(LaneOf { thread: ThreadId(0), lane: 0 }, self.now_ns);
        happens(&mut applying, self.now_ns);
        applying.rest();
    }

    fn event(&mut self, kind: EventKind, address: u64, size_bytes: u64) {
        self.say(|applying, now_ns| applying.event(now_ns, &event(kind, now_ns, address, size_bytes)));
    }

    fn realloc(&mut self, old_address: u64, address: u64, size_bytes: u64) {
        let realloc = Realloc { old_address, old_size_bytes: 0, started_ns: self.now_ns + 1 };
        self.say(|applying, now_ns| applying.realloc_begins(now_ns, &realloc));
        let done = |now_ns| event(EventKind::Realloc, now_ns, address, size_bytes);
        self.say(|applying, now_ns| applying.realloc_done(now_ns, &done(now_ns), &realloc));
    }
}

#[test]
fn births_beyond_the_last_number_are_counted_and_take_nobodys() {
    let mut told = Told::of(3);
    for number in 1..=5 {
        told.event(EventKind::Alloc, number * 16, number * 10);
    }
    assert_eq!((told.model.blocks.count(), told.model.oddities.beyond_limit), (3, 2));
    assert_eq!((told.model.totals.allocs, told.model.totals.live_bytes), (3, 60));
    // The release of a block without a number finds none; those with one are found as ever.
    told.event(EventKind::Free, 5 * 16, 0);
    told.event(EventKind::Free, 2 * 16, 0);
    told.apply.finish(&mut told.model);
    assert_eq!((told.model.oddities.unmatched_frees, told.model.totals.frees), (1, 1));
    let alive: Vec<bool> = told.model.blocks.ids().map(|block| told.model.blocks.is_alive(block)).collect();
    assert_eq!(alive, [true, false, true]);
    assert_eq!(told.model.totals.live_bytes, 40);
}

#[test]
fn a_realloc_beyond_the_last_number_moves_its_block_and_is_counted() {
    let mut told = Told::of(2);
    told.event(EventKind::Alloc, 16, 10);
    for number in 1..=4 {
        told.realloc(number * 16, (number + 1) * 16, 10 + number);
    }
    assert_eq!((told.model.blocks.realloc_count(), told.model.oddities.beyond_limit), (2, 2));
    assert_eq!((told.model.blocks.size_bytes(BlockId(1)), told.model.totals.live_bytes), (12, 12));
    told.event(EventKind::Free, 5 * 16, 0);
    told.apply.finish(&mut told.model);
    assert_eq!((told.model.totals.frees, told.model.totals.live_bytes, told.model.oddities.unmatched_frees), (1, 0, 0));
}
