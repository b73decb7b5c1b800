//! The workloads under Dropscope: idle, or recording where `DROPSCOPE_OUT` says so.

dropscope::attach!();

fn main() {
    dropscope_peers::run_workload(dropscope_peers::monotonic_ns());
}
