//! Whether the recorder's memory stays flat: four threads make and release blocks as fast as they can, recorded, and
//! every so often it is said what the process holds.
//!
//! `cargo run --release -p dropscope --example soak -- [SECONDS] [FILE]`, by default 20 seconds to a file that is removed
//! afterwards. The file grows by some 10 MB a second.
#![allow(clippy::unwrap_used, reason = "an example: whatever goes wrong ends it")]

use dropscope::{Config, Recording};
use dropscope_format::{BlockReader, RingFile};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

dropscope::attach!();

const THREADS: u64 = 4;
const LINES: u32 = 20;

static IS_OVER: AtomicBool = AtomicBool::new(false);
static PAIRS: AtomicU64 = AtomicU64::new(0);

/// A line of the table.
#[derive(Clone, Copy)]
struct Held {
    resident_kib: u64,
    overhead_kib: u64,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let seconds: u32 = words.next().map_or(20, |text| text.parse().unwrap());
    let given = words.next().map(PathBuf::from);
    let path =
        given.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("soak-{}.dscope", std::process::id())));
    let before_kib = resident_kib();
    let recording = Recording::start(&Config::new(&path)).unwrap();
    println!("{:>7} {:>13} {:>13} {:>15} {:>9}", "seconds", "events", "resident KiB", "recorder's KiB", "file MiB");
    let started = Instant::now();
    let mut lines = Vec::new();
    std::thread::scope(|scope| {
        for seed in 0..THREADS {
            scope.spawn(move || work(seed));
        }
        for _ in 0..LINES {
            std::thread::sleep(Duration::from_secs(seconds.into()) / LINES);
            lines.push(line(&path, started, before_kib));
        }
        IS_OVER.store(true, Relaxed);
    });
    recording.stop();
    // The first tenths fill the ring and the tables.
    let (early, last) = (lines[lines.len() / 5], lines[lines.len() - 1]);
    let grown = |early: u64, last: u64| last.cast_signed() - early.cast_signed();
    println!(
        "from a fifth of the time to its end: resident {:+} KiB, the recorder's own count {:+} KiB",
        grown(early.resident_kib, last.resident_kib),
        grown(early.overhead_kib, last.overhead_kib)
    );
    if given.is_none() {
        let _ = std::fs::remove_file(&path);
    }
}

fn line(path: &Path, started: Instant, before_kib: u64) -> Held {
    let id = BlockReader::open(path).unwrap().recording_id();
    let overhead_kib = RingFile::open(path, id).map_or(0, |ring| ring.status().overhead_bytes / 1024);
    let held = Held { resident_kib: resident_kib() - before_kib, overhead_kib };
    let file_mib = std::fs::metadata(path).map_or(0, |metadata| metadata.len() >> 20);
    println!(
        "{:>7.1} {:>13} {:>13} {:>15} {:>9}",
        started.elapsed().as_secs_f64(),
        2 * PAIRS.load(Relaxed),
        held.resident_kib,
        held.overhead_kib,
        file_mib
    );
    held
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Blocks of changing sizes at changing depths, some of which live for a while.
fn work(seed: u64) {
    let mut kept: Vec<Vec<u8>> = (0..64).map(|_| Vec::new()).collect();
    let mut random = seed + 1;
    while !IS_OVER.load(Relaxed) {
        for _ in 0..1000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = (random >> 33) as usize % kept.len();
            kept[place] = block((random >> 40) as usize % 16, 1 + (random >> 50) as usize % 500);
        }
        PAIRS.fetch_add(1000, Relaxed);
    }
}

#[inline(never)]
fn block(depth: usize, bytes: usize) -> Vec<u8> {
    if depth == 0 {
        return black_box(Vec::with_capacity(bytes));
    }
    let mut below = block(depth - 1, bytes);
    black_box(&mut below);
    below
}
