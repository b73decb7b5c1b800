//! Programs without the tracker: the launcher finds the way that fits each, or says why there is none.

use dropscope_tests::{DEBUG, compiled, dropscope, dump, fixture, record, report, told};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Kind and size of each event of a size in the range, in order.
fn events(file: &Path, sizes: std::ops::Range<u64>) -> Vec<(String, u64)> {
    let of_event = |event: Value| {
        let size = event["size"].as_u64().filter(|size| sizes.contains(size))?;
        Some((event["event"].as_str()?.to_owned(), size))
    };
    dump(file).into_iter().filter_map(of_event).collect()
}

fn pairs(expected: &mut Vec<(String, u64)>, sizes: &[u64]) {
    for size in sizes {
        expected.extend([("alloc".to_owned(), *size), ("free".to_owned(), *size)]);
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_c_program_is_recorded_without_a_word_in_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("family.c", "family", &["-fno-builtin", "-D_GNU_SOURCE"], folder.path()).expect("cc");
    let file = folder.path().join("family.dscope");
    let output = record(&program, &[], &file);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(errors(&output).contains("family has no tracker in it: its calls of malloc and free are recorded"));
    let mut expected: Vec<_> = [("alloc", 10_001), ("realloc", 10_002), ("realloc", 10_003), ("free", 10_003)]
        .map(|(a, b)| (a.into(), b))
        .into();
    let pages = 10_009u64.next_multiple_of(4096);
    pairs(&mut expected, &[10_004, 10_005, 10_048, 10_007, 10_008, pages, 10_010, 10_011, 10_012, 10_112, 10_014]);
    expected.push(("alloc".to_owned(), 10_015));
    assert_eq!(events(&file, 10_001..20_000), expected);
    let report = report(&file);
    assert_eq!(report["complete"], true);
    assert_eq!(report["lost_events"], 0);
    let leak = &report["leaks"][0];
    assert_eq!((&leak["blocks"], &leak["bytes"]), (&Value::from(1), &Value::from(10_015)), "{report:#}");
    assert!(leak["at"]["file"].as_str().unwrap().ends_with("family.c"), "{leak}");
}

/// As `cargo install` leaves it: with nothing beside it.
#[test]
fn a_program_that_lies_alone_carries_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let (alone, file) = (folder.path().join("dropscope"), folder.path().join("hello.dscope"));
    std::fs::copy(dropscope(), &alone).unwrap();
    let program = compiled("hello.c", "hello", &[], folder.path()).expect("cc");
    let record = |cache: &Path| {
        let mut command = Command::new(&alone);
        command.env("XDG_CACHE_HOME", cache).args(["record", "-o"]).arg(&file).arg("--").arg(&program);
        command.output().unwrap()
    };
    for _ in 0..2 {
        let output = record(&folder.path().join("cache"));
        assert!(output.status.success(), "{}", errors(&output));
        assert!(report(&file)["totals"]["allocs"].as_u64() > Some(0));
    }
    let kept = std::fs::read_dir(folder.path().join("cache/dropscope/preload")).unwrap().count();
    assert_eq!(kept, 1, "once for all starts");
    std::fs::remove_file(&file).unwrap();
    let output = record(Path::new("/proc/nowhere"));
    assert!(!file.exists() && errors(&output).contains("/proc/nowhere/dropscope/preload"), "{}", errors(&output));
}

/// The buffer that the C library keeps for stdout is its own and no leak.
#[test]
fn a_program_that_only_prints_leaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut programs = vec![compiled("hello.c", "hello", &[], folder.path()).expect("cc")];
    programs.extend(compiled("hello.cc", "hello-cc", &[], folder.path()));
    for program in programs {
        let file = folder.path().join("hello.dscope");
        record(&program, &[], &file);
        let report = report(&file);
        assert!(report["runtime"]["live_blocks_at_end"].as_u64() > Some(0), "{report:#}");
        assert_eq!(report["leaks"], Value::Array(Vec::new()), "{report:#}");
    }
}

#[test]
fn every_new_and_delete_of_cpp_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = compiled("family.cc", "family", &["-std=c++17", "-fno-builtin"], folder.path()) else {
        eprintln!("no C++ compiler here: not tried");
        return;
    };
    let file = folder.path().join("family.dscope");
    let output = record(&program, &[], &file);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let mut expected = Vec::new();
    pairs(&mut expected, &[20_001, 20_002, 20_003, 20_004, 20_005, 20_096, 20_160, 20_224, 20_007]);
    // A string takes its text's length and the zero behind it; then the unique_ptr's.
    pairs(&mut expected, &[20_009, 20_009]);
    assert_eq!(events(&file, 20_001..21_000), expected);
}

