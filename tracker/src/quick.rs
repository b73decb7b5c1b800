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
use crate::unwind::Caller;
use crate::watch;
use dropscope_format::EventKind;
use dropscope_format::ring::{CHUNK_WORDS, RecordHead};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// Words before the frames of a block's record; a realloc's has its old words, too.
const FIXED_WORDS: usize = 4;
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
    pub(crate) fn birth(kind: EventKind, align: usize) -> What {
        What(kind as u64 | u64::from(align.trailing_zeros() & 63) << 8)
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
        if unsafe { commit(&mut inside, what, [address, size_bytes], [], caller) } {
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
    let what = What::birth(EventKind::Realloc, moved.block.align);
    let block = [address, moved.block.size_bytes as u64];
    // SAFETY: the caller's promise.
    if unsafe { commit(&mut inside, what, block, moved.old, caller) } {
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
) -> bool {
    let (own, stack) = inside.parts();
    let ticks = clock::ticks();
    // SAFETY: the caller's promise.
    let Some(captured) = (unsafe { stack.capture_caller_fast(caller) }) else { return false };
    let kept = own.common_frames.min(captured.kept);
    let new_frames = stack.addresses().get(kept..).unwrap_or(&[]);
    let end = own.position + FIXED_WORDS + OLD + new_frames.len();
    if end >= CHUNK_WORDS {
        // The next capture compares with this one.
        own.common_frames = kept;
        return false;
    }
    let head = RecordHead {
        kind: EventKind::Free,
        align_log2: 0,
        quality: quality(captured.quality),
        kept_frames: kept,
        new_frames: new_frames.len(),
        text_words: 0,
    };
    let head = head.to_word() - EventKind::Free as u64 + what.0;
    // SAFETY: the chunk is this thread's, and the record and the 0 behind it end inside it.
    unsafe { write(own, head, ([ticks, block[0], block[1]], old), new_frames, end) };
    own.common_frames = usize::MAX;
    own.count(captured.quality);
    true
}

/// Writes one record: first all but its first word, then the 0 behind it, then, as the last, the first word. Whoever
/// sees the first word (or finds it after the process was killed) sees a whole record and an end behind it.
///
/// # Safety
/// `own.chunk` is a chunk that this thread holds; words up to `end`, inclusive, are in it.
#[inline(always)]
unsafe fn write<const OLD: usize>(
    own: &mut Own,
    head: u64,
    (fixed, old): ([u64; 3], [u64; OLD]),
    frames: &[u64],
    end: usize,
) {
    // SAFETY: all of it lies between `position` and `end`. Behind the last record nobody reads, so plain stores do; the
    // two words at the ends are atomic, since a drain may look there. What is fetched ahead is in the chunk, too.
    unsafe {
        prefetch(own.chunk.add((own.position + PREFETCH_WORDS).min(CHUNK_WORDS - 1)));
        let first = own.chunk.add(own.position);
        let mut to = first.add(1).cast_mut().cast::<u64>();
        to.cast::<[u64; 3]>().write(fixed);
        to = to.add(fixed.len());
        to.cast::<[u64; OLD]>().write(old);
        to = to.add(OLD);
        // A few frames mostly: a loop that is not made into a call of memcpy.
        for (index, &frame) in frames.iter().enumerate() {
            (*to.cast::<AtomicU64>().add(index)).store(frame, Relaxed);
        }
        (*own.chunk.add(end)).store(0, Relaxed);
        (*first).store(head, Release);
    }
    own.position = end;
}

/// Asks for the line of `word`, to be written soon.
///
/// # Safety
/// The word may be written by this thread.
#[inline(always)]
unsafe fn prefetch(word: *const AtomicU64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint; it changes nothing and cannot fault.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) word, options(nostack, preserves_flags, readonly));
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
