//! The LRU cache workload: one cache, one driver; only who owns the entries differs.
//!
//! A service keeps the N entries that were used last. Keys come evenly from 2N, so about half of the requests find
//! their entry; each of the others makes a new entry and gives up the oldest one. The hash table and the list of what
//! was used when are plain Rust in every variant, so that a difference comes from the entries alone.

use dropscope::{operation, scope};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::io::{self, Write as _};

use crate::WorkloadOptions;

/// More entries than this are not made, whatever the options say; 16 million take about 2 GB.
pub const MAX_ENTRIES: usize = 1 << 24;

/// What a request is answered with: 64 bytes that depend on the key.
#[derive(Debug)]
pub struct Entry([u64; 8]);

impl Entry {
    /// The entry that belongs to `key`.
    pub fn of_key(key: u64) -> Self {
        let mut random = Random(key);
        Self(std::array::from_fn(|_| random.next_number()))
    }

    /// A number that depends on all 64 bytes.
    pub fn checksum(&self) -> u64 {
        self.0.iter().fold(0, |sum, word| sum.rotate_left(5) ^ word)
    }
}

/// Who owns the entries: the one thing in which the variants differ.
pub trait Entries {
    /// Room for `slots` entries, all empty.
    fn with_slots(slots: usize) -> Self;
    /// Puts `entry` into `slot`. What was there is not needed any more.
    fn put(&mut self, slot: usize, entry: Entry);
    /// The checksum of the entry in `slot`, 0 if it is empty.
    fn checksum(&self, slot: usize) -> u64;
    /// The moment at which a collector may work; the default has none.
    fn end_of_request(&mut self) {}
}

/// A result that every variant must reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Requests that found their entry.
    pub hits: u64,
    /// All checksums of all answers.
    pub checksum: u64,
}

/// A cache of the entries used last.
pub struct Cache<E> {
    // Fixed hash keys: the same run rehashes at the same requests every time.
    slot_of_key: HashMap<u64, usize, BuildHasherDefault<DefaultHasher>>,
    recency: Recency,
    entries: E,
}

impl<E: Entries> Cache<E> {
    /// A cache that holds the entries of the keys from 0 to `capacity`.
    pub fn filled(capacity: usize) -> Self {
        let mut cache = Self {
            slot_of_key: HashMap::default(), // grows by itself, as most do
            recency: Recency::with_slots(capacity),
            entries: E::with_slots(capacity),
        };
        for slot in 0..capacity {
            cache.store(slot, slot as u64);
            cache.entries.end_of_request();
        }
        cache
    }

    /// Answers one request: finds the entry of `key`, or makes it in place of the oldest one.
    pub fn request(&mut self, key: u64, outcome: &mut Outcome) {
        let slot = if let Some(&slot) = self.slot_of_key.get(&key) {
            outcome.hits += 1;
            self.recency.touch(slot, key);
            slot
        } else {
            let (slot, oldest_key) = self.recency.oldest();
            self.slot_of_key.remove(&oldest_key);
            self.store(slot, key);
            slot
        };
        outcome.checksum = outcome.checksum.rotate_left(1) ^ self.entries.checksum(slot);
        self.entries.end_of_request();
    }

    fn store(&mut self, slot: usize, key: u64) {
        self.entries.put(slot, Entry::of_key(key));
        self.slot_of_key.insert(key, slot);
        self.recency.touch(slot, key);
    }
}

/// Slots in the order of their last use: a ring of indexes, newest before `HEAD`, oldest after it.
struct Recency(Vec<Link>);

struct Link {
    key: u64,
    newer: usize,
    older: usize,
}

impl Recency {
    /// The fixed point of the ring; slot `n` is link `n + 1`.
    const HEAD: usize = 0;

    fn with_slots(slots: usize) -> Self {
        // Each link begins as a ring of its own, which makes the first `touch` no special case.
        Self((0..=slots).map(|link| Link { key: 0, newer: link, older: link }).collect())
    }

    fn oldest(&self) -> (usize, u64) {
        let oldest = self.0[Self::HEAD].newer;
        (oldest - 1, self.0[oldest].key)
    }

    fn touch(&mut self, slot: usize, key: u64) {
        let link = slot + 1;
        let Link { newer, older, .. } = self.0[link];
        self.0[newer].older = older;
        self.0[older].newer = newer;
        let newest = self.0[Self::HEAD].older;
        self.0[newest].newer = link;
        self.0[link] = Link { key, newer: Self::HEAD, older: newest };
        self.0[Self::HEAD].older = link;
    }
}

/// Random numbers that are the same everywhere (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The whole workload: fill, answer, drop.
pub fn drive<E: Entries>(options: &WorkloadOptions) -> Outcome {
    let capacity = options.entries.clamp(1, MAX_ENTRIES);
    let mut cache = {
        let _scope = scope!("fill the cache");
        Cache::<E>::filled(capacity)
    };
    let mut outcome = Outcome::default();
    {
        let _scope = scope!("answer requests");
        let mut random = Random(options.seed);
        let keys = 2 * capacity as u64;
        for _ in 0..options.operations {
            let _operation = operation!("request");
            cache.request(random.next_number() % keys, &mut outcome);
        }
    }
    {
        let _scope = scope!("drop the whole cache");
        let _operation = operation!("drop the whole cache");
        drop(cache);
    }
    outcome
}

/// Prints what must be the same for every variant.
pub fn print(options: &WorkloadOptions, outcome: Outcome) {
    let Outcome { hits, checksum } = outcome;
    // A reader of our output that went away is no reason to fail.
    let _ = writeln!(io::stdout(), "{hits} hits in {} requests, checksum {checksum:016x}", options.operations);
}
