//! The ring of one recording: the mapping, its words, and how it grows.
#![allow(unsafe_code, reason = "words of a shared mapping")]

use crate::output::{Identity, KeptFile};
use crate::sys::{self, memory, signals};
use dropscope_format::ring::{
    CHUNK_BYTES, CHUNK_WORDS, Clock, DATA_OFFSET, HEADER_BYTES, RING_MAGIC, SLOT_COUNT, SLOT_WORDS, header,
};
use dropscope_format::{LostCause, process_start};
use std::path::PathBuf;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, Release};

/// Chunks at the start: 16 MiB.
pub(crate) const FIRST_CHUNKS: u32 = 256;
/// Chunks beside those that living threads hold, so that full ones can wait for the writer while others are filled.
pub(crate) const RESERVED_CHUNKS: u32 = 64;
/// Chunks that are added at once.
const MORE_CHUNKS: u32 = 64;
/// As many as there can ever be use for.
pub(crate) const MOST_CHUNKS: u32 = SLOT_COUNT as u32 + FIRST_CHUNKS;

const HEADER_WORDS: usize = HEADER_BYTES / 8;

/// The mapping. All of it that may ever be used is mapped at once, so that no address changes when the file grows;
/// beyond the file's end nothing is touched. Forked children do not have it.
pub(crate) struct Ring {
    base: NonNull<u8>,
    mapped_bytes: usize,
    /// Where its file is and which, if it has one.
    place: Option<(PathBuf, Identity)>,
    most_chunks: u32,
}

// SAFETY: the words are only used as atomics, or by the one thread that holds their chunk.
unsafe impl Send for Ring {}
// SAFETY: as above.
unsafe impl Sync for Ring {}

impl Ring {
    /// The ring in `file`; in memory of the process's own where that cannot be had (the sentence says why): then a
    /// killed program takes its last events with it.
    pub(crate) fn map(file: Option<&mut KeptFile>) -> Result<(Ring, Option<String>), std::io::Error> {
        let reason = match file {
            Some(file) => match Ring::map_file(file) {
                Ok(ring) => return Ok((ring, None)),
                Err(error) => {
                    signals::discard_if_file_size(&error);
                    error.to_string()
                }
            },
            None => "it cannot be made".to_owned(),
        };
        let mapped_bytes = bytes_of(MOST_CHUNKS);
        let base = memory::map_private(mapped_bytes).ok_or_else(std::io::Error::last_os_error)?;
        // SAFETY: the mapping just made.
        unsafe { memory::hide_from_children(base, mapped_bytes) };
        Ok((Ring { base, mapped_bytes, place: None, most_chunks: MOST_CHUNKS }, Some(reason)))
    }

    fn map_file(kept: &mut KeptFile) -> Result<Ring, std::io::Error> {
        let path = kept.path().to_owned();
        let file = kept.get()?;
        sys::allocate(file, 0, bytes_of(FIRST_CHUNKS) as u64)?;
        // A limit on address space may leave room for no more than the beginning.
        let (base, chunks) = [MOST_CHUNKS, FIRST_CHUNKS]
            .into_iter()
            .find_map(|chunks| Some((memory::map_shared(file, bytes_of(chunks))?, chunks)))
            .ok_or_else(std::io::Error::last_os_error)?;
        let mapped_bytes = bytes_of(chunks);
        // SAFETY: the mapping just made.
        unsafe { memory::hide_from_children(base, mapped_bytes) };
        let place = (path, Identity::of(file)?);
        Ok(Ring { base, mapped_bytes, place: Some(place), most_chunks: chunks })
    }

    /// Fills the header in; from here on a reader knows the ring.
    pub(crate) fn announce(&self, clock: Clock, recording_id: u64) {
        let pid = sys::process_id();
        self.set_clock(clock);
        for (index, value) in [
            (header::CHUNK_COUNT, u64::from(FIRST_CHUNKS)),
            (header::PID, u64::from(pid)),
            (header::PROCESS_START, process_start(pid).unwrap_or(0)),
            (header::RECORDING_ID, recording_id),
            (header::STATE, 1),
        ] {
            self.header(index).store(value, Relaxed);
        }
        self.header(header::MAGIC).store(RING_MAGIC, Release);
    }

