//! A line of the processor's cache with the blocks that are looked for in it, as it lies on pages.

use crate::blocks::Blocks;
use crate::ids::BlockId;
use bytemuck::{Pod, Zeroable};

/// Blocks of a bucket.
pub(super) const PLACES: usize = 5;
/// A line of the cache.
pub(super) const LINE: usize = 64;

/// A number whose bytes lie anywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
#[repr(transparent)]
struct Word([u8; 4]);

impl Word {
    #[inline(always)]
    const fn of(number: u32) -> Word {
        Word(number.to_ne_bytes())
    }

    #[inline(always)]
    const fn get(self) -> u32 {
        u32::from_ne_bytes(self.0)
    }
}

/// A line of the cache, which it is one of as it lies on pages.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Bucket {
    /// The places, which saves looking them up in the blocks' rows, or [`ODD`], or [`NOBODY`].
    tags: [Word; PLACES],
    pub(super) lodgers: [Lodger; PLACES],
    /// How many more should be there and have found room in buckets behind it only, up to [`MOST_AWAY`].
    away: u8,
    /// In how many buckets behind it these are, up to [`ANYWHERE`].
    pub(super) reach: u8,
    /// A bit for each of these, told by its hash: most of what is not there is not looked for there, either.
    away_bits: [u8; 2],
}

/// As many or more, for good.
const MOST_AWAY: u8 = u8::MAX;
pub(super) const ANYWHERE: u8 = u8::MAX;

/// Who is at a place, and what its release must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Lodger {
    /// 0: nobody is here.
    block: Word,
    /// Its size now, or [`LARGE`]; and [`CHANGED`].
    size: Word,
}

/// The size stands in the block's row alone.
const LARGE: u32 = u32::MAX >> 1;
/// The block has reallocs.
const CHANGED: u32 = 1 << 31;

impl Lodger {
    #[inline]
    pub(crate) fn new(block: BlockId, size_bytes: u64, has_changed: bool) -> Lodger {
        let size = size_bytes.min(u64::from(LARGE)) as u32;
        Lodger { block: Word::of(block.0), size: Word::of(if has_changed { size | CHANGED } else { size }) }
    }

    #[inline]
    pub(crate) fn block(self) -> BlockId {
        BlockId(self.block.get())
    }

    #[inline]
    pub(crate) fn has_changed(self) -> bool {
        self.size.get() & CHANGED != 0
    }

    #[inline]
    pub(crate) fn size_bytes(self, blocks: &Blocks) -> u64 {
        match self.size.get() & !CHANGED {
            LARGE => blocks.size_bytes(self.block()),
            size => u64::from(size),
        }
    }
}

/// The place is not a multiple of 16, or too far out: it stands in the block's row alone.
pub(super) const ODD: u32 = u32::MAX;
/// Nobody is there.
pub(super) const NOBODY: u32 = u32::MAX - 1;

impl Bucket {
    pub(super) const EMPTY: Bucket = Bucket {
        tags: [Word::of(NOBODY); PLACES],
        lodgers: [Lodger { block: Word::of(0), size: Word::of(0) }; PLACES],
        away: 0,
        reach: 0,
        away_bits: [0; 2],
    };

    /// One more is somewhere else, so many buckets behind this one.
    pub(super) fn add_away(&mut self, distance: usize, bit: u32) {
        self.away = self.away.saturating_add(1);
        self.reach = self.reach.max(u8::try_from(distance).unwrap_or(ANYWHERE));
        self.away_bits = (u16::from_ne_bytes(self.away_bits) | 1 << bit).to_ne_bytes();
    }

    /// Whether what has this bit may be somewhere else.
    #[inline(always)]
    pub(super) fn may_be_away(&self, bit: u32) -> bool {
        u32::from(u16::from_ne_bytes(self.away_bits)) >> bit & 1 > 0
    }

    /// One of them is no more.
    pub(super) fn take_away(&mut self) {
        if self.away < MOST_AWAY {
            self.away = self.away.saturating_sub(1);
        }
        if self.away == 0 {
            (self.reach, self.away_bits) = (0, [0; 2]);
        }
    }

    /// A bit for each of them that has this tag. All at once: which one it is comes in no order.
    #[inline(always)]
    fn with_tag(&self, tag: u32) -> u32 {
        let [four @ .., last] = self.tags.map(|tag| tag.get() as i32);
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
    pub(super) fn find(&self, blocks: &Blocks, tag: u32, place: u64) -> Option<usize> {
        let same = self.with_tag(tag);
        if tag == ODD {
            return self.find_odd(blocks, place);
        }
        (same != 0).then(|| same.trailing_zeros() as usize)
    }

    #[cold]
    fn find_odd(&self, blocks: &Blocks, place: u64) -> Option<usize> {
        (0..PLACES).find(|&at| self.tags[at].get() == ODD && self.place(blocks, at) == place)
    }

    /// The tags, whether somebody is there or not.
    pub(super) fn tags(&self) -> [u32; PLACES] {
        self.tags.map(Word::get)
    }

    #[inline]
    pub(super) fn place(&self, blocks: &Blocks, at: usize) -> u64 {
        match self.tags[at].get() {
            ODD => blocks.place(self.lodgers[at].block()),
            tag => u64::from(tag) * 16,
        }
    }

    /// Puts one more in, if there is room.
    #[inline(always)]
    pub(super) fn put(&mut self, tag: u32, lodger: Lodger) -> bool {
        let at = self.with_tag(NOBODY).trailing_zeros() as usize;
        let (Some(tags), Some(lodgers)) = (self.tags.get_mut(at), self.lodgers.get_mut(at)) else { return false };
        (*tags, *lodgers) = (Word::of(tag), lodger);
        true
    }

    /// Takes that one out.
    #[inline(always)]
    pub(super) fn take(&mut self, at: usize) -> Option<Lodger> {
        *self.tags.get_mut(at)? = Word::of(NOBODY);
        self.lodgers.get(at).copied()
    }
}
