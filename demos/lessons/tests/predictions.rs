//! Every lesson asks something first, and what it calls right is what its recording shows.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::collections::HashSet;

use dropscope_lessons::{Evidence, Lesson, Prediction, expected_events, expected_marks, lessons};

#[test]
fn every_lesson_has_a_question_with_answers_to_choose_from() {
    for (lesson, prediction) in predictions() {
        let choices: HashSet<&str> = prediction.choices.iter().copied().collect();
        assert!(choices.len() >= 2 && choices.len() == prediction.choices.len(), "{}", lesson.name);
        assert!(prediction.right < choices.len(), "{}", lesson.name);
        assert!(prediction.question.contains('?') && !prediction.explanation.is_empty(), "{}", lesson.name);
    }
}

#[test]
fn the_right_answer_is_not_always_at_the_same_place() {
    let mut places = [0; 3];
    predictions().for_each(|(_, prediction)| places[prediction.right] += 1);
    assert!(places.iter().all(|&count| count >= lessons().len() / 12), "{places:?}");
}

#[test]
fn what_is_said_to_decide_is_what_happens() {
    let mut wrong = Vec::new();
    for (lesson, prediction) in predictions() {
        let words: Vec<&str> = expected_events(lesson.name).expect("every lesson has its events").split(' ').collect();
        let holds = match &prediction.evidence {
            Evidence::Events(events) => {
                let mut rest = words.iter();
                events.iter().all(|event| rest.any(|word| word == event))
            }
            Evidence::NoEventAt(line) => {
                let is_code = lesson.source.lines().nth(*line as usize - 1).is_some_and(|code| !code.trim().is_empty());
                let at = format!("@{line}");
                is_code && !words.iter().any(|word| place_of(word).ends_with(&at))
            }
            Evidence::Count(count, start) => counted(&words, start) == *count,
            // Whether the lesson sets those is seen in its recording, end to end.
            Evidence::Mark(text) => expected_marks(lesson.name).contains(text),
            Evidence::Compiler => lesson.refusal.is_some(),
        };
        if !holds {
            wrong.push(format!("{}: {:?} in {words:?}", lesson.name, prediction.evidence));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn evidence_leads_to_a_line_where_it_has_one() {
    let lesson = lessons().iter().find(|lesson| lesson.name == "scope-end").expect("the first lesson");
    assert_eq!(lesson.prediction().and_then(|prediction| prediction.evidence.line()), Some(17));
}

fn predictions() -> impl Iterator<Item = (&'static Lesson, Prediction)> {
    let of = |lesson: &'static Lesson| {
        let prediction = lesson.prediction();
        (lesson, prediction.unwrap_or_else(|| panic!("{}: the answers are not in their form", lesson.name)))
    };
    lessons().iter().map(of)
}

/// `F110@17` of `F110@17:5*3`: the event and its line.
fn place_of(event: &str) -> &str {
    event.split([':', '*']).next().unwrap_or(event)
}

/// How many events' words begin with `start`, which is a kind, or a kind and a size.
fn counted(words: &[&str], start: &str) -> usize {
    let is_meant = |word: &str| match word.strip_prefix(start) {
        Some(rest) => start.len() == 1 || rest.starts_with('@'),
        None => false,
    };
    let times = |word: &&str| word.split_once('*').map_or(1, |(_, times)| times.parse().expect("a count"));
    words.iter().filter(|word| is_meant(word)).map(times).sum()
}
