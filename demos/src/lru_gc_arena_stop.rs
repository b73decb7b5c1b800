//! The LRU cache under a collector that stops the world: nothing for a long time, then everything at once.

use dropscope::scope;
use gc_arena::metrics::Pacing;

use crate::WorkloadOptions;
use crate::lru::{self, Entries, Entry, Outcome};
use crate::lru_gc_arena::ArenaEntries;

/// Collected entries; a collection, once begun, runs to its end.
pub struct StopTheWorld(ArenaEntries);

impl Entries for StopTheWorld {
    fn with_slots(slots: usize) -> Self {
        Self(ArenaEntries::with_slots(slots, Pacing::STOP_THE_WORLD))
    }

    fn put(&mut self, slot: usize, entry: Entry) {
        self.0.put(slot, entry);
    }

    fn checksum(&self, slot: usize) -> u64 {
        self.0.checksum(slot)
    }

    fn end_of_request(&mut self) {
        if self.0.is_in_debt() {
            let _pause = scope!("gc: finish_cycle");
            self.0.arena.finish_cycle(); // marks all that is alive, releases all that is not
        }
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<StopTheWorld>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
