//! The cache workload: every variant gives the same answers, and each releases memory when its text says.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod counting;

use std::collections::VecDeque;

use counting::{BIGGEST_ALLOCATION, LIVE_BYTES, PEAK_BYTES, RELEASES};
use dropscope_demos::lru::{Cache, Entries, Entry, Outcome, Random};
use dropscope_demos::lru_gc::{self, ClassicEntries};
use dropscope_demos::lru_gc_arena_incremental::{self, Incremental};
use dropscope_demos::lru_gc_arena_stop::{self, StopTheWorld};
use dropscope_demos::lru_raii::{self, OwnedEntries};
use dropscope_demos::{WorkloadOptions, find};

/// What one run did, request by request.
struct Run {
    releases_of_request: Vec<usize>,
    /// The request, counted from 1, in which the hash table was made anew.
    rehash: Option<usize>,
    peak_bytes: isize,
    releases_of_drop: usize,
}

fn run<E: Entries>(options: &WorkloadOptions) -> Run {
    let mut run =
        Run { releases_of_request: vec![0; options.operations], rehash: None, peak_bytes: 0, releases_of_drop: 0 };
    let start_bytes = LIVE_BYTES.get();
    let mut cache = Cache::<E>::filled(options.entries);
    PEAK_BYTES.set(LIVE_BYTES.get());
    let mut random = Random(options.seed);
    let mut outcome = Outcome::default();
    for (index, releases) in run.releases_of_request.iter_mut().enumerate() {
        let before = RELEASES.get();
        BIGGEST_ALLOCATION.set(0);
        cache.request(random.next_number() % (2 * options.entries as u64), &mut outcome);
        *releases = RELEASES.get() - before;
        // Entries and the collector's own queue are far smaller than the hash table.
        if BIGGEST_ALLOCATION.get() > 16 * options.entries {
            assert_eq!(run.rehash.replace(index + 1), None, "one rehash is what the texts tell of");
        }
    }
    run.peak_bytes = PEAK_BYTES.get() - start_bytes;
    let before = RELEASES.get();
    drop(cache);
    run.releases_of_drop = RELEASES.get() - before;
    run
}

const VARIANTS: [fn(&WorkloadOptions) -> Outcome; 4] =
    [lru_raii::outcome, lru_gc_arena_stop::outcome, lru_gc_arena_incremental::outcome, lru_gc::outcome];

/// The same cache, as simple and as slow as it can be.
fn model(options: &WorkloadOptions) -> Outcome {
    let capacity = options.entries.max(1);
    let mut newest_last: VecDeque<u64> = (0..capacity as u64).collect();
    let mut outcome = Outcome::default();
    let mut random = Random(options.seed);
    for _ in 0..options.operations {
        let key = random.next_number() % (2 * capacity as u64);
        if let Some(place) = newest_last.iter().position(|&held| held == key) {
            outcome.hits += 1;
            newest_last.remove(place);
        } else {
            newest_last.pop_front();
        }
        newest_last.push_back(key);
        outcome.checksum = outcome.checksum.rotate_left(1) ^ Entry::of_key(key).checksum();
    }
    outcome
}

#[test]
fn every_variant_answers_as_a_simple_model_does() {
    for (entries, seed) in [(0, 3), (1, 4), (2, 5), (17, 6), (300, 7)] {
        let options = WorkloadOptions { entries, operations: 5_000, seed };
        for variant in VARIANTS {
            assert_eq!(variant(&options), model(&options), "{options:?}");
        }
    }
}

#[test]
fn no_requests_is_no_error() {
    let options = WorkloadOptions { entries: 10, operations: 0, seed: 1 };
    assert_eq!(VARIANTS.map(|variant| variant(&options)), [Outcome::default(); 4]);
}

/// `value` with commas, as texts write it.
fn written(value: usize) -> String {
    if value < 1000 { value.to_string() } else { format!("{},{:03}", written(value / 1000), value % 1000) }
}

fn assert_told(name: &str, what: &str, value: &str) {
    let text = find(name).expect("the workload exists").text();
    assert!(text.contains(value), "the text of {name} does not tell the {what}, {value}");
}

/// Checks what is told of the default run, except times: those depend on the machine.
fn assert_default_run_is_told(name: &str, run: &Run) {
    let max_releases = run.releases_of_request.iter().copied().max().unwrap_or(0);
    assert_told(name, "most releases in one request", &format!("{} releases", written(max_releases)));
    let rehash = run.rehash.expect("the default run has a rehash");
    assert_told(name, "request that rehashes", &format!("request {}", written(rehash)));
    assert_told(name, "releases of the drop", &format!("{} releases", written(run.releases_of_drop)));
    assert_told(name, "peak", &format!("{:.1} MB", run.peak_bytes as f64 / 1e6));
}

#[test]
fn owned_entries_are_released_by_the_request_that_replaces_them() {
    let run = run::<OwnedEntries>(&WorkloadOptions::default());
    assert!(run.releases_of_request.iter().all(|&releases| releases <= 2));
    assert_eq!(run.releases_of_drop, WorkloadOptions::default().entries + 3, "boxes, slots, links, hash table");
    assert_default_run_is_told("lru-raii", &run);
}

#[test]
fn a_stopped_world_releases_nothing_for_long_and_then_all_at_once() {
    let options = WorkloadOptions::default();
    let run = run::<StopTheWorld>(&options);
    let collections: Vec<_> = run.releases_of_request.iter().filter(|&&releases| releases > 1).collect();
    assert_eq!(collections.len(), 4, "{collections:?}");
    assert_told("lru-gc-arena-stop", "number of collections", "four");
    assert!(run.releases_of_request.iter().filter(|&&releases| releases > 0).count() <= 5);
    assert!(run.releases_of_request.iter().any(|&releases| releases > options.entries));
    assert_default_run_is_told("lru-gc-arena-stop", &run);
}

#[test]
fn small_steps_release_little_each_and_hold_more() {
    let options = WorkloadOptions { entries: 50_000, operations: 500_000, seed: 1 };
    let owned_peak = run::<OwnedEntries>(&options).peak_bytes;
    let steps = run::<Incremental>(&options);
    assert!(steps.releases_of_request.iter().all(|&releases| releases < 10));
    assert!(steps.releases_of_request.iter().filter(|&&releases| releases > 0).count() > options.operations / 20);
    assert!(steps.peak_bytes > owned_peak * 5 / 4);
    assert_default_run_is_told("lru-gc-arena-incremental", &run::<Incremental>(&WorkloadOptions::default()));
}

#[test]
fn a_classic_collector_stops_now_and_then_and_releases_everything_at_its_end() {
    const ENTRIES: u64 = 20_000;
    let live_before = LIVE_BYTES.get();
    let mut cache = Cache::<ClassicEntries>::filled(ENTRIES as usize);
    let (mut random, mut outcome) = (Random(1), Outcome::default());
    let mut request = || {
        let before = RELEASES.get();
        cache.request(random.next_number() % (2 * ENTRIES), &mut outcome);
        RELEASES.get() - before
    };
    let releases: Vec<usize> = (0..100_000).map(|_| request()).filter(|&releases| releases > 2).collect();
    assert!((1..=10).contains(&releases.len()) && releases.iter().all(|&many| many > 1_000), "{releases:?}");
    let before = RELEASES.get();
    drop(cache);
    assert!(RELEASES.get() - before > ENTRIES as usize, "the drop collects what is alive, too");
    assert!(LIVE_BYTES.get() - live_before < 100_000, "{} bytes are left", LIVE_BYTES.get() - live_before);
}
