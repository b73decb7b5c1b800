//! Every raw read of a stack: the registers a walk starts from, which memory is stack, and its words.
#![allow(unsafe_code, reason = "stacks are read as words")]

use super::super::MAX_DEPTH;
use super::maps;
use std::arch::asm;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a frame is known by: a return address into it and the registers at that point.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct State {
    pub(super) address: u64,
    pub(super) sp: u64,
    pub(super) bp: u64,
}

impl State {
    /// The function this is inlined in.
    #[inline(always)]
    pub(in super::super) fn here() -> Self {
        let (address, sp, bp);
        // SAFETY: reads three registers and writes none but its outputs. `address` follows the `lea` itself, so the
        // rule looked up one byte before it is that of this very place.
        unsafe {
            asm!(
                "lea {address}, [rip]",
                "mov {sp}, rsp",
                "mov {bp}, rbp",
                address = out(reg) address,
                sp = out(reg) sp,
                bp = out(reg) bp,
                options(nomem, nostack, preserves_flags),
            );
        }
        Self { address, sp, bp }
    }

    #[inline(always)]
    pub(in super::super) fn registers(self) -> [u64; 3] {
        [self.address, self.sp, self.bp]
    }

    #[inline(always)]
    pub(in super::super) fn of_registers([address, sp, bp]: [u64; 3]) -> Self {
        Self { address, sp, bp }
    }

    /// The frame that called a function: `sp` and `bp` are the registers at that function's first instruction.
    ///
    /// # Safety
    /// `sp` points to the return address.
    #[inline(always)]
    pub(in super::super) unsafe fn of_caller(sp: u64, bp: u64) -> Self {
        // SAFETY: the caller's promise.
        Self { address: unsafe { word_at(sp) }, sp: sp.wrapping_add(8), bp }
    }
}

/// Addresses `[lo, hi)`. All zero is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(super) struct Range {
    pub(super) lo: u64,
    pub(super) hi: u64,
}

impl Range {
    pub(super) fn contains(self, address: u64) -> bool {
        (self.lo..self.hi).contains(&address)
    }
}

/// An address in the main thread's stack, above all frames: the kernel's random bytes for the C library.
static MAIN_STACK_TOP: AtomicU64 = AtomicU64::new(0);

/// The main stack grows downwards on its own and the kernel keeps a gap of 1 MiB below it; half of that is counted as
/// stack already, so that a growing stack is asked about now and then only.
const GROWTH: u64 = 512 << 10;

/// Once, before stacks are looked for.
pub(super) fn initialise() {
    // SAFETY: reads a word the kernel gave to the process at its start.
    MAIN_STACK_TOP.store(unsafe { libc::getauxval(libc::AT_RANDOM) }, Relaxed);
}

/// The stacks one thread was seen on. All zero: none yet.
#[repr(C)]
pub(super) struct Stacks {
    /// The one it was started on, which stays as long as it lives.
    home: Window,
    /// The last other one: a signal's alternate stack, a coroutine's.
    other: Window,
}

impl Stacks {
    /// The one that the thread was started on, once it has been found.
    #[inline(always)]
    pub(super) fn home(&self) -> Window {
        self.home
    }

    /// The stack of the calling thread that holds `sp`; none if no readable memory is there.
    #[inline(always)]
    pub(super) fn window(&mut self, sp: u64) -> Option<Window> {
        if self.home.contains(sp) { Some(self.home) } else { self.find(sp) }
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, sp: u64) -> Option<Window> {
        // Another stack may have gone and something shorter come in its place.
        if self.other.contains(sp) && maps::is_mapped(Range { lo: sp, hi: self.other.end() }) {
            return Some(self.other);
        }
        let thread_block = thread_block();
        let main_top = MAIN_STACK_TOP.load(Relaxed);
        let Some(mapping) = maps::containing(sp) else {
            // No /proc: the thread's block lies on top of its stack, as the C library arranges it.
            let hi = if sp < thread_block { thread_block } else { main_top };
            self.home = Window::new(Range { lo: sp & !0xfff, hi });
            return self.home.contains(sp).then_some(self.home);
        };
        if mapping.contains(main_top) {
            self.home = Window::new(Range { lo: mapping.lo.saturating_sub(GROWTH), hi: mapping.hi });
        } else if mapping.contains(thread_block) && sp < thread_block {
            self.home = Window::new(Range { lo: mapping.lo, hi: thread_block });
        } else {
            self.other = Window::new(mapping);
            return Some(self.other);
        }
        Some(self.home)
    }
}

