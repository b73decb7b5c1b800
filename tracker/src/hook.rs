//! Where allocators report what happens. One core behind two front doors: [`Tracker`](crate::Tracker) and the malloc
//! family of `dropscope-preload`.
//!
//! All of it is safe to call at any time: before `main`, in destructors of thread-locals, in signal handlers, in forked
//! children. Nothing panics, waits for a lock of the program or allocates through the caller. `errno` is kept.
#![allow(unsafe_code, reason = "the registers of callers are read")]

use crate::chosen;
use crate::clock;
use crate::marks;
use crate::quick::{self, What};
use crate::record::Record;
use crate::sampling;
use crate::state::{self, COUNTING, SAMPLING};
use crate::thread::Entry;
use crate::unwind::{self, Caller};
use crate::watch;
use dropscope_format::EventKind;

/// Whether the functions below have anything to do: one relaxed load. Ask it first; where it says no, they need not be
/// called.
#[inline(always)]
pub fn is_recording() -> bool {
    !state::is_idle()
}

/// Where the launcher has started this library for another executable, nothing is recorded in this process. Call it
/// before the first event.
pub fn stay_idle_in_others() {
    chosen::stay_idle_in_others();
}

/// A block has been born. Call it after the allocation; a null `address` is a failed one and records nothing.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub extern "C" fn on_alloc(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool) {
    door!("r8", "r9", born)
}

/// As where there are doors.
#[cfg(not(target_arch = "x86_64"))]
pub extern "C" fn on_alloc(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool) {
    born(address, size_bytes, align, zeroed, 0, 0);
}

/// A block is about to be released. Call it before the release: afterwards its address may be somebody else's.
/// `size_bytes` is 0 where the caller is not told.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub extern "C" fn before_free(address: *mut u8, size_bytes: usize) {
    door!("rdx", "rcx", released)
}

/// As where there are doors.
#[cfg(not(target_arch = "x86_64"))]
pub extern "C" fn before_free(address: *mut u8, size_bytes: usize) {
    released(address, size_bytes, 0, 0);
}

extern "C" fn born(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool, sp: u64, bp: u64) {
    let what = What::birth(if zeroed { EventKind::AllocZeroed } else { EventKind::Alloc }, align);
    // SAFETY: the door has not returned.
    unsafe { quick::record(what, address.addr() as u64, size_bytes as u64, sp, bp) };
}

extern "C" fn released(address: *mut u8, size_bytes: usize, sp: u64, bp: u64) {
    // SAFETY: the door has not returned.
    unsafe { quick::record(What::FREE, address.addr() as u64, size_bytes as u64, sp, bp) };
}

/// Records one event of a realloc that is taken as two.
#[cold]
fn record(kind: EventKind, from: Option<Caller>, address: *mut u8, size_bytes: usize, align: usize) {
    if let Some(mut entry) = Entry::of_allocator() {
        entry.commit(&Record { from, ..Record::of_block(kind, address.addr() as u64, size_bytes, align) });
    }
}

/// A realloc is about to happen. Call it before, and [`Realloc::commit`] after it; dropped without, the realloc has
/// failed and the block lives on where it was.
#[inline]
pub fn before_realloc(old_address: *mut u8, old_size_bytes: usize) -> Realloc {
    let watched = state::has(COUNTING).then(|| watch::before_realloc(old_address.addr(), old_size_bytes)).flatten();
    if state::has(SAMPLING) {
        // A block of another size has another chance: the old one ends and a new one is born.
        if !old_address.is_null() && sampling::was_chosen(old_address.addr()) {
            record(EventKind::Free, None, old_address, old_size_bytes, 1);
        }
        return Realloc { watched, is_birth: true, old: [0; 3], entry: None };
    }
    let entry = Entry::of_allocator();
    Realloc { watched, is_birth: false, old: [old_address.addr() as u64, old_size_bytes as u64, clock::ticks()], entry }
}

/// The thread enters the scope `name`. Does nothing where nothing is recorded.
pub fn on_scope_enter(name: &str) {
    marks::scope_enter(name);
}

/// The thread leaves the scope `name`, which it has entered. Does nothing where nothing is recorded.
pub fn on_scope_exit(name: &str) {
    marks::scope_exit(name);
}

/// Code has been unmapped (`dlclose`): what is remembered about walking through it is forgotten.
pub fn after_unload() {
    unwind::forget_modules();
}

/// A realloc under way. The thread counts as inside the recorder: what the real realloc allocates by itself is not the
/// program's.
pub struct Realloc {
    watched: Option<watch::Moving>,
    /// It is recorded as a birth, if at all.
    is_birth: bool,
    old: [u64; 3],
    entry: Option<Entry>,
}

impl Realloc {
    /// The block is now at `address`.
    #[inline]
    pub fn commit(self, address: *mut u8, size_bytes: usize, align: usize) {
        self.commit_from(None, address, size_bytes, align);
    }

    /// The same, and where our front door was called from.
    #[inline]
    pub(crate) fn commit_from(mut self, from: Option<Caller>, address: *mut u8, size_bytes: usize, align: usize) {
        if let Some(watched) = self.watched.take() {
            watched.commit(address.addr(), size_bytes);
        }
        if address.is_null() {
            return;
        }
        if self.is_birth && sampling::chooses(address.addr(), size_bytes) {
            record(EventKind::Alloc, from, address, size_bytes, align);
        }
        if let Some(entry) = &mut self.entry {
            let born = Record::of_block(EventKind::Realloc, address.addr() as u64, size_bytes, align);
            entry.commit(&Record { old: self.old, from, ..born });
        }
    }
}
