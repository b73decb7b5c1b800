//! Forked children, programs that follow or start each other, daemons: no recording is written to by two.

use crate::support::{Fixture, assert_as_logged, read, read_log};
use dropscope_format::State;

#[test]
fn a_forked_child_leaves_no_trace() {
    let run = Fixture::new(&["fork"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    assert_as_logged(&run.log(), &read.logged());
    assert_eq!(run.files(), ["out.dscope"]);
    assert!(matches!(read.state, State::Ended(_)));
}

#[test]
fn exec_leaves_the_first_recording_alone() {
    let run = Fixture::new(&["exec"]).run();
    run.assert_status(Some(0), None);
    let files = run.files();
    assert_eq!(files.len(), 3, "{files:?}");
    let first = run.read();
    assert_eq!(first.state, State::Cut);
    let pid = first.process.pid;
    let second = read(&run.path(&format!("out.{pid}.dscope")));
    assert!(matches!(second.state, State::Ended(_)));
    assert_eq!(second.process.pid, pid);
    // One log for both, since both are the same process.
    let mut told = first.logged();
    for (thread, events) in second.logged() {
        told.entry(thread).or_default().extend(events);
    }
    assert_as_logged(&run.log(), &told);
}

#[test]
fn fork_and_exec() {
    assert_both_exact("fork-exec");
}

#[test]
fn vfork_and_exec() {
    assert_both_exact("vfork");
}

#[test]
fn posix_spawn() {
    assert_both_exact("spawn");
}

/// The program that the first one has started has a recording of its own, and each says what its program did.
#[track_caller]
fn assert_both_exact(how: &str) {
    let run = Fixture::new(&[how]).run();
    run.assert_status(Some(0), None);
    let files = run.files();
    assert_eq!(files.len(), 2, "{files:?}");
    let parent = run.read();
    parent.assert_nothing_lost();
    assert_as_logged(&run.log(), &parent.logged());
    let own = files.iter().find(|name| *name != "out.dscope").unwrap();
    let child = read(&run.path(own));
    assert_eq!(*own, format!("out.{}.dscope", child.process.pid));
    assert_as_logged(&read_log(&run.path("log.child")), &child.logged());
}

#[test]
fn a_ring_that_a_killed_program_left_is_replaced() {
    let first = Fixture::new(&["kill"]).run();
    let path = first.path("out.dscope");
    assert_eq!(first.files().len(), 2);
    let second = Fixture::new(&["return"]).with("DROPSCOPE_OUT", path.to_str().unwrap()).run();
    second.assert_status(Some(0), None);
    assert_eq!(first.files(), ["out.dscope"]);
    assert_as_logged(&second.log(), &first.read().logged());
}

#[test]
fn the_pid_goes_into_the_name() {
    let run = Fixture::new(&["return"]).with("DROPSCOPE_OUT", "%/a%pb-%p.dscope").run();
    let name = run.files().pop().unwrap();
    let pid = read(&run.path(&name)).process.pid;
    assert_eq!(name, format!("a{pid}b-{pid}.dscope"));
}

#[test]
fn a_program_that_closes_every_descriptor_is_still_recorded_and_its_files_are_its_own() {
    let run = Fixture::new(&["daemon"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    assert_as_logged(&run.log(), &read.logged());
    for round in 0..700 {
        assert_eq!(std::fs::read(run.path(&format!("log.own.{round}"))).unwrap(), b"own");
    }
}

#[test]
fn a_path_that_cannot_be_written_is_said_and_the_program_runs() {
    let run = Fixture::new(&["return"]).with("DROPSCOPE_OUT", "/nowhere/at/all.dscope").run();
    run.assert_status(Some(0), None);
    let said = run.stderr();
    assert!(said.starts_with("dropscope: /nowhere/at/all.dscope cannot be recorded to: "), "{said}");
    assert!(said.ends_with("the program runs unrecorded\n"), "{said}");
}
