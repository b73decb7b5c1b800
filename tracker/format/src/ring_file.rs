//! The ring as a reader from outside sees it: what a killed program left there, or a running one has not yet handed on.

use crate::event::EventBatch;
use crate::ids::{ChunkSequence, ThreadId};
use crate::info::{LOST_CAUSES, Status, Thread};
use crate::reader::read_up_to;
use crate::ring::{
    CHUNK_BYTES, CHUNK_WORDS, ChunkDecoder, Clock, DATA_OFFSET, HEADER_BYTES, RING_MAGIC, SLOT_COUNT, SLOT_WORDS,
    Texts, chunk, header, name_from_words, process_start, ring_path, slot,
};
use crate::stack_tree::StackTree;
use std::fs::File;
use std::path::Path;

/// Thread slots read at once.
const SLOTS_AT_ONCE: usize = 128;

/// A ring file, opened for reading.
pub struct RingFile {
    file: File,
    header: Vec<u64>,
}

impl RingFile {
    /// Opens the ring beside `recording`; none where there is none, or it is not a ring, or of another recording.
    pub fn open(recording: &Path, recording_id: u64) -> Option<RingFile> {
        let file = File::open(ring_path(recording)).ok()?;
        let header = read_words(&file, 0, HEADER_BYTES / 8);
        let word = |index: usize| header.get(index).copied().unwrap_or(0);
        let fits = word(header::MAGIC) == RING_MAGIC && word(header::RECORDING_ID) == recording_id;
        fits.then_some(RingFile { file, header })
    }

    fn word(&self, index: usize) -> u64 {
        self.header.get(index).copied().unwrap_or(0)
    }

    /// Process id of the recorded program.
    pub fn pid(&self) -> u32 {
        self.word(header::PID) as u32
    }

    /// Whether the process that writes to the ring still runs.
    pub fn process_is_alive(&self) -> bool {
        process_start(self.pid()) == Some(self.word(header::PROCESS_START))
    }

    /// Whether the writer has put everything into the file.
    pub fn is_finished(&self) -> bool {
        self.word(header::STATE) == 2
    }

    /// Ticks to ns.
    pub fn clock(&self) -> Clock {
        Clock {
            start: self.word(header::CLOCK_START),
            multiplier: self.word(header::CLOCK_MULTIPLIER).max(1),
            shift: self.word(header::CLOCK_SHIFT) as u32 & 63,
        }
    }

    /// The recorder's state as the ring has it.
    pub fn status(&self) -> Status {
        let mut status = Status {
            waits: self.word(header::WAITS),
            waited_ns: self.clock().ns(self.word(header::WAITED_TICKS).saturating_add(self.clock().start)),
            overhead_bytes: self.word(header::OVERHEAD_BYTES),
            complete_stacks: self.word(header::ENDED_STACKS),
            truncated_stacks: self.word(header::ENDED_STACKS + 1),
            suspect_stacks: self.word(header::ENDED_STACKS + 2),
            different_stacks: self.word(header::DIFFERENT_STACKS),
            lost_events: [0; LOST_CAUSES],
        };
        for (index, lost) in status.lost_events.iter_mut().enumerate() {
            *lost = self.word(header::LOST + index);
        }
        for words in self.slots() {
            let word = |index: usize| words.get(index).copied().unwrap_or(0);
            status.complete_stacks = status.complete_stacks.saturating_add(word(slot::STACKS));
            status.truncated_stacks = status.truncated_stacks.saturating_add(word(slot::STACKS + 1));
            status.suspect_stacks = status.suspect_stacks.saturating_add(word(slot::STACKS + 2));
        }
        status.bounded()
    }

    /// Threads that were in the ring.
    pub fn threads(&self) -> Vec<Thread> {
        self.slots()
            .map(|words| {
                let word = |index: usize| words.get(index).copied().unwrap_or(0);
                Thread {
                    thread: ThreadId(word(slot::THREAD) as u32),
                    os_id: word(slot::OS_ID) as u32,
                    name: name_from_words([word(slot::NAME), word(slot::NAME + 1)]),
                    ended: false,
                }
            })
            .collect()
    }

    /// The slots in use. Read in pieces: most of the table is empty, and what is empty needs no memory.
    fn slots(&self) -> impl Iterator<Item = Vec<u64>> + '_ {
        let pieces = (0..SLOT_COUNT).step_by(SLOTS_AT_ONCE).map(|first| {
            let at = HEADER_BYTES + first * SLOT_WORDS * 8;
            read_words(&self.file, at as u64, SLOTS_AT_ONCE * SLOT_WORDS)
        });
        pieces.flat_map(|words| {
            let used: Vec<Vec<u64>> =
                words.chunks(SLOT_WORDS).filter(|slot| slot.first() == Some(&1)).map(<[u64]>::to_vec).collect();
            used
        })
    }

    /// Every chunk that is in use, oldest first, from the word that `read_to` names for it on; `take` gets each batch.
    /// Only for a process that is dead: the chunks of a living one change while they are read.
    pub fn drain(
        &self,
        tree: &mut StackTree,
        texts: &mut dyn Texts,
        read_to: impl Fn(ChunkSequence) -> u32,
        mut take: impl FnMut(&mut EventBatch),
    ) {
        let clock = self.clock();
        let file_bytes = self.file.metadata().map_or(0, |metadata| metadata.len());
        let present = file_bytes.saturating_sub(DATA_OFFSET as u64) / CHUNK_BYTES as u64;
        let mut order: Vec<(u64, u64)> = Vec::new();
        for index in 0..present.min(self.word(header::CHUNK_COUNT)) {
            let head = read_words(&self.file, chunk_offset(index), chunk::RECORDS);
            match head.first() {
                Some(&sequence) if sequence != 0 => order.push((sequence, index)),
                _ => {}
            }
        }
        order.sort_unstable();
        let mut decoder = ChunkDecoder::default();
        let mut batch = EventBatch::default();
        for (sequence, index) in order {
            let words = read_words(&self.file, chunk_offset(index), CHUNK_WORDS);
            decoder.restart();
            // Stacks build on the record before, so what the file already has is decoded, too, and dropped.
            let known = words.get(..read_to(ChunkSequence(sequence)) as usize).unwrap_or(&words);
            decoder.decode(known, &clock, tree, texts, &mut batch);
            batch.clear();
            batch.chunk = ChunkSequence(sequence);
            batch.thread = ThreadId(words.get(chunk::THREAD).copied().unwrap_or(0) as u32);
            batch.chunk_done = true;
            decoder.decode(words.as_slice(), &clock, tree, texts, &mut batch);
            if !batch.events.is_empty() {
                take(&mut batch);
            }
        }
    }
}

fn chunk_offset(index: u64) -> u64 {
    DATA_OFFSET as u64 + index * CHUNK_BYTES as u64
}

fn read_words(file: &File, at: u64, count: usize) -> Vec<u64> {
    let mut bytes = Vec::new();
    // What cannot be read counts as empty: the caller sees fewer words.
    let _ = read_up_to(file, at, count * 8, &mut bytes);
    bytes.chunks_exact(8).map(|word| word.try_into().map_or(0, u64::from_ne_bytes)).collect()
}
