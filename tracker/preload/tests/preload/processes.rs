//! Children and followers: no recording is written to by two, and each says what its own program did.

use crate::support::{Run, assert_as_logged, case, read, read_log};
use dropscope_format::State;

/// The recording of the program that the first one started, against that program's own log.
#[track_caller]
fn assert_other_exact(run: &Run) {
    let others = run.others();
    assert_eq!(others.len(), 1, "{others:?}");
    let other = read(&others[0]);
    assert!(matches!(other.state, State::Ended(_)), "{:?}", other.state);
    assert_as_logged(&read_log(&run.folder.path().join("log.child")), &other.events);
}

#[test]
fn forked_children_leave_no_trace() {
    let run = case(&["forks"]).run();
    run.assert_orderly();
    assert!(run.others().is_empty(), "{:?}", run.others());
}

#[test]
fn fork_and_exec() {
    let run = case(&["fork-exec"]).run();
    run.assert_orderly();
    assert_other_exact(&run);
}

/// The child allocates on its parent's memory before it becomes another program: its events are in its parent's
/// recording, since its memory is, too.
#[test]
fn vfork_and_exec() {
    let run = case(&["vfork"]).run();
    run.assert_orderly();
    assert_other_exact(&run);
}

#[test]
fn posix_spawn() {
    let run = case(&["spawn"]).run();
    run.assert_orderly();
    assert_other_exact(&run);
}

#[test]
fn exec_of_another_recorded_program() {
    let run = case(&["exec"]).run();
    let others = run.others();
    assert_eq!(others.len(), 1, "{others:?}");
    let (first, second) = (run.read(), read(&others[0]));
    assert_eq!(first.state, State::Cut);
    assert!(matches!(second.state, State::Ended(_)));
    let mut events = first.events;
    for (thread, more) in second.events {
        events.entry(thread).or_default().extend(more);
    }
    assert_as_logged(&run.log(), &events);
}
