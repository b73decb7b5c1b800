//! The hand-over of chunks between a program's threads and whoever drains, in every order that loom finds worth trying:
//! each event is read once, whole, and no chunk is ever held by two.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p dropscope --test hand_over`
//!
//! The free chunks and the decoder are the recorder's own. What stands here is the order of stores in `record.rs` and of
//! loads in `roster.rs` and `drain.rs`; the channel is a queue, since crossbeam's is not ours to check.
#![cfg(loom)]

#[path = "../src/free_chunks.rs"]
#[allow(dead_code, reason = "the module itself, without the rest of the crate")]
mod free_chunks;

/// What `free_chunks` is made of here.
mod atomics {
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
}

mod ring {
    pub(crate) const MOST_CHUNKS: u32 = 3;
}

use dropscope_format::ring::{ChunkDecoder, Clock, RecordHead, Words, chunk};
use dropscope_format::{EventBatch, EventKind, StackQuality, StackTree, TextTable};
use free_chunks::FreeChunks;
use loom::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use loom::sync::atomic::{AtomicBool, AtomicU64};
use loom::sync::{Arc, Mutex};
use loom::thread;
use std::collections::VecDeque;

const RECORD_WORDS: usize = 4;
const RECORDS_IN_CHUNK: usize = 2;
const WORDS: usize = chunk::RECORDS + RECORDS_IN_CHUNK * RECORD_WORDS + 1;

struct Chunk([AtomicU64; WORDS]);

impl Words for Chunk {
    fn acquire(&self, index: usize) -> u64 {
        self.0.get(index).map_or(0, |word| word.load(Acquire))
    }

    fn get(&self, index: usize) -> u64 {
        self.0.get(index).map_or(0, |word| word.load(Relaxed))
    }

    fn count(&self) -> usize {
        WORDS
    }
}

struct Shared {
    chunks: Vec<Chunk>,
    free: FreeChunks,
    full: Mutex<VecDeque<u32>>,
    slot: AtomicU64,
    next_sequence: AtomicU64,
}

impl Shared {
    fn new() -> Shared {
        let words = |_| Chunk(std::array::from_fn(|_| AtomicU64::new(0)));
        let shared = Shared {
            chunks: (0..ring::MOST_CHUNKS).map(words).collect(),
            free: FreeChunks::new(),
            full: Mutex::new(VecDeque::new()),
            slot: AtomicU64::new(0),
            next_sequence: AtomicU64::new(1),
        };
        (0..ring::MOST_CHUNKS).for_each(|number| shared.free.give(number));
        shared
    }

    /// As `try_take_chunk` and `begin_chunk`.
    fn take(&self) -> u32 {
        let number = loop {
            match self.free.take() {
                Some(number) => break number,
                None => thread::yield_now(),
            }
        };
        let words = &self.chunks[number as usize].0;
        words[chunk::RECORDS].store(0, Relaxed);
        words[chunk::THREAD].store(0, Relaxed);
        words[chunk::SEQUENCE].store(self.next_sequence.fetch_add(1, Relaxed), Release);
        self.slot.store(u64::from(number) + 1, Release);
        number
    }

    /// As `write`.
    fn write(&self, number: u32, index: usize, time: u64) {
        let words = &self.chunks[number as usize].0;
        let at = chunk::RECORDS + index * RECORD_WORDS;
        for (offset, value) in [(1, time), (2, time * 16), (3, time * 100)] {
            words[at + offset].store(value, Relaxed);
        }
        words[at + RECORD_WORDS].store(0, Relaxed);
        let head = RecordHead {
            kind: EventKind::Alloc,
            align_log2: 3,
            quality: StackQuality::Complete,
            kept_frames: 0,
            new_frames: 0,
            text_words: 0,
        };
        words[at].store(head.to_word(), Release);
    }

    /// As the first half of `next_chunk`.
    fn hand_over(&self, number: u32) {
        self.slot.store(0, Release);
        self.full.lock().unwrap().push_back(number);
    }
}

#[derive(Default)]
struct Drain {
    progress: Vec<(u64, ChunkDecoder)>,
    stacks: StackTree,
    texts: TextTable,
    told: Vec<u64>,
}

