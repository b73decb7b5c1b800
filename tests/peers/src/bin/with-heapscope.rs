//! The workloads under heapscope, as its documentation has it; the profile goes to `PEERS_OUT`. Built with frame
//! pointers.

#[global_allocator]
static ALLOC: heapscope::Alloc = heapscope::Alloc::system();

fn main() {
    let main_at_ns = dropscope_peers::monotonic_ns();
    let out = std::env::var_os("PEERS_OUT").unwrap_or_else(|| "heapscope-heap.json".into());
    let profiler = heapscope::Profiler::builder().output(heapscope::Output::dhat_v2(out)).build();
    if let Err(error) = &profiler {
        eprintln!("heapscope: {error}");
        std::process::exit(1);
    }
    dropscope_peers::run_workload(main_at_ns);
}
