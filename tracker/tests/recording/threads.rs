//! Threads: each with its name, its events and its end.

use crate::support::{Fixture, assert_as_logged};

#[test]
fn short_threads_with_destructors_that_allocate() {
    let run = Fixture::new(&["threads", "1200"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    // Thread ids of the system come back, so threads are told apart by number and compared by what they did.
    let logged: Vec<_> = run.log().into_values().flatten().map(|(kind, size, ..)| (kind, size)).collect();
    let told: Vec<_> = read.logged().into_values().flatten().map(|(kind, size, ..)| (kind, size)).collect();
    let counted = |events: &[(char, u64)]| {
        let mut counts = std::collections::BTreeMap::new();
        events.iter().for_each(|event| *counts.entry(*event).or_insert(0) += 1);
        counts
    };
    assert_eq!(counted(&logged), counted(&told), "logged, then recorded");
    assert!(read.threads.len() >= 2401, "{} threads", read.threads.len());
    let ended = read.threads.values().filter(|thread| thread.ended).count();
    assert!(ended >= 2100, "{ended} threads ended");
    let main = read.threads.values().find(|thread| thread.os_id == read.process.pid).unwrap();
    assert_eq!((main.thread.0, main.name.as_str()), (0, "main"));
}

#[test]
fn all_ways_of_walking_find_the_judges_stacks() {
    for (how, walkers) in [("", ["unwind tables", "backtrace"]), ("portable", ["system unwinder", "backtrace"])] {
        let fixture = Fixture::new(&["threads", "40"]).with("DROPSCOPE_CROSS_CHECK", "1");
        let run = fixture.with("DROPSCOPE_UNWINDER", how).run();
        run.assert_status(Some(0), None);
        let read = run.read();
        read.assert_nothing_lost();
        assert_eq!((read.status.different_stacks, run.stderr().as_str()), (0, ""), "of {}", read.told.len());
        // Where there is no other way, both are the judge's.
        assert!(walkers.contains(&read.process.unwinder.as_str()), "{}", read.process.unwinder);
    }
}

#[test]
fn more_threads_at_once_than_the_ring_began_with() {
    let run = Fixture::new(&["alive-at-once", "700"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    assert_as_logged(&run.log(), &read.logged());
    assert!(read.threads.len() > 700);
}

#[test]
fn more_threads_at_once_than_there_are_slots_are_counted() {
    let run = Fixture::new(&["alive-at-once", "4200"]).run();
    if run.output.status.code() != Some(0) {
        eprintln!("4200 threads cannot be made here: {}", run.stderr());
        return;
    }
    let read = run.read();
    let told: usize = read.logged().values().map(Vec::len).sum();
    let logged: usize = run.log().values().map(Vec::len).sum();
    assert!(told < logged, "some threads cannot be recorded");
    let lost = read.lost(dropscope_format::LostCause::Threads);
    assert!(lost as usize >= logged - told, "{lost} lost, {told} of {logged} told");
}
