//! The allocator: forwards all four methods and reports.
#![allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]

use crate::Tracker;
use crate::hook;
use std::alloc::{GlobalAlloc, Layout};

// SAFETY: every method does what the inner allocator's does, with the same arguments and the same result. The hook
// around it neither unwinds nor allocates through this allocator.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Tracker<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if hook::is_recording() {
            return self.alloc_recorded(layout, false);
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if hook::is_recording() {
            return self.alloc_recorded(layout, true);
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if hook::is_recording() {
            return self.dealloc_recorded(address, layout);
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.dealloc(address, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if hook::is_recording() {
            return self.realloc_recorded(address, layout, new_size);
        }
        // SAFETY: the caller's contract is the inner allocator's.
        unsafe { self.inner.realloc(address, layout, new_size) }
    }
}

impl<A: GlobalAlloc> Tracker<A> {
    /// After the inner allocation, so that whoever had the address before has stamped its release earlier.
    #[cold]
    #[inline(never)]
    fn alloc_recorded(&self, layout: Layout, zeroed: bool) -> *mut u8 {
        // SAFETY: only called by the methods above, whose callers keep the contract.
        let address = unsafe { if zeroed { self.inner.alloc_zeroed(layout) } else { self.inner.alloc(layout) } };
        hook::on_alloc(address, layout.size(), layout.align(), zeroed);
        address
    }

    /// Before the inner release, so that whoever gets the address next stamps later.
    #[cold]
    #[inline(never)]
    fn dealloc_recorded(&self, address: *mut u8, layout: Layout) {
        hook::before_free(address, layout.size());
        // SAFETY: only called by the method above, whose caller keeps the contract.
        unsafe { self.inner.dealloc(address, layout) }
    }

    #[cold]
    #[inline(never)]
    fn realloc_recorded(&self, address: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let coming = hook::before_realloc(address, layout.size());
        // SAFETY: only called by the method above, whose caller keeps the contract.
        let new_address = unsafe { self.inner.realloc(address, layout, new_size) };
        coming.commit(new_address, new_size, layout.align());
        new_address
    }
}
