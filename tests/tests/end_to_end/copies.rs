//! A lesson copied as a project of one's own: it builds, does what the lesson does, and what was changed is seen.

use dropscope_tests::{DEBUG, build_beside_fixtures, dropscope, dump, fixture, place, record, succeed};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Size and place of each event of the copy's own blocks.
fn words(file: &Path) -> Vec<String> {
    let of = |event: &Value| {
        let place = place(event);
        let is_own = place.starts_with("scope_end.rs") && (event["event"] == "alloc" || event["event"] == "free");
        is_own.then(|| format!("{} {} {place}", event["event"].as_str().unwrap(), event["size"]))
    };
    dump(file).iter().filter_map(of).collect()
}

#[test]
fn a_copied_lesson_can_be_built_changed_and_recorded() {
    // The tracker is built with it, and kept for this.
    fixture("order", DEBUG);
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("my copy");
    succeed(Command::new(dropscope()).args(["demo", "scope-end", "--copy"]).arg(&folder));
    let program = build_beside_fixtures(&folder, "lesson-scope-end");
    let file = base.path().join("copy.dscope");
    assert!(record(&program, &[], &file).status.success());
    assert_eq!(words(&file), ["alloc 110 scope_end.rs:13:28", "free 110 scope_end.rs:17:5"]);

    let source = folder.join("src/scope_end.rs");
    let changed = std::fs::read_to_string(&source).unwrap().replace("with_capacity(110)", "with_capacity(77)");
    std::fs::write(&source, changed).unwrap();
    let program = build_beside_fixtures(&folder, "lesson-scope-end");
    let file = base.path().join("changed.dscope");
    assert!(record(&program, &[], &file).status.success());
    assert_eq!(words(&file), ["alloc 77 scope_end.rs:13:28", "free 77 scope_end.rs:17:5"]);
}
