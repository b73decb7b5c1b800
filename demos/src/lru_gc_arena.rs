//! The LRU cache's entries under the collector of `gc-arena`; when it works is decided by the two variants.

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Gc, Rootable};
use std::marker::PhantomData;

use crate::lru::{Entries, Entry};
use crate::pace::Pace;

/// Slots in one collected object. Writing into an object makes the collector look at all of it again, so one object
/// with all slots would never be finished with.
const CHUNK_SLOTS: usize = 16;

type Chunk<'gc> = [Option<Gc<'gc, Entry>>; CHUNK_SLOTS];
type Chunks<'gc> = Vec<Gc<'gc, RefLock<Chunk<'gc>>>>;

/// One collected object for each entry, reached through chunks of slots.
pub struct ArenaEntries<P> {
    arena: Arena<Rootable![Chunks<'_>]>,
    pace: PhantomData<P>,
}

impl<P: Pace> Entries for ArenaEntries<P> {
    fn with_slots(slots: usize) -> Self {
        let arena = Arena::<Rootable![Chunks<'_>]>::new(|context| {
            let empty_chunk = || Gc::new(context, RefLock::new([None; CHUNK_SLOTS]));
            (0..slots.div_ceil(CHUNK_SLOTS)).map(|_| empty_chunk()).collect()
        });
        arena.metrics().set_pacing(P::PACING);
        Self { arena, pace: PhantomData }
    }

    /// The old entry is only forgotten: nobody releases it here.
    fn put(&mut self, slot: usize, entry: Entry) {
        self.arena.mutate(|context, chunks| {
            let entry = Gc::new_static(context, entry);
            chunks[slot / CHUNK_SLOTS].borrow_mut(context)[slot % CHUNK_SLOTS] = Some(entry);
        });
    }

    fn checksum(&self, slot: usize) -> u64 {
        self.arena.mutate(|_, chunks| {
            let chunk = chunks[slot / CHUNK_SLOTS].borrow();
            chunk[slot % CHUNK_SLOTS].map_or(0, |entry| entry.checksum())
        })
    }

    fn end_of_request(&mut self) {
        if self.arena.metrics().allocation_debt() > 0.0 {
            P::work(&mut self.arena);
        }
    }
}
