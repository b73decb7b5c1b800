//! An allocator that counts what each thread does.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]
#![allow(dead_code, reason = "not every test asks for every count")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOC: Counting = Counting;

thread_local! {
    pub(crate) static BIRTHS: Cell<usize> = const { Cell::new(0) };
    pub(crate) static RELEASES: Cell<usize> = const { Cell::new(0) };
    pub(crate) static BIGGEST_ALLOCATION: Cell<usize> = const { Cell::new(0) };
    pub(crate) static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
    pub(crate) static PEAK_BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call is forwarded unchanged to the system allocator; counting touches plain thread-locals only.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BIRTHS.set(BIRTHS.get() + 1);
        BIGGEST_ALLOCATION.set(BIGGEST_ALLOCATION.get().max(layout.size()));
        LIVE_BYTES.set(LIVE_BYTES.get() + layout.size() as isize);
        PEAK_BYTES.set(PEAK_BYTES.get().max(LIVE_BYTES.get()));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        RELEASES.set(RELEASES.get() + 1);
        LIVE_BYTES.set(LIVE_BYTES.get() - layout.size() as isize);
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(address, layout) }
    }
}
