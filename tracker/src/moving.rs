//! A realloc: one event with two moments, one before and one after the allocator's own.
//!
//! Between them the thread counts as inside the recorder: what the real realloc allocates by itself is not the
//! program's, and no reader is told that all before now is told. On the quick way the second is the first where no other
//! thread can have had the block's places between them, since reading the counter costs a third of the event.
#![allow(unsafe_code, reason = "the registers of callers are read")]

use crate::clock;
use crate::quick;
use crate::record::{Record, Stamp};
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
    /// Ticks at the start.
    pub(crate) started: u64,
}

impl Moved {
    /// Old address, old size, ticks at the start.
    #[inline(always)]
    pub(crate) fn old(&self) -> [u64; 3] {
        [self.block.old_address.addr() as u64, self.block.old_size_bytes as u64, self.started]
    }
}

/// Lets `real` move the block and records that, if it has: null is a failure, after which the block lives on. It is told
/// which block, rather than to know it, so that the block lies in memory once.
///
/// # Safety
/// `caller` is that of a function of ours that has not returned; without, the stack begins with the one this is
/// inlined in.
#[inline(always)]
pub(crate) unsafe fn around(block: Move, caller: Option<Caller>, real: impl FnOnce(&Move) -> *mut u8) -> *mut u8 {
    let mut moved = Moved { block, started: 0 };
    let Some(inside) = Inside::enter() else {
        let (sp, bp) = caller.map_or((0, 0), |caller| (caller.sp, caller.bp));
        return around_slowly(&moved.block, sp, bp, real);
    };
    moved.started = clock::ticks();
    let new = real(&moved.block);
    let address = new.addr() as u64;
    match caller {
        // SAFETY: the caller's promise.
        Some(caller) => unsafe { quick::record_moved(inside, &moved, address, caller.sp, caller.bp) },
        None => record_moved_here(inside, &moved, address),
    }
    new
}

/// The way of all steps; `sp` and `bp` are those of a [`Caller`], or 0. Apart, since what it keeps meanwhile would lie in
/// the frame of every realloc.
#[cold]
#[inline(never)]
fn around_slowly(block: &Move, sp: u64, bp: u64, real: impl FnOnce(&Move) -> *mut u8) -> *mut u8 {
    let begun = begin(*block);
    let new = real(block);
    commit(begun, *block, (sp != 0).then_some(Caller { sp, bp }), new);
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
        entry.commit(&Record { old: moved.old(), from, ..born });
    }
}

/// What the way of all steps keeps meanwhile.
struct Begun {
    watched: Option<watch::Moving>,
    manner: Manner,
    /// Old address, old size, ticks at the start.
    old: [u64; 3],
    entry: Option<Entry>,
}

/// As what a realloc is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As what it is.
    Whole,
    /// In a sample, as the birth of a block, if that is chosen: a block of another size has another chance.
    Birth,
    /// The same, and as the release of the old block, which had been chosen. It is forgotten before the real realloc,
    /// since its address may be somebody else's after that, and remembered again if that has failed.
    BirthAndRelease,
}

#[cold]
#[inline(never)]
fn begin(block: Move) -> Begun {
    let address = block.old_address.addr();
    let watched = state::has(COUNTING).then(|| watch::before_realloc(address, block.old_size_bytes)).flatten();
    let manner = match (state::has(SAMPLING), address) {
        (false, _) => Manner::Whole,
        (true, 1..) if sampling::was_chosen(address) => Manner::BirthAndRelease,
        (true, _) => return Begun { watched, manner: Manner::Birth, old: [0; 3], entry: None },
    };
    let entry = Entry::of_allocator();
    Begun { watched, manner, old: [address as u64, block.old_size_bytes as u64, clock::ticks()], entry }
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
    let born = |kind| Record { from, ..Record::of_block(kind, new.addr() as u64, block.size_bytes, block.align) };
    let [old_address, _, ticks] = begun.old;
    match (begun.manner, new.is_null()) {
        (Manner::BirthAndRelease, true) => sampling::keep(old_address as usize),
        (Manner::BirthAndRelease, false) => {
            let freed = Record::of_block(EventKind::Free, old_address, block.old_size_bytes, 1);
            let freed = Record { stamp: Stamp::At(ticks), from, ..freed };
            begun.entry.iter_mut().for_each(|entry| entry.commit(&freed));
        }
        (Manner::Whole, false) => {
            let moved = Record { old: begun.old, ..born(EventKind::Realloc) };
            begun.entry.iter_mut().for_each(|entry| entry.commit(&moved));
        }
        _ => {}
    }
    begun.entry = None;
    let is_birth = begun.manner != Manner::Whole && !new.is_null();
    if is_birth
        && sampling::chooses(new.addr(), block.size_bytes)
        && let Some(mut entry) = Entry::of_allocator()
    {
        entry.commit(&born(EventKind::Alloc));
    }
}
