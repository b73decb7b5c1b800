//! The LRU cache whose slots own their entries: an entry is released the moment its slot gets another one.

use crate::WorkloadOptions;
use crate::lru::{self, Entries, Entry, Outcome};

/// One box on the heap for each entry.
pub struct OwnedEntries {
    slots: Vec<Option<Box<Entry>>>,
}

impl Entries for OwnedEntries {
    fn with_slots(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| None).collect() }
    }

    fn put(&mut self, slot: usize, entry: Entry) {
        self.slots[slot] = Some(Box::new(entry)); // the old box is released here
    }

    fn checksum(&self, slot: usize) -> u64 {
        self.slots[slot].as_ref().map_or(0, |entry| entry.checksum())
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<OwnedEntries>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
