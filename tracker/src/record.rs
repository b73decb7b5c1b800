//! One event, written into the thread's own chunk of the ring.
#![allow(unsafe_code, reason = "words of a chunk that only this thread writes to")]

use crate::clock;
use crate::ring::Ring;
use crate::state::Phase;
use crate::sys::signals::SignalsBlocked;
use crate::thread::{Entry, Own};
use crate::unwind::{Caller, MAX_DEPTH, PreviousStack, Quality};
use dropscope_format::ring::{CHUNK_WORDS, MAX_TEXT_BYTES, RecordHead, chunk, header, slot};
use dropscope_format::{EventKind, LostCause, StackQuality};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// When an event is stamped. The stack's walk takes its time, and that is no part of what an operation or a scope
/// lasts: beginnings are stamped after it, endings before.
#[derive(Clone, Copy)]
pub(crate) enum Stamp {
    Before,
    After,
    /// Ticks from a little earlier, with nothing of this thread recorded since.
    At(u64),
    /// Now, with a CPU time that is not the thread's: an operation that moves between threads.
    #[cfg(feature = "tracing")]
    WithCpu(u64),
}

/// Naps (of up to 200 us) for a chunk where there may never be one again.
const LONGEST_CROWDED_NAPS: u32 = 200;

/// What is known about an event before its stack and time are.
pub(crate) struct Record<'a> {
    pub(crate) kind: EventKind,
    pub(crate) stamp: Stamp,
    pub(crate) align_log2: u8,
    pub(crate) address: u64,
    pub(crate) size_bytes: u64,
    /// Of a realloc: old address, old size, ticks at its start.
    pub(crate) old: [u64; 3],
    pub(crate) text: &'a str,
    /// Where our front door was called from; where it is not known, the stack begins with frames of our own.
    ///
    /// The door has not returned: whoever puts this in promises that.
    pub(crate) from: Option<Caller>,
}

/// The longest record must fit an empty chunk: head, realloc words, text, frames, and the 0 behind it.
const _: () = assert!(chunk::RECORDS + 7 + MAX_TEXT_BYTES / 8 + MAX_DEPTH < CHUNK_WORDS);

impl Record<'_> {
    /// An event of the allocator.
    #[inline]
    pub(crate) fn of_block(kind: EventKind, address: u64, size_bytes: usize, align: usize) -> Record<'static> {
        Record {
            kind,
            stamp: Stamp::Before,
            align_log2: align.trailing_zeros() as u8 & 63,
            address,
            size_bytes: size_bytes as u64,
            old: [0; 3],
            text: "",
            from: None,
        }
    }

    fn is_operation(&self) -> bool {
        matches!(self.kind, EventKind::OperationBegin | EventKind::OperationEnd)
    }

    /// The event's time and third word.
    #[inline]
    fn stamp(&self) -> (u64, u64) {
        if !self.is_operation() {
            let ticks = if let Stamp::At(ticks) = self.stamp { ticks } else { clock::ticks() };
            return (ticks, self.address);
        }
        // The wall clock outside of the CPU clock, whose reading is a system call, at both ends.
        match self.stamp {
            Stamp::After => {
                let ticks = clock::ticks();
                (ticks, clock::thread_cpu_ns())
            }
            #[cfg(feature = "tracing")]
            Stamp::WithCpu(cpu_ns) => (clock::ticks(), cpu_ns),
            Stamp::Before | Stamp::At(_) => {
                let cpu_ns = clock::thread_cpu_ns();
                (clock::ticks(), cpu_ns)
            }
        }
    }
}

impl Entry {
    /// Records the event; what cannot be recorded is counted.
    #[inline(never)]
    pub(crate) fn commit(&mut self, record: &Record<'_>) {
        if !self.parts().0.has_chunk() && !self.take_chunk() {
            return;
        }
        let before = matches!(record.stamp, Stamp::Before).then(|| record.stamp());
        let (own, stack) = self.parts();
        let captured = match record.from {
            // SAFETY: the door has not returned.
            Some(caller) => unsafe { stack.capture_caller(caller) },
            None => stack.capture(),
        };
        let kept = own.has_captured(captured.kept);
        let is_judges = |stack: &PreviousStack| match record.from {
            Some(caller) => stack.cross_check_caller(caller),
            None => stack.cross_check(),
        };
        if self.live().manner.cross_check && !is_judges(self.parts().1) {
            self.live().ring.header(header::DIFFERENT_STACKS).fetch_add(1, Relaxed);
        }
        let fixed_words = if record.kind == EventKind::Realloc { 7 } else { 4 };
        let text_words = record.text.len().div_ceil(8);
        let words_with = |kept: usize| fixed_words + text_words + captured.depth.saturating_sub(kept);
        let is_new = words_with(kept) >= self.parts().0.free_words();
        if is_new && !self.next_chunk() {
            return;
        }
        let kept = if is_new { 0 } else { kept };
        let (ticks, third) = before.unwrap_or_else(|| record.stamp());
        let (own, stack) = self.parts();
        let Some(new_frames) = stack.addresses().get(kept..) else { return };
        let head = RecordHead {
            kind: record.kind,
            align_log2: record.align_log2,
            quality: quality(captured.quality),
            kept_frames: kept,
            new_frames: new_frames.len(),
            text_words,
        };
        // SAFETY: the chunk is one that this thread holds, and the record and the 0 behind it end inside:
        // checked above for these very numbers, and a fresh chunk has room for the longest record.
        unsafe { write(own, head, [ticks, third, record.size_bytes], record, new_frames) };
        own.count(captured.quality);
    }

