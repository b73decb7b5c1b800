//! What a killed program leaves: events in the file, in the ring, and in both, are given once each.

use crate::support::{RECORDING_ID, read};
use dropscope_format::ring::{CHUNK_BYTES, CHUNK_WORDS, DATA_OFFSET, RING_MAGIC, RecordHead, chunk, header, slot};
use dropscope_format::{
    ChunkSequence, Encoder, EndKind, EventBatch, EventKind, FinalizeError, StackQuality, StackTree, State, TextTable,
    ThreadId, finalize, process_start, ring_path,
};
use std::path::{Path, PathBuf};

/// A ring of `chunks` chunks as a tracker would leave it.
struct Ring {
    words: Vec<u64>,
}

impl Ring {
    fn new(chunks: usize, pid: u64, start: u64) -> Ring {
        let mut words = vec![0; (DATA_OFFSET + chunks * CHUNK_BYTES) / 8];
        words[header::MAGIC] = RING_MAGIC;
        words[header::CHUNK_COUNT] = chunks as u64;
        words[header::PID] = pid;
        words[header::PROCESS_START] = start;
        words[header::RECORDING_ID] = RECORDING_ID;
        words[header::CLOCK_MULTIPLIER] = 1;
        words[header::STATE] = 1;
        let first_slot = 4096 / 8;
        words[first_slot + slot::STATE] = 1;
        words[first_slot + slot::THREAD] = 4;
        words[first_slot + slot::OS_ID] = 99;
        words[first_slot + slot::NAME] = u64::from_le_bytes(*b"worker\0\0");
        Ring { words }
    }

    fn chunk(&mut self, index: usize) -> &mut [u64] {
        let at = (DATA_OFFSET + index * CHUNK_BYTES) / 8;
        &mut self.words[at..at + CHUNK_WORDS]
    }

    /// Fills the chunk with allocations whose sizes count up from `first_size`; returns the word behind each record.
    fn fill(&mut self, index: usize, sequence: u64, first_size: u64, records: usize) -> Vec<u32> {
        let words = self.chunk(index);
        words[chunk::SEQUENCE] = sequence;
        words[chunk::THREAD] = 4;
        let mut at = chunk::RECORDS;
        let mut ends = Vec::new();
        for number in 0..records {
            // The outer frame is kept from the second record on.
            let kept_frames = usize::from(number > 0);
            let frames: &[u64] = if number == 0 { &[0x100, 0x200] } else { &[0x300 + number as u64] };
            let head = RecordHead {
                kind: EventKind::Alloc,
                align_log2: 3,
                quality: StackQuality::Complete,
                kept_frames,
                new_frames: frames.len(),
                text_words: 0,
            };
            words[at] = head.to_word();
            words[at + 1] = sequence * 1000 + number as u64;
            words[at + 2] = 0x7000_0000 + number as u64 * 64;
            words[at + 3] = first_size + number as u64;
            words[at + 4..at + 4 + frames.len()].copy_from_slice(frames);
            at += head.record_words();
            ends.push(at as u32);
        }
        words[at] = 0;
        ends
    }

    fn write(&self, recording: &Path) {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        std::fs::write(ring_path(recording), bytes).unwrap();
    }
}

fn recording_path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("dropscope-ring-{}-{name}.dscope", std::process::id()))
}

