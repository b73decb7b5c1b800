//! Programs with the tracker in them, recorded for real: what is left on the disk and what the launcher says.

use crate::support::{Place, Started, send, until};
use dropscope_app::launch::running::RunningScan;
use dropscope_app::launch::{self, DemoOptions, Ended, Options, Progress, Recorded};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const DROPSCOPE: &str = env!("CARGO_BIN_EXE_dropscope");
/// A demo that would run for minutes.
const LONG: [&str; 7] = [DROPSCOPE, "__demo", "lru-raii", "--entries", "500", "--operations", "1000000000"];

fn report(place: &Place, file: &str) -> Value {
    let out = place.run(&["report", "--json", file]).exits(0).out();
    serde_json::from_str(&out).expect("the report is JSON")
}

/// `record`s the long demo and waits until events of it are on the disk.
fn start_long(place: &Place, file: &str) -> Started {
    let started = place.start(&[&["record", "-o", file, "--"], &LONG[..]].concat());
    until("the recording grows", || fs::metadata(place.path(file)).is_ok_and(|metadata| metadata.len() > 20_000));
    started
}

fn child_of(pid: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("the kernel lists children");
    children.split_whitespace().next().and_then(|child| child.parse().ok()).expect("one child")
}

#[test]
fn a_lessons_recording_has_the_lesson_and_nothing_of_ours() {
    let place = Place::new();
    place
        .run(&["demo", "scope-end"])
        .exits(0)
        .prints_nothing()
        .says("recorded to scope-end.dscope")
        .says("none lost")
        .says("no leaks")
        .says("`dropscope open scope-end.dscope` shows it");
    assert_eq!(place.names(), ["scope-end.dscope"], "one file is left, the ring is gone");
    let mode = fs::metadata(place.path("scope-end.dscope")).expect("the recording").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "memory is private: so is its recording");
    let report = report(&place, "scope-end.dscope");
    assert_eq!(report["complete"], true, "{report}");
    assert_eq!(report["leaks"], serde_json::json!([]), "{report}");
    let own = |name: &str| report["totals"][name].as_u64().expect("a number");
    let runtime = report["runtime"]["allocs"].as_u64().expect("a number");
    assert_eq!(own("allocs") - runtime, 1, "the lesson makes one block: {report}");
    let file = report["sites"][0]["at"]["file"].as_str().expect("a file");
    assert!(file.ends_with("lessons/src/scope_end.rs"), "{report}");
}

#[test]
fn a_leak_is_told_at_the_end_and_in_the_report() {
    let place = Place::new();
    place.run(&["demo", "cycle-that-leaks", "-o", "leak.dscope"]).exits(0).says("leaked (");
    place.run(&["report", "leak.dscope"]).exits(0).prints("Leaks: alive at the end").prints("cycle_that_leaks.rs:");
}

#[test]
fn a_workload_prints_its_result_and_the_same_seed_gives_the_same() {
    let place = Place::new();
    let sized =
        |name: &str| place.run(&["demo", name, "--entries", "50", "--operations", "500", "--seed", "3"]).exits(0).out();
    let owned = sized("lru-raii");
    assert!(owned.contains("requests"), "{owned}");
    assert_eq!(sized("lru-gc-arena-stop"), owned);
    let report = report(&place, "lru-raii.dscope");
    assert_eq!(report["operations"].as_array().map(|all| all.iter().any(|one| one["count"] == 500)), Some(true));
}

#[test]
fn the_status_of_a_recorded_program_is_its_own() {
    let place = Place::new();
    let script = format!("{DROPSCOPE} __demo scope-end; exit 3");
    place.run(&["record", "-o", "inner.dscope", "--", "sh", "-c", &script]).exits(3).says("recorded to inner.dscope");
    let script = format!("exec {DROPSCOPE} __demo scope-end");
    place.run(&["record", "-o", "exec.dscope", "--", "sh", "-c", &script]).exits(0).says("recorded to exec.dscope");
    assert_eq!(place.names(), ["exec.dscope", "inner.dscope"]);
}

