//! The workloads under dhat, as its documentation has it; the profile goes to `PEERS_OUT`.

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

fn main() {
    let main_at_ns = dropscope_peers::monotonic_ns();
    let out = std::env::var_os("PEERS_OUT").unwrap_or_else(|| "dhat-heap.json".into());
    let _profiler = dhat::Profiler::builder().file_name(out).build();
    dropscope_peers::run_workload(main_at_ns);
}
