//! Which block is at an address now.
//!
//! Every birth and every release asks it, at a place in memory that no cache foresees: that is what reading a recording
//! waits for most. So a block is looked for in one line of the processor's cache, a bucket of five, and
//! [`Foresight::foresee`] has the processor fetch those of events that come soon, without waiting for them. And whatever a
//! release must know of its block stands in the table, for the block's row is another such place.

use crate::blocks::Blocks;
use crate::hash::GOLDEN;
use crate::large_pages::LargePages;
use crate::prefetch::prefetch;
use bytemuck::{must_cast_slice, must_cast_slice_mut};

mod bucket;

pub(crate) use bucket::Lodger;
use bucket::{ANYWHERE, Bucket, LINE, NOBODY, ODD, PLACES};

/// The blocks alive now, found by their place. 17 to 34 bytes a block that is alive.
pub(crate) struct LiveTable {
    /// A power of two of them.
    buckets: LargePages<LINE>,
    /// How far a hash is shifted to number a bucket.
    shift: u32,
    count: usize,
}

/// Buckets at first.
const LEAST_BITS: u32 = 8;

/// Where a block is looked for.
#[derive(Clone, Copy)]
struct Way {
    tag: u32,
    home: usize,
    /// Which of [`Bucket::away_bits`] is its own: none of the bits of the hash that tell the bucket.
    bit: u32,
}

/// The narrow place as a tag.
#[inline(always)]
fn tag_of(place: u64) -> u32 {
    // What is no multiple of 16 is larger than any place when its lowest bits are the highest.
    let sixteenth = place.rotate_right(4);
    if sixteenth < u64::from(NOBODY) { sixteenth as u32 } else { ODD }
}

impl Default for LiveTable {
    fn default() -> Self {
        Self::with_bits(LEAST_BITS)
    }
}

impl LiveTable {
    fn with_bits(bits: u32) -> Self {
        let mut buckets = LargePages::zeroed(1 << bits);
        buckets.fill(bytemuck::must_cast(Bucket::EMPTY));
        Self { buckets, shift: u64::BITS - bits, count: 0 }
    }

    /// For [`Foresight::foresee`].
    #[inline]
    pub(crate) fn foresight(&self) -> Foresight<'_> {
        Foresight { buckets: must_cast_slice(&self.buckets), shift: self.shift }
    }

    /// Notes that `lodger` is at `place` now, and says who was before.
    #[inline(always)]
    pub(crate) fn replace(&mut self, blocks: &Blocks, place: u64, lodger: Lodger) -> Option<Lodger> {
        let (way, buckets) = (way(place, self.shift), must_cast_slice_mut::<_, Bucket>(&mut self.buckets));
        let most = buckets.len() / 4 * (3 * PLACES);
        let bucket = buckets.get_mut(way.home)?;
        if let Some(place) = bucket.find(blocks, way.tag, place).and_then(|at| bucket.lodgers.get_mut(at)) {
            return Some(std::mem::replace(place, lodger));
        }
        if (bucket.may_be_away(way.bit) || !bucket.put(way.tag, lodger))
            && let Some(before) = replace_away(buckets, blocks, way, place, lodger)
        {
            return Some(before);
        }
        self.count += 1;
        if self.count > most {
            self.grow(blocks);
        }
        None
    }

    #[cold]
    fn grow(&mut self, blocks: &Blocks) {
        let mut larger = LiveTable::with_bits(u64::BITS - self.shift + 1);
        let (shift, buckets) = (larger.shift, must_cast_slice_mut::<_, Bucket>(&mut larger.buckets));
        for bucket in must_cast_slice::<_, Bucket>(&self.buckets) {
            for (at, tag) in bucket.tags().into_iter().enumerate().filter(|(_, tag)| *tag != NOBODY) {
                let way = Way { tag, ..way(bucket.place(blocks, at), shift) };
                if !buckets[way.home].put(way.tag, bucket.lodgers[at]) {
                    put_away(buckets, way, bucket.lodgers[at]);
                }
            }
        }
        larger.count = self.count;
        *self = larger;
    }

    /// Takes out the block at `place`.
    #[inline(always)]
    pub(crate) fn remove(&mut self, blocks: &Blocks, place: u64) -> Option<Lodger> {
        let Way { tag, home, .. } = way(place, self.shift);
        let buckets = must_cast_slice_mut::<_, Bucket>(&mut self.buckets);
        let bucket = buckets.get_mut(home)?;
        let taken = match bucket.find(blocks, tag, place) {
            Some(at) => bucket.take(at)?,
            None => remove_away(buckets, self.shift, blocks, place)?,
        };
        self.count -= 1;
        Some(taken)
    }
}