/// A file that holds the first three events of chunk 8 and nothing of chunk 9, both in the ring with five and two.
fn killed(name: &str, pid: u64, start: u64) -> PathBuf {
    let mut ring = Ring::new(3, pid, start);
    let ends = ring.fill(0, 8, 10, 5);
    ring.fill(2, 9, 20, 2);
    let (mut stacks, mut texts) = (StackTree::new(), TextTable::default());
    let mut decoder = dropscope_format::ring::ChunkDecoder::default();
    let mut batch = EventBatch { thread: ThreadId(4), chunk: ChunkSequence(8), ..EventBatch::default() };
    decoder.restart();
    let clock = dropscope_format::ring::Clock::nanoseconds(0);
    let words = ring.chunk(0)[..ends[2] as usize].to_vec();
    decoder.decode(words.as_slice(), &clock, &mut stacks, &mut texts, &mut batch);
    assert_eq!(batch.events.len(), 3);
    let mut encoder = Encoder::new();
    encoder.file_header(RECORDING_ID);
    encoder.process(&crate::support::process());
    encoder.events(&batch, &stacks, &texts);
    // The writer was killed inside a write: half a block at the end.
    let whole = encoder.out.len();
    encoder.events(&batch, &stacks, &texts);
    let path = recording_path(name);
    std::fs::write(&path, &encoder.out[..whole + 25]).unwrap();
    ring.write(&path);
    path
}

fn sizes(path: &Path) -> (Vec<u64>, Vec<Vec<u64>>, State) {
    let read = read(path);
    let sizes = read.told.iter().map(|told| told.event.size_bytes).collect();
    (sizes, read.told.into_iter().map(|told| told.frames).collect(), read.state)
}

#[test]
fn file_and_ring_are_one_and_each_event_comes_once() {
    let path = killed("killed", 0, 0);
    let (found, frames, state) = sizes(&path);
    assert_eq!(found, [10, 11, 12, 13, 14, 20, 21]);
    assert_eq!(frames[0], [0x200, 0x100]);
    assert_eq!(frames[4], [0x304, 0x100], "the stack goes on from records that the file already had");
    assert_eq!(state, State::Cut);
    let read = read(&path);
    assert_eq!(read.damaged, (0, 0), "what the kill cut in the file is whole in the ring");
    assert_eq!(read.threads.last().map(|thread| (thread.name.as_str(), thread.os_id)), Some(("worker", 99)));
}

#[test]
fn finalize_makes_one_whole_file_of_the_two() {
    let path = killed("finalize", 0, 0);
    finalize(&path, EndKind::Killed(9)).unwrap();
    assert!(!ring_path(&path).exists());
    let (found, frames, state) = sizes(&path);
    assert_eq!(found, [10, 11, 12, 13, 14, 20, 21]);
    assert_eq!(frames[4], [0x304, 0x100]);
    assert!(matches!(state, State::Ended(end) if end.kind == EndKind::Killed(9) && end.time_ns == 9001));
    assert_eq!(read(&path).damaged, (0, 0), "the half block is gone");
    finalize(&path, EndKind::Orderly).unwrap();
    assert_eq!(sizes(&path).0.len(), 7, "a second call changes nothing");
}

#[test]
fn a_living_process_is_followed_and_not_finalized() {
    let pid = std::process::id();
    let path = killed("alive", u64::from(pid), process_start(pid).unwrap());
    let (found, _, state) = sizes(&path);
    assert_eq!(found, [10, 11, 12]);
    assert_eq!(state, State::Following);
    assert!(matches!(finalize(&path, EndKind::Orderly), Err(FinalizeError::Running)));
}

#[test]
fn a_ring_of_another_run_is_left_alone() {
    let path = killed("other", 0, 0);
    let ring = ring_path(&path);
    let mut bytes = std::fs::read(&ring).unwrap();
    bytes[header::RECORDING_ID * 8] ^= 1;
    std::fs::write(&ring, bytes).unwrap();
    assert_eq!(sizes(&path).0, [10, 11, 12]);
}

#[test]
fn a_ring_full_of_rubbish_does_no_harm() {
    let path = killed("rubbish", 0, 0);
    let mut random = crate::support::Random(3);
    let mut bytes = std::fs::read(ring_path(&path)).unwrap();
    for _ in 0..200_000 {
        let at = DATA_OFFSET + random.below((bytes.len() - DATA_OFFSET) as u64) as usize;
        bytes[at] = random.next() as u8;
    }
    std::fs::write(ring_path(&path), bytes).unwrap();
    let (found, _, state) = sizes(&path);
    assert_eq!(found[..3], [10, 11, 12]);
    assert_eq!(state, State::Cut);
}