#[test]
fn without_a_name_the_recording_is_called_after_program_and_time() {
    let place = Place::new();
    for _ in 0..2 {
        place.run(&["record", "--", DROPSCOPE, "__demo", "scope-end"]).exits(0).says("recorded to dropscope-2");
    }
    let names = place.names();
    assert_eq!(names.len(), 2, "the second does not replace the first: {names:?}");
    for name in names {
        let time = name.strip_prefix("dropscope-").and_then(|rest| rest.strip_suffix(".dscope")).expect("its form");
        assert!(time.len() >= 15 && time.chars().all(|letter| letter.is_ascii_digit() || letter == '-'), "{name}");
    }
}

#[test]
fn a_killed_programs_recording_is_one_file_and_says_so() {
    for (signal, status, words) in [("TERM", 143, "SIGTERM (15)"), ("KILL", 137, "SIGKILL (9)")] {
        let place = Place::new();
        let started = start_long(&place, "k.dscope");
        send(child_of(started.pid()), signal);
        started.end().exits(status).says("recorded to k.dscope").says("alive when it ended");
        assert_eq!(place.names(), ["k.dscope"]);
        assert_eq!(report(&place, "k.dscope")["complete"], false);
        place
            .run(&["report", "k.dscope"])
            .exits(0)
            .prints(&format!("! Not complete: the program was killed by {words}"));
    }
}

#[test]
fn a_recording_is_replaced_but_not_while_it_is_written() {
    let place = Place::new();
    let started = start_long(&place, "r.dscope");
    let pid = child_of(started.pid());
    let again = ["demo", "scope-end", "-o", "r.dscope"];
    place.run(&again).exits(1).says(&format!("r.dscope is being recorded to by process {pid}"));
    place.run(&["report", "r.dscope"]).exits(0).prints("! Not complete: the program is still being recorded");
    started.send("TERM");
    started.end().exits(143);
    place.run(&again).exits(0);
    assert_eq!(report(&place, "r.dscope")["complete"], true);
    assert_eq!(place.names(), ["r.dscope"]);
}

fn launched(place: &Place, file: &str) -> launch::Launch {
    let demo =
        DemoOptions { operations: Some(1_000_000_000), program: Some(PathBuf::from(DROPSCOPE)), ..<_>::default() };
    let options =
        Options { output: Some(place.path(file)), silent: true, ends_with_launch: true, ..Options::default() };
    launch::start_demo("lru-raii", &demo, &options).expect("the demo starts")
}

#[test]
fn a_launch_is_seen_running_and_ends_when_it_is_stopped() {
    let place = Place::new();
    let mut launch = launched(&place, "window.dscope");
    let mut scan = RunningScan::default();
    let of_ours = |scan: &mut RunningScan| scan.scan().into_iter().find(|one| one.pid == launch.pid());
    until("it is seen running", || of_ours(&mut scan).is_some());
    let seen = of_ours(&mut scan).expect("it runs");
    assert_eq!((seen.program.as_str(), seen.recording.as_path()), ("dropscope", launch.recording()));
    assert!(seen.arguments.contains(&"lru-raii".to_owned()), "{seen:?}");
    assert!(seen.started.elapsed().is_ok_and(|since| since.as_secs() < 120), "{seen:?}");
    assert!(matches!(launch.poll(), Progress::Running));
    launch.stop();
    let mut outcome = None;
    until("it has ended", || {
        if let Progress::Done(done) = launch.poll() {
            outcome = Some(done);
        }
        outcome.is_some()
    });
    let outcome = outcome.expect("it has ended");
    assert_eq!(outcome.ended, Ended::Killed(15));
    assert_eq!(outcome.recorded, Recorded::Whole(place.path("window.dscope")));
    assert!(scan.scan().iter().all(|one| one.pid != launch.pid()), "it is not seen any more");
}

#[test]
fn a_launch_that_is_dropped_takes_its_demo_with_it() {
    let place = Place::new();
    let launch = launched(&place, "dropped.dscope");
    let process = format!("/proc/{}", launch.pid());
    assert!(Path::new(&process).exists());
    drop(launch);
    assert!(!Path::new(&process).exists());
}
