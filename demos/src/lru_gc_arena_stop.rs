//! The LRU cache under a collector that stops the world: nothing for a long time, then everything at once.

use crate::WorkloadOptions;
use crate::lru::{self, Outcome};
use crate::lru_gc_arena::ArenaEntries;
use crate::pace::Stop;

/// Collected entries; a collection, once begun, runs to its end.
pub type StopTheWorld = ArenaEntries<Stop>;

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<StopTheWorld>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
