//! The previous stack's frames, and which of them still hold.

use super::super::MAX_DEPTH;
use super::stack::{Levels, State, Window};

/// Frames of the last capture that the next one may reuse, outermost first; their addresses are kept by the caller.
/// All zero: none.
#[repr(C)]
pub(super) struct Known {
    levels: Levels,
    saves: usize,
    /// The frame pointer in each frame, if an outer frame's CFA was counted from it; else 0.
    needed_bps: [u64; MAX_DEPTH],
    /// Where needed frame pointers were read, outermost first: the frame that saved it << 8 | words below its CFA.
    save_of: [u32; MAX_DEPTH],
}

impl Known {
    #[inline(always)]
    pub(super) fn truncate(&mut self, count: usize) {
        self.levels.truncate(count);
        while self.saves > 0 && self.save_of.get(self.saves - 1).is_some_and(|save| (save >> 8) as usize >= count) {
            self.saves -= 1;
        }
    }

    /// Adds frame `index`, the next further in: its stack pointer, and the frame pointer that outer ones need.
    #[inline(always)]
    pub(super) fn push(&mut self, index: usize, sp: u64, needed_bp: u64) {
        self.levels.push(index, sp);
        self.needed_bps[index % MAX_DEPTH] = needed_bp;
    }

    /// Frame `index` saved the frame pointer that the next outer one needs `words` below its CFA.
    #[inline(always)]
    pub(super) fn push_save(&mut self, index: usize, words: u64) {
        if index < self.levels.count()
            && let Some(place) = self.save_of.get_mut(self.saves)
        {
            *place = (index as u32) << 8 | words as u32;
            self.saves += 1;
        }
    }

    /// How many of the outermost frames are above `sp` in `window` with every word that was read from them unchanged.
    #[inline(always)]
    pub(super) fn intact(&self, window: Window, sp: u64, addresses: &[u64; MAX_DEPTH]) -> usize {
        let count = self.levels.intact(window, sp, addresses);
        for &save in self.save_of.get(..self.saves).unwrap_or(&[]) {
            let index = (save >> 8) as usize;
            if index >= count {
                break;
            }
            if !self.is_saved(window, index, u64::from(save & 0xff)) {
                return index;
            }
        }
        count
    }

    /// The same, where it is rarely asked.
    #[cold]
    #[inline(never)]
    pub(super) fn intact_again(&self, window: Window, sp: u64, addresses: &[u64; MAX_DEPTH]) -> usize {
        self.intact(window, sp, addresses)
    }

    /// Whether frame `index`'s save still holds what its caller needs. Its CFA is its caller's stack pointer.
    #[inline(always)]
    fn is_saved(&self, window: Window, index: usize, words: u64) -> bool {
        let Some(caller) = index.checked_sub(1) else { return false };
        let place = self.levels.at(caller).wrapping_sub(words * 8);
        window.word(place) == Some(self.needed_bps[caller % MAX_DEPTH])
    }

    /// The innermost of the `count` outermost frames' stack pointer; none is above all.
    #[inline(always)]
    pub(super) fn innermost(&self, count: usize) -> u64 {
        if count == 0 { u64::MAX } else { self.levels.at(count - 1) }
    }

    /// Leaves away those of the `count` outermost frames that are further in than `at`. If the next is the state `at`:
    /// the frame pointer it depends on, or 0.
    #[inline(always)]
    pub(super) fn find(&self, count: &mut usize, at: State, addresses: &[u64; MAX_DEPTH]) -> Option<u64> {
        while self.innermost(*count) < at.sp {
            *count -= 1;
        }
        let index = count.checked_sub(1)?;
        let needed = self.needed_bps[index % MAX_DEPTH];
        let same = self.levels.at(index) == at.sp
            && addresses[index % MAX_DEPTH] == at.address
            && (needed == 0 || needed == at.bp);
        same.then_some(needed)
    }
}
