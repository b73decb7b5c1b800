//! Each lesson, recorded by the program as a learner has it, shows exactly the events that its text speaks of.

use dropscope_app::launch::cpp_compiler;
use dropscope_lessons::{Lesson, Program, expected_marks, lessons};
use dropscope_tests::{dropscope, dump, report, run, told};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
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
/// more. Chance is as well which of its two workers makes the first event, and so which one the recording meets first.
fn without_chance(lesson: &str, mut threads: Vec<Vec<String>>) -> Vec<Vec<String>> {
    if lesson == "scoped-threads" {
        threads.iter_mut().for_each(|words| words.retain(|word| word[1..].starts_with("135")));
        if let Some(workers) = threads.get_mut(1..) {
            workers.sort();
        }
    }
    threads
}

/// Compilers differ in columns: of a C++ program only lines are compared.
fn without_columns(threads: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let line = |word: String| word.split(':').next().unwrap_or_default().to_owned();
    threads.into_iter().map(|words| words.into_iter().map(line).collect()).collect()
}

/// Runs the lesson, recorded to `file`; it must end as it says. Compiled lessons are kept in `cache`.
fn run_lesson(lesson: &Lesson, file: &Path, cache: &Path) {
    let mut command = Command::new(dropscope());
    command.args(["demo", lesson.name, "-o"]).arg(file).env("XDG_CACHE_HOME", cache);
    let output = run(&mut command);
    let status = lesson.ending.signal().map_or(0, |signal| 128 + signal);
    assert_eq!(output.status.code(), Some(status), "{}", told(&command, &output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("none lost"), "{}", told(&command, &output));
}

/// What in the recording is not as the lesson says; empty where all is.
fn wrong_in(lesson: &Lesson, events: &[Value]) -> String {
    let (mut found, mut expected) = (without_chance(lesson.name, recorded(events, lesson.file)), expected(lesson.name));
    if matches!(lesson.program, Program::Cpp) {
        (found, expected) = (without_columns(found), without_columns(expected));
    }
    if found != expected {
        return format!("{}:\n  recorded {found:?}\n  expected {expected:?}\n", lesson.name);
    }
    let mut marks: Vec<&str> =
        events.iter().filter(|event| event["event"] == "mark").filter_map(|event| event["name"].as_str()).collect();
    let mut expected = expected_marks(lesson.name);
    // Which of two threads sets its mark first may be chance.
    marks.sort_unstable();
    expected.sort_unstable();
    if marks != expected {
        return format!("{}:\n  marks    {marks:?}\n  expected {expected:?}\n", lesson.name);
    }
    String::new()
}

#[test]
fn every_lesson_records_what_it_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = cpp_compiler();
    let check = |lesson: &Lesson| {
        if let (Program::Cpp, Err(reason)) = (lesson.program, &compiler) {
            eprintln!("{} is not tried: {reason}", lesson.name);
            return String::new();
        }
        let file = folder.path().join(format!("{}.dscope", lesson.name));
        run_lesson(lesson, &file, folder.path());
        wrong_in(lesson, &dump(&file))
    };
    // Two at a time: most of it is looking up names.
    let (even, odd): (Vec<_>, Vec<_>) = lessons().iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let check_all = |half: &[(usize, &Lesson)]| half.iter().map(|(_, lesson)| check(lesson)).collect::<String>();
    let wrong = std::thread::scope(|threads| {
        let other = threads.spawn(|| check_all(&odd));
        check_all(&even) + &other.join().expect("a panic is told above")
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn wrong_releases_get_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let verdict = |name: &str, verdict: &str, at: u64, released_at: Option<u64>| {
        let lesson = lessons().iter().find(|lesson| lesson.name == name).expect(name);
        let file = folder.path().join(name);
        run_lesson(lesson, &file, folder.path());
        let report = report(&file);
        assert_eq!(report["complete"], false, "{name}: it was killed");
        let wrong = report["wrong_frees"].as_array().expect("a list");
        assert_eq!(wrong.len(), 1, "{name}: {wrong:?}");
        assert_eq!((&wrong[0]["verdict"], &wrong[0]["at"]["line"]), (&verdict.into(), &at.into()), "{name}");
        assert_eq!(wrong[0]["released_at"]["line"].as_u64(), released_at, "{name}");
    };
    verdict("used-after-move", "double free", 25, Some(22));
    verdict("moved-in-a-loop", "double free", 29, Some(10));
    verdict("borrowed-is-not-owned", "unknown block", 11, None);
}

#[test]
fn without_a_compiler_a_cpp_lesson_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(dropscope());
    command.args(["demo", "unique-ptr"]).current_dir(folder.path()).env("PATH", folder.path());
    let output = run(&mut command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}", told(&command, &output));
    assert!(said.contains("no C++ compiler is in PATH") && said.contains("install one"), "{said}");
}
