//! What the tracker costs on this machine: ns per event without it, idle and recording, by stack depth; and what the
//! least of recorders would, one that keeps times and stacks but neither follows the program nor guards anything.
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
        "{:>6} {:>16} {:>8} {:>6} {:>10} {:>6} {:>6} {:>6} | {:>9} {:>6}",
        "depth", "workload", "without", "idle", "recording", "added", "least", "ratio", "all added", "wall"
    );
    for depth in [1, 12, 40] {
        for (name, work) in [("alloc + free", pairs as Work), ("changing callers", callers), ("realloc", growth)] {
            row(depth, name, work, &path)?;
        }
    }
    println!("CPU ns of the program's thread per event (an alloc, a realloc or a free), medians of {ROUNDS};");
    println!("least: reading the clock, comparing a stack of that depth and writing a record's five fixed words;");
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
    let mut least = Least::new(depth as usize);
    let mut least_ns = Vec::new();
    for _ in 0..ROUNDS {
        least_ns.push(least.ns_per_event());
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
    let least_ns = crate::median(least_ns.into_iter());
    println!(
        "{depth:>6} {name:>16} {without:>8.1} {idle:>6.1} {recording:>10.1} {:>6.1} {least_ns:>6.1} {:>6.1} | {:>9.1} {:>6.1}",
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

/// Records for nobody: what a recorder of times and whole stacks cannot leave out.
struct Least {
    /// Where saved return addresses stand on the stack, and what each was at the last event.
    saved: Vec<(*const u64, u64)>,
    /// Words that stand apart as those do.
    _stack: Vec<u64>,
    /// As large as the tracker's.
    ring: Vec<u64>,
}

/// A small function's frame.
const FRAME_WORDS: usize = 6;
const RING_WORDS: usize = (16 << 20) / 8;
/// As the tracker's records have them: head, time, address, size and the end behind.
const RECORD_WORDS: usize = 5;

impl Least {
    fn new(depth: usize) -> Least {
        let stack: Vec<u64> = (0..depth * FRAME_WORDS).map(|word| word as u64).collect();
        let saved = stack.iter().step_by(FRAME_WORDS).map(|word| (&raw const *word, *word)).collect();
        Least { saved, _stack: stack, ring: vec![1; RING_WORDS] }
    }

    fn ns_per_event(&mut self) -> f64 {
        let begun = cpu_ns(libc::CLOCK_THREAD_CPUTIME_ID);
        let mut records = self.ring.chunks_exact_mut(RECORD_WORDS);
        for event in 0..PAIRS * 2 {
            let changed = black_box(&self.saved).iter().fold(0, |changed, (word, last)| {
                // SAFETY: it points into `_stack`, which lives as long and never changes.
                changed | (unsafe { **word } ^ *last)
            });
            if let Some(record) = records.next() {
                record.copy_from_slice(&[event, stamp(), event << 4, 48, changed]);
            }
        }
        black_box(&mut self.ring);
        (cpu_ns(libc::CLOCK_THREAD_CPUTIME_ID) - begun) as f64 / (PAIRS * 2) as f64
    }
}

/// The tracker's clock where it is the counter, else one that costs as much as the other.
fn stamp() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has it, and systems that forbid it to programs are not ours.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    return cpu_ns(libc::CLOCK_MONOTONIC);
}
