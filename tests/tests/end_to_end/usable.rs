//! Usable sizes as recorded, beside what programs are told by their allocator.

use dropscope_tests::{DEBUG, compiled, dump, fixture, record, report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Blocks of each size.
const BLOCKS: u64 = 50;

/// By size, what the program says may be used of its fifty blocks.
fn told(program: &Path, file: &Path) -> BTreeMap<u64, u64> {
    let output = record(program, &[], file);
    assert!(output.status.success(), "{output:?}");
    let number = |word: &str| word.parse::<u64>().ok();
    let pair = |line: &str| line.split_once(' ').and_then(|(size, usable)| number(size).zip(number(usable)));
    String::from_utf8(output.stdout).unwrap().lines().filter_map(pair).collect()
}

/// What the program did beside its blocks, which is the runtime's, is left out: only sizes that it told of count.
fn compared(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("usable.dscope");
    let told = told(program, &file);
    assert_eq!(told.len(), 7, "{told:?}");
    let report = report(&file);
    let rounding = &report["rounding"];
    let number = |value: &Value| value.as_u64().unwrap();
    assert!(number(&rounding["asked_sizes"]) > 60, "{rounding}");
    assert_eq!(rounding["allocated"]["not_known_bytes"], 100_001 * BLOCKS, "larger blocks are not asked for");
    let others = |sizes: &Value| -> u64 { number(&sizes["requested_bytes"]) };
    let asked: u64 =
        dump(&file).iter().filter(|event| event["event"] == "alloc").filter_map(|event| event["size"].as_u64()).sum();
    assert!(others(&rounding["allocated"]) <= asked, "{rounding} of {asked}");
    let sites = report["sites"].as_array().unwrap();
    let mut seen = 0;
    for (size, usable) in &told {
        // Where sizes share a line, they are told together.
        let is_it = |site: &&Value| site["rounding"]["requested_bytes"] == size * BLOCKS;
        let Some(site) = sites.iter().find(is_it) else { continue };
        seen += 1;
        let recorded = number(&site["rounding"]["usable_bytes"]);
        if *size > 65_536 {
            assert_eq!(recorded, size * BLOCKS);
            continue;
        }
        // A block that was free before may be 16 bytes larger than one of its size has to be.
        assert!(recorded.abs_diff(*usable) <= 4 * 16, "{size}: {recorded} recorded, {usable} told");
        assert!(recorded >= size * BLOCKS);
    }
    let all: u64 = told.iter().map(|(size, usable)| if *size > 65_536 { size * BLOCKS } else { *usable }).sum();
    let requested: u64 = told.keys().map(|size| size * BLOCKS).sum();
    let allocated = &rounding["allocated"];
    let added = number(&allocated["usable_bytes"]) - number(&allocated["requested_bytes"]);
    // What else the process allocated is small.
    assert!(added.abs_diff(all - requested) < 1500, "{added} added, {} told; {seen} sites", all - requested);
}

#[test]
fn an_attached_program_is_told_the_same_by_its_allocator() {
    compared(&fixture("usable", DEBUG));
}

#[test]
fn so_is_one_that_the_library_was_loaded_into() {
    let folder = tempfile::tempdir().unwrap();
    compared(&compiled("usable.c", "usable", &["-fno-builtin"], folder.path()).expect("cc"));
}
