//! Which block is at an address now.
//!
//! A table with open places and linear probing, 8 bytes a place. Every birth and every release asks it, at a place in
//! memory that no cache foresees: that is what reading a recording waits for most. So [`LiveTable::foresee`] touches
//! the places of several events that come soon: the processor fetches them all at once.

use crate::blocks::Blocks;
use crate::hash::spread;
use crate::ids::BlockId;

/// The blocks alive now, found by their place. 9 to 18 bytes a block.
pub(crate) struct LiveTable {
    /// A power of two of them.
    slots: Vec<Live>,
    count: usize,
}

#[derive(Clone, Copy)]
struct Live {
    /// The place, which saves looking it up in the block's row, or [`ODD`].
    tag: u32,
    /// 0: nobody is here.
    block: u32,
}

const FREE: Live = Live { tag: 0, block: 0 };
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
        self.tag == tag && (tag != ODD || blocks.place(BlockId(self.block)) == place)
    }

    #[inline]
    fn place(self, blocks: &Blocks) -> u64 {
        if self.tag == ODD { blocks.place(BlockId(self.block)) } else { u64::from(self.tag) * 16 }
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
        while self.slots[at].block != 0 && !self.slots[at].is_at(blocks, tag, place) {
            at = (at + 1) & mask;
        }
        at
    }

    /// Reads where `place` is looked for, so that it is near when it is asked for soon. Mostly the block that is there.
    #[inline]
    pub(crate) fn foresee(&self, place: u64) -> BlockId {
        BlockId(self.slots[self.home(place)].block)
    }

    /// Notes that `block` is at `place` now, and says who was before.
    #[inline]
    pub(crate) fn replace(&mut self, blocks: &Blocks, place: u64, block: BlockId) -> Option<BlockId> {
        let tag = tag_of(place);
        let at = self.find(blocks, tag, place);
        let before = std::mem::replace(&mut self.slots[at], Live { tag, block: block.0 });
        if before.block != 0 {
            return Some(BlockId(before.block));
        }
        self.count += 1;
        if self.count > self.slots.len() / 8 * 7 {
            self.grow(blocks);
        }
        None
    }

    #[cold]
    fn grow(&mut self, blocks: &Blocks) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![FREE; old.len() * 2];
        for live in old.into_iter().filter(|live| live.block != 0) {
            let mask = self.slots.len() - 1;
            let mut at = self.home(live.place(blocks));
            while self.slots[at].block != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = live;
        }
    }

    /// Takes out the block at `place`.
    #[inline]
    pub(crate) fn remove(&mut self, blocks: &Blocks, place: u64) -> Option<BlockId> {
        let at = self.find(blocks, tag_of(place), place);
        let found = self.slots[at].block;
        if found == 0 {
            return None;
        }
        self.count -= 1;
        self.close(blocks, at);
        Some(BlockId(found))
    }

    /// Frees slot `gap`, and moves up those behind it that would not be found past it.
    #[inline]
    fn close(&mut self, blocks: &Blocks, mut gap: usize) {
        let mask = self.slots.len() - 1;
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let live = self.slots[at];
            if live.block == 0 {
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
                let block = blocks.birth(&Birth {
                    time_ns: 0,
                    size_bytes: 1,
                    stack: StackId::EMPTY,
                    address,
                    thread: ThreadNumber(0),
                    align_log2: 0,
                    is_zeroed: false,
                });
                prop_assert_eq!(table.replace(&blocks, place, block), map.insert(address, block));
            }
            prop_assert_eq!(table.count, map.len());
        }
    }
}
