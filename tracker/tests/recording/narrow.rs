//! Little room, much room, other roads: the program behaves as it does alone, and what it did is in the recording.

use crate::support::{Fixture, Logged, Run, assert_as_logged, read};
use dropscope_format::{EventKind, State};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Recorded as alone: the same status and outputs. And every event is there.
#[track_caller]
fn as_alone(fixture: impl Fn() -> Fixture) -> Run {
    let (alone, run) = (fixture().unrecorded().run(), fixture().run());
    let told = |run: &Run| (run.output.status.code(), run.output.status.signal(), run.stdout(), nameless(run));
    assert_eq!(told(&run), told(&alone), "recorded, and alone");
    run
}

/// What a thread that overflows its stack says has its number in it.
fn nameless(run: &Run) -> String {
    run.stderr().chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

#[track_caller]
fn orderly(run: &Run) {
    let read = run.read();
    read.assert_nothing_lost();
    assert!(matches!(read.state, State::Ended(_)), "{:?}", read.state);
    assert_as_logged(&run.log(), &read.logged());
    assert_eq!(run.files().first().map(String::as_str), Some("out.dscope"), "an orderly end leaves one file");
}

#[test]
fn stacks_of_16_kilobytes_and_of_32_megabytes() {
    orderly(&as_alone(|| Fixture::new(&["stacks"])));
}

/// The program's blocks lie as they do alone, and so take as long to be found and moved.
#[test]
fn what_the_recorder_allocates_does_not_lie_among_the_programs_blocks() {
    let place = |fixture: Fixture| -> usize { fixture.run().stdout().trim().parse().unwrap() };
    let (alone, recorded) = (place(Fixture::new(&["heap"]).unrecorded()), place(Fixture::new(&["heap"])));
    assert!(recorded.abs_diff(alone) < 8 << 10, "{recorded} bytes into the heap, and {alone} alone");
}

#[test]
fn the_stack_overflows() {
    let run = as_alone(|| Fixture::new(&["overflow"]));
    assert!(run.stderr().contains("overflowed its stack"), "{}", run.stderr());
    run.assert_status(None, Some(libc::SIGABRT));
    let read = run.read();
    assert_eq!(read.state, State::Cut);
    read.assert_nothing_lost();
    let (logged, mut told) = (run.log(), read.logged());
    for (thread, events) in &mut told {
        assert!(events.len() - logged[thread].len() <= 1, "{} events, {} logged", events.len(), logged[thread].len());
        events.truncate(logged[thread].len());
    }
    assert_as_logged(&logged, &told);
}

#[test]
fn unwinding_through_recorded_frames() {
    orderly(&as_alone(|| Fixture::new(&["unwinding"])));
}

#[test]
fn libraries_that_are_unloaded_while_their_blocks_live() {
    let folder = tempfile::tempdir().unwrap();
    let Some(paths) =
        ["1024", "2048"].map(|frame| plugin(folder.path(), frame)).into_iter().collect::<Option<Vec<_>>>()
    else {
        eprintln!("no C compiler: left out");
        return;
    };
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    orderly(&as_alone(|| Fixture::new(&["libraries"]).with("FIXTURE_PLUGINS", &paths.join(":"))));
}

fn plugin(folder: &Path, frame: &str) -> Option<PathBuf> {
    let to = folder.join(format!("{frame}.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unwind_plugin.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1"]).arg(format!("-DFRAME={frame}")).arg(source).arg("-o").arg(&to);
    compiler.status().is_ok_and(|status| status.success()).then_some(to)
}

#[test]
fn alignments_up_to_a_gigabyte_foreign_blocks_and_none() {
    let run = as_alone(|| Fixture::new(&["odd-blocks"]));
    orderly(&run);
    let read = run.read();
    let of = |size| read.told.iter().filter(move |told| told.event.size_bytes == size).map(|told| told.event.kind);
    for size in 61_000..61_005 {
        assert_eq!(of(size).collect::<Vec<_>>(), [EventKind::Free], "{size}: released, and never born");
    }
    assert_eq!(of(0).count(), 0, "Rust never asks for nothing");
}

#[test]
fn jumps_through_recorded_frames() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = plugin(folder.path(), "1024") else {
        eprintln!("no C compiler: left out");
        return;
    };
    orderly(&as_alone(|| Fixture::new(&["jumps"]).with("FIXTURE_PLUGINS", &library.display().to_string())));
}

/// Also in a sample that has every block of these sizes: one that could not grow is still the same block.
#[test]
fn a_realloc_that_fails() {
    let refused = || Fixture::new(&["refused"]);
    orderly(&as_alone(refused));
    let run = as_alone(|| refused().with("DROPSCOPE_SAMPLE", "256"));
    let read = run.read();
    read.assert_nothing_lost();
    // In a sample a realloc is a release and a birth.
    let mut expected = run.log();
    for events in expected.values_mut() {
        let as_two = |event: Logged| match event {
            ('R', size, address, old) => vec![('F', 40_001, old, 0), ('A', size, address, 0)],
            other => vec![other],
        };
        *events = std::mem::take(events).into_iter().flat_map(as_two).collect();
    }
    assert_as_logged(&expected, &read.logged());
}

