//! The workload in other languages: its page tells the answer that the Rust variants give, and the sizes they run with.

use dropscope_demos::{WorkloadOptions, lru_raii};

const PAGE: &str = include_str!("../languages/README.md");

#[test]
fn the_page_tells_the_answer_of_the_rust_variants() {
    let options = WorkloadOptions::default();
    let outcome = lru_raii::outcome(&options);
    let answer =
        format!("{} hits in {} requests, checksum {:016x}", outcome.hits, options.operations, outcome.checksum);
    assert!(PAGE.contains(&answer), "{answer}");
}

#[test]
fn all_run_with_the_sizes_of_the_rust_variants() {
    let WorkloadOptions { entries, operations, seed } = WorkloadOptions::default();
    assert!(PAGE.contains(&format!("`{entries} {operations} {seed}`")));
    let sources = [
        ("Go", include_str!("../languages/lru.go")),
        ("Java", include_str!("../languages/Lru.java")),
        ("JavaScript", include_str!("../languages/lru.js")),
        ("Python", include_str!("../languages/lru.py")),
    ];
    for (language, source) in sources {
        let plain = source.replace("_000", "000");
        for number in [format!(", {entries})"), format!(", {operations})"), format!(", {seed})")] {
            assert!(plain.contains(&number), "{language} has {number}");
        }
    }
}
