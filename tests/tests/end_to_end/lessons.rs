//! Each lesson, recorded by the program as a learner has it, shows exactly the events that its text speaks of.

use dropscope_tests::{dropscope, dump, report, succeed};
use serde_json::Value;
use std::process::Command;

/// The event in the words of `expected_events`, if it was made in the lesson's file.
fn word(event: &Value, file: &str) -> Option<String> {
    let at = &event["at"];
    if !at["file"].as_str()?.ends_with(file) {
        return None;
    }
    let place = format!("{}:{}", at["line"], at["column"]);
    Some(match event["event"].as_str()? {
        "alloc" => format!("A{}@{place}", event["size"]),
        "realloc" => format!("R{}>{}@{place}", event["old_size"], event["size"]),
        "free" => format!("F{}@{place}", event["size"]),
        _ => return None,
    })
}

#[test]
fn every_lesson_records_what_it_teaches() {
    let folder = tempfile::tempdir().unwrap();
    for lesson in dropscope_lessons::lessons() {
        let file = folder.path().join(format!("{}.dscope", lesson.name));
        succeed(Command::new(dropscope()).args(["demo", lesson.name, "-o"]).arg(&file));
        let events = dump(&file);
        let words: Vec<String> = events.iter().filter_map(|event| word(event, lesson.file)).collect();
        let expected = dropscope_lessons::expected_events(lesson.name).expect("each lesson says its events");
        assert_eq!(words.join(" "), expected.split_whitespace().collect::<Vec<_>>().join(" "), "{}", lesson.name);
        let report = report(&file);
        assert_eq!(report["complete"], true, "{}", lesson.name);
        assert_eq!(report["lost_events"], 0, "{}", lesson.name);
    }
}
