//! The way of nearly every event: a block's birth, move or release, from the front door into the ring in one function.
//!
//! Whatever is not as at the thread's last event (its first one, a full chunk, another unwinder, a measurement that
//! counts, a sample, a recording that ends) goes by [`Entry`], which does the same in more steps.
#![allow(unsafe_code, reason = "words of a chunk that only this thread writes to")]

use crate::clock;
use crate::moving::{self, Moved};
use crate::record::{Record, quality};
use crate::sampling;
use crate::state::{self, COUNTING, SAMPLING};
use crate::thread::{Entry, Inside, Own};
use crate::unwind::{Caller, Captured};
use crate::watch;
use dropscope_format::EventKind;
use dropscope_format::ring::RecordHead;
use std::num::NonZero;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// Words before the frames of a block's record; a realloc's has its old words, too.
const FIXED_WORDS: usize = 4;
pub(crate) const MOST_FIXED_WORDS: usize = FIXED_WORDS + 3;
/// How far ahead of the record lines are fetched to be written: the writer has read them since, so each has to come back
/// from its cache, which takes as long as three or four events.
const PREFETCH_WORDS: usize = 48;

/// What happens to a block. One word, so that it travels in a register.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct What(u64);

impl What {
    pub(crate) const FREE: What = What(EventKind::Free as u64);

    /// A birth with this alignment.
    #[inline(always)]
    pub(crate) fn birth(kind: EventKind, align: NonZero<usize>) -> What {
        What(kind as u64 | u64::from(align.trailing_zeros()) << 8)
    }

    fn kind(self) -> Option<EventKind> {
        EventKind::from_u8(self.0 as u8)
    }

    fn align_log2(self) -> u8 {
        (self.0 >> 8) as u8 & 63
    }
}

/// Records what happens to a block of `size_bytes` at `address`. A null address records nothing.
///
/// # Safety
/// `sp` and `bp` are those of a [`Caller`] of a function of ours that has not returned, or 0 where they are not known.
#[inline(never)]
pub(crate) unsafe extern "C" fn record(what: What, address: u64, size_bytes: u64, sp: u64, bp: u64) {
    let caller = Caller { sp, bp };
    if address == 0 {
        return;
    }
    // Where there are no doors, there is no fast walk either, and nobody enters here.
    if let Some(mut inside) = Inside::enter() {
        // SAFETY: the caller's promise.
        if unsafe { commit(&mut inside, what, [address, size_bytes], [], caller, clock::ticks) } {
            return leave(inside);
        }
    }
    record_slowly(what, address, size_bytes, sp, bp);
}

/// Records what has become of a block that [`crate::moving`] has begun to move. A null address records nothing.
///
/// # Safety
/// As [`record`].
#[inline(never)]
pub(crate) unsafe extern "C" fn record_moved(mut inside: Inside, moved: &Moved, address: u64, sp: u64, bp: u64) {
    let caller = Caller { sp, bp };
    if address == 0 {
        return;
    }
    let what = What::birth(EventKind::Realloc, NonZero::new(moved.block.align).unwrap_or(NonZero::<usize>::MIN));
    let Moved { block, started } = *moved;
    let old = moved.old();
    // A block that has stayed where it was has nobody else's event between the two moments.
    let stamp = || if address == old[0] { started } else { clock::ticks_among_threads(started) };
    // SAFETY: the caller's promise.
    if unsafe { commit(&mut inside, what, [address, block.size_bytes as u64], old, caller, stamp) } {
        return leave(inside);
    }
    drop(inside);
    moving::record_slowly(moved, address, caller);
}

/// The event is recorded.
#[inline(always)]
fn leave(inside: Inside) {
    if !inside.is_as_before() {
        drop(inside);
        tell_of_it();
    }
}

