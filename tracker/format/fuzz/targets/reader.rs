//! Any bytes as a recording and its ring: read, given an end and read again, without a panic, a hang or more memory than
//! a small multiple of the bytes.
#![no_main]

mod input;

use dropscope_format::{EndKind, Item, Recording, State, finalize};
use libfuzzer_sys::fuzz_target;
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What reading may take: this, and this many times the bytes. See `tests/memory.rs` of the crate.
const FIXED_BYTES: usize = 24 << 20;
const MULTIPLE: usize = 32;

fuzz_target!(|input: &[u8]| {
    let Some((path, bytes)) = input::write(input) else { return };
    let base = LIVE.load(Relaxed);
    PEAK.store(base, Relaxed);
    read(&path);
    let taken = PEAK.load(Relaxed) - base;
    assert!(taken <= FIXED_BYTES + MULTIPLE * bytes, "{taken} bytes for {bytes} of file and ring");
    if finalize(&path, EndKind::Killed(9)).is_ok() {
        read(&path);
    }
});

fn read(path: &Path) {
    let Ok(mut recording) = Recording::open(path) else { return };
    let mut take = |recording: &Recording, item: Item<'_>| {
        let Item::Events(batch) = item else { return };
        for event in &batch.events {
            let _ = batch.realloc(event);
            let _ = event.text().map(|text| recording.texts.text(text).len());
            // Every stack leads to its root.
            let _ = recording.stacks.addresses(event.stack).take(100).count();
        }
    };
    while recording.poll(4096, &mut take).is_ok_and(|state| state == State::Reading) {}
}

/// The system's allocator, counted.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: forwards to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