    /// How a reader gets ns from ticks.
    pub(crate) fn set_clock(&self, clock: Clock) {
        self.header(header::CLOCK_START).store(clock.start, Relaxed);
        self.header(header::CLOCK_MULTIPLIER).store(clock.multiplier, Relaxed);
        self.header(header::CLOCK_SHIFT).store(u64::from(clock.shift), Relaxed);
    }

    /// Word `index` of the header.
    #[inline]
    pub(crate) fn header(&self, index: usize) -> &AtomicU64 {
        self.word(index.min(HEADER_WORDS - 1))
    }

    /// The words of thread slot `index`.
    #[inline]
    pub(crate) fn slot(&self, index: usize) -> &[AtomicU64; SLOT_WORDS] {
        let first = self.word(HEADER_WORDS + index.min(SLOT_COUNT - 1) * SLOT_WORDS);
        // SAFETY: a slot's words follow each other, and the last slot's end is DATA_OFFSET, which is mapped.
        unsafe { &*std::ptr::from_ref(first).cast() }
    }

    /// The words of chunk `number`; none where there is no such chunk (yet).
    #[inline]
    pub(crate) fn chunk(&self, number: u32) -> Option<&[AtomicU64]> {
        if number >= self.chunk_count() {
            return None;
        }
        let first = self.word((DATA_OFFSET + number as usize * CHUNK_BYTES) / 8);
        // SAFETY: the chunk lies below the count, so it is mapped and the file has it.
        Some(unsafe { std::slice::from_raw_parts(first, CHUNK_WORDS) })
    }

    /// How many chunks there are.
    pub(crate) fn chunk_count(&self) -> u32 {
        (self.header(header::CHUNK_COUNT).load(Relaxed) as u32).min(self.most_chunks)
    }

    /// Counts events that are lost.
    pub(crate) fn count_lost(&self, cause: LostCause, events: u64) {
        self.header(header::LOST + cause as usize).fetch_add(events, Relaxed);
    }

    /// Adds chunks; gives the numbers of the new ones, none where there is no room or no disk space. `file` is the
    /// ring's, if it has one.
    pub(crate) fn grow(&self, file: Option<&mut KeptFile>) -> std::ops::Range<u32> {
        let count = self.chunk_count();
        let wanted = (count + MORE_CHUNKS).min(self.most_chunks);
        let from = bytes_of(count) as u64;
        let more = |file: &mut KeptFile| sys::allocate(file.get()?, from, bytes_of(wanted) as u64 - from);
        let is_there = match (&self.place, file) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(file)) => more(file).inspect_err(signals::discard_if_file_size).is_ok(),
        };
        if !is_there || wanted == count {
            return count..count;
        }
        self.header(header::CHUNK_COUNT).store(u64::from(wanted), Release);
        count..wanted
    }

    /// Makes the pages of these chunks ready to be written.
    pub(crate) fn prefault(&self, chunks: std::ops::Range<u32>) {
        let end = chunks.end.min(self.chunk_count());
        if chunks.start < end {
            // SAFETY: these chunks are mapped and the file has them.
            unsafe {
                let first = self.base.add(DATA_OFFSET + chunks.start as usize * CHUNK_BYTES);
                memory::prefault(first, (end - chunks.start) as usize * CHUNK_BYTES);
            }
        }
    }

    /// Everything that is in the ring is also in the file: removes it. Threads may go on using the mapping.
    pub(crate) fn retire(&self) {
        self.header(header::STATE).store(2, Release);
        if let Some((path, identity)) = &self.place
            && Identity::at(path).is_ok_and(|found| found == *identity)
        {
            // If it cannot be removed, its state says that nothing in it is needed.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Bytes of memory in use.
    pub(crate) fn used_bytes(&self) -> u64 {
        bytes_of(self.chunk_count()) as u64
    }

    #[inline]
    fn word(&self, index: usize) -> &AtomicU64 {
        // SAFETY: private, and every caller bounds the index by what is mapped and in the file.
        unsafe { self.base.cast::<AtomicU64>().add(index).as_ref() }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: mapped by `map`; whoever drops the ring knows that no thread is inside the hook with it.
        unsafe { memory::unmap(self.base, self.mapped_bytes) };
    }
}

fn bytes_of(chunks: u32) -> usize {
    DATA_OFFSET + chunks as usize * CHUNK_BYTES
}
