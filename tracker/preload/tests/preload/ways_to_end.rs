//! However a program ends, what it did up to there is in the recording.

use crate::support::{Run, assert_as_logged_before_the_kill, case, read, read_log};
use dropscope_format::State;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

#[track_caller]
fn assert_cut(run: &Run) {
    let read = run.read();
    assert_eq!(read.state, State::Cut);
    assert_eq!(read.status.lost_total(), 0, "{:?}", read.status);
    assert_as_logged_before_the_kill(&run.log(), read.events);
}

#[test]
fn the_stack_overflows() {
    let run = case(&["overflow"]).run();
    assert_eq!(run.recorded.status.signal(), Some(libc::SIGSEGV));
    assert_cut(&run);
}

#[test]
fn the_stack_overflows_and_a_handler_leaves() {
    let run = case(&["overflow-handled"]).run();
    assert_eq!((run.recorded.status.code(), run.recorded.stdout.as_slice()), (Some(3), &b"overflow\n"[..]));
    assert_cut(&run);
}

#[test]
fn abort() {
    let run = case(&["abort"]).run();
    assert_eq!(run.recorded.status.signal(), Some(libc::SIGABRT));
    assert_cut(&run);
}

#[test]
fn immediate_exit() {
    let run = case(&["_exit"]).run();
    assert_eq!(run.recorded.status.code(), Some(8));
    assert_cut(&run);
}

/// Also where threads bring their last events to the file themselves, on the smallest stacks.
#[test]
fn exit_while_threads_on_small_stacks_allocate() {
    for _ in 0..5 {
        case(&["busy-exit"]).run().assert_orderly();
    }
}

#[test]
fn killed_at_any_moment() {
    for round in 0..200 {
        let case = case(&["endless"]);
        let (log, out) = (case.folder.path().join("log"), case.folder.path().join("out.dscope"));
        let mut child = case.recorded().spawn().unwrap();
        while !log.exists() || read_log(&log).is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 80_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let read = read(&out);
        assert_eq!(read.status.lost_total(), 0, "{:?}", read.status);
        assert_as_logged_before_the_kill(&read_log(&log), read.events);
    }
}