impl Drain {
    /// As `pass`.
    fn pass(&mut self, shared: &Shared) {
        let current = (shared.slot.load(Acquire) as u32).checked_sub(1).map(|number| {
            let sequence = shared.chunks[number as usize].0[chunk::SEQUENCE].load(Acquire);
            (number, sequence)
        });
        let waiting = shared.full.lock().unwrap().len();
        for _ in 0..waiting {
            let number = shared.full.lock().unwrap().pop_front().unwrap();
            self.read(shared, number, true);
        }
        if let Some((number, sequence)) = current
            && shared.chunks[number as usize].0[chunk::SEQUENCE].load(Acquire) == sequence
        {
            self.read(shared, number, false);
        }
    }

    /// As `read` and `flush`.
    fn read(&mut self, shared: &Shared, number: u32, is_whole: bool) {
        let words = &shared.chunks[number as usize];
        let sequence = words.0[chunk::SEQUENCE].load(Acquire);
        if sequence == 0 {
            return;
        }
        self.progress.resize_with(ring::MOST_CHUNKS as usize, Default::default);
        let (life, decoder) = &mut self.progress[number as usize];
        if *life != sequence {
            *life = sequence;
            decoder.restart();
        }
        let mut batch = EventBatch::default();
        decoder.decode(words, &Clock::nanoseconds(0), &mut self.stacks, &mut self.texts, &mut batch);
        for event in &batch.events {
            assert_eq!((event.address, event.size_bytes), (event.time_ns * 16, event.time_ns * 100), "a whole record");
            self.told.push(event.time_ns);
        }
        if is_whole {
            words.0[chunk::SEQUENCE].store(0, Release);
            shared.free.give(number);
        }
    }
}

fn model(preemptions: usize, check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(check);
}

#[test]
fn each_event_is_read_once_and_whole() {
    // More than fit the chunks at once.
    const EVENTS: u64 = 7;
    model(2, || {
        let shared = Arc::new(Shared::new());
        let is_done = Arc::new(AtomicBool::new(false));
        let program = {
            let (shared, is_done) = (Arc::clone(&shared), Arc::clone(&is_done));
            thread::spawn(move || {
                let mut number = shared.take();
                for event in 0..EVENTS {
                    let index = event as usize % RECORDS_IN_CHUNK;
                    if event > 0 && index == 0 {
                        shared.hand_over(number);
                        number = shared.take();
                    }
                    shared.write(number, index, event + 1);
                }
                is_done.store(true, Release);
            })
        };
        let mut drain = Drain::default();
        while !is_done.load(Acquire) {
            drain.pass(&shared);
            // The program may be waiting for what this pass has given back.
            thread::yield_now();
        }
        program.join().unwrap();
        drain.pass(&shared);
        assert_eq!(drain.told, (1..=EVENTS).collect::<Vec<_>>());
    });
}

#[test]
fn no_chunk_is_held_by_two() {
    model(3, || {
        let free = Arc::new(FreeChunks::new());
        let held: Arc<Vec<AtomicU64>> = Arc::new((0..ring::MOST_CHUNKS).map(|_| AtomicU64::new(0)).collect());
        (0..ring::MOST_CHUNKS).for_each(|number| free.give(number));
        let takers: Vec<_> = (0..2)
            .map(|_| {
                let (free, held) = (Arc::clone(&free), Arc::clone(&held));
                thread::spawn(move || {
                    let take = || {
                        let number = free.take()?;
                        assert_eq!(held[number as usize].fetch_add(1, Relaxed), 0, "chunk {number} held twice");
                        Some(number)
                    };
                    let give = |number: u32| {
                        held[number as usize].fetch_sub(1, Relaxed);
                        free.give(number);
                    };
                    // Two at once, and the first comes back first: what stood below it is not there any more.
                    let (first, second) = (take(), take());
                    first.into_iter().for_each(give);
                    let third = take();
                    second.into_iter().chain(third).for_each(give);
                })
            })
            .collect();
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        let mut left: Vec<u32> = std::iter::from_fn(|| free.take()).collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2]);
    });
}
