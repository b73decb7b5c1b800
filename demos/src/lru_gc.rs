//! The LRU cache under a classic collector: the crate `gc`, which marks and sweeps everything at once.
#![allow(unsafe_code, reason = "deriving `Trace` implements an unsafe trait; the derive sees to its contract")]
#![allow(non_local_definitions, reason = "the derive is older than this lint")]

use gc::{Finalize, Gc, Trace};

use crate::WorkloadOptions;
use crate::classic::Classic;
use crate::lru::{self, Entries, Entry, Outcome};

/// An entry that the collector owns. There is nothing in it to be traced.
#[derive(Trace, Finalize)]
struct Collected(#[unsafe_ignore_trace] Entry);

/// Collected entries. Each slot is a root of its own, so nothing but the entries has to be looked at.
pub struct ClassicEntries {
    slots: Vec<Option<Gc<Collected>>>,
    collector: Classic,
}

impl Entries for ClassicEntries {
    fn with_slots(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| None).collect(), collector: Classic::new() }
    }

    fn put(&mut self, slot: usize, entry: Entry) {
        self.slots[slot] = Some(Gc::new(Collected(entry))); // the old one is only forgotten
    }

    fn checksum(&self, slot: usize) -> u64 {
        self.slots[slot].as_ref().map_or(0, |entry| entry.0.checksum())
    }

    fn end_of_request(&mut self) {
        self.collector.end_of_request();
    }
}

impl Drop for ClassicEntries {
    fn drop(&mut self) {
        self.slots.clear();
        self.collector.collect(); // or they would be there until the thread ends
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<ClassicEntries>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
