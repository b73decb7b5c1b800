//! The tracker around other allocators, and how light it is.

use dropscope_tests::{DEBUG, apart, dropscope, dump, fixture, record, report, succeed, workspace};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn exact(name: &str, program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inner.dscope");
    let output = record(program, &[], &file);
    assert_eq!(output.stdout, b"ok\n", "{name}: {output:?}");
    let of_kind = |events: &[Value], kind: &str, sizes: std::ops::Range<u64>| -> Vec<u64> {
        let is_it =
            |event: &&Value| event["event"] == kind && event["size"].as_u64().is_some_and(|size| sizes.contains(&size));
        events.iter().filter(is_it).filter_map(|event| event["size"].as_u64()).collect()
    };
    let events = dump(&file);
    assert_eq!(of_kind(&events, "alloc", 20_000..25_000), [20_001, 20_001, 20_064, 20_064, 24_096, 24_096], "{name}");
    assert_eq!(of_kind(&events, "realloc", 40_000..49_000), [40_002, 40_128, 48_192], "{name}");
    assert_eq!(of_kind(&events, "free", 40_000..49_000), [40_002, 40_128, 48_192], "{name}");
    let zeroed = events.iter().filter(|event| event["zeroed"] == true && event["size"] == 24_096).count();
    assert_eq!(zeroed, 1, "{name}: alloc_zeroed is forwarded as what it is");
    let mut born = of_kind(&events, "alloc", 10_001..10_010);
    born.sort_unstable();
    assert_eq!(born, [10_001, 10_002, 10_003, 10_004], "{name}");
    assert_eq!(of_kind(&events, "free", 10_001..10_010).len(), 4, "{name}");
    let report = report(&file);
    assert_eq!((&report["lost_events"], &report["complete"]), (&Value::from(0), &Value::from(true)), "{name}");
    assert_eq!(report["unmatched_frees"], 0, "{name}");
    let asked = report["rounding"]["asked_sizes"].as_u64();
    assert_eq!(
        asked.is_some_and(|sizes| sizes > 60),
        name == "system",
        "{name}: {asked:?}: only the C library's is asked"
    );
    assert_eq!(report["leaks"][0]["bytes"], 31_000, "{name}");
    assert_eq!(report["leaks"].as_array().map(Vec::len), Some(1), "{name}: {:#}", report["leaks"]);
}

#[test]
fn the_tracker_fits_around_the_systems_allocator_mimalloc_and_jemalloc() {
    // Jemalloc is configured by a shell script and built by make.
    let Some(programs) = apart("allocators", &["make"]) else { return };
    for name in ["system", "mimalloc", "jemalloc"] {
        exact(name, &programs.join(name));
    }
}

#[test]
fn the_tracker_brings_few_crates_and_none_that_takes_long() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace()).args(["tree", "--offline", "--package", "dropscope", "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]);
    let output = succeed(&mut cargo);
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> =
        text.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    assert!(crates.iter().any(|line| line.starts_with("crossbeam-channel ")), "{crates:#?}");
    assert!(crates.len() <= 20, "{} crates: {crates:#?}", crates.len());
    // Three seconds of a clean build: see the tracker's manifest.
    assert!(!crates.iter().any(|line| line.starts_with("backtrace ")), "{crates:#?}");
}

/// What users attach has no judge; in the workspace's own programs the tests see to it that there is one.
#[test]
fn without_its_judge_the_tracker_walks_both_ways_and_says_that_nobody_compares() {
    let folder = tempfile::tempdir().unwrap();
    let mut allocs = Vec::new();
    for (how, said) in [
        (&[][..], ""),
        (&[("DROPSCOPE_UNWINDER", "portable")], ""),
        (&[("DROPSCOPE_CROSS_CHECK", "1")], "DROPSCOPE_CROSS_CHECK needs a tracker built with its feature `judge`"),
    ] {
        let file = folder.path().join(format!("{}.dscope", allocs.len()));
        let mut command = Command::new(dropscope());
        command.args(["record", "-o"]).arg(&file).arg("--").arg(fixture("order", DEBUG)).envs(how.iter().copied());
        let output = succeed(&mut command);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains(said) && errors.contains("CROSS_CHECK") != said.is_empty(), "{errors}");
        let report = report(&file);
        assert_eq!((&report["complete"], &report["lost_events"]), (&true.into(), &0.into()));
        let of_order: Vec<Value> =
            dump(&file).into_iter().filter(|event| event["event"] == "alloc" && event["at"] != Value::Null).collect();
        allocs.push(of_order.iter().map(|event| format!("{} {}", event["size"], event["at"])).collect::<Vec<_>>());
    }
    assert!(allocs[0].len() > 10 && allocs[0] == allocs[1], "the same places: {allocs:#?}");
}
