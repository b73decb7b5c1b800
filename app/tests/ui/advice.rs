//! Findings: for each an invented program that shows it and one that does not.

use crate::invented::Invented;
use dropscope_app::model::analysis::advice::Kind;
use dropscope_app::model::analysis::ask::Content;
use dropscope_app::model::command::Command;
use dropscope_app::model::desk::{Desk, Habits};
use dropscope_app::model::library::Library;
use dropscope_app::model::state::Tab;
use dropscope_app::shot;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

fn findings(made: Invented) -> Vec<Kind> {
    let folder = tempfile::tempdir().unwrap();
    findings_in(made.write(folder.path(), "invented"))
}

fn findings_in(path: PathBuf) -> Vec<Kind> {
    let mut desk = Desk::new(Library::default(), Habits::default(), || {});
    desk.apply(Command::Open(vec![path]));
    desk.apply(Command::ChooseTab(Tab::Advice));
    shot::draw(&mut desk, [320, 240], 1.0);
    let answer = desk.state.documents[0].analysis.answer(Tab::Advice).expect("an answer");
    let Content::Advice(advice) = &answer.content else { panic!("no advice") };
    advice.findings.iter().map(|finding| finding.kind).collect()
}

/// `number` blocks of 100 bytes, one every 100 µs, each released `lives_us` later; none: never.
fn blocks(number: u64, lives_us: Option<u64>) -> Invented {
    let mut made = Invented::new(&["main"]);
    let mut events: Vec<(u64, bool, u64)> = (0..number).map(|block| (100 + block * 100, true, block)).collect();
    if let Some(lives_us) = lives_us {
        events.extend((0..number).map(|block| (100 + block * 100 + lives_us, false, block)));
    }
    events.sort_unstable();
    for (time_us, is_birth, block) in events {
        let address = 0x10_0000 + block * 128;
        if is_birth { made.alloc(0, time_us, address, 100) } else { made.free(0, time_us, address, 100) }
    }
    made
}

#[test]
fn a_leak_that_grows() {
    assert!(findings(blocks(200, None)).contains(&Kind::GrowingLeak));
    assert!(!findings(blocks(200, Some(150))).contains(&Kind::GrowingLeak));
}

#[test]
fn what_never_shrinks() {
    // All is released at the very end.
    let mut made = blocks(200, None);
    for block in 0..200 {
        made.free(0, 20_200 + block, 0x10_0000 + block * 128, 100);
    }
    assert!(findings(made).contains(&Kind::NeverShrinks));
    assert!(!findings(blocks(200, Some(150))).contains(&Kind::NeverShrinks));
}

#[test]
fn one_place_that_makes_most_events() {
    // Nothing invented has a name: all is of one place.
    assert!(findings(blocks(600, Some(150))).contains(&Kind::OnePlace));
    assert!(!findings(blocks(100, Some(150))).contains(&Kind::OnePlace), "too few to say anything");
}

#[test]
fn a_block_that_doubled_often() {
    let grown = |steps: u32| {
        let mut made = Invented::new(&["main"]);
        made.alloc(0, 10, 0x1000, 8);
        for step in 0..steps {
            let (from, to) = (8u64 << step, 16u64 << step);
            made.realloc(
                0,
                20 + u64::from(step) * 10,
                (0x1000 + u64::from(step) * 0x10_0000, from),
                (0x1000 + u64::from(step + 1) * 0x10_0000, to),
            );
        }
        made.free(0, 900, 0x1000 + u64::from(steps) * 0x10_0000, 8 << steps);
        made
    };
    assert!(findings(grown(12)).contains(&Kind::DoubledOften));
    assert!(!findings(grown(5)).contains(&Kind::DoubledOften));
}

