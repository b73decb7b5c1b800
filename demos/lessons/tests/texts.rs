//! The lessons' texts keep their form, and every line and size that they name is true.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::collections::HashSet;

use dropscope_lessons::{Lesson, Program, expected_events, expected_marks, lessons};

const SECTIONS: [&str; 5] = ["What you will see", "A question first", "What happened", "Why", "Where it surprises"];

#[test]
fn names_are_unique_and_chapters_are_not_torn_apart() {
    let mut names = HashSet::new();
    let mut chapters: Vec<&str> = Vec::new();
    for lesson in lessons() {
        assert!(names.insert(lesson.name), "two lessons are called {}", lesson.name);
        if chapters.last() != Some(&lesson.chapter) {
            assert!(!chapters.contains(&lesson.chapter), "{} comes twice", lesson.chapter);
            chapters.push(lesson.chapter);
        }
    }
}

#[test]
fn there_are_as_many_lessons_as_the_changelog_says() {
    let chapters: HashSet<&str> = lessons().iter().map(|lesson| lesson.chapter).collect();
    let refused = lessons().iter().filter(|lesson| lesson.refusal.is_some()).count();
    let in_cpp = lessons().iter().filter(|lesson| matches!(lesson.program, Program::Cpp)).count();
    assert_eq!((lessons().len(), chapters.len(), refused, in_cpp), (79, 8, 19, 8));
}

#[test]
fn sources_are_short_and_at_the_path_they_name() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for lesson in lessons() {
        let on_disk = std::fs::read_to_string(format!("{workspace}/{}", lesson.file)).expect(lesson.file);
        assert_eq!(on_disk, lesson.source, "{}", lesson.file);
        assert!(lesson.source.lines().count() <= 60, "{} is too long to be read at one look", lesson.file);
        let comment = if matches!(lesson.program, Program::Cpp) { "// " } else { "//! " };
        assert!(lesson.source.starts_with(comment), "{} does not say what it is", lesson.file);
    }
}

#[test]
fn texts_have_all_sections_in_order() {
    for lesson in lessons() {
        let found: Vec<_> = lesson.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(found, SECTIONS, "{}", lesson.name);
    }
}

