//! Threads, their stacks, signals, jumps, exceptions and libraries that come and go.

use crate::support::{Logged, case, case_of, compiled};

#[test]
fn two_thousand_threads_whose_destructors_allocate() {
    let run = case(&["threads", "2000"]).run();
    let read = run.assert_orderly();
    assert!(read.threads > 2000, "{} threads", read.threads);
}

#[test]
fn stacks_of_16_kilobytes_and_of_32_megabytes() {
    let read = case(&["stacks"]).run().assert_orderly();
    assert_eq!(read.status.suspect_stacks, 0, "{:?}", read.status);
    let read = case(&["main-stack"]).after("ulimit -s 40000").run().assert_orderly();
    assert_eq!(read.status.suspect_stacks, 0);
}

#[test]
fn handlers_that_allocate() {
    case(&["signals"]).run().assert_orderly();
}

#[test]
fn handlers_that_interrupt_the_recorder() {
    case(&["interrupts"]).run().assert_orderly();
}

#[test]
fn jumps_through_recorded_frames() {
    case(&["jumps"]).run().assert_orderly();
}

#[test]
fn exceptions_through_recorded_frames() {
    let Some(program) = compiled("throwing.cc", &[]) else { return };
    let run = case_of(program, &[]).run();
    assert_eq!(run.recorded.status.code(), Some(5));
    run.assert_orderly();
}

#[test]
fn libraries_that_are_unloaded_while_their_blocks_live() {
    let library = |frame| compiled("plugin.c", &["-shared", "-fPIC", frame]).unwrap().display().to_string();
    let run = case(&["libraries", &library("-DFRAME=1024"), &library("-DFRAME=2048")]).run();
    let read = run.assert_orderly();
    assert_eq!(read.status.suspect_stacks, 0);
}

#[test]
fn zero_sizes_and_what_is_too_great() {
    let run = case(&["zeros"]).run();
    let read = run.read();
    assert_eq!(read.status.lost_total(), 0);
    let from = read.main.iter().position(|event| event.1 == 59_001).unwrap();
    let to = read.main.iter().position(|event| event.1 == 59_002).unwrap();
    let log = run.log().into_values().next().unwrap();
    assert_eq!(log, read.main[from..=to], "logged, then recorded");
}

/// A sample that has every block of these sizes: one that could not grow is still the same block.
#[test]
fn a_realloc_that_fails_in_a_sample() {
    let run = case(&["zeros"]).with("DROPSCOPE_SAMPLE=256").run();
    let of_those = |events: &[Logged]| -> Vec<Logged> {
        events.iter().copied().filter(|event| (59_001..59_010).contains(&event.1)).collect()
    };
    let log = run.log().into_values().next().unwrap();
    assert_eq!(of_those(&log), of_those(&run.read().main), "logged, then recorded");
}

#[test]
fn alignments_up_to_a_gigabyte() {
    case(&["alignments"]).run().assert_orderly();
}

#[test]
fn a_free_of_what_was_never_seen_is_told_as_that() {
    let read = case(&["foreign"]).run().assert_orderly();
    assert_eq!(read.unmatched.len(), 5, "{:x?}", read.unmatched);
}
