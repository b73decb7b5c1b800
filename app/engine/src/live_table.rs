//! Which block is at an address now.
//!
//! Every birth and every release asks it, at a place in memory that no cache foresees: that is what reading a recording
//! waits for most. So a block is looked for in one line of the processor's cache, a bucket of five, and
//! [`Foresight::foresee`] has the processor fetch those of events that come soon, without waiting for them. And whatever a
//! release must know of its block stands in the table, for the block's row is another such place.

use crate::blocks::Blocks;
use crate::hash::GOLDEN;
use crate::ids::BlockId;
use crate::large_pages::LargePages;
use crate::prefetch::prefetch;
use bytemuck::{Pod, Zeroable};

/// The blocks alive now, found by their place. 17 to 34 bytes a block that is alive.
pub(crate) struct LiveTable {
    /// A power of two of them.
    buckets: LargePages<Bucket>,
    /// How far a hash is shifted to number a bucket.
    shift: u32,
    count: usize,
}

/// Blocks of a bucket.
const PLACES: usize = 5;
/// Buckets at first.
const LEAST_BITS: u32 = 8;

/// A line of the cache.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Bucket {
    /// The places, which saves looking them up in the blocks' rows, or [`ODD`], or [`NOBODY`].
    tags: [u32; PLACES],
    lodgers: [Lodger; PLACES],
    /// How many more should be there and have found room in buckets behind it only, up to [`MOST_AWAY`].
    away: u8,
    /// In how many buckets behind it these are, up to [`ANYWHERE`].
    reach: u8,
    /// A bit for each of these, told by its hash: most of what is not there is not looked for there, either.
    away_bits: u16,
}

/// As many or more, for good.
const MOST_AWAY: u8 = u8::MAX;
const ANYWHERE: u8 = u8::MAX;

/// Where a block is looked for.
#[derive(Clone, Copy)]
struct Way {
    tag: u32,
    home: usize,
    /// Which of [`Bucket::away_bits`] is its own: none of the bits of the hash that tell the bucket.
    bit: u32,
}

/// Who is at a place, and what its release must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
#[repr(C)]
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

/// The place is not a multiple of 16, or too far out: it stands in the block's row alone.
const ODD: u32 = u32::MAX;
/// Nobody is there.
const NOBODY: u32 = u32::MAX - 1;

/// The narrow place as a tag.
#[inline(always)]
fn tag_of(place: u64) -> u32 {
    // What is no multiple of 16 is larger than any place when its lowest bits are the highest.
    let sixteenth = place.rotate_right(4);
    if sixteenth < u64::from(NOBODY) { sixteenth as u32 } else { ODD }
}

impl Bucket {
    const EMPTY: Bucket = Bucket {
        tags: [NOBODY; PLACES],
        lodgers: [Lodger { block: 0, size: 0 }; PLACES],
        away: 0,
        reach: 0,
        away_bits: 0,
    };

    /// One more is somewhere else, so many buckets behind this one.
    fn add_away(&mut self, distance: usize, bit: u32) {
        self.away = self.away.saturating_add(1);
        self.reach = self.reach.max(u8::try_from(distance).unwrap_or(ANYWHERE));
        self.away_bits |= 1 << bit;
    }

    /// Whether what has this bit may be somewhere else.
    #[inline(always)]
    fn may_be_away(&self, bit: u32) -> bool {
        u32::from(self.away_bits) >> bit & 1 > 0
    }

    /// One of them is no more.
    fn take_away(&mut self) {
        if self.away < MOST_AWAY {
            self.away = self.away.saturating_sub(1);
        }
        if self.away == 0 {
            (self.reach, self.away_bits) = (0, 0);
        }
    }

    /// A bit for each of them that has this tag. All at once: which one it is comes in no order.
    #[inline(always)]
    fn with_tag(&self, tag: u32) -> u32 {
        let [four @ .., last] = self.tags.map(|tag| tag as i32);
        #[cfg(target_arch = "x86_64")]
        let four = {
            let same = safe_arch::cmp_eq_mask_i32_m128i(four.into(), safe_arch::set_splat_i32_m128i(tag as i32));
            safe_arch::move_mask_m128(safe_arch::cast_to_m128_from_m128i(same)) as u32
        };
        #[cfg(not(target_arch = "x86_64"))]
        let four = (0..).zip(four).fold(0, |same, (at, other)| same | u32::from(other == tag as i32) << at);
        four | u32::from(last == tag as i32) << 4
    }

    /// Where in it the block at `place` is.
    #[inline(always)]
    fn find(&self, blocks: &Blocks, tag: u32, place: u64) -> Option<usize> {
        let same = self.with_tag(tag);
        if tag == ODD {
            return self.find_odd(blocks, place);
        }
        (same != 0).then(|| same.trailing_zeros() as usize)
    }

    #[cold]
    fn find_odd(&self, blocks: &Blocks, place: u64) -> Option<usize> {
        (0..PLACES).find(|&at| self.tags[at] == ODD && self.place(blocks, at) == place)
    }

    #[inline]
    fn place(&self, blocks: &Blocks, at: usize) -> u64 {
        match self.tags[at] {
            ODD => blocks.place(self.lodgers[at].block()),
            tag => u64::from(tag) * 16,
        }
    }

    /// Puts one more in, if there is room.
    #[inline(always)]
    fn put(&mut self, tag: u32, lodger: Lodger) -> bool {
        let at = self.with_tag(NOBODY).trailing_zeros() as usize;
        let (Some(tags), Some(lodgers)) = (self.tags.get_mut(at), self.lodgers.get_mut(at)) else { return false };
        (*tags, *lodgers) = (tag, lodger);
        true
    }

    /// Takes that one out.
    #[inline(always)]
    fn take(&mut self, at: usize) -> Option<Lodger> {
        *self.tags.get_mut(at)? = NOBODY;
        self.lodgers.get(at).copied()
    }
}

impl Default for LiveTable {
    fn default() -> Self {
        Self::with_bits(LEAST_BITS)
    }
}

impl LiveTable {
    fn with_bits(bits: u32) -> Self {
        let mut buckets = LargePages::zeroed(1 << bits);
        buckets.fill(Bucket::EMPTY);
        Self { buckets, shift: u64::BITS - bits, count: 0 }
    }

    /// For [`Foresight::foresee`].
    #[inline]
    pub(crate) fn foresight(&self) -> Foresight<'_> {
        Foresight { buckets: &self.buckets, shift: self.shift }
    }

    /// Notes that `lodger` is at `place` now, and says who was before.
    #[inline(always)]
    pub(crate) fn replace(&mut self, blocks: &Blocks, place: u64, lodger: Lodger) -> Option<Lodger> {
        let (way, buckets) = (way(place, self.shift), &mut *self.buckets);
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
        let (shift, buckets) = (larger.shift, &mut *larger.buckets);
        for bucket in self.buckets.iter() {
            for at in (0..PLACES).filter(|&at| bucket.tags[at] != NOBODY) {
                let way = Way { tag: bucket.tags[at], ..way(bucket.place(blocks, at), shift) };
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
        let (Way { tag, home, .. }, buckets) = (way(place, self.shift), &mut *self.buckets);
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
                table.foresight().foresee(place);
                if !is_birth {
                    prop_assert_eq!(table.remove(&blocks, place), map.remove(&address));
                    continue;
                }
                let size_bytes = pick << [0, 0, 20, 40][pick as usize % 4];
                let block = blocks.birth(&Birth {
                    time_ns: 0,
                    size_bytes,
                    stack: StackId::EMPTY,
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
