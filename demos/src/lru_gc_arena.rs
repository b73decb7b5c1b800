//! The LRU cache's entries under the collector of `gc-arena`; when it works is decided by the two variants.

use gc_arena::lock::RefLock;
use gc_arena::metrics::Pacing;
use gc_arena::{Arena, Gc, Rootable};

use crate::lru::Entry;

/// Slots in one collected object. Writing into an object makes the collector look at all of it again, so one object
/// with all slots would never be finished with.
const CHUNK_SLOTS: usize = 16;

type Chunk<'gc> = [Option<Gc<'gc, Entry>>; CHUNK_SLOTS];
type Chunks<'gc> = Vec<Gc<'gc, RefLock<Chunk<'gc>>>>;

/// One collected object for each entry, reached through chunks of slots.
pub struct ArenaEntries {
    /// The collector and all that it owns.
    pub arena: Arena<Rootable![Chunks<'_>]>,
}

impl ArenaEntries {
    /// Empty slots under a collector that decides by `pacing` how hard to work.
    pub fn with_slots(slots: usize, pacing: Pacing) -> Self {
        let arena = Arena::<Rootable![Chunks<'_>]>::new(|context| {
            let empty_chunk = || Gc::new(context, RefLock::new([None; CHUNK_SLOTS]));
            (0..slots.div_ceil(CHUNK_SLOTS)).map(|_| empty_chunk()).collect()
        });
        arena.metrics().set_pacing(pacing);
        Self { arena }
    }

    /// Puts a new object into `slot`. The old one is only forgotten: nobody releases it here.
    pub fn put(&mut self, slot: usize, entry: Entry) {
        self.arena.mutate(|context, chunks| {
            let entry = Gc::new_static(context, entry);
            chunks[slot / CHUNK_SLOTS].borrow_mut(context)[slot % CHUNK_SLOTS] = Some(entry);
        });
    }

    /// The checksum of the entry in `slot`, 0 if it is empty.
    pub fn checksum(&self, slot: usize) -> u64 {
        self.arena.mutate(|_, chunks| {
            let chunk = chunks[slot / CHUNK_SLOTS].borrow();
            chunk[slot % CHUNK_SLOTS].map_or(0, |entry| entry.checksum())
        })
    }

    /// True when the program has made so many objects that the collector wants to work.
    pub fn is_in_debt(&self) -> bool {
        self.arena.metrics().allocation_debt() > 0.0
    }
}
