//! Every function of the malloc family once.

use crate::support::{library, program};
use dropscope_format::{EventKind, Item, Recording, State};
use std::process::{Command, ExitStatus};

struct Run {
    status: ExitStatus,
    /// Kind and size of each event of a size that the program uses; a release has the size of its block.
    events: Vec<(EventKind, u64)>,
    state: State,
    shallow: usize,
}

fn record(arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("family.dscope");
    let mut command = Command::new(program("../../../../tests/fixtures/native/family.c"));
    command.args(arguments).env("LD_PRELOAD", library()).env("DROPSCOPE_OUT", &file);
    let status = command.status().unwrap();
    let mut recording = Recording::open(&file).unwrap();
    let mut run = Run { status, events: Vec::new(), state: State::Reading, shallow: 0 };
    let mut sizes = std::collections::HashMap::new();
    while run.state == State::Reading {
        let mut take = |recording: &Recording, item: Item<'_>| {
            let Item::Events(batch) = item else { return };
            for event in &batch.events {
                if let Some(realloc) = batch.realloc(event) {
                    sizes.remove(&realloc.old_address);
                }
                let size = match event.kind {
                    EventKind::Free => sizes.remove(&event.address).unwrap_or(0),
                    _ => *sizes.entry(event.address).insert_entry(event.size_bytes).get(),
                };
                if (10_001..20_000).contains(&size) {
                    run.events.push((event.kind, size));
                    run.shallow += usize::from(recording.stacks.addresses(event.stack).count() < 4);
                }
            }
        };
        run.state = recording.poll(u64::MAX, &mut take).unwrap();
    }
    run
}

fn expected() -> Vec<(EventKind, u64)> {
    use EventKind::{Alloc, AllocZeroed, Free, Realloc};
    let pages = 10_009u64.next_multiple_of(4096);
    let mut events = vec![(Alloc, 10_001), (Realloc, 10_002), (Realloc, 10_003), (Free, 10_003)];
    events.extend([(AllocZeroed, 10_004), (Free, 10_004)]);
    for size in [10_005, 10_048, 10_007, 10_008, pages] {
        events.extend([(Alloc, size), (Free, size)]);
    }
    for size in [10_010, 10_011, 10_012, 10_112, 10_014] {
        events.extend([(Alloc, size), (Free, size)]);
    }
    events.push((Alloc, 10_015));
    events
}

#[test]
fn every_function_of_the_family_is_recorded() {
    let run = record(&[]);
    assert_eq!(run.status.code(), Some(7), "the program behaves as alone");
    assert_eq!(run.events, expected());
    assert!(matches!(run.state, State::Ended(_)), "{:?}", run.state);
    assert_eq!(run.shallow, 0, "main, its callers and the library stand on every stack");
}

#[test]
fn a_program_that_aborts_leaves_everything_too() {
    let run = record(&["abort"]);
    assert_eq!(run.status.code(), None);
    assert_eq!(run.events, expected());
    assert_eq!(run.state, State::Cut);
}
