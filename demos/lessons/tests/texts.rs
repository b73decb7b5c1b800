//! The lessons' texts keep their form, and every line and size that they name is true.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::collections::HashSet;

use dropscope_lessons::{Lesson, expected_events, lessons};

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
fn sources_are_short_and_at_the_path_they_name() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for lesson in lessons() {
        let on_disk = std::fs::read_to_string(format!("{workspace}/{}", lesson.file)).expect(lesson.file);
        assert_eq!(on_disk, lesson.source, "{}", lesson.file);
        assert!(lesson.source.lines().count() <= 60, "{} is too long to be read at one look", lesson.file);
        assert!(lesson.source.starts_with("//! "), "{} does not say what it is", lesson.file);
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
    for lesson in lessons() {
        let mut count = 0;
        for citation in lesson.text.to_lowercase().split("line ").skip(1) {
            let number: String = citation.chars().take_while(char::is_ascii_digit).collect();
            let Ok(line) = number.parse::<usize>() else { continue };
            let code = citation[number.len()..].strip_prefix(" (`").and_then(|rest| rest.split('`').next());
            let code = code.unwrap_or_else(|| panic!("{}: line {line} is named without its code", lesson.name));
            let source = lesson.source.lines().nth(line - 1).unwrap_or_default().to_lowercase();
            assert!(source.contains(code), "{}: line {line} is `{source}`, not `{code}`", lesson.name);
            count += 1;
        }
        assert!(count > 0, "{} names no line", lesson.name);
    }
}

#[test]
fn sizes_named_in_texts_are_recorded_ones() {
    for lesson in lessons() {
        let true_sizes = true_sizes(lesson);
        for (before, _) in lesson.text.match_indices(" bytes").map(|(at, _)| lesson.text.split_at(at)) {
            let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            let Ok(size) = digits.parse::<usize>() else { continue };
            assert!(true_sizes.contains(&size), "{}: where do {size} bytes come from?", lesson.name);
        }
    }
}

/// Sizes of events, what is still live at the end, numbers of the source, and the handles that texts explain.
fn true_sizes(lesson: &Lesson) -> HashSet<usize> {
    let events = expected_events(lesson.name).expect("every lesson has its events");
    let mut sizes: HashSet<usize> = numbers(lesson.source).collect();
    let mut live_bytes = 0;
    for event in events.split(' ') {
        let (kind, rest) = event.split_at(1);
        let event_sizes: Vec<usize> = numbers(rest.split('@').next().unwrap_or_default()).collect();
        match (kind, event_sizes.as_slice()) {
            ("A" | "Z", [size]) => live_bytes += size,
            ("F", [size]) => live_bytes -= size,
            ("R", [old_size, new_size]) => live_bytes = live_bytes - old_size + new_size,
            _ => panic!("{}: {event} is not an event", lesson.name),
        }
        sizes.extend(event_sizes);
    }
    sizes.extend([live_bytes, size_of::<String>(), size_of::<&str>(), size_of::<usize>()]);
    sizes
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}
