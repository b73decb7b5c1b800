//! Threads that hand blocks to each other at full speed: nothing lost, every release matched.

use crate::support::{Fixture, Read};
use dropscope_format::{EventKind, State};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Follows every block from birth to release; gives how many live at the end and their bytes.
fn match_all(read: &Read) -> (HashMap<u64, u64>, u64) {
    let mut live: HashMap<u64, u64> = HashMap::new();
    let mut reused = 0;
    let mut released = std::collections::HashSet::new();
    // A realloc gives its old address up when it starts.
    let mut steps: Vec<(u64, bool, u64, u64)> = Vec::new();
    for told in &read.told {
        let event = &told.event;
        match event.kind {
            EventKind::Alloc | EventKind::AllocZeroed => {
                steps.push((event.time_ns, true, event.address, event.size_bytes));
            }
            EventKind::Free => steps.push((event.time_ns, false, event.address, event.size_bytes)),
            EventKind::Realloc => {
                let realloc = told.realloc.unwrap();
                steps.push((realloc.started_ns, false, realloc.old_address, realloc.old_size_bytes));
                steps.push((event.time_ns, true, event.address, event.size_bytes));
            }
            _ => {}
        }
    }
    steps.sort_by_key(|&(time_ns, is_birth, ..)| (time_ns, is_birth));
    for (time_ns, is_birth, address, size) in steps {
        match (is_birth, live.entry(address)) {
            (true, Entry::Vacant(place)) => {
                reused += u64::from(released.contains(&address));
                place.insert(size);
            }
            (false, Entry::Occupied(place)) => {
                assert_eq!(*place.get(), size, "the released block is not the born one");
                place.remove();
                released.insert(address);
            }
            (true, Entry::Occupied(_)) => panic!("{address:x} is born at {time_ns} and still lives"),
            (false, Entry::Vacant(_)) => panic!("{address:x} is released at {time_ns} and does not live"),
        }
    }
    (live, reused)
}

#[test]
fn five_million_events_of_eight_threads_are_all_there_and_all_match() {
    let run = Fixture::new(&["crowd", "5000000"]).run();
    run.assert_status(Some(0), None);
    let printed: Vec<u64> = run.stdout().split_whitespace().map(|number| number.parse().unwrap()).collect();
    let read = run.read();
    read.assert_nothing_lost();
    assert!(matches!(read.state, State::Ended(_)));
    assert!(read.told.len() >= 5_000_000, "{} events", read.told.len());
    let (live, reused) = match_all(&read);
    assert!(reused > 1_000_000, "{reused} reused addresses");
    let kept: Vec<u64> = live.values().copied().filter(|size| (16..=600).contains(size)).collect();
    // Blocks of the size of what the threads keep, less those that the Rust runtime keeps of that size.
    let runtime = read.told.iter().filter(|told| told.event.kind == EventKind::Alloc).count();
    assert!(runtime > 0);
    let least = (printed[0], printed[1]);
    let found = (kept.len() as u64, kept.iter().sum::<u64>());
    assert!(found.0 >= least.0 && found.0 <= least.0 + 6, "held {least:?}, recorded {found:?}");
    assert!(found.1 >= least.1 && found.1 <= least.1 + 6 * 600, "held {least:?}, recorded {found:?}");
}

#[test]
fn reallocs_of_threads_that_take_each_others_places_all_match() {
    let fixture = Fixture::new(&["regrow", "60000"]);
    // Without its own cache each thread takes what another has just given up.
    let run = fixture.with("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0").run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    let (_, reused) = match_all(&read);
    assert!(reused > 100_000, "{reused} reused addresses");
    let reallocs = read.told.iter().filter_map(|told| told.realloc.map(|realloc| (told, realloc)));
    let (moved, stayed): (Vec<_>, Vec<_>) =
        reallocs.partition(|(told, realloc)| told.event.address != realloc.old_address);
    assert!(moved.len() > 100_000 && stayed.len() > 1000, "{} moved, {} stayed", moved.len(), stayed.len());
}