    /// Hands the full chunk over and takes an empty one.
    #[cold]
    fn next_chunk(&mut self) -> bool {
        let live = self.live();
        {
            // Whole: a handler that leaves through `exit` in the middle of the channel's own steps would hold them up.
            let _whole = SignalsBlocked::new();
            // First the slot, then the channel: what a slot names is never on its way to being somebody else's.
            self.slot()[slot::CHUNK].store(0, Release);
            let number = self.parts().0.end_chunk();
            // There is room for every chunk, and nobody closes the channel.
            let _ = live.full.0.try_send(number);
            live.writer.wake();
        }
        self.take_chunk()
    }

    /// Takes an empty chunk, waiting for one if need be.
    #[cold]
    fn take_chunk(&mut self) -> bool {
        if self.try_take_chunk() {
            return true;
        }
        let live = self.live();
        let started = clock::ticks();
        live.ring.header(header::WAITS).fetch_add(1, Relaxed);
        let mut naps = 0_u32;
        let lost = loop {
            if live.manner.lossy {
                break Some(LostCause::Full);
            }
            if live.is_stuck.load(Relaxed) {
                break Some(LostCause::Write);
            }
            if naps > LONGEST_CROWDED_NAPS && live.is_crowded.load(Relaxed) {
                break Some(LostCause::Threads);
            }
            match self.phase() {
                Phase::Direct => crate::end::drain_directly(live),
                // Also when the recording is being stopped: its end waits for who is inside the hook.
                _ if !live.writer.is_stopping() => naps = live.writer.wait_for_chunk(live, naps),
                _ => break Some(LostCause::Closed),
            }
            if self.try_take_chunk() {
                break None;
            }
        };
        live.ring.header(header::WAITED_TICKS).fetch_add(clock::ticks().saturating_sub(started), Relaxed);
        if let Some(cause) = lost {
            live.ring.count_lost(cause, 1);
        }
        lost.is_none()
    }

    fn try_take_chunk(&mut self) -> bool {
        let live = self.live();
        let _whole = SignalsBlocked::new();
        let Some(number) = live.free.take() else { return false };
        let (own, _) = self.parts();
        if !begin_chunk(own, &live.ring, number, live.next_sequence.fetch_add(1, Relaxed)) {
            return false;
        }
        self.slot()[slot::CHUNK].store(u64::from(number) + 1, Release);
        true
    }
}

/// Begins a new life of chunk `number`: no records, then whose, then, so that a reader believes the rest, its sequence.
fn begin_chunk(own: &mut Own, ring: &Ring, number: u32, sequence: u64) -> bool {
    let Some(words) = ring.chunk(number) else { return false };
    words[chunk::RECORDS].store(0, Relaxed);
    words[chunk::THREAD].store(u64::from(own.thread), Relaxed);
    words[chunk::SEQUENCE].store(sequence, Release);
    own.begin_chunk(number, words, chunk::RECORDS);
    true
}

/// Writes one record: first all but its first word, then the 0 behind it, then, as the last, the first word. Whoever
/// sees the first word (or finds it after the process was killed) sees a whole record and an end behind it.
///
/// # Safety
/// The thread holds a chunk, into which the record and one more word fit.
#[inline]
unsafe fn write(own: &mut Own, head: RecordHead, fixed: [u64; 3], record: &Record<'_>, frames: &[u64]) {
    let first = own.next();
    // SAFETY: all of it lies between `first` and `end`, inside the chunk by this function's contract. Behind the
    // last record nobody reads, so plain stores do; the two words at the ends are atomic, since a drain may look there.
    unsafe {
        let end = first.add(head.record_words());
        let mut to = first.add(1).cast_mut().cast::<u64>();
        to.cast::<[u64; 3]>().write(fixed);
        to = to.add(fixed.len());
        if head.kind == EventKind::Realloc {
            to.copy_from_nonoverlapping(record.old.as_ptr(), record.old.len());
            to = to.add(record.old.len());
        }
        if head.text_words > 0 {
            // The last word's padding.
            to.add(head.text_words - 1).write(0);
            to.cast::<u8>().copy_from_nonoverlapping(record.text.as_ptr(), record.text.len());
            to = to.add(head.text_words);
        }
        // A few frames mostly: a loop that is not made into a call of memcpy.
        for (index, &frame) in frames.iter().enumerate() {
            (*to.cast::<AtomicU64>().add(index)).store(frame, Relaxed);
        }
        (*end).store(0, Relaxed);
        (*first).store(head.to_word(), Release);
        own.has_recorded(end);
    }
}

#[inline]
pub(crate) fn quality(walked: Quality) -> StackQuality {
    match walked {
        Quality::Complete => StackQuality::Complete,
        Quality::Truncated => StackQuality::Truncated,
        Quality::Suspect => StackQuality::Suspect,
    }
}

/// As much of `text` as a record takes.
pub(crate) fn fitting(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