/// Has the processor fetch what is looked for soon.
#[derive(Clone, Copy)]
pub(crate) struct Foresight<'a> {
    buckets: &'a [Bucket],
    shift: u32,
}

impl Foresight<'_> {
    /// Has it fetch where `place` is looked for, so that it is near when it is asked for.
    #[inline(always)]
    pub(crate) fn foresee(self, place: u64) {
        if let Some(bucket) = self.buckets.get(way(place, self.shift).home) {
            prefetch(bucket);
        }
    }
}

/// The way to `place`, where a hash is shifted so far to number a bucket.
#[inline(always)]
fn way(place: u64, shift: u32) -> Way {
    // The highest bits of the product are the best spread.
    let hash = place.wrapping_mul(GOLDEN);
    Way { tag: tag_of(place), home: (hash >> shift) as usize, bit: (hash >> 32) as u32 & 15 }
}

/// The bucket behind this one.
#[inline]
fn behind(buckets: &[Bucket], number: usize) -> usize {
    (number + 1) & (buckets.len() - 1)
}

/// The bucket of the block at `place`, and where in it that is, if it has found no room at home.
#[inline]
fn find_away(buckets: &[Bucket], blocks: &Blocks, way: Way, place: u64) -> Option<(usize, usize)> {
    let home = &buckets[way.home];
    if !home.may_be_away(way.bit) {
        return None;
    }
    let reach = match home.reach {
        ANYWHERE => buckets.len(),
        reach => usize::from(reach),
    };
    let mut number = way.home;
    for _ in 0..reach {
        number = behind(buckets, number);
        if let Some(at) = buckets[number].find(blocks, way.tag, place) {
            return Some((number, at));
        }
    }
    None
}

/// Notes that `lodger` is at `place` now, which is not at home, and says who was before.
#[cold]
#[inline(never)]
fn replace_away(buckets: &mut [Bucket], blocks: &Blocks, way: Way, place: u64, lodger: Lodger) -> Option<Lodger> {
    if let Some((number, at)) = find_away(buckets, blocks, way, place) {
        return Some(std::mem::replace(&mut buckets[number].lodgers[at], lodger));
    }
    if !buckets[way.home].put(way.tag, lodger) {
        put_away(buckets, way, lodger);
    }
    None
}

/// Puts it into the next bucket with room: there is one, since not all are full.
#[inline(never)]
fn put_away(buckets: &mut [Bucket], way: Way, lodger: Lodger) {
    let mut number = way.home;
    for distance in 1..buckets.len() {
        number = behind(buckets, number);
        if buckets[number].put(way.tag, lodger) {
            return buckets[way.home].add_away(distance, way.bit);
        }
    }
}

/// Takes out the block at `place`, which is not at home.
#[cold]
#[inline(never)]
fn remove_away(buckets: &mut [Bucket], shift: u32, blocks: &Blocks, place: u64) -> Option<Lodger> {
    let way = way(place, shift);
    let (number, at) = find_away(buckets, blocks, way, place)?;
    buckets[way.home].take_away();
    buckets[number].take(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Birth;
    use crate::ids::ThreadNumber;
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
                table.foresight().foresee(place);
                if !is_birth {
                    prop_assert_eq!(table.remove(&blocks, place), map.remove(&address));
                    continue;
                }
                let size_bytes = pick << [0, 0, 20, 40][pick as usize % 4];
                let block = blocks.birth(&Birth {
                    time_ns: 0,
                    size_bytes,
                    stack: 0,
                    place,
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