/// Gives whether the event has been recorded.
///
/// # Safety
/// As [`record`].
#[inline(always)]
unsafe fn commit<const OLD: usize>(
    inside: &mut Inside,
    what: What,
    block: [u64; 2],
    old: [u64; OLD],
    caller: Caller,
    stamp: impl FnOnce() -> u64,
) -> bool {
    const { assert!(FIXED_WORDS + OLD <= MOST_FIXED_WORDS) };
    let (own, stack) = inside.parts();
    if !own.has_quick_room() {
        return false;
    }
    let ticks = stamp();
    let record = own.next();
    // SAFETY: the chunk is this thread's, and the words are in it. Before the walk, so that nothing has to be kept for
    // later: until the record's first word is stored, nobody reads what is behind it.
    let frames = unsafe {
        prefetch::<PREFETCH_WORDS>(record);
        let to = record.add(1).cast_mut().cast::<u64>();
        to.cast::<[u64; 3]>().write([ticks, block[0], block[1]]);
        to.add(3).cast::<[u64; OLD]>().write(old);
        record.add(FIXED_WORDS + OLD)
    };
    // SAFETY: the plain walk finds no more frames than there is room for.
    let put = |nth: usize, address| unsafe { (*frames.add(nth)).store(address, Relaxed) };
    // SAFETY: the caller's promise.
    match unsafe { stack.capture_caller_plain(caller, put) } {
        // SAFETY: the record and the 0 behind it end inside the chunk.
        Some(captured) => unsafe { end_record(own, what, FIXED_WORDS + OLD, captured) },
        // SAFETY: the caller's promise.
        None => return unsafe { commit_any(inside, what, FIXED_WORDS + OLD, caller) },
    }
    true
}

/// The rest of [`commit`] where the stack needs another walk.
///
/// # Safety
/// As [`record`]; the record's words before its frames are written, but for the first.
#[inline(never)]
unsafe fn commit_any(inside: &mut Inside, what: What, fixed_words: usize, caller: Caller) -> bool {
    let (own, stack) = inside.parts();
    // SAFETY: the caller's promise.
    let Some(captured) = (unsafe { stack.capture_caller_fast(caller) }) else { return false };
    if fixed_words + captured.depth - captured.kept >= own.free_words() {
        // The next capture compares with this one.
        own.has_captured(captured.kept);
        return false;
    }
    // SAFETY: the record and the 0 behind it end inside the chunk.
    unsafe {
        let frames = own.next().add(fixed_words);
        for index in captured.kept..captured.depth {
            (*frames.add(index - captured.kept)).store(stack.address_at(index), Relaxed);
        }
        end_record(own, what, fixed_words, captured);
    }
    true
}

/// Stores the word behind a record and its first. Whoever sees that, which is stored as the last (or finds it after the
/// process was killed), sees a whole record and an end behind it.
///
/// # Safety
/// There was quick room; all between the two is written, and all lies in the thread's chunk.
#[inline(always)]
unsafe fn end_record(own: &mut Own, what: What, fixed_words: usize, captured: Captured) {
    let new_frames = captured.depth - captured.kept;
    let head = RecordHead {
        kind: EventKind::Free,
        align_log2: 0,
        quality: quality(captured.quality),
        kept_frames: captured.kept,
        new_frames,
        text_words: 0,
    };
    let head = head.to_word() - EventKind::Free as u64 + what.0;
    let first = own.next();
    // SAFETY: the caller's promise.
    unsafe {
        let end = first.add(fixed_words + new_frames);
        (*end).store(0, Relaxed);
        (*first).store(head, Release);
        own.has_recorded_quickly(end);
    }
    own.count(captured.quality);
}

/// Asks for the line of the word that lies `WORDS` behind this one, to be written soon. There need not be one.
#[inline(always)]
fn prefetch<const WORDS: usize>(word: *const AtomicU64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint; it changes nothing and cannot fault.
    unsafe {
        std::arch::asm!(
            "prefetchw [{} + {}]",
            in(reg) word,
            const WORDS * size_of::<AtomicU64>(),
            options(nostack, preserves_flags, readonly),
        );
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = word;
}

/// The recording has been closed while the event was recorded: an entry brings it to the file.
#[cold]
#[inline(never)]
fn tell_of_it() {
    drop(Entry::of_marker());
}

#[cold]
#[inline(never)]
fn record_slowly(what: What, address: u64, size_bytes: u64, sp: u64, bp: u64) {
    let Some(kind) = what.kind() else { return };
    if state::has(COUNTING) {
        match kind {
            EventKind::Free => watch::before_free(address as usize, size_bytes as usize),
            _ => watch::on_alloc(address as usize, size_bytes as usize),
        }
    }
    let is_chosen = || match kind {
        EventKind::Free => sampling::was_chosen(address as usize),
        _ => sampling::chooses(address as usize, size_bytes as usize),
    };
    if state::has(SAMPLING) && !is_chosen() {
        return;
    }
    if let Some(mut entry) = Entry::of_allocator() {
        let plain = Record::of_block(kind, address, size_bytes as usize, 1);
        let from = (sp != 0).then_some(Caller { sp, bp });
        entry.commit(&Record { align_log2: what.align_log2(), from, ..plain });
    }
}
