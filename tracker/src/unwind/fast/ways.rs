//! Where the last frames led to: a program comes again and again to the same few places in the same frames, so that a
//! table of those tells what a walk would find.
//!
//! A way is a frame, by its return address and stack pointer, and the level that its rule has led to: its CFA, which is the
//! next frame's stack pointer. Of a rule that counts from the stack pointer these three are all, so a way holds as long as
//! the code does. Which number the frame with that level has among the known ones is a guess, which is looked after. So
//! what ways lead to is what a walk would find, and nothing that depends on a frame pointer is noted.
#![allow(unsafe_code, reason = "indices and stack words without checks, each for a reason that stands beside it")]

use super::super::{Addresses, MAX_DEPTH};
use super::known::Known;
use super::stack::word_at;

/// Ways of one thread; a power of two. Of a hundred events, 64 lead 73 of a JSON parser's to a known frame, 83 of a server's
/// and 17 of a compiler's; 1024, which need 32 KiB, 78, 90 and 49. With 256 a compiler's events take 3 in a hundred fewer
/// instructions than with 64, and nobody's more.
const WAYS: usize = 256;

/// Frames that lead to a known one, at most.
const MOST_FRAMES: usize = 2;

/// The ways of a thread's last frames, each in the place that its numbers tell. All zero: none, since no frame has the
/// return address 0.
#[repr(C)]
pub(super) struct Ways([Way; WAYS]);

/// Both of its places lie in the stack that the thread was started on.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Way {
    address: u64,
    sp: u64,
    level: u64,
    /// How many frames there were up to that with the level, which counts; not more than leave room for [`MOST_FRAMES`].
    count: usize,
}

/// What the stack from a frame on ends in.
pub(super) enum Led {
    /// That frame, behind so many known ones.
    One(usize),
    /// That frame and this outer one (return address and stack pointer), behind so many.
    Two(usize, [u64; 2]),
}

impl Ways {
    /// Where `frame` (return address and stack pointer) and the next one lead to; none if that is not known.
    ///
    /// # Safety
    /// What is known has been sealed with the window of the stack that the thread was started on.
    #[inline(always)]
    pub(super) unsafe fn lead(&self, frame: [u64; 2], of: &Known, addresses: &Addresses) -> Option<Led> {
        let way = self.of(frame)?;
        // SAFETY: a walk has read this word. The known frames are as many as `count` where it says so, and not none.
        unsafe {
            let outer = word_at(way.level.wrapping_sub(8));
            if way.is_at_known(of) && *addresses.0.get_unchecked(way.count - 1) == outer {
                let is_whole = of.levels.are_unchanged(way.count - 1, addresses);
                return is_whole.then_some(Led::One(way.count));
            }
            let outer = [outer, way.level];
            let way = self.of(outer)?;
            let is_whole = way.is_at_known(of) && of.levels.are_unchanged(way.count, addresses);
            is_whole.then_some(Led::Two(way.count, outer))
        }
    }

    /// A walk from `frame` has come to `level`, where frame number `count` - 1 is, by a rule that counts from the stack
    /// pointer, all in the stack that the thread was started on.
    #[inline(always)]
    pub(super) fn note(&mut self, frame: [u64; 2], level: u64, count: usize) {
        if count > 0 && count + MOST_FRAMES < MAX_DEPTH {
            let [address, sp] = frame;
            self.0[place(frame)] = Way { address, sp, level, count };
        }
    }

    /// The code may have changed.
    pub(super) fn forget(&mut self) {
        self.0.fill(Way { address: 0, sp: 0, level: 0, count: 0 });
    }

    #[inline(always)]
    fn of(&self, frame: [u64; 2]) -> Option<&Way> {
        let way = &self.0[place(frame)];
        (way.address == frame[0] && way.sp == frame[1]).then_some(way)
    }
}

impl Way {
    /// Whether a known frame has the level, with the number that is guessed.
    #[inline(always)]
    fn is_at_known(&self, of: &Known) -> bool {
        // SAFETY: so many there are.
        self.count <= of.levels.count() && unsafe { of.levels.is(self.count, self.level) }
    }
}

/// Numbers that differ in any of their lower 32 bits are spread: 2^32 divided by the golden ratio (Knuth, The Art of
/// Computer Programming 3, 6.4).
#[inline(always)]
fn place([address, sp]: [u64; 2]) -> usize {
    let spread = (address.wrapping_add(sp) as u32).wrapping_mul(0x9E37_79B9);
    (spread >> (u32::BITS - WAYS.trailing_zeros())) as usize % WAYS
}
