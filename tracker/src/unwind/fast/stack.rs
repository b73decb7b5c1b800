//! Every raw read of a stack: the registers a walk starts from, which memory is stack, and its words.
#![allow(unsafe_code, reason = "stacks are read as words")]

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
    pub(super) fn home(&self) -> &Window {
        &self.home
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
pub(super) unsafe fn word_at(address: u64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() }
}
