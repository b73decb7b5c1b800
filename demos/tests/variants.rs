//! Requests and graph: every variant gives the same answers, and the owned ones make and release what their texts tell.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod counting;

use counting::{BIRTHS, LIVE_BYTES, RELEASES};
use dropscope_demos::graph::{Documents, Plan};
use dropscope_demos::lru::Random;
use dropscope_demos::requests::Service;
use dropscope_demos::{
    WorkloadOptions, find, graph_gc, graph_gc_arena_incremental, graph_gc_arena_stop, graph_raii, graph_raii_arena,
    requests_gc, requests_gc_arena_incremental, requests_gc_arena_stop, requests_raii,
};

type Outcome = fn(&WorkloadOptions) -> u64;

const REQUESTS: [Outcome; 4] = [
    requests_raii::outcome,
    requests_gc_arena_stop::outcome,
    requests_gc_arena_incremental::outcome,
    requests_gc::outcome,
];
const GRAPH: [Outcome; 5] = [
    graph_raii::outcome,
    graph_raii_arena::outcome,
    graph_gc_arena_stop::outcome,
    graph_gc_arena_incremental::outcome,
    graph_gc::outcome,
];

#[test]
fn every_variant_gives_the_same_answers_and_releases_all() {
    for (entries, operations, seed) in [(0, 10, 3), (1, 50, 4), (17, 0, 5), (300, 2_000, 6)] {
        let options = WorkloadOptions { entries, operations, seed };
        for group in [&REQUESTS[..], &GRAPH[..]] {
            let expected = group[0](&options);
            assert!(operations == 0 || expected != 0, "{options:?}");
            for variant in group {
                let live_before = LIVE_BYTES.get();
                assert_eq!(variant(&options), expected, "{options:?}");
                let left = LIVE_BYTES.get() - live_before;
                assert!(left < 10_000, "{left} bytes are left");
            }
        }
    }
    let other = WorkloadOptions { entries: 300, operations: 2_000, seed: 7 };
    assert_ne!(requests_raii::outcome(&other), requests_raii::outcome(&WorkloadOptions { seed: 6, ..other }));
}

/// What `work` made and released.
fn counted(work: impl FnOnce()) -> (usize, usize) {
    let before = (BIRTHS.get(), RELEASES.get());
    work();
    (BIRTHS.get() - before.0, RELEASES.get() - before.1)
}

fn assert_told(name: &str, number: &str) {
    let text = find(name).expect("the workload exists").text();
    assert!(text.contains(number), "the text of {name} does not tell {number}");
}

#[test]
fn owned_trees_are_released_by_the_request_that_made_them() {
    let mut service = requests_raii::Owned::with_sessions(100);
    let mut random = Random(1);
    for session in 0..10 {
        let request = || {
            service.answer(&mut random);
            service.renew(session, 5);
        };
        assert_eq!(counted(request), (94, 94));
    }
    assert_eq!(counted(|| drop(service)).1, 101, "sessions and their list");
    assert_told("requests-raii", "94 blocks");
    assert_told("requests-raii", "100,001 blocks");
}

#[test]
fn owned_documents_are_released_by_the_one_that_takes_their_place() {
    let mut random = Random(1);
    let mut documents = graph_raii::Owned::with_slots(10);
    for slot in 0..10 {
        documents.put(slot, &Plan::next(&mut random));
    }
    assert_eq!(counted(|| documents.put(3, &Plan::next(&mut random))), (44, 44));
    assert_eq!(counted(|| drop(documents)).1, 10 * graph_raii::BLOCKS + 1);
    assert_eq!(5_000 * graph_raii::BLOCKS + 1, 215_001);
    assert_told("graph-raii", "44 blocks");
    assert_told("graph-raii", "215,001 blocks");
    let mut documents = graph_raii_arena::Arenas::with_slots(10);
    for slot in 0..10 {
        documents.put(slot, &Plan::next(&mut random));
    }
    assert_eq!(counted(|| documents.put(3, &Plan::next(&mut random))), (1, 1));
    assert_eq!(counted(|| drop(documents)).1, 11);
    assert_told("graph-raii-arena", "5,001 blocks");
}