#[test]
fn blocks_that_cross_threads() {
    let crossing = |released_on: usize| {
        let mut made = Invented::new(&["main", "worker"]);
        made.alloc(1, 5, 0x9000, 8);
        for block in 0..150 {
            made.alloc(0, 10 + block * 10, 0x10_0000 + block * 128, 100);
        }
        for block in 0..150 {
            made.free(released_on, 2_000 + block * 10, 0x10_0000 + block * 128, 100);
        }
        made
    };
    assert!(findings(crossing(1)).contains(&Kind::Crosses));
    assert!(!findings(crossing(0)).contains(&Kind::Crosses));
}

#[test]
fn a_release_storm() {
    // `births`: so many blocks are born on that thread at even steps among the releases.
    let released = |number: u64, births: u64, births_on: usize| {
        let mut made = Invented::new(&["main", "worker"]);
        made.alloc(1, 5, 0x9000, 8);
        for block in 0..number {
            made.alloc(0, 10 + block, 0x10_0000 + block * 128, 100);
        }
        let every = number / (births + 1);
        for block in 0..number {
            made.free(0, 20_000 + block * 2, 0x10_0000 + block * 128, 100);
            if births > 0 && block % every == every - 1 {
                made.alloc(births_on, 20_001 + block * 2, 0x80_0000 + block * 128, 100);
            }
        }
        findings(made).contains(&Kind::ReleaseStorm)
    };
    assert!(released(1_500, 0, 0));
    assert!(!released(300, 0, 0));
    assert!(!released(1_500, 2, 0), "births are in between");
    assert!(released(1_500, 2, 1), "births of another thread are not");
}

#[test]
fn small_blocks_that_are_rounded_up() {
    let kept = |bytes: u64| {
        let mut made = Invented::new(&["main"]).rounded_as_glibc_does();
        for block in 0..80_000 {
            made.alloc(0, 10 + block, 0x10_0000 + block * 64, bytes);
        }
        made
    };
    assert!(findings(kept(25)).contains(&Kind::RoundedUp), "15 bytes on top of each 25");
    assert!(!findings(kept(40)).contains(&Kind::RoundedUp), "what is asked for is what is given");
    let mut few = Invented::new(&["main"]).rounded_as_glibc_does();
    few.alloc(0, 10, 0x10_0000, 1);
    assert!(!findings(few).contains(&Kind::RoundedUp), "nothing to speak of");
}

/// Builds a program and records it; none where there is no compiler, or nothing to load into a program.
fn recorded(folder: &Path, name: &str, body: &str) -> Option<PathBuf> {
    let (source, program) = (folder.join(format!("{name}.rs")), folder.join(name));
    std::fs::write(&source, body).unwrap();
    let built = Process::new("rustc").arg("-g").arg("-o").args([&program, &source]).status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("left out: rustc does not build the program");
        return None;
    }
    let recording = folder.join(format!("{name}.dscope"));
    let mut record = Process::new(env!("CARGO_BIN_EXE_dropscope"));
    let status = record.args(["record", "-o"]).arg(&recording).arg("--").arg(&program).output().unwrap();
    if !recording.exists() {
        eprintln!("left out: {}", String::from_utf8_lossy(&status.stderr));
        return None;
    }
    Some(recording)
}

#[test]
fn a_clone_dropped_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let program = |use_of_copy: &str| {
        format!(
            "fn main() {{\n    let name = String::from(\"a name that is longer than a pointer\");\n    \
             let mut kept = Vec::with_capacity(200);\n    for _ in 0..200 {{\n        \
             let copy = name.clone();\n        std::hint::black_box(&copy);\n        {use_of_copy}\n    }}\n    \
             kept.push(name);\n    std::hint::black_box(&kept);\n}}\n"
        )
    };
    let (in_vain, of_use) = (program("drop(copy);"), program("kept.push(copy);"));
    let Some(in_vain) = recorded(folder.path(), "in_vain", &in_vain) else { return };
    let Some(of_use) = recorded(folder.path(), "of_use", &of_use) else { return };
    assert!(findings_in(in_vain).contains(&Kind::ClonedInVain));
    assert!(!findings_in(of_use).contains(&Kind::ClonedInVain));
}
