//! The workloads under Dropscope with its `tracing` layer: idle, or recording where `DROPSCOPE_OUT` says so.

use tracing_subscriber::layer::SubscriberExt;

dropscope::attach!();

fn main() {
    let main_at_ns = dropscope_peers::monotonic_ns();
    let layer = dropscope::tracing::layer().operations(["request"]);
    if tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).is_err() {
        std::process::exit(1);
    }
    dropscope_peers::run_workload(main_at_ns);
}
