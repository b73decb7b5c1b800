//! The LRU cache under a collector that works in small steps: no long pause, but more memory and slower requests.

use dropscope::scope;
use gc_arena::metrics::Pacing;

use crate::WorkloadOptions;
use crate::lru::{self, Entries, Entry, Outcome};
use crate::lru_gc_arena::ArenaEntries;

/// Collected entries; a request that makes an entry also pays for a little of the collection.
pub struct Incremental(ArenaEntries);

impl Entries for Incremental {
    fn with_slots(slots: usize) -> Self {
        Self(ArenaEntries::with_slots(slots, Pacing::DEFAULT))
    }

    fn put(&mut self, slot: usize, entry: Entry) {
        self.0.put(slot, entry);
    }

    fn checksum(&self, slot: usize) -> u64 {
        self.0.checksum(slot)
    }

    fn end_of_request(&mut self) {
        if self.0.is_in_debt() {
            let _step = scope!("gc-step: collect_debt");
            self.0.arena.collect_debt(); // marks or releases a few objects, then goes on later
        }
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<Incremental>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
