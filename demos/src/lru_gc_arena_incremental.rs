//! The LRU cache under a collector that works in small steps: no long pause, but more memory and slower requests.

use crate::WorkloadOptions;
use crate::lru::{self, Outcome};
use crate::lru_gc_arena::ArenaEntries;
use crate::pace::Steps;

/// Collected entries; a request that makes an entry also pays for a little of the collection.
pub type Incremental = ArenaEntries<Steps>;

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> Outcome {
    lru::drive::<Incremental>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    lru::print(options, outcome(options));
}