#[test]
fn scripts_are_recorded_as_what_runs_them() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("family.c", "family", &["-fno-builtin", "-D_GNU_SOURCE"], folder.path()).expect("cc");
    for (name, line) in [("direct", format!("#!{}", program.display())), ("env", "#!/usr/bin/env family".to_owned())] {
        let script = folder.path().join(name);
        std::fs::write(&script, format!("{line}\n")).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let file = folder.path().join(format!("{name}.dscope"));
        let mut command = Command::new(dropscope());
        let path = std::env::join_paths(
            std::iter::once(folder.path().to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.env("PATH", path.unwrap()).arg("record").arg("-o").arg(&file).arg("--").arg(&script);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{}", told(&command, &output));
        assert!(report(&file)["program"].as_str().unwrap().ends_with("/family"), "{name}: not of env");
        assert_eq!(events(&file, 10_015..10_016).len(), 1, "{name}");
    }
}

fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let script = folder.join(name);
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[test]
fn what_a_wrapper_becomes_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("family.c", "family", &["-fno-builtin", "-D_GNU_SOURCE"], folder.path()).expect("cc");
    // As version managers have it: one script becomes another one, and that the program.
    let inner = script(folder.path(), "inner", &format!("#!/usr/bin/env bash\nexec {} \"$@\"\n", program.display()));
    let outer = script(folder.path(), "outer", &format!("#!/bin/sh\n: $(ls /)\nexec {}\n", inner.display()));
    let file = folder.path().join("outer.dscope");
    let output = record(&outer, &[], &file);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let report = report(&file);
    assert!(report["program"].as_str().unwrap().ends_with("/family"), "{report:#}");
    assert_eq!((&report["complete"], events(&file, 10_015..10_016).len()), (&Value::from(true), 1));
    let files = std::fs::read_dir(folder.path()).unwrap();
    let recordings = files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|it| it == "dscope"));
    assert_eq!(recordings.count(), 1, "nothing else that ran is recorded");
}

#[test]
fn a_wrapper_that_becomes_a_program_with_the_tracker_leaves_it_to_that() {
    let folder = tempfile::tempdir().unwrap();
    let tracked = fixture("order", DEBUG);
    let wrapper = script(folder.path(), "wrapper", &format!("#!/bin/sh\nexec {}\n", tracked.display()));
    let (plain, wrapped) = (folder.path().join("plain.dscope"), folder.path().join("wrapped.dscope"));
    assert!(record(&tracked, &[], &plain).status.success());
    assert!(record(&wrapper, &[], &wrapped).status.success());
    let of = |file: &Path, field: &str| report(file)[field].clone();
    for field in ["program", "complete"] {
        assert_eq!(of(&wrapped, field), of(&plain, field), "{field}");
    }
    for total in ["allocs", "reallocs", "frees", "bytes_allocated"] {
        assert_eq!(of(&wrapped, "totals")[total], of(&plain, "totals")[total], "{total}");
    }
}

#[test]
fn of_a_wrapper_that_only_starts_a_program_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("family.c", "family", &["-fno-builtin", "-D_GNU_SOURCE"], folder.path()).expect("cc");
    let wrapper = script(folder.path(), "wrapper", &format!("#!/bin/sh\n{}\nexit 0\n", program.display()));
    let output = record(&wrapper, &[], &folder.path().join("none.dscope"));
    let said = errors(&output);
    assert!(
        said.contains("wrapper ran, but nothing was recorded: it starts other programs, of which none has"),
        "{said}"
    );
    assert!(said.contains("Name the program that you mean: `dropscope record -- PROGRAM`"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[test]
fn what_cannot_be_recorded_is_said_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let static_flags = ["-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector"];
    let go_flags = [&static_flags[..], &["-DGO"]].concat();
    for (source, name, flags, why) in [
        ("static.c", "lonely", &static_flags[..], "is statically linked: nothing can be preloaded into it"),
        ("static.c", "gopher", &go_flags[..], "is a Go program: its memory comes from Go's own collector"),
        ("own_malloc.c", "own", &["-fno-builtin"][..], "brings a malloc of its own"),
    ] {
        let program = compiled(source, name, flags, folder.path()).expect("cc");
        let output = record(&program, &[], &folder.path().join("none.dscope"));
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("{name} will not be recorded: it {why}")), "{said}");
        assert!(said.contains(&format!("{name} ran, but was not recorded: it {why}")), "{said}");
        assert!(!folder.path().join("none.dscope").exists());
    }
}

#[test]
fn a_setuid_program_gets_a_clear_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled("family.c", "raised", &["-fno-builtin", "-D_GNU_SOURCE"], folder.path()).expect("cc");
    // Only root may give a file away.
    if std::os::unix::fs::chown(&program, Some(65_534), Some(65_534)).is_err() {
        eprintln!("not root: not tried");
        return;
    }
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o4755)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = record(&program, &[], &folder.path().join("none.dscope"));
    let said = errors(&output);
    assert!(said.contains("raised will not be recorded: it runs with rights that its user does not have"), "{said}");
    assert_eq!(output.status.code(), Some(7), "it runs all the same: {said}");
}
