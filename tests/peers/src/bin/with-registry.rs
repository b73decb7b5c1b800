//! The workloads as `with-spans` has them, without the layer: what a `tracing` registry costs whoever listens to it.

dropscope::attach!();

fn main() {
    let main_at_ns = dropscope_peers::monotonic_ns();
    if tracing::subscriber::set_global_default(tracing_subscriber::registry()).is_err() {
        std::process::exit(1);
    }
    dropscope_peers::run_workload(main_at_ns);
}
