//! Which block is at an address now.
//!
//! A table with open places and linear probing, 12 bytes a place. Every birth and every release asks it, at a place in
//! memory that no cache foresees: that is what reading a recording waits for most. So [`LiveTable::foresee`] has the
//! processor fetch the places of events that come soon, without waiting for them. And whatever a release must know of its
//! block stands in the table, for the block's row is another such place.

use crate::blocks::Blocks;
use crate::hash::spread;
use crate::ids::BlockId;

/// The blocks alive now, found by their place. 16 to 32 bytes a block that is alive.
pub(crate) struct LiveTable {
    /// A power of two of them.
    slots: Vec<Live>,
    count: usize,
}

#[derive(Clone, Copy)]
struct Live {
    /// The place, which saves looking it up in the block's row, or [`ODD`].
    tag: u32,
    lodger: Lodger,
}

/// Who is at a place, and what its release must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lodger {
    /// 0: nobody is here.
    block: u32,
    /// Its size now, or [`LARGE`]; and [`CHANGED`].
    size: u32,
}

/// The size stands in the block's row alone.
const LARGE: u32 = u32::MAX >> 1;
/// The block has reallocs.
const CHANGED: u32 = 1 << 31;

impl Lodger {
    #[inline]
    pub(crate) fn new(block: BlockId, size_bytes: u64, has_changed: bool) -> Lodger {
        let size = u32::try_from(size_bytes).map_or(LARGE, |size| size.min(LARGE));
        Lodger { block: block.0, size: if has_changed { size | CHANGED } else { size } }
    }

    #[inline]
    pub(crate) fn block(self) -> BlockId {
        BlockId(self.block)
    }

    #[inline]
    pub(crate) fn has_changed(self) -> bool {
        self.size & CHANGED != 0
    }

    #[inline]
    pub(crate) fn size_bytes(self, blocks: &Blocks) -> u64 {
        match self.size & !CHANGED {
            LARGE => blocks.size_bytes(self.block()),
            size => u64::from(size),
        }
    }
}

const FREE: Live = Live { tag: 0, lodger: Lodger { block: 0, size: 0 } };
/// The place is not a multiple of 16, or too far out: it stands in the block's row alone.
const ODD: u32 = u32::MAX;
const LEAST_SLOTS: usize = 1024;

impl Default for LiveTable {
    fn default() -> Self {
        Self { slots: vec![FREE; LEAST_SLOTS], count: 0 }
    }
}

/// The narrow place as a tag.
#[inline]
fn tag_of(place: u64) -> u32 {
    if place.is_multiple_of(16) { u32::try_from(place / 16).unwrap_or(ODD) } else { ODD }
}

impl Live {
    #[inline]
    fn is_at(self, blocks: &Blocks, tag: u32, place: u64) -> bool {
        self.tag == tag && (tag != ODD || blocks.place(self.lodger.block()) == place)
    }

    #[inline]
    fn place(self, blocks: &Blocks) -> u64 {
        if self.tag == ODD { blocks.place(self.lodger.block()) } else { u64::from(self.tag) * 16 }
    }
}

impl LiveTable {
    #[inline]
    fn home(&self, place: u64) -> usize {
        // The highest bits of the product are the best spread.
        (spread(place) >> 20) as usize & (self.slots.len() - 1)
    }

    /// The slot of whoever is at `place`, or the free one where it would be.
    #[inline]
    fn find(&self, blocks: &Blocks, tag: u32, place: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(place);
        while self.slots[at].lodger.block != 0 && !self.slots[at].is_at(blocks, tag, place) {
            at = (at + 1) & mask;
        }
        at
    }

    /// Has the processor fetch where `place` is looked for, so that it is near when it is asked for soon.
    #[inline]
    pub(crate) fn foresee(&self, place: u64) {
        let slot = &self.slots[self.home(place)];
        #[cfg(target_arch = "x86_64")]
        safe_arch::prefetch_t0(slot);
        #[cfg(not(target_arch = "x86_64"))]
        std::hint::black_box(slot.tag);
    }

    /// Notes that `lodger` is at `place` now, and says who was before.
    #[inline]
    pub(crate) fn replace(&mut self, blocks: &Blocks, place: u64, lodger: Lodger) -> Option<Lodger> {
        let tag = tag_of(place);
        let at = self.find(blocks, tag, place);
        let before = std::mem::replace(&mut self.slots[at], Live { tag, lodger }).lodger;
        if before.block != 0 {
            return Some(before);
        }
        self.count += 1;
        if self.count > self.slots.len() / 4 * 3 {
            self.grow(blocks);
        }
        None
    }

    #[cold]
    fn grow(&mut self, blocks: &Blocks) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![FREE; old.len() * 2];
        for live in old.into_iter().filter(|live| live.lodger.block != 0) {
            let mask = self.slots.len() - 1;
            let mut at = self.home(live.place(blocks));
            while self.slots[at].lodger.block != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = live;
        }
    }

    /// Takes out the block at `place`.
    #[inline]
    pub(crate) fn remove(&mut self, blocks: &Blocks, place: u64) -> Option<Lodger> {
        let at = self.find(blocks, tag_of(place), place);
        let found = self.slots[at].lodger;
        if found.block == 0 {
            return None;
        }
        self.count -= 1;
        self.close(blocks, at);
        Some(found)
    }

    /// Frees slot `gap`, and moves up those behind it that would not be found past it.
    #[inline]
    fn close(&mut self, blocks: &Blocks, mut gap: usize) {
        let mask = self.slots.len() - 1;
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let live = self.slots[at];
            if live.lodger.block == 0 {
                break;
            }
            let home = self.home(live.place(blocks));
            // How far it is from its home, and how far the gap is from it.
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(gap) & mask {
                self.slots[gap] = live;
                gap = at;
            }
        }
        self.slots[gap] = FREE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Birth;
    use crate::ids::{StackId, ThreadNumber};
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Few places, so that they are taken again and again; some odd, some far out.
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec((0u64..3000, any::<bool>()), 0..6000)) {
            let (mut table, mut map) = (LiveTable::default(), HashMap::new());
            let mut blocks = Blocks::default();
            for (pick, is_birth) in steps {
                let address = match pick % 5 {
                    0 => pick * 3,
                    1 => pick << 40,
                    _ => pick * 16,
                };
                let place = blocks.narrow(address);
                table.foresee(place);
                if !is_birth {
                    prop_assert_eq!(table.remove(&blocks, place), map.remove(&address));
                    continue;
                }
                let size_bytes = pick << [0, 0, 20, 40][pick as usize % 4];
                let block = blocks.birth(&Birth {
                    time_ns: 0,
                    size_bytes,
                    stack: StackId::EMPTY,
                    address,
                    thread: ThreadNumber(0),
                    align_log2: 0,
                    is_zeroed: false,
                });
                let lodger = Lodger::new(block, size_bytes, pick % 7 == 0);
                let is_it = (lodger.block(), lodger.size_bytes(&blocks), lodger.has_changed());
                prop_assert_eq!(is_it, (block, size_bytes, pick % 7 == 0));
                prop_assert_eq!(table.replace(&blocks, place, lodger), map.insert(address, lodger));
            }
            prop_assert_eq!(table.count, map.len());
        }
    }
}
