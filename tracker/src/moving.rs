//! A realloc: one event with two moments, one before and one after the allocator's own.
//!
//! Between them the thread counts as inside the recorder: what the real realloc allocates by itself is not the
//! program's, and no reader is told that all before now is told.
#![allow(unsafe_code, reason = "the registers of callers are read")]

use crate::clock;
use crate::quick;
use crate::record::Record;
use crate::sampling;
use crate::state::{self, COUNTING, SAMPLING};
use crate::sys::Errno;
use crate::thread::{Entry, Inside};
use crate::unwind::Caller;
use crate::watch;
use dropscope_format::EventKind;

/// What is to become of a block.
#[derive(Clone, Copy)]
pub(crate) struct Move {
    pub(crate) old_address: *mut u8,
    pub(crate) old_size_bytes: usize,
    pub(crate) size_bytes: usize,
    pub(crate) align: usize,
}

/// One that the quick way has begun.
pub(crate) struct Moved {
    pub(crate) block: Move,
    /// Old address, old size, ticks at the start.
    pub(crate) old: [u64; 3],
}

/// Lets `real` move the block and records that, if it has: null is a failure, after which the block lives on.
///
/// # Safety
/// `caller` is that of a function of ours that has not returned; without, the stack begins with the one this is
/// inlined in.
#[inline(always)]
pub(crate) unsafe fn around(block: Move, caller: Option<Caller>, real: impl FnOnce() -> *mut u8) -> *mut u8 {
    let Some(inside) = Inside::enter() else {
        let begun = begin(block);
        let new = real();
        commit(begun, block, caller, new);
        return new;
    };
    let old = [block.old_address.addr() as u64, block.old_size_bytes as u64, clock::ticks()];
    let new = real();
    let (moved, address) = (Moved { block, old }, new.addr() as u64);
    match caller {
        // SAFETY: the caller's promise.
        Some(caller) => unsafe { quick::record_moved(inside, &moved, address, caller.sp, caller.bp) },
        None => record_moved_here(inside, &moved, address),
    }
    new
}

/// [`quick::record_moved`] of a stack that begins with who calls this.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn record_moved_here(inside: Inside, moved: &Moved, address: u64) {
    door!("rcx", "r8", quick::record_moved)
}

/// Where there are no doors, nobody enters the quick way.
#[cfg(not(target_arch = "x86_64"))]
fn record_moved_here(inside: Inside, moved: &Moved, address: u64) {
    drop(inside);
    record_slowly(moved, address, Caller { sp: 0, bp: 0 });
}

/// Records one that the quick way cannot end.
#[cold]
#[inline(never)]
pub(crate) fn record_slowly(moved: &Moved, address: u64, caller: Caller) {
    let from = (caller.sp != 0).then_some(caller);
    if let Some(mut entry) = Entry::of_allocator() {
        let born = Record::of_block(EventKind::Realloc, address, moved.block.size_bytes, moved.block.align);
        entry.commit(&Record { old: moved.old, from, ..born });
    }
}

/// What the way of all steps keeps meanwhile.
struct Begun {
    watched: Option<watch::Moving>,
    /// Of a sample the old block ends, and a new one is born: a block of another size has another chance.
    is_birth: bool,
    old: [u64; 3],
    entry: Option<Entry>,
}

#[cold]
#[inline(never)]
fn begin(block: Move) -> Begun {
    let address = block.old_address.addr();
    let watched = state::has(COUNTING).then(|| watch::before_realloc(address, block.old_size_bytes)).flatten();
    if state::has(SAMPLING) {
        if address != 0 && sampling::was_chosen(address) {
            record(EventKind::Free, None, address, block.old_size_bytes, 1);
        }
        return Begun { watched, is_birth: true, old: [0; 3], entry: None };
    }
    let entry = Entry::of_allocator();
    Begun { watched, is_birth: false, old: [address as u64, block.old_size_bytes as u64, clock::ticks()], entry }
}

#[cold]
#[inline(never)]
fn commit(mut begun: Begun, block: Move, from: Option<Caller>, new: *mut u8) {
    // The real realloc's, which an entry would put back to what was before.
    let _errno = Errno::keep();
    let begun = &mut begun;
    if let Some(watched) = begun.watched.take() {
        watched.commit(new.addr(), block.size_bytes);
    }
    if !new.is_null() {
        if begun.is_birth && sampling::chooses(new.addr(), block.size_bytes) {
            record(EventKind::Alloc, from, new.addr(), block.size_bytes, block.align);
        }
        if let Some(entry) = &mut begun.entry {
            let born = Record::of_block(EventKind::Realloc, new.addr() as u64, block.size_bytes, block.align);
            entry.commit(&Record { old: begun.old, from, ..born });
        }
    }
    begun.entry = None;
}

/// Records one event of a realloc that is taken as two.
fn record(kind: EventKind, from: Option<Caller>, address: usize, size_bytes: usize, align: usize) {
    if let Some(mut entry) = Entry::of_allocator() {
        entry.commit(&Record { from, ..Record::of_block(kind, address as u64, size_bytes, align) });
    }
}