#[test]
fn another_root() {
    let root = tempfile::tempdir().unwrap();
    let run = as_alone(|| Fixture::new(&["another-root"]).with("FIXTURE_ROOT", root.path().to_str().unwrap()));
    if run.output.status.code() == Some(77) {
        eprintln!("no right to change the root here: left out");
        return;
    }
    // The ring cannot be reached for its removal; it says itself that nothing in it is needed.
    let read = run.read();
    assert!(matches!(read.state, State::Ended(_)), "{:?}", read.state);
    assert_as_logged(&run.log(), &read.logged());
}

#[test]
fn a_folder_that_nothing_can_be_made_in_but_the_file_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |what: &[&str]| {
        let done = Command::new("mount").args(what).arg(folder.path()).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=1m", "none"]) {
        eprintln!("no right to mount a file system here: left out");
        return;
    }
    let out = folder.path().join("out.dscope");
    let recorded = || Fixture::new(&["return"]).with("DROPSCOPE_OUT", out.to_str().unwrap()).run();
    // Too small for a ring, but not for the file.
    let small = recorded();
    let read_small = read(&out);
    assert!(mount(&["-o", "remount,ro"]));
    let refused = recorded();
    assert!(Command::new("umount").arg("-l").arg(folder.path()).status().unwrap().success());
    small.assert_status(Some(0), None);
    assert!(small.stderr().contains("no ring file beside"), "{}", small.stderr());
    assert_as_logged(&small.log(), &read_small.logged());
    refused.assert_status(Some(0), None);
    assert!(refused.stderr().ends_with("the program runs unrecorded\n"), "{}", refused.stderr());
}

#[test]
fn few_descriptors_and_closed_ones() {
    for before in ["ulimit -n 64", "ulimit -n 12", "exec 2>&-", "exec <&- 2>&-; ulimit -n 12", "exec <&- >&- 2>&-"] {
        let run = as_alone(|| Fixture::new(&["odd-blocks"]).after(before));
        assert_eq!(run.output.status.code(), Some(0), "{before}: {}", run.stderr());
        orderly(&run);
    }
}

#[test]
fn little_address_space() {
    // The fixture by itself takes 100 MB, and the C library may set 64 MiB aside for the recorder's thread.
    for kib in [1_000_000, 300_000, 240_000] {
        let run = Fixture::new(&["return"]).after(&format!("ulimit -v {kib}")).run();
        run.assert_status(Some(0), None);
        orderly(&run);
    }
}

/// A disk that takes its time, as the program sees it: it waits, and how long is counted.
#[test]
fn a_slow_disk_makes_the_program_wait_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (source, slow) = (folder.path().join("slow.c"), folder.path().join("slow.so"));
    let text = "#define _GNU_SOURCE\n#include <unistd.h>\n#include <sys/syscall.h>\n\
                ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {\n\
                    usleep(100000);\n    return syscall(SYS_pwrite64, file, bytes, count, at);\n}\n";
    std::fs::write(&source, text).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-w"]).arg(&source).arg("-o").arg(&slow).status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("no C compiler: left out");
        return;
    }
    let run = Fixture::new(&["flood", "60000"]).with("LD_PRELOAD", slow.to_str().unwrap()).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    let told = read.told.iter().filter(|told| told.event.size_bytes == 8).count() as u64;
    assert!(told >= 8 * 60_000 * 2, "{told}");
    assert!(read.status.waits > 0 && read.status.waited_ns > 20_000_000, "{:?}", read.status);
}

#[test]
fn what_is_recorded_is_its_owners_and_arguments_can_be_left_out() {
    let killed = Fixture::new(&["kill", "a-secret"]).run();
    for name in killed.files() {
        let mode = std::fs::metadata(killed.path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(killed.files().len(), 2);
    assert_eq!(killed.read().process.arguments[1..], ["kill", "a-secret"]);
    let holds = |run: &Run, text: &str| {
        let bytes = std::fs::read(run.path("out.dscope")).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let with = |redact: &str| {
        Fixture::new(&["return", "a-secret"]).with("DROPSCOPE_REDACT", redact).with("SECRET", "another-secret").run()
    };
    let plain = with("0");
    assert!(holds(&plain, "a-secret") && !holds(&plain, "another-secret"), "arguments, and no environment");
    let redacted = with("1");
    assert!(!holds(&redacted, "secret"));
    assert!(redacted.read().process.arguments.is_empty());
    assert_as_logged(&redacted.log(), &redacted.read().logged());
}
