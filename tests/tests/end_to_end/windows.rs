//! A part of a program's time: by marks, by times; and what cargo starts.

use dropscope_tests::{DEBUG, dropscope, dump, fixture, report, run, succeed, told, workspace};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn record(file: &Path, options: &[&str], program: &Path, arguments: &[&str]) {
    let mut command = Command::new(dropscope());
    command.args(["record", "-o"]).arg(file).args(options).arg("--").arg(program).args(arguments);
    succeed(&mut command);
}

fn has_born(events: &[Value], size: u64) -> bool {
    events.iter().any(|event| event["event"] == "alloc" && event["size"] == size)
}

fn marks(events: &[Value]) -> Vec<&str> {
    events.iter().filter(|event| event["event"] == "mark").filter_map(|event| event["name"].as_str()).collect()
}

#[test]
fn marks_begin_and_end_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("part.dscope"));
    record(&file, &["--from-mark", "loaded"], &program, &["20"]);
    let later = dump(&file);
    assert_eq!(marks(&later), ["loaded", "served"]);
    let first = later.iter().find(|event| event["event"] != "thread").unwrap();
    assert_eq!((&first["event"], &first["name"]), (&"mark".into(), &"loaded".into()), "it begins with its mark");
    assert!(!has_born(&later, 70_001));
    let to_the_end = report(&file);
    assert!(to_the_end["unmatched_frees"].as_u64() > Some(16), "what was loaded before is released in it");
    assert_eq!(to_the_end["stopped"], false, "its end is the program's");
    record(&file, &["--until-mark", "loaded"], &program, &["20"]);
    let sooner = dump(&file);
    assert_eq!(marks(&sooner), ["loaded"]);
    assert!(has_born(&sooner, 70_001));
    let part = report(&file);
    assert_eq!((&part["complete"], &part["stopped"]), (&true.into(), &true.into()), "{part:#}");
    record(&file, &["--from-mark", "loaded", "--until-mark", "served"], &program, &["20"]);
    let part = report(&file);
    assert_eq!((&part["operations"][0]["count"], &part["stopped"]), (&20.into(), &true.into()), "{part:#}");
}

#[test]
fn times_begin_and_end_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("part.dscope"));
    record(&file, &["--after", "100ms", "--for", "0.3s"], &program, &["200"]);
    let part = report(&file);
    let count = part["operations"][0]["count"].as_u64().unwrap();
    assert!(count > 0 && count < 200, "{part:#}");
    assert_eq!((&part["complete"], &part["stopped"]), (&true.into(), &true.into()), "{part:#}");
    assert!(marks(&dump(&file)).iter().all(|mark| *mark != "served"));
}

/// What it waited for is said, and not that a folder may be at fault.
#[test]
fn a_beginning_that_never_comes_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("none.dscope"));
    let cases = [
        (["--from-mark", "nobody says this"], "it never said the mark `nobody says this`, with which"),
        (["--after", "90s"], "it ended before the 90 s were over, with which"),
    ];
    for (options, told) in cases {
        let mut command = Command::new(dropscope());
        command.args(["record", "-o"]).arg(&file).args(options).arg("--").arg(&program).arg("3");
        let output = run(&mut command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(told) && !said.contains("folder"), "{said}");
    }
}

#[test]
fn a_flight_recorder_keeps_the_last_of_a_bad_end() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("last.dscope"));
    let start = |arguments: &[&str]| {
        let mut command = Command::new(dropscope());
        command.args(["record", "-o"]).arg(&file).args(["--last", "12KiB", "--"]).arg(&program).args(arguments);
        run(&mut command)
    };
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let output = start(&["300", "abort"]);
    assert_eq!(output.status.code(), Some(134), "{output:?}");
    assert_eq!(names(), ["last.before.dscope", "last.dscope"], "{output:?}");
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let both = size("last.dscope") + size("last.before.dscope");
    assert!(both < 64 << 10, "{both}");
    let events = dump(&file);
    assert_eq!(marks(&events), ["served"], "the last that happened is there, the first is not");
    let report = report(&file);
    assert!(report["unmatched_frees"].as_u64() > Some(0), "what is older is released in it: {report:#}");
    let place = report["sites"][0]["at"]["file"].as_str().unwrap_or_default();
    assert!(place.ends_with("server.rs"), "places are found as ever: {report:#}");
    std::fs::remove_file(folder.path().join("last.before.dscope")).unwrap();
    let output = start(&["300"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(names().is_empty(), "{:?}", names());
}

#[test]
fn a_sample_stands_for_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("some.dscope"));
    record(&file, &[], &program, &["300"]);
    let (whole, events) = (report(&file), dump(&file));
    assert!(whole["sampling"].is_null());
    record(&file, &["--sample", "8KiB"], &program, &["300"]);
    let some = report(&file);
    assert_eq!(some["sampling"]["mean_bytes"], 8192, "{some:#}");
    let number = |report: &Value, name: &str| report["totals"][name].as_f64().unwrap();
    // In a sample each realloc is a birth.
    let births = number(&whole, "allocs") + number(&whole, "reallocs");
    assert!(number(&some, "allocs") < births / 2.0, "{some:#}");
    for name in ["allocs", "peak_live_bytes", "live_bytes_at_end"] {
        let estimate = &some["sampling"][name];
        let (value, error) = (estimate["value"].as_f64().unwrap(), estimate["standard_error"].as_f64().unwrap());
        let truth = if name == "allocs" { births } else { number(&whole, name) };
        // Few small blocks are chosen, and with none of them the error cannot be told from the sample: a floor for that.
        let floor = if name == "allocs" { 500.0 } else { 8192.0 };
        assert!((value - truth).abs() <= 6.0 * error + 3.0 * floor, "{name}: {value} ± {error}, in truth {truth}");
    }
    sites_stand_for_theirs(&events, &some);
    assert!(whole["sites"].as_array().unwrap().iter().all(|row| row["estimate"].is_null()), "nothing to estimate");
    assert_eq!(some["unmatched_frees"], 0, "releases of blocks that were not chosen are not recorded");
    assert_eq!(some["operations"][0]["count"], 316, "operations, scopes and marks are all there");
    let output = succeed(Command::new(dropscope()).arg("report").arg(&file));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("A sample: one byte in 8 192 B") || said.contains("A sample: one byte in 8"), "{said}");
}

