//! What cannot be recorded is counted, and the program does not suffer.

use crate::support::{Fixture, assert_as_logged};
use dropscope_format::{LostCause, StackQuality, State};
use std::process::Command;

const FLOOD_EVENTS: u64 = 8 * 100_000 * 2;

#[test]
fn a_full_ring_makes_the_program_wait_and_loses_nothing() {
    let run = Fixture::new(&["flood", "100000"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    let told = read.told.iter().filter(|told| told.event.size_bytes == 8).count() as u64;
    assert!(told >= FLOOD_EVENTS, "{told}");
}

#[test]
fn lossy_counts_what_it_drops() {
    let exact = Fixture::new(&["flood", "100000"]).run().read().told.len() as u64;
    let run = Fixture::new(&["flood", "100000"]).with("DROPSCOPE_LOSSY", "1").run();
    run.assert_status(Some(0), None);
    let read = run.read();
    // Threads that start at different moments make a few events more or less.
    let all = read.told.len() as u64 + read.lost(LostCause::Full);
    assert!(all.abs_diff(exact) <= 64, "{all} told or lost, {exact} without loss");
    assert_eq!(read.status.lost_total(), read.lost(LostCause::Full));
}

#[test]
fn stacks_deeper_than_is_kept_are_cut_and_said_so() {
    let run = Fixture::new(&["deep"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    assert_as_logged(&run.log(), &read.logged());
    let truncated = read.stacks_of(StackQuality::Truncated);
    assert!((2 * 40 * 7..2 * 40 * 7 + 50).contains(&truncated), "{truncated} cut stacks");
    assert_eq!(read.status.truncated_stacks as usize, truncated);
    let counted = read.status.complete_stacks + read.status.truncated_stacks + read.status.suspect_stacks;
    assert_eq!(counted as usize, read.told.len());
    let deepest = read.told.iter().map(|told| told.depth).max().unwrap();
    assert_eq!(deepest, 1024);
}

#[test]
fn a_handler_that_allocates_inside_the_hook_is_counted() {
    let run = Fixture::new(&["signals"]).run();
    run.assert_status(Some(0), None);
    let printed: Vec<u64> = run.stdout().split_whitespace().map(|number| number.parse().unwrap()).collect();
    let read = run.read();
    assert_eq!(
        read.counted() + read.lost(LostCause::Nested),
        2 * (printed[0] + printed[1]),
        "{printed:?} {:?}",
        read.status
    );
    assert_eq!(read.status.lost_total(), read.lost(LostCause::Nested));
    assert!(printed[1] > 100, "the handler has hardly run");
}

#[test]
fn a_file_that_cannot_grow_any_more_does_not_stop_the_program() {
    let run = Fixture::new(&["small-disk"]).run();
    disk_is_full(&run);
}

#[test]
fn without_room_for_a_ring_there_is_still_a_recording() {
    let run = Fixture::new(&["return"]).limited_to_kib(4096).run();
    run.assert_status(Some(0), None);
    assert!(run.stderr().contains("no ring file beside"), "{}", run.stderr());
    assert_eq!(run.files(), ["out.dscope"]);
    let read = run.read();
    read.assert_nothing_lost();
    assert!(matches!(read.state, State::Ended(_)));
    assert_as_logged(&run.log(), &read.logged());
}

/// The same where the disk itself is full.
#[test]
fn a_full_disk_does_not_stop_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |arguments: &[&str]| Command::new("mount").args(arguments).arg(folder.path()).output();
    if !mount(&["-t", "tmpfs", "-o", "size=17000k", "none"]).is_ok_and(|output| output.status.success()) {
        eprintln!("no right to mount a small disk here");
        return;
    }
    let path = folder.path().join("out.dscope");
    let run = Fixture::new(&["flood", "100000"]).with("DROPSCOPE_OUT", path.to_str().unwrap()).run();
    let read = crate::support::read(&path);
    let umounted = Command::new("umount").arg("-l").arg(folder.path()).status().unwrap();
    run.assert_status(Some(0), None);
    assert!(run.stderr().contains("cannot be written any more"), "{}", run.stderr());
    assert_eq!(read.state, State::Cut);
    let kept = read.told.iter().filter(|told| told.event.size_bytes == 8).count() as u64;
    assert!(kept + read.lost(LostCause::Write) >= FLOOD_EVENTS, "{kept} {:?}", read.status);
    assert!(umounted.success());
}

fn disk_is_full(run: &crate::support::Run) {
    run.assert_status(Some(0), None);
    assert_eq!(run.stdout(), "alive\n");
    assert_eq!(run.stderr().matches("cannot be written any more").count(), 1, "{}", run.stderr());
    let read = run.read();
    assert_eq!(read.state, State::Cut);
    assert!(read.lost(LostCause::Write) > 0);
    assert_eq!(read.status.lost_total(), read.lost(LostCause::Write));
    // Each event is in the file, in what the ring still had, or counted: and no event twice.
    let stacks = read.status.complete_stacks + read.status.truncated_stacks + read.status.suspect_stacks;
    assert_eq!(read.told.len() as u64 + read.lost(LostCause::Write), stacks, "{:?}", read.status);
    assert!(stacks >= 400_000);
    assert!(std::fs::metadata(run.path("out.dscope")).unwrap().len() <= 64 << 10);
}
