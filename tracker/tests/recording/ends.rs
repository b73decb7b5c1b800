//! However a program ends, whatever it did up to there is in the recording.

use crate::support::{Fixture, Read, Run, assert_as_logged, has_ring};
use dropscope_format::{EndKind, State, finalize};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

fn ended(command: &str, code: Option<i32>, signal: Option<i32>) -> (Run, Read) {
    let run = Fixture::new(&[command]).run();
    run.assert_status(code, signal);
    let read = run.read();
    assert_as_logged(&run.log(), &read.logged());
    read.assert_nothing_lost();
    assert_eq!(read.process.program, env!("CARGO_BIN_EXE_dropscope-fixture"));
    assert_eq!(read.process.arguments[1..], [command]);
    assert!(read.process.from_first_allocation);
    assert!(read.modules >= 3, "{} modules", read.modules);
    (run, read)
}

fn orderly(command: &str, code: i32) {
    let (run, read) = ended(command, Some(code), None);
    assert!(matches!(read.state, State::Ended(end) if end.kind == EndKind::Orderly), "{:?}", read.state);
    assert_eq!(run.files(), ["out.dscope"], "an orderly end leaves one file");
    let late = read.told.iter().filter(|told| told.event.size_bytes >= 50_000 && told.event.size_bytes < 50_020);
    assert_eq!(late.count(), 13, "what handlers do that run after the recorder's own");
}

fn cut(command: &str, code: Option<i32>, signal: Option<i32>) {
    let (run, read) = ended(command, code, signal);
    assert_eq!(read.state, State::Cut);
    let path = run.path("out.dscope");
    assert!(has_ring(&path));
    let kind = signal.map_or(EndKind::Exited(code.unwrap_or(0)), EndKind::Killed);
    finalize(&path, kind).unwrap();
    assert_eq!(run.files(), ["out.dscope"]);
    let read = run.read();
    assert_as_logged(&run.log(), &read.logged());
    assert!(matches!(read.state, State::Ended(end) if end.kind == kind));
}

#[test]
fn main_returns() {
    orderly("return", 0);
}

#[test]
fn process_exit() {
    orderly("exit", 7);
}

#[test]
fn panic() {
    orderly("panic", 101);
}

#[test]
fn immediate_exit() {
    cut("_exit", Some(8), None);
}

#[test]
fn abort() {
    cut("abort", None, Some(libc::SIGABRT));
}

#[test]
fn killed() {
    cut("kill", None, Some(libc::SIGKILL));
}

#[test]
fn segmentation_fault() {
    cut("segv", None, Some(libc::SIGSEGV));
}

/// Killed at any moment, also in the middle of a record or of the writer's write: every event that the program had
/// finished is there once. At most the one that it had not yet logged is there besides.
#[test]
fn killed_at_any_moment() {
    for round in 0..200 {
        let run = Fixture::new(&["endless"]).run_by(|command, folder| {
            let mut child = command.spawn().unwrap();
            let log = folder.path().join("log");
            while !has_begun(&log) {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            std::thread::sleep(std::time::Duration::from_micros(round * 7919 % 80_000));
            child.kill().unwrap();
            child.wait_with_output().unwrap()
        });
        run.assert_status(None, Some(libc::SIGKILL));
        let read = run.read();
        read.assert_nothing_lost();
        let (logged, mut told) = (run.log(), read.logged());
        for (thread, events) in &mut told {
            let finished = logged.get(thread).map_or(0, Vec::len);
            assert!(events.len() - finished <= 1, "{} events, {finished} logged", events.len());
            events.truncate(finished);
        }
        told.retain(|_, events| !events.is_empty());
        assert_as_logged(&logged, &told);
    }
}

#[test]
fn exit_while_other_threads_allocate() {
    for _ in 0..5 {
        let begun = Instant::now();
        let run = Fixture::new(&["busy-exit"]).run();
        run.assert_status(Some(7), None);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert_eq!(run.files(), ["out.dscope"]);
        let read = run.read();
        assert!(matches!(read.state, State::Ended(_)));
        assert_eq!(read.status.lost_total(), 0, "{:?}", read.status);
        assert_as_logged(&run.log(), &read.logged());
    }
}

/// The handler most likely interrupts the recorder itself, which must not wait for what only it could go on to do.
#[test]
fn exit_in_a_signal_handler() {
    for round in 0..20 {
        let begun = Instant::now();
        let run = Fixture::new(&["exit-in-handler", &(3000 + round * 977).to_string()]).run();
        run.assert_status(Some(7), None);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(run.files(), ["out.dscope"]);
        let read = run.read();
        assert!(matches!(read.state, State::Ended(_)));
        let told = read.counted();
        let pairs = u64::from_ne_bytes(run.output.stdout.as_slice().try_into().unwrap());
        assert!((2 * pairs..=2 * pairs + 2).contains(&told), "{told} events of {pairs} pairs");
    }
}

#[test]
fn an_unrecorded_program_leaves_nothing() {
    let run = Fixture::new(&["return"]).unrecorded().run();
    run.assert_status(Some(0), None);
    assert!(run.files().is_empty());
}

/// Whether the log has its first entry.
fn has_begun(log: &Path) -> bool {
    let mut count = [0; 8];
    File::open(log).and_then(|file| file.read_exact_at(&mut count, 0)).is_ok() && count != [0; 8]
}
