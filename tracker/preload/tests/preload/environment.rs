//! Narrow places: limits, folders that take nothing, closed descriptors, another root.

use crate::support::{case, text};
use dropscope_format::{LostCause, State};
use std::path::Path;
use std::process::Command;

/// A file system of its own at `folder`, as far as this process may mount one.
fn mounted(folder: &Path, options: &str) -> bool {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(folder);
    let is_there = mount.output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("no right to mount here: left out");
    }
    is_there
}

fn unmount(folder: &Path) {
    assert!(Command::new("umount").arg("-l").arg(folder).status().unwrap().success());
}

#[test]
fn a_full_disk() {
    const EVENTS: u64 = 2 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    if !mounted(folder.path(), "size=17000k") {
        return;
    }
    let run = case(&["flood", "1000000"]).recorded_to(&folder.path().join("out.dscope")).run_unequal();
    let read = run.read();
    unmount(folder.path());
    assert_eq!(run.stderr().matches("cannot be written any more").count(), 1, "{}", run.stderr());
    assert_eq!(read.state, State::Cut);
    assert_eq!(read.status.lost_total(), read.lost(LostCause::Write));
    assert!(read.lost(LostCause::Write) > 0 && read.count + read.lost(LostCause::Write) >= EVENTS, "{:?}", read.status);
}

#[test]
fn a_folder_that_nothing_can_be_made_in() {
    let folder = tempfile::tempdir().unwrap();
    let is_mounted = mounted(folder.path(), "ro");
    let out = if is_mounted { folder.path().join("out.dscope") } else { Path::new("/proc/out.dscope").to_owned() };
    let run = case(&["plain"]).recorded_to(&out).run_unequal();
    if is_mounted {
        unmount(folder.path());
    }
    let said = run.stderr();
    assert!(said.starts_with(&format!("dropscope: {} cannot be recorded to: ", out.display())), "{said}");
    assert!(said.ends_with("the program runs unrecorded\n") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_limit_on_the_size_of_files() {
    // 4 MiB, in units of half a KiB: less than a ring takes. The logs are there before.
    let case = case(&["plain"]).after("ulimit -f 8192");
    for log in ["log", "log.alone"] {
        std::fs::File::create(case.folder.path().join(log)).unwrap().set_len(1 << 25).unwrap();
    }
    let run = case.run_unequal();
    assert!(run.stderr().contains("no ring file beside"), "{}", run.stderr());
    run.assert_orderly();
}

#[test]
fn few_descriptors() {
    for most in [64, 16, 9] {
        case(&["plain"]).after(&format!("ulimit -n {most}")).run().assert_orderly();
    }
    // Too few for two files and a look at what is mapped: said, and the program runs.
    let run = case(&["plain"]).after("ulimit -n 4").run_unequal();
    let said = run.stderr();
    assert!(said.is_empty() || said.starts_with("dropscope: "), "{said}");
    if said.contains("unrecorded") {
        assert!(!run.out.exists());
    } else {
        run.assert_exact();
    }
}

#[test]
fn little_address_space() {
    // Less than all chunks there can ever be, and more than the first ones.
    for kib in [1_000_000, 200_000, 100_000] {
        case(&["plain"]).after(&format!("ulimit -v {kib}")).run().assert_orderly();
    }
    // Hardly more than the program and its log.
    let run = case(&["plain"]).after("ulimit -v 45000").run_unequal();
    if !run.stderr().contains("runs unrecorded") {
        run.assert_orderly();
    }
}

#[test]
fn closed_descriptors() {
    for closed in ["exec 2>&-", "exec <&- 2>&-", "exec <&- >&- 2>&-"] {
        case(&["plain"]).after(closed).run().assert_orderly();
        // Among so few descriptors that the recorder's cannot be far away from the program's.
        case(&["plain"]).after(&format!("{closed}; ulimit -n 9")).run().assert_orderly();
    }
}

#[test]
fn another_root() {
    let root = tempfile::tempdir().unwrap();
    let run = case(&["chroot", root.path().to_str().unwrap()]).run();
    if run.recorded.status.code() != Some(0) {
        eprintln!("no right to change the root here: {}", text(&run.recorded.stderr));
        return;
    }
    // The ring cannot be reached for its removal; it says itself that nothing in it is needed.
    let read = run.assert_exact();
    assert!(matches!(read.state, State::Ended(_)), "{:?}", read.state);
}