/// Each row of the sample has its estimate and error, and what was born at its place in truth (`events` are the whole's)
/// lies about there.
#[track_caller]
fn sites_stand_for_theirs(events: &[Value], some: &Value) {
    let bytes_at = |at: &Value| -> f64 {
        // In a sample each realloc is a birth.
        let births = events.iter().filter(|event| event["event"] == "alloc" || event["event"] == "realloc");
        births.filter(|event| event["at"] == *at).filter_map(|event| event["size"].as_f64()).sum()
    };
    let mut tried = 0;
    let mut last = f64::INFINITY;
    for site in some["sites"].as_array().unwrap() {
        let estimate = &site["estimate"]["bytes"];
        let (value, error) = (estimate["value"].as_f64().unwrap(), estimate["standard_error"].as_f64().unwrap());
        assert!(value <= last, "the largest first");
        last = value;
        let truth = bytes_at(&site["at"]);
        // A place of whose blocks few are chosen has an error that is itself a guess.
        tried += usize::from(site["allocs"].as_u64() > Some(20));
        assert!(
            (value - truth).abs() <= 6.0 * error + 3.0 * 8192.0,
            "{}: {value} ± {error}, in truth {truth}",
            site["at"]
        );
    }
    assert!(tried > 0, "{some:#}");
    for (rows, name) in [("leaks", "blocks"), ("owners", "blocks")] {
        let is_one = |row: &Value| row["estimate"][name]["standard_error"].is_number();
        assert!(some[rows].as_array().unwrap().iter().all(is_one), "{rows}: {some:#}");
    }
}

/// A sample is held against limits as what it stands for: a limit that the whole keeps holds, half of it does not.
#[test]
fn a_sample_is_checked_as_what_it_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let (program, file) = (fixture("server", DEBUG), folder.path().join("some.dscope"));
    record(&file, &[], &program, &["300"]);
    let whole = report(&file)["totals"]["bytes_allocated"].as_u64().unwrap();
    let mut command = Command::new(dropscope());
    command.args(["record", "-o"]).arg(&file).args(["--sample", "8KiB", "--"]).arg(&program).arg("300");
    let said = String::from_utf8_lossy(&succeed(&mut command).stderr).into_owned();
    assert!(said.contains(" events of a sample, none lost"), "{said}");
    for (limit, holds) in [(whole * 2, true), (whole / 2, false)] {
        let mut check = Command::new(dropscope());
        check.arg("check").arg(&file).args(["--max-bytes", &limit.to_string()]);
        let output = run(&mut check);
        assert_eq!(output.status.success(), holds, "{}", told(&check, &output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(" ± ") && said.contains("A sample: one byte in"), "{said}");
    }
    let output = succeed(Command::new(dropscope()).arg("check").arg(&file).arg("--baseline").arg(&file));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Every place allocates as in"), "{output:?}");
}

/// A folder with programs called `dropscope` and `cargo-dropscope`, and a `PATH` that begins with it.
pub(crate) fn installed(folder: &Path) -> std::ffi::OsString {
    let beside = dropscope();
    let beside = beside.parent().unwrap();
    let programs = folder.join("bin");
    std::fs::create_dir(&programs).unwrap();
    for name in ["dropscope", "cargo-dropscope"] {
        std::os::unix::fs::symlink(beside.join(format!("{name}-under-test")), programs.join(name)).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn cargo_does_what_it_does_and_what_it_starts_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let target: PathBuf = fixture("order", DEBUG).ancestors().nth(2).unwrap().to_owned();
    let path = installed(folder.path());
    let cargo = |words: &[&str], rest: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(folder.path()).env("PATH", &path).arg("dropscope").args(words);
        command.args(["--offline", "--quiet", "--manifest-path"]).arg(workspace().join("tests/fixtures/Cargo.toml"));
        command.arg("--target-dir").arg(&target).args(rest);
        let output = run(&mut command);
        assert!(output.status.success(), "{}", told(&command, &output));
        output
    };
    let output = cargo(&["-o", "%n.dscope", "run", "--bin", "order2024"], &[]);
    assert_eq!(output.stdout, b"order\n");
    assert_eq!(report(&folder.path().join("order2024.dscope"))["complete"], true);
    cargo(&["-o", "test-%n.dscope", "test", "--bin", "order2024"], &["--", "--list"]);
    assert!(report(&folder.path().join("test-order2024.dscope"))["totals"]["allocs"].as_u64() > Some(0));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "two recordings and the programs' folder: {names:?}");
}
