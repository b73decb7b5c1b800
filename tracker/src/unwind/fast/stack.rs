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

    #[inline]
    pub(in super::super) fn sp(self) -> u64 {
        self.sp
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
    #[inline(always)]
    pub(super) fn contains(self, address: u64) -> bool {
        address.wrapping_sub(self.lo) < self.hi.wrapping_sub(self.lo)
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
    home: Range,
    /// The last other one: a signal's alternate stack, a coroutine's.
    other: Range,
}

impl Stacks {
    /// The stack of the calling thread that holds `sp`; none if no readable memory is there.
    #[inline(always)]
    pub(super) fn window(&mut self, sp: u64) -> Option<Window> {
        if self.home.contains(sp) { Some(Window::new(self.home)) } else { self.find(sp) }
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, sp: u64) -> Option<Window> {
        // Another stack may have gone and something shorter come in its place.
        if self.other.contains(sp) && maps::is_mapped(Range { lo: sp, hi: self.other.hi }) {
            return Some(Window::new(self.other));
        }
        let thread_block = thread_block();
        let main_top = MAIN_STACK_TOP.load(Relaxed);
        let Some(mapping) = maps::containing(sp) else {
            // No /proc: the thread's block lies on top of its stack, as the C library arranges it.
            let hi = if sp < thread_block { thread_block } else { main_top };
            self.home = Range { lo: sp & !0xfff, hi };
            return (sp < hi).then_some(Window::new(self.home));
        };
        if mapping.contains(main_top) {
            self.home = Range { lo: mapping.lo.saturating_sub(GROWTH), hi: mapping.hi };
        } else if mapping.contains(thread_block) && sp < thread_block {
            self.home = Range { lo: mapping.lo, hi: thread_block };
        } else {
            self.other = mapping;
            return Some(Window::new(self.other));
        }
        Some(Window::new(self.home))
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
pub(super) struct Window {
    range: Range,
}

impl Window {
    #[inline(always)]
    fn new(range: Range) -> Self {
        Self { range: Range { lo: range.lo, hi: range.hi & !7 } }
    }

    #[inline(always)]
    pub(super) fn contains(self, address: u64) -> bool {
        self.range.contains(address)
    }

    /// The word at `address`, if it lies inside and is aligned as everything on a stack is.
    #[inline(always)]
    pub(super) fn word(self, address: u64) -> Option<u64> {
        let inside = self.range.contains(address) && address & 7 == 0;
        // SAFETY: inside a window, all of which can be read; it ends at a multiple of 8, so an aligned word that
        // begins inside ends inside.
        inside.then(|| unsafe { word_at(address) })
    }
}

/// Stack pointers of frames on one stack, outermost first: falling, and aligned to 8. All zero: none.
#[repr(C)]
pub(super) struct Levels {
    count: usize,
    sps: [u64; MAX_DEPTH],
}

impl Levels {
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> Option<u64> {
        self.sps.get(..self.count)?.get(index).copied()
    }

    /// Keeps the `count` outermost.
    #[inline(always)]
    pub(super) fn truncate(&mut self, count: usize) {
        self.count = self.count.min(count);
    }

    /// Adds one further in; false, and nothing added, if it is not further in.
    #[inline(always)]
    pub(super) fn push(&mut self, sp: u64) -> bool {
        let falls = self.count == 0 || self.sps.get(self.count - 1).is_some_and(|&outer| sp < outer);
        match self.sps.get_mut(self.count) {
            Some(slot) if falls && sp & 7 == 0 => {
                *slot = sp;
                self.count += 1;
                true
            }
            _ => false,
        }
    }

    /// How many of the outermost lie in `window`, above `sp`, and have their return address where it was: the word
    /// below each level is the one in `addresses`.
    #[inline(always)]
    pub(super) fn intact(&self, window: Window, sp: u64, addresses: &[u64]) -> usize {
        let mut above = self.count.min(addresses.len());
        while above > 0 && self.sps.get(above - 1).is_some_and(|&level| level <= sp) {
            above -= 1;
        }
        let sps = self.sps.get(..above).unwrap_or(&[]);
        let (Some(&outermost), Some(&innermost)) = (sps.first(), sps.last()) else { return 0 };
        if outermost > window.range.hi || innermost < window.range.lo.saturating_add(8) {
            return 0;
        }
        let is_intact = |(&sp, &address): (&u64, &u64)| {
            // SAFETY: aligned, and between the innermost and the outermost level, since levels fall; the word below
            // either of those was just found to be in the window, all of which can be read.
            unsafe { word_at(sp.wrapping_sub(8)) == address }
        };
        let (groups, _) = sps.as_chunks::<4>();
        let (address_groups, _) = addresses.as_chunks::<4>();
        let mut count = 0;
        for (sps, addresses) in groups.iter().zip(address_groups) {
            // Unrolled: the loads do not depend on each other and the branches do not miss while nothing changed.
            if !sps.iter().zip(addresses).all(is_intact) {
                break;
            }
            count += 4;
        }
        let rest = sps.iter().zip(addresses).skip(count);
        count + rest.take_while(|&pair| is_intact(pair)).count()
    }
}

/// # Safety
/// `address` is aligned to 8 and the 8 bytes there are mapped and readable. The word is other code's, of this thread;
/// hence volatile.
#[inline(always)]
unsafe fn word_at(address: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() }
}
