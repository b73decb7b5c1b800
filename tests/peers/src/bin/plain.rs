//! The workloads under the system's allocator: nothing, and what heaptrack is put in front of.

#[global_allocator]
static ALLOC: std::alloc::System = std::alloc::System;

fn main() {
    dropscope_peers::run_workload(dropscope_peers::monotonic_ns());
}
