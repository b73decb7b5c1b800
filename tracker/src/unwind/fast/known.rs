//! The previous stack's frames, and which of them still hold.

use super::super::{Addresses, MAX_DEPTH};
use super::levels::Levels;
use super::stack::{State, Window};

/// Frames of the last capture that the next one may reuse, outermost first; their addresses are kept by the caller.
/// All zero: none.
#[repr(C)]
pub(super) struct Known {
    pub(super) levels: Levels,
    saves: usize,
    /// The frame pointer in each frame, if an outer frame's CFA was counted from it; else 0.
    pub(super) needed_bps: [u64; MAX_DEPTH],
    /// Where needed frame pointers were read, outermost first, and behind the last [`Save::NONE`]. (All zero: frame 0 has
    /// none, so this is one, too.)
    pub(super) saved: [Save; MAX_DEPTH + 1],
}

/// A frame pointer that an outer frame needs, as an inner one saved it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Save {
    /// The frame that saved it.
    pub(super) index: usize,
    /// Where: between that frame's stack pointer and its caller's.
    pub(super) place: u64,
    /// What was there.
    pub(super) value: u64,
}

impl Save {
    /// Further in than any frame.
    pub(super) const NONE: Save = Save { index: usize::MAX, place: 0, value: 0 };
}

impl Known {
    #[inline(always)]
    pub(super) fn truncate(&mut self, count: usize) {
        self.levels.truncate(count);
        self.truncate_saves(count);
    }

    /// Keeps those of the `count` outermost frames.
    #[inline(never)]
    pub(super) fn truncate_saves(&mut self, count: usize) {
        while self.saves > 0 && self.saved[(self.saves - 1) % MAX_DEPTH].index >= count {
            self.saves -= 1;
        }
        if let Some(end) = self.saved.get_mut(self.saves) {
            *end = Save::NONE;
        }
    }

    /// Adds frames up to number `end` behind those that there are: for each, as `frame` says, its stack pointer, and the
    /// frame pointer that outer ones need.
    #[inline(always)]
    pub(super) fn extend(&mut self, end: usize, mut frame: impl FnMut(usize) -> (u64, u64)) {
        let needed_bps = &mut self.needed_bps;
        self.levels.extend(end, |index| {
            let (sp, needed_bp) = frame(index);
            needed_bps[index % MAX_DEPTH] = needed_bp;
            sp
        });
    }

    /// Frame `index` saved the frame pointer that the next outer one needs `words` below its CFA, which is its caller's
    /// stack pointer.
    pub(super) fn push_save(&mut self, index: usize, words: u64) {
        match index.checked_sub(1) {
            Some(caller) => {
                let place = self.levels.at(caller).wrapping_sub(words * 8);
                self.push_saved(index, place, self.needed_bps[caller % MAX_DEPTH]);
            }
            None => self.truncate(0),
        }
    }

    /// Frame `index` saved the frame pointer `value`, which outer ones need, at `place`.
    pub(super) fn push_saved(&mut self, index: usize, place: u64, value: u64) {
        if index >= self.levels.count() {
            return;
        }
        let is_between = index > 0 && self.levels.at(index) <= place && place < self.levels.at(index - 1);
        match self.saved.get_mut(self.saves..self.saves + 2) {
            Some([save, end]) if is_between => {
                (*save, *end) = (Save { index, place, value }, Save::NONE);
                self.saves += 1;
            }
            // It cannot be looked after: neither can what depends on it.
            _ => self.truncate(index),
        }
    }

    /// Frames further out than these depend on their frame pointer, which is `bp`.
    pub(super) fn need_bp(&mut self, frames: std::ops::Range<usize>, bp: u64) {
        self.needed_bps.get_mut(frames).unwrap_or_default().fill(bp);
    }

    /// How many of the outermost frames are above `sp` in `window` with every word that was read from them unchanged.
    #[inline(always)]
    pub(super) fn intact(&self, window: Window, sp: u64, addresses: &Addresses) -> usize {
        let count = self.levels.intact(window, sp, addresses);
        let mut save = 0;
        while save < self.saves {
            let Save { index, place, value } = self.saved[save % MAX_DEPTH];
            if index >= count {
                break;
            }
            if window.word(place) != Some(value) {
                return index;
            }
            save += 1;
        }
        count
    }

    /// The same, where it is rarely asked.
    #[cold]
    #[inline(never)]
    pub(super) fn intact_again(&self, window: Window, sp: u64, addresses: &Addresses) -> usize {
        self.intact(window, sp, addresses)
    }

    /// The innermost of the `count` outermost frames' stack pointer; none is above all.
    #[inline(always)]
    pub(super) fn innermost(&self, count: usize) -> u64 {
        if count == 0 { u64::MAX } else { self.levels.at(count - 1) }
    }

    /// Leaves away those of the `count` outermost frames that are further in than `at`. If the next is the state `at`:
    /// the frame pointer it depends on, or 0.
    #[inline(always)]
    pub(super) fn find(&self, count: &mut usize, at: State, addresses: &Addresses) -> Option<u64> {
        while self.innermost(*count) < at.sp {
            *count -= 1;
        }
        let index = count.checked_sub(1)?;
        let needed = self.needed_bps[index % MAX_DEPTH];
        let same = self.levels.at(index) == at.sp
            && addresses.0[index % MAX_DEPTH] == at.address
            && (needed == 0 || needed == at.bp);
        same.then_some(needed)
    }
}
