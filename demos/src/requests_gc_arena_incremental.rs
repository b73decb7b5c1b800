//! The requests under a collector that works in small steps.

use crate::WorkloadOptions;
use crate::pace::Steps;
use crate::requests;
use crate::requests_gc_arena::Collected;

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    requests::drive::<Collected<Steps>>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    requests::print(options, outcome(options));
}
