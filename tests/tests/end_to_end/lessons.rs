//! Each lesson, recorded by the program as a learner has it, shows exactly the events that its text speaks of.

use dropscope_tests::{dropscope, dump, report, succeed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// The event in the words of `expected_events`, if it was made in the lesson's file.
fn word(event: &Value, file: &str) -> Option<String> {
    let at = &event["at"];
    if !at["file"].as_str()?.ends_with(file) {
        return None;
    }
    let place = format!("{}:{}", at["line"], at["column"]);
    Some(match event["event"].as_str()? {
        "alloc" if event["zeroed"] == true => format!("Z{}@{place}", event["size"]),
        "alloc" => format!("A{}@{place}", event["size"]),
        "realloc" => format!("R{}>{}@{place}", event["old_size"], event["size"]),
        "free" => format!("F{}@{place}", event["size"]),
        _ => return None,
    })
}

/// The words of each thread that made any in the lesson's file, in order of the threads.
fn recorded(events: &[Value], file: &str) -> Vec<Vec<String>> {
    let mut threads: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for event in events {
        if let (Some(thread), Some(word)) = (event["thread"].as_u64(), word(event, file)) {
            threads.entry(thread).or_default().push(word);
        }
    }
    threads.into_values().collect()
}

/// The same from what the lesson says; what stands outside its file (`@?`) is std's own and left out on both sides.
fn expected(lesson: &str) -> Vec<Vec<String>> {
    let text = dropscope_lessons::expected_events(lesson).expect("each lesson says its events");
    let words = |thread: &str| -> Vec<String> {
        let repeated = |word: &str| match word.split_once('*') {
            Some((word, count)) => vec![word.to_owned(); count.parse().expect("a count")],
            None => vec![word.to_owned()],
        };
        thread.split_whitespace().filter(|word| !word.contains("@?")).flat_map(repeated).collect()
    };
    text.split('|').map(words).filter(|words: &Vec<String>| !words.is_empty()).collect()
}

/// Where it is chance which thread releases std's own blocks, the lesson tells only its own: those of 1350 bytes and
/// more.
fn without_chance(lesson: &str, mut threads: Vec<Vec<String>>) -> Vec<Vec<String>> {
    if lesson == "scoped-threads" {
        threads.iter_mut().for_each(|words| words.retain(|word| word[1..].starts_with("135")));
    }
    threads
}

#[test]
fn every_lesson_records_what_it_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for lesson in dropscope_lessons::lessons() {
        let file = folder.path().join(format!("{}.dscope", lesson.name));
        succeed(Command::new(dropscope()).args(["demo", lesson.name, "-o"]).arg(&file));
        let found = without_chance(lesson.name, recorded(&dump(&file), lesson.file));
        let expected = expected(lesson.name);
        if found != expected {
            wrong.push(format!("{}:\n  recorded {found:?}\n  expected {expected:?}", lesson.name));
        }
        let report = report(&file);
        assert_eq!(report["complete"], true, "{}", lesson.name);
        assert_eq!(report["lost_events"], 0, "{}", lesson.name);
    }
    assert!(wrong.is_empty(), "{} lessons differ\n{}", wrong.len(), wrong.join("\n"));
}