/// The calling thread's control block, which glibc places at the top of every stack but the first.
fn thread_block() -> u64 {
    let block;
    // SAFETY: on this ABI the first word of the thread's block holds its own address.
    unsafe { asm!("mov {}, fs:[0]", out(reg) block, options(nostack, readonly, preserves_flags)) };
    block
}

/// A stretch of the calling thread's stack: the only way to its words. Made by [`Stacks`] alone, which knows that all
/// of it is mapped and readable (pages that the main stack has not grown to excepted: no frame is there yet).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Window {
    lo: u64,
    words: u64,
}

impl Window {
    /// The range's bounds are rounded inwards to whole words.
    fn new(range: Range) -> Self {
        let lo = (range.lo + 7) & !7;
        Self { lo, words: range.hi.saturating_sub(lo) >> 3 }
    }

    fn end(self) -> u64 {
        self.lo + self.words * 8
    }

    #[inline(always)]
    pub(super) fn contains(self, address: u64) -> bool {
        address.wrapping_sub(self.lo) >> 3 < self.words
    }

    /// Whether there is a whole, aligned word at `address`.
    #[inline(always)]
    pub(super) fn has_word(self, address: u64) -> bool {
        // As below.
        address.wrapping_sub(self.lo).rotate_right(3) < self.words
    }

    /// The word at `address`, if it lies inside and is aligned as everything on a stack is.
    #[inline(always)]
    pub(super) fn word(self, address: u64) -> Option<u64> {
        // Turned right, an unaligned address's low bits make the index too large: one comparison for both.
        let index = address.wrapping_sub(self.lo).rotate_right(3);
        // SAFETY: a whole word of the window, all of which can be read.
        (index < self.words).then(|| unsafe { word_at(address) })
    }
}

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
    pub(super) fn intact(&self, window: Window, sp: u64, addresses: &[u64; MAX_DEPTH]) -> usize {
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
    /// # Safety
    /// So many there are, and the words below them can be read.
    #[inline(always)]
    unsafe fn unchanged(&self, above: usize, addresses: &[u64; MAX_DEPTH]) -> usize {
        let mut count = 0;
        // Unrolled: the loads do not depend on each other, and the branches do not miss while nothing changed.
        // SAFETY: the caller's promise, for all below `above`.
        unsafe {
            while count + 8 <= above && self.are_four(count, addresses) && self.are_four(count + 4, addresses) {
                count += 8;
            }
            if count + 4 <= above && self.are_four(count, addresses) {
                count += 4;
            }
            while count < above && self.is_unchanged(count, addresses) {
                count += 1;
            }
        }
        count
    }

    /// Whether these four have their return address where it was.
    ///
    /// # Safety
    /// As [`Levels::unchanged`].
    #[inline(always)]
    unsafe fn are_four(&self, first: usize, addresses: &[u64; MAX_DEPTH]) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            self.is_unchanged(first, addresses)
                && self.is_unchanged(first + 1, addresses)
                && self.is_unchanged(first + 2, addresses)
                && self.is_unchanged(first + 3, addresses)
        }
    }

    /// # Safety
    /// As [`Levels::unchanged`].
    #[inline(always)]
    unsafe fn is_unchanged(&self, index: usize, addresses: &[u64; MAX_DEPTH]) -> bool {
        // SAFETY: the caller's promise.
        unsafe { word_at(self.sps.get_unchecked(index + 1).wrapping_sub(8)) == *addresses.get_unchecked(index) }
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
    pub(super) unsafe fn intact_sealed(&self, sp: u64, addresses: &[u64; MAX_DEPTH]) -> usize {
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

/// The same number, of which the optimiser does not know that: it would keep several that it can calculate from one, each
/// in a word of the stack.
#[inline(always)]
pub(super) fn opaque(mut number: usize) -> usize {
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags)) };
    number
}

/// # Safety
/// `address` is aligned to 8 and the 8 bytes there are mapped and readable. The word is other code's, of this thread;
/// hence volatile.
#[inline(always)]
unsafe fn word_at(address: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() }
}