/// A text names a line as ``line 17 (`}`)``: the code in brackets must stand in that line.
#[test]
fn lines_named_in_texts_say_what_the_source_says() {
    let mut wrong = Vec::new();
    for lesson in lessons() {
        let mut count = 0;
        for citation in lesson.text.to_lowercase().split("line ").skip(1) {
            let number: String = citation.chars().take_while(char::is_ascii_digit).collect();
            let Ok(line) = number.parse::<usize>() else { continue };
            let code = citation[number.len()..].strip_prefix(" (`").and_then(|rest| rest.split('`').next());
            let code = code.unwrap_or_else(|| panic!("{}: line {line} is named without its code", lesson.name));
            let source = lesson.source.lines().nth(line - 1).unwrap_or_default().to_lowercase();
            if !source.contains(code) {
                wrong.push(format!("{}: line {line} is `{source}`, not `{code}`", lesson.name));
            }
            count += 1;
        }
        assert!(count > 0, "{} names no line", lesson.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sizes_named_in_texts_are_recorded_ones() {
    for lesson in lessons() {
        let true_sizes = true_sizes(lesson);
        for size in sizes_in(lesson.text) {
            assert!(true_sizes.contains(&size), "{}: where do {size} bytes come from?", lesson.name);
        }
    }
}

/// A sentence with one cited line, a release and sizes: each size was released at that line, or allocated there if the
/// words before it say so.
#[test]
fn releases_told_in_texts_happened_at_the_line_they_name() {
    let mut count = 0;
    for lesson in lessons() {
        for (sentence, line) in sentences_with_one_line(lesson) {
            if sentence.contains("released") {
                for size in sizes_in(sentence) {
                    let kind = if sentence.contains(&format!("allocated {size} bytes")) { 'A' } else { 'F' };
                    let word = format!("{kind}{size}@{line}");
                    let happened = events(lesson).any(|event| place_of(event) == word);
                    assert!(happened, "{}: no {word} in {sentence}", lesson.name);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 50, "only {count} releases were found in the texts");
}

/// A sentence with one cited line and "0 events": nothing happened at that line.
#[test]
fn lines_told_to_make_no_event_make_none() {
    let mut count = 0;
    for lesson in lessons() {
        for (sentence, line) in sentences_with_one_line(lesson) {
            if sentence.contains("0 events") || sentence.contains("made no event") {
                let event = events(lesson).find(|event| place_of(event).ends_with(&format!("@{line}")));
                assert_eq!(event, None, "{}: {sentence}", lesson.name);
                count += 1;
            }
        }
    }
    assert!(count > 5, "only {count} such lines were found in the texts");
}

#[test]
fn companions_are_the_same_program_compiled_otherwise() {
    for lesson in lessons() {
        let Some(companion) = lesson.companion else { continue };
        let companion = lessons().iter().find(|other| other.name == companion).expect(companion);
        if matches!(lesson.program, Program::Cpp) {
            assert!(matches!(companion.program, Program::Rust(_)), "{} is beside C++", lesson.name);
            continue;
        }
        assert_eq!(companion.companion, Some(lesson.name));
        assert_eq!(companion.chapter, lesson.chapter);
        let program = |lesson: &Lesson| lesson.source.split_once('\n').map(|(_, program)| program);
        assert_eq!(program(companion), program(lesson), "{}", lesson.name);
        // Another edition releases otherwise; the optimiser may not, but what it does is seen.
        let seen = |lesson: &Lesson| (expected_events(lesson.name), expected_marks(lesson.name));
        assert_ne!(seen(companion), seen(lesson), "{}", lesson.name);
        let is_optimised = [lesson, companion].iter().any(|one| one.file.contains("lessons_optimised"));
        assert_eq!(expected_events(companion.name) == expected_events(lesson.name), is_optimised, "{}", lesson.name);
    }
}

/// `F110@17` of `F110@17:5*3`: the event and its line.
fn place_of(event: &str) -> &str {
    event.split([':', '*']).next().unwrap_or(event)
}

/// The sentences of "What happened" that cite exactly one line, with that line.
fn sentences_with_one_line(lesson: &Lesson) -> impl Iterator<Item = (&'static str, usize)> {
    let happened = lesson.text.split("## What happened").nth(1).and_then(|rest| rest.split("## ").next());
    let lines = happened.unwrap_or_default().lines();
    lines.flat_map(|line| line.split_inclusive(['.', ';']).flat_map(|part| part.split(". "))).filter_map(|sentence| {
        let lower = sentence.find("ine ").map(|at| &sentence[at + 4..])?;
        let number: String = lower.chars().take_while(char::is_ascii_digit).collect();
        (lower.matches("line ").count() == 0).then(|| number.parse().ok().map(|line| (sentence, line)))?
    })
}

/// The sizes that a text names in bytes.
fn sizes_in(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices(" bytes").filter_map(|(at, _)| {
        text[..at].rsplit(|c: char| !c.is_ascii_digit() && c != ',').next()?.replace(',', "").parse().ok()
    })
}

/// The words of the expected events, without the bars between threads.
fn events(lesson: &Lesson) -> impl Iterator<Item = &'static str> {
    expected_events(lesson.name).expect("every lesson has its events").split(' ').filter(|word| *word != "|")
}

/// Sizes of events, what is still live at the end, numbers of the source, and the handles that texts explain.
fn true_sizes(lesson: &Lesson) -> HashSet<usize> {
    let mut sizes: HashSet<usize> = numbers(lesson.source).collect();
    let mut live_bytes = 0_usize;
    for word in events(lesson) {
        let (event, times) = word.split_once('*').unwrap_or((word, "1"));
        let times: usize = times.parse().expect("a count follows the star");
        let (kind, rest) = event.split_at(1);
        let event_sizes: Vec<usize> = numbers(rest.split('@').next().unwrap_or_default()).collect();
        // One thread's events may release what only a later word of another thread allocates.
        live_bytes = match (kind, event_sizes.as_slice()) {
            ("A" | "Z", [size]) => live_bytes.wrapping_add(size * times),
            ("F", [size]) => live_bytes.wrapping_sub(size * times),
            ("R", [old_size, new_size]) => live_bytes.wrapping_sub(*old_size).wrapping_add(*new_size),
            _ => panic!("{}: {event} is not an event", lesson.name),
        };
        sizes.extend(event_sizes.iter().map(|size| size * times));
        sizes.extend(event_sizes);
    }
    sizes.extend([live_bytes, size_of::<String>(), size_of::<&str>(), size_of::<usize>()]);
    sizes
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}
