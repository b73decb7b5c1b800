//! What the tracker costs on this machine: ns per event without it, idle and recording, by stack depth.
//!
//! `cargo run --release -p dropscope --example cost`
#![allow(unsafe_code, reason = "calls allocators directly")]

use dropscope::{Config, Recording, Tracker};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::time::Instant;

#[global_allocator]
static TRACKED: Tracker<System> = Tracker::system();

const ROUNDS: usize = 9;
const PAIRS: u64 = 200_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("dropscope-cost-{}.dscope", std::process::id()));
    println!(
        "{:>6} {:>16} {:>8} {:>6} {:>10} {:>6} {:>6} | {:>9} {:>6}",
        "depth", "workload", "without", "idle", "recording", "added", "ratio", "all added", "wall"
    );
    for depth in [1, 12, 40] {
        for (name, work) in [("alloc + free", pairs as Work), ("changing callers", callers), ("realloc", growth)] {
            row(depth, name, work, &path)?;
        }
    }
    println!("CPU ns of the program's thread per event (an alloc, a realloc or a free), medians of {ROUNDS};");
    println!(
        "then what is added: CPU ns of the whole process, writer included, and wall ns, waiting for the writer included"
    );
    std::fs::remove_file(&path)?;
    Ok(())
}

type Work = fn(&dyn GlobalAlloc) -> u64;

/// ns per event.
#[derive(Clone, Copy)]
struct Cost {
    thread: f64,
    process: f64,
    wall: f64,
}

fn row(depth: u32, name: &str, work: Work, path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut results: [Vec<Cost>; 3] = Default::default();
    for _ in 0..ROUNDS {
        results[0].push(measure(depth, work, &System));
        results[1].push(measure(depth, work, &TRACKED));
        let recording = Recording::start(&Config::new(path))?;
        // The ring's pages are made when they are first used, which a program of any length does once.
        measure(depth, work, &TRACKED);
        results[2].push(measure(depth, work, &TRACKED));
        recording.stop();
    }
    let median = |of: fn(&Cost) -> f64| results.each_ref().map(|costs| median(costs.iter().map(of)));
    let [without, idle, recording] = median(|cost| cost.thread);
    let process = median(|cost| cost.process);
    let wall = median(|cost| cost.wall);
    println!(
        "{depth:>6} {name:>16} {without:>8.1} {idle:>6.1} {recording:>10.1} {:>6.1} {:>6.1} | {:>9.1} {:>6.1}",
        recording - without,
        recording / without,
        process[2] - process[0],
        wall[2] - wall[0]
    );
    Ok(())
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn measure(depth: u32, work: Work, allocator: &dyn GlobalAlloc) -> Cost {
    if depth > 1 {
        return black_box(measure(black_box(depth - 1), work, allocator));
    }
    let now = || (cpu_ns(libc::CLOCK_THREAD_CPUTIME_ID), cpu_ns(libc::CLOCK_PROCESS_CPUTIME_ID), Instant::now());
    let begun = now();
    let events = work(allocator) as f64;
    let ended = now();
    Cost {
        thread: (ended.0 - begun.0) as f64 / events,
        process: (ended.1 - begun.1) as f64 / events,
        wall: (ended.2 - begun.2).as_nanos() as f64 / events,
    }
}

fn cpu_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a place of its own.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

const LAYOUT: Layout = Layout::new::<[u64; 6]>();

/// The same place in the code all the time: what the thread's last stack saves is most here.
fn pairs(allocator: &dyn GlobalAlloc) -> u64 {
    for _ in 0..PAIRS {
        // SAFETY: allocated here and released here.
        unsafe {
            let block = black_box(allocator.alloc(LAYOUT));
            allocator.dealloc(block, LAYOUT);
        }
    }
    PAIRS * 2
}

/// From a few different functions, some of them deeper.
fn callers(allocator: &dyn GlobalAlloc) -> u64 {
    #[inline(never)]
    fn born(allocator: &dyn GlobalAlloc, deeper: u32) -> *mut u8 {
        if deeper > 0 {
            return black_box(born(allocator, black_box(deeper - 1)));
        }
        // SAFETY: released below.
        black_box(unsafe { allocator.alloc(LAYOUT) })
    }
    #[inline(never)]
    fn released(allocator: &dyn GlobalAlloc, block: *mut u8) {
        // SAFETY: what `born` made.
        unsafe { allocator.dealloc(black_box(block), LAYOUT) };
        black_box(());
    }
    for number in 0..PAIRS as u32 {
        let block = born(allocator, number % 4);
        released(allocator, block);
    }
    PAIRS * 2
}

fn growth(allocator: &dyn GlobalAlloc) -> u64 {
    for _ in 0..PAIRS / 4 {
        // SAFETY: each call has the layout of the call before.
        unsafe {
            let mut block = allocator.alloc(LAYOUT);
            for step in 0..6 {
                let old = Layout::from_size_align_unchecked(LAYOUT.size() << step, LAYOUT.align());
                block = black_box(allocator.realloc(block, old, old.size() * 2));
            }
            allocator.dealloc(block, Layout::from_size_align_unchecked(LAYOUT.size() << 6, LAYOUT.align()));
        }
    }
    PAIRS / 4 * 8
}
