//! The allocator: forwards all four methods and reports.
//!
//! Each recorded call goes through a *door* of a few instructions, which notes the registers of its caller and goes on
//! into a function with the same arguments and those registers. So the walk of the stack begins in the program's frame
//! and not in ours: two frames fewer to walk, to write and to read, for every event.
#![allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait; its callers' registers are read")]

use crate::Tracker;
use crate::hook;
use crate::moving::{self, Move};
use crate::quick::{self, What};
use crate::unwind::Caller;
use dropscope_format::EventKind;
use std::alloc::{GlobalAlloc, Layout};
use std::num::NonZero;

// SAFETY: every method does what the inner allocator's does, with the same arguments and the same result. The hook
// around it neither unwinds nor allocates through this allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Tracker<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if hook::concerns_birth(layout.size()) {
            // SAFETY: as below.
            return unsafe { Self::alloc_recorded(layout.size(), layout.align(), self) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if hook::concerns_birth(layout.size()) {
            // SAFETY: as below.
            return unsafe { Self::alloc_zeroed_recorded(layout.size(), layout.align(), self) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if hook::concerns_release(address) {
            // SAFETY: as below.
            return unsafe { Self::dealloc_recorded(address, layout.size(), layout.align(), self) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.dealloc(address, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if hook::concerns_realloc(address, new_size) {
            // SAFETY: as below.
            return unsafe { Self::realloc_recorded(address, layout.size(), layout.align(), new_size, self) };
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.realloc(address, layout, new_size) }
    }
}

/// Whether callers' registers are known.
const HAS_DOORS: bool = cfg!(target_arch = "x86_64");

/// The doors. Each has the contract of the method it stands for. The tracker comes last, so that all others are where the
/// method has them: else it would move them to and fro at each call, also where nothing is recorded.
#[cfg(target_arch = "x86_64")]
impl<A: GlobalAlloc> Tracker<A> {
    #[unsafe(naked)]
    unsafe extern "C" fn alloc_recorded(size: usize, align: usize, tracker: &Self) -> *mut u8 {
        door!("rcx", "r8", Self::alloc_from)
    }

    #[unsafe(naked)]
    unsafe extern "C" fn alloc_zeroed_recorded(size: usize, align: usize, tracker: &Self) -> *mut u8 {
        door!("rcx", "r8", Self::alloc_zeroed_from)
    }

    #[unsafe(naked)]
    unsafe extern "C" fn dealloc_recorded(address: *mut u8, size: usize, align: usize, tracker: &Self) {
        door!("r8", "r9", Self::dealloc_from)
    }

    /// No register is left for the frame pointer: it goes by the stack.
    #[unsafe(naked)]
    unsafe extern "C" fn realloc_recorded(
        address: *mut u8,
        size: usize,
        align: usize,
        new: usize,
        tracker: &Self,
    ) -> *mut u8 {
        std::arch::naked_asm!(
            ".cfi_startproc",
            "push rbp",
            ".cfi_adjust_cfa_offset 8",
            ".cfi_rel_offset rbp, 0",
            "mov r9, rsp",
            "call {body}",
            "pop rbp",
            ".cfi_adjust_cfa_offset -8",
            ".cfi_restore rbp",
            "ret",
            ".cfi_endproc",
            body = sym Self::realloc_from,
        )
    }
}

/// Without doors a stack begins with frames of ours.
#[cfg(not(target_arch = "x86_64"))]
impl<A: GlobalAlloc> Tracker<A> {
    #[inline(never)]
    unsafe fn alloc_recorded(size: usize, align: usize, tracker: &Self) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { Self::alloc_from(size, align, tracker, 0, 0) }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed_recorded(size: usize, align: usize, tracker: &Self) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { Self::alloc_zeroed_from(size, align, tracker, 0, 0) }
    }

    #[inline(never)]
    unsafe fn dealloc_recorded(address: *mut u8, size: usize, align: usize, tracker: &Self) {
        // SAFETY: the same contract.
        unsafe { Self::dealloc_from(address, size, align, tracker, 0, 0) }
    }

    #[inline(never)]
    unsafe fn realloc_recorded(address: *mut u8, size: usize, align: usize, new: usize, tracker: &Self) -> *mut u8 {
        // SAFETY: the same contract.
        unsafe { Self::realloc_from(address, size, align, new, tracker, &[0; 2]) }
    }
}

/// What is behind the doors: `sp` and `bp` are those of a [`Caller`].
impl<A: GlobalAlloc> Tracker<A> {
    /// After the inner allocation, so that whoever had the address before has stamped its release earlier.
    unsafe extern "C" fn alloc_from(size: usize, align: usize, tracker: &Self, sp: u64, bp: u64) -> *mut u8 {
        // SAFETY: size and align are a layout's, and the caller's contract is the inner allocator's.
        let address = unsafe { tracker.inner.alloc(Layout::from_size_align_unchecked(size, align)) };
        // SAFETY: a layout's align is not 0, and the door has not returned.
        unsafe {
            let what = What::birth(EventKind::Alloc, NonZero::new_unchecked(align));
            quick::record(what, address.addr() as u64, size as u64, sp, bp);
        }
        address
    }

    unsafe extern "C" fn alloc_zeroed_from(size: usize, align: usize, tracker: &Self, sp: u64, bp: u64) -> *mut u8 {
        // SAFETY: as in `alloc_from`.
        let address = unsafe { tracker.inner.alloc_zeroed(Layout::from_size_align_unchecked(size, align)) };
        // SAFETY: a layout's align is not 0, and the door has not returned.
        unsafe {
            let what = What::birth(EventKind::AllocZeroed, NonZero::new_unchecked(align));
            quick::record(what, address.addr() as u64, size as u64, sp, bp);
        }
        address
    }

    /// Before the inner release, so that whoever gets the address next stamps later.
    unsafe extern "C" fn dealloc_from(address: *mut u8, size: usize, align: usize, tracker: &Self, sp: u64, bp: u64) {
        // SAFETY: the door has not returned.
        unsafe { quick::record(What::FREE, address.addr() as u64, size as u64, sp, bp) };
        // SAFETY: as in `alloc_from`.
        unsafe { tracker.inner.dealloc(address, Layout::from_size_align_unchecked(size, align)) }
    }

    unsafe extern "C" fn realloc_from(
        address: *mut u8,
        size: usize,
        align: usize,
        new_size: usize,
        tracker: &Self,
        bp_and_return_address: &[u64; 2],
    ) -> *mut u8 {
        let [bp, return_address] = bp_and_return_address;
        let block = Move { old_address: address, old_size_bytes: size, size_bytes: new_size, align };
        let sp = std::ptr::from_ref(return_address).addr() as u64;
        let caller = HAS_DOORS.then_some(Caller { sp, bp: *bp });
        let real = |block: &Move| {
            let Move { old_address, old_size_bytes, size_bytes, align } = *block;
            // SAFETY: as in `alloc_from`.
            unsafe {
                let layout = Layout::from_size_align_unchecked(old_size_bytes, align);
                tracker.inner.realloc(old_address, layout, size_bytes)
            }
        };
        // SAFETY: the door has not returned.
        unsafe { moving::around(block, caller, real) }
    }
}
