//! How fast recordings are read and asked: `cargo run --release -p dropscope-engine --example speed -- [MILLION EVENTS]`.

// An example says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use dropscope_engine::{Model, StepKey, load};
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, Event, EventBatch, EventKind, Realloc, StackId, StackQuality, StackTree,
    TextTable, ThreadId,
};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const THREADS: usize = 4;
const EVENTS_OF_A_BATCH: usize = 1000;

fn main() {
    let millions: u64 = std::env::args().nth(1).map_or(5, |text| text.parse().expect("a number of million events"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("speed.dscope");
    write(&path, millions * 1_000_000);
    let file_bytes = std::fs::metadata(&path).expect("the file").len();
    let began = Instant::now();
    let model = load(&path, |_| {}).expect("a readable recording");
    let seconds = began.elapsed().as_secs_f64();
    let totals = model.totals();
    let events = totals.allocs + totals.reallocs + totals.frees;
    println!("{events} events, {:.1} bytes of file each", file_bytes as f64 / events as f64);
    println!("read in {seconds:.2} s: {:.1} million/s", events as f64 / seconds / 1e6);
    println!("{:.1} bytes of memory a block", model.memory_bytes() as f64 / totals.allocs as f64);
    let now = resident_bytes();
    println!("{:.1} bytes resident a block", now as f64 / totals.allocs as f64);
    assert_eq!(model.oddities(), Default::default());
    ask(&model);
}

fn ask(model: &Model) {
    let end_ns = model.duration_ns();
    for (what, range_ns) in
        [("all", 0..end_ns), ("1 %", end_ns / 2..end_ns / 2 + end_ns / 100), ("10 us", end_ns / 2..end_ns / 2 + 10_000)]
    {
        let began = Instant::now();
        let columns = model.live().columns(range_ns.clone(), 1600);
        println!("live bytes of {what} in {} columns: {:.2?}", columns.len(), began.elapsed());
    }
    let began = Instant::now();
    let live = model.blocks().live_at(end_ns / 2).count();
    println!("{live} blocks live in the middle, found in {:.2?}", began.elapsed());
    let began = Instant::now();
    let mut key = StepKey::before(end_ns / 2);
    for _ in 0..1000 {
        key = model.next_event(key).expect("a next event").key;
    }
    println!("1000 steps: {:.2?}", began.elapsed());
    let began = Instant::now();
    let count = model.events(0..u64::MAX).count();
    println!("all {count} events in order: {:.2?}", began.elapsed());
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// SplitMix64: small, and the same everywhere.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A program of a few threads that bear, grow, hand over and release blocks.
fn write(path: &Path, events: u64) {
    let mut stacks = StackTree::new();
    let sites: Vec<StackId> = (0..500)
        .map(|site| {
            (0..20).fold(StackId::EMPTY, |caller, depth| {
                stacks.intern(caller, 0x5555_0000_0000 + if depth < 10 { depth } else { site * 64 + depth } * 16)
            })
        })
        .collect();
    let texts = TextTable::default();
    let mut encoder = Encoder::new();
    encoder.file_header(1);
    let mut file = std::fs::File::create(path).expect("a file");
    let (mut seed, mut now_ns, mut next_place) = (1, 0, 0x7f00_0000_0000u64);
    let mut live: Vec<(u64, u64)> = Vec::new();
    let mut free: Vec<u64> = Vec::new();
    let mut batches = vec![EventBatch::default(); THREADS];
    for number in 0..events {
        let pick = random(&mut seed);
        now_ns += 50 + pick % 200;
        let thread = (pick >> 8) as usize % THREADS;
        let batch = &mut batches[thread];
        let mut event = Event {
            time_ns: now_ns,
            address: 0,
            size_bytes: 16 + (pick >> 16) % 500,
            stack: sites[(pick >> 32) as usize % sites.len()],
            extra: 0,
            kind: EventKind::Free,
            align_log2: 3,
            quality: StackQuality::Complete,
        };
        let mut place = || {
            free.pop().unwrap_or_else(|| {
                next_place += 512;
                next_place
            })
        };
        let most = if number % 1_000_000 < 100_000 { 200_000 } else { 100_000 };
        if live.len() < 10 || (live.len() < most && pick >> 60 < 8) {
            (event.kind, event.address) = (EventKind::Alloc, place());
            live.push((event.address, event.size_bytes));
        } else if pick >> 60 == 15 {
            let at = live.len() - 1 - (pick >> 20) as usize % live.len().min(1000);
            (event.kind, event.address, event.extra) = (EventKind::Realloc, place(), batch.reallocs.len() as u32);
            let (old_address, old_size_bytes) = live[at];
            batch.reallocs.push(Realloc { old_address, old_size_bytes, started_ns: now_ns - 20 });
            free.push(old_address);
            live[at] = (event.address, event.size_bytes);
        } else {
            let at = live.len() - 1 - (pick >> 20) as usize % live.len().min(1000);
            (event.address, event.size_bytes) = live.swap_remove(at);
            free.push(event.address);
        }
        batch.events.push(event);
        if number % (EVENTS_OF_A_BATCH * THREADS) as u64 == 0 || number + 1 == events {
            for (thread, batch) in batches.iter_mut().enumerate() {
                batch.thread = ThreadId(thread as u32);
                (batch.chunk, batch.to_word) = (ChunkSequence(number * THREADS as u64 + thread as u64 + 1), 1);
                encoder.events(batch, &stacks, &texts);
                batch.clear();
            }
            encoder.watermark(now_ns);
            file.write_all(&encoder.out).expect("room for the file");
            encoder.out.clear();
        }
    }
    encoder.watermark(u64::MAX);
    encoder.end(&End { time_ns: now_ns, kind: EndKind::Orderly });
    file.write_all(&encoder.out).expect("room for the file");
}
