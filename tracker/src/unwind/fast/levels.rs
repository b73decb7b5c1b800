//! Where the frames of the previous stack lie, and which of them still have their return address there.
#![allow(unsafe_code, reason = "stack words and indices without checks, each for a reason that stands beside it")]

use super::super::{Addresses, MAX_DEPTH};
use super::stack::{Window, word_at};
use std::arch::x86_64::{
    _mm_and_si128, _mm_castpd_si128, _mm_cmpeq_epi32, _mm_load_sd, _mm_load_si128, _mm_loadh_pd, _mm_movemask_epi8,
    _mm_set1_epi32,
};

/// Stack pointers of frames on one stack, outermost first: falling, and aligned to 8. All zero: none.
///
/// Those who count frames with unchecked indices rely on this: `count` is at most [`MAX_DEPTH`].
#[repr(C)]
pub(super) struct Levels {
    count: usize,
    /// Frame number n has n + 1. The first is above all, once [`Levels::seal`] has been called.
    sps: [u64; MAX_DEPTH + 1],
}

impl Levels {
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// One of the `count` levels; of what lies further in, any number.
    #[inline(always)]
    pub(super) fn at(&self, index: usize) -> u64 {
        self.sps[index % MAX_DEPTH + 1]
    }

    /// Keeps the `count` outermost.
    #[inline(always)]
    pub(super) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
    }

    /// Adds levels up to number `end`, as `sp_of` says, as long as each is further in than the one before.
    #[inline(always)]
    pub(super) fn extend(&mut self, end: usize, mut sp_of: impl FnMut(usize) -> u64) {
        let first = self.count;
        let mut last = if first == 0 { u64::MAX } else { self.at(first - 1) };
        let mut count = first;
        for index in first..end.min(MAX_DEPTH) {
            let sp = sp_of(index);
            if sp < last && sp & 7 == 0 {
                self.sps[index + 1] = sp;
                (last, count) = (sp, index + 1);
            } else {
                // None is further in than this.
                last = 0;
            }
        }
        self.count = count;
    }

    /// How many of the outermost lie in `window`, not below `sp`, and have their return address where it was: the word
    /// below each level is the one in `addresses`.
    #[inline(always)]
    pub(super) fn intact(&self, window: Window, sp: u64, addresses: &Addresses) -> usize {
        let mut above = self.count.min(MAX_DEPTH);
        while above > 0 && self.sps[above] < sp {
            above -= 1;
        }
        // Levels fall, so all are inside if the first and the last are.
        let is_inside = |level: u64| window.contains(level.wrapping_sub(8));
        if above == 0 || !is_inside(self.sps[1]) || !is_inside(self.sps[above]) {
            return 0;
        }
        // SAFETY: at most the arrays' length, and all are inside.
        unsafe { self.unchanged(above, addresses) }
    }

    /// How many of the `above` outermost have their return address where it was.
    ///
    /// Eight at a time: all loads are independent, and one branch sees whether all are the same. The innermost alone: it is
    /// the most likely to have changed, and its address has been stored last.
    ///
    /// # Safety
    /// So many there are, and the words below them can be read.
    #[inline(always)]
    unsafe fn unchanged(&self, above: usize, addresses: &Addresses) -> usize {
        let mut count = 0;
        // SAFETY: the caller's promise, for all below `above`.
        unsafe {
            while count + 8 < above && self.next_are_unchanged::<4>(count, addresses) {
                count += 8;
            }
            if count + 4 < above && self.next_are_unchanged::<2>(count, addresses) {
                count += 4;
            }
            while count < above && self.is_unchanged(count, addresses) {
                count += 1;
            }
        }
        count
    }

    /// Whether all of the `count` outermost have their return address where it was.
    ///
    /// # Safety
    /// So many there are, and the words below them can be read.
    #[inline(always)]
    pub(super) unsafe fn are_unchanged(&self, count: usize, addresses: &Addresses) -> bool {
        let mut first = 0;
        // SAFETY: the caller's promise, for all below `count`.
        unsafe {
            while first + 16 <= count {
                if !self.next_are_unchanged::<8>(first, addresses) {
                    return false;
                }
                first += 16;
            }
            // Of what is left each half stands behind the larger ones.
            (count & 8 == 0 || self.next_are_unchanged::<4>(count & !15, addresses))
                && (count & 4 == 0 || self.next_are_unchanged::<2>(count & !7, addresses))
                && (count & 2 == 0 || self.next_are_unchanged::<1>(count & !3, addresses))
                && (count & 1 == 0 || self.is_unchanged(count & !1, addresses))
        }
    }

    /// Whether the next `PAIRS` pairs from `first` on, which is even, have their return address where it was.
    ///
    /// # Safety
    /// As [`Levels::unchanged`].
    #[inline(always)]
    unsafe fn next_are_unchanged<const PAIRS: usize>(&self, first: usize, addresses: &Addresses) -> bool {
        // SAFETY: every x86-64 processor has these instructions. The caller's promise, for what is read; two addresses from
        // an even index on are aligned to 16.
        unsafe {
            let place = |index| std::ptr::with_exposed_provenance(self.place(index) as usize);
            let mut same = _mm_set1_epi32(-1);
            for pair in 0..PAIRS {
                let index = first + pair * 2;
                let words = _mm_loadh_pd(_mm_load_sd(place(index)), place(index + 1));
                let known = _mm_load_si128(addresses.0.as_ptr().add(index).cast());
                same = _mm_and_si128(same, _mm_cmpeq_epi32(_mm_castpd_si128(words), known));
            }
            _mm_movemask_epi8(same) == 0xffff
        }
    }

    /// # Safety
    /// As [`Levels::unchanged`].
    #[inline(always)]
    unsafe fn is_unchanged(&self, index: usize, addresses: &Addresses) -> bool {
        // SAFETY: the caller's promise.
        unsafe { word_at(self.place(index)) == *addresses.0.get_unchecked(index) }
    }

    /// Where the return address of frame `index` lies.
    ///
    /// # Safety
    /// There is such a frame.
    #[inline(always)]
    unsafe fn place(&self, index: usize) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { self.sps.get_unchecked(index + 1).wrapping_sub(8) }
    }

    /// Puts the level above all where loops end. Gives whether the outermost frame's, if there is one, lies in `window`:
    /// then so do all that are not below another address in it.
    pub(super) fn seal(&mut self, window: Window) -> bool {
        self.sps[0] = u64::MAX;
        self.count == 0 || window.contains(self.sps[1].wrapping_sub(8))
    }

    /// [`Levels::intact`] where it is known to be asked about one window only.
    ///
    /// # Safety
    /// The last [`Levels::seal`] said yes to a window that holds `sp - 8`, and levels were only added below and in it.
    #[inline(always)]
    pub(super) unsafe fn intact_sealed(&self, sp: u64, addresses: &Addresses) -> usize {
        // SAFETY: levels fall, so what is not below `sp` lies between that and the outermost, in the window.
        unsafe { self.unchanged(self.above(self.count, sp), addresses) }
    }

    /// The word at `place`.
    ///
    /// # Safety
    /// As [`Levels::intact_sealed`], and it lies between two levels, aligned.
    #[inline(always)]
    pub(super) unsafe fn word_between(&self, place: u64) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { word_at(place) }
    }

    /// How many of the `count` outermost are not below `sp`.
    ///
    /// # Safety
    /// So many there are; sealed.
    #[inline(always)]
    pub(super) unsafe fn above(&self, mut count: usize, sp: u64) -> usize {
        // SAFETY: the first is not below anything.
        while unsafe { *self.sps.get_unchecked(count) } < sp {
            count -= 1;
        }
        count
    }

    /// Whether the innermost of the `count` outermost is this one; of none, whether it is above all.
    ///
    /// # Safety
    /// So many there are.
    #[inline(always)]
    pub(super) unsafe fn is(&self, count: usize, sp: u64) -> bool {
        // SAFETY: the caller's promise.
        unsafe { *self.sps.get_unchecked(count) == sp }
    }

    /// Makes `sp` the level of frame `index`.
    ///
    /// # Safety
    /// There are as many as that, or more that are not needed; it is further in than the one before, aligned and in the
    /// window of [`Levels::seal`]; and [`Levels::keep`] follows.
    #[inline(always)]
    pub(super) unsafe fn set(&mut self, index: usize, sp: u64) {
        // SAFETY: the caller's promise.
        unsafe { *self.sps.get_unchecked_mut(index + 1) = sp };
    }

    /// So many there are now.
    ///
    /// # Safety
    /// They have been set.
    #[inline(always)]
    pub(super) unsafe fn keep(&mut self, count: usize) {
        self.count = count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_that_has_changed_ends_what_is_intact_wherever_it_stands() {
        const FRAMES: usize = 47;
        const FRAME_WORDS: usize = 3;
        let mut stack: Vec<u64> = (0..(FRAMES * FRAME_WORDS) as u64).map(|word| word << 40 | word).collect();
        let place_of = |index: usize| (FRAMES - 1 - index) * FRAME_WORDS;
        let mut levels = Levels { count: 0, sps: [0; MAX_DEPTH + 1] };
        let mut addresses = Addresses([0; MAX_DEPTH]);
        let base = stack.as_ptr().expose_provenance() as u64;
        levels.extend(FRAMES, |index| base + place_of(index) as u64 * 8 + 8);
        for index in 0..FRAMES {
            addresses.0[index] = stack[place_of(index)];
        }
        for changed in 0..FRAMES {
            for bit in [0, 31, 32, 63] {
                stack[place_of(changed)] ^= 1 << bit;
                for above in 0..=FRAMES {
                    // SAFETY: so many there are, and each level's word is in the vector.
                    let intact = unsafe { levels.unchanged(above, &addresses) };
                    assert_eq!(intact, above.min(changed), "{above} frames, bit {bit} of {changed} changed");
                    // SAFETY: the same.
                    let all = unsafe { levels.are_unchanged(above, &addresses) };
                    assert_eq!(all, above <= changed, "{above} frames, bit {bit} of {changed} changed");
                }
                stack[place_of(changed)] ^= 1 << bit;
            }
        }
    }
}
