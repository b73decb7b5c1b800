//! The graph under a collector that works in small steps.

use crate::WorkloadOptions;
use crate::graph;
use crate::graph_gc_arena::Collected;
use crate::pace::Steps;

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    graph::drive::<Collected<Steps>>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    graph::print(options, outcome(options));
}
