//! The requests under a collector that stops the world.

use crate::WorkloadOptions;
use crate::pace::Stop;
use crate::requests;
use crate::requests_gc_arena::Collected;

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    requests::drive::<Collected<Stop>>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    requests::print(options, outcome(options));
}
