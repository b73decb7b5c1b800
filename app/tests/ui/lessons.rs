//! The lessons: recorded for real by the binary, asked about, shown with their lines, stack and heap.

use crate::support::Driven;
use dropscope_app::model::command::Command;
use dropscope_app::model::desk::Habits;
use dropscope_app::model::lesson::{Arrow, ArrowKind, BlockState, End, Known, Moment, Replay};
use dropscope_app::model::library::Library;
use dropscope_app::window::Start;
use egui::Key;
use egui_kittest::kittest::Queryable as _;

fn first_lesson() -> Driven {
    let mut driven = Driven::new();
    driven.harness.state_mut().begin(Start::Lessons);
    driven.settle();
    driven
}

/// The application with this lesson recorded and shown.
fn lesson(name: &str) -> Driven {
    let mut driven = Driven::new();
    let index = dropscope_lessons::lessons().iter().position(|lesson| lesson.name == name).unwrap();
    driven.harness.state_mut().desk.apply(Command::StartLesson(index));
    driven.settle();
    driven
}

/// Stack and heap after the event whose word begins so, such as `F130@34`; the last of them.
fn moment_after(driven: &Driven, word: &str) -> Moment {
    let document = driven.harness.state().desk.state.shown().unwrap();
    let facts = document.lesson_facts().unwrap();
    let words: Vec<&str> = facts.steps.iter().map(|step| step.word.as_str()).collect();
    let index = words.iter().rposition(|found| found.starts_with(word));
    facts.moment(index.unwrap_or_else(|| panic!("no {word} in {words:?}")) + 1, &mut Replay::default())
}

/// Arrows in words: `run.first owns 130`.
fn arrows(moment: &Moment) -> Vec<String> {
    let end = |end: End| match end {
        End::Slot(frame, slot) => format!("{}.{}", moment.frames[frame].name, moment.frames[frame].slots[slot].label),
        End::Block(block) => moment.blocks[block].size_bytes.to_string(),
    };
    let word = |arrow: &Arrow| match (arrow.kind, arrow.known) {
        (ArrowKind::Owns, Known::Recorded) => "contains",
        (ArrowKind::Owns, _) => "owns",
        (ArrowKind::Shares, _) => "shares",
        (ArrowKind::Borrows, _) => "looks at",
        (ArrowKind::Copied, _) => "was copied to",
        (ArrowKind::Dangles, _) => "dangles to",
    };
    moment.arrows.iter().map(|arrow| format!("{} {} {}", end(arrow.from), word(arrow), end(arrow.to))).collect()
}

/// Names whose value has gone on.
fn moved(moment: &Moment) -> Vec<&str> {
    let slots = moment.frames.iter().flat_map(|frame| &frame.slots);
    slots.filter(|slot| slot.moved.is_some()).map(|slot| slot.label.as_str()).collect()
}

#[test]
fn the_first_lesson_is_recorded_and_its_lines_light_up() {
    let mut driven = first_lesson();
    driven.assert_shows("timeline of Released at the end of the scope");
    driven.assert_shows("1 block of the lesson");
    driven.press(Key::Home);
    driven.assert_shows("“inner block” begins");
    driven.press(Key::ArrowRight);
    driven.assert_shows("110 B allocated");
    driven.assert_shows("line 13, lit: let mut greeting = String::with_capacity(110);");
    driven.assert_shows("110 B String held by greeting in run");
    driven.press(Key::ArrowRight);
    driven.assert_shows("110 B released");
    driven.assert_shows("line 17, lit: } (−110 B)");
    driven.assert_shows("110 B String, released");
    assert!(driven.harness.state().desk.state.library.done.is_empty(), "one event is still to come");
    driven.press(Key::End);
    assert!(driven.harness.state().desk.state.library.done.contains("scope-end"));
    driven.assert_shows("RAII, 1 of");
}

#[test]
fn a_line_of_the_text_goes_to_what_it_did() {
    let mut driven = first_lesson();
    // Below what is in view: asked for as those do who do not see it.
    driven.harness.get_all_by_label("Line 17").next().unwrap().click_accesskit();
    driven.settle();
    driven.assert_shows("110 B released");
    driven.click("Next lesson →");
    driven.assert_shows("timeline of Nested scopes and the order of release");
    driven.click("← Previous lesson");
    driven.assert_shows("timeline of Released at the end of the scope");
}

#[test]
fn the_block_of_a_lesson_names_its_owner_and_the_scope_that_released_it() {
    let mut driven = first_lesson();
    // Below what is in view: asked for as those do who do not see it.
    driven.harness.get_all_by_label("Line 17").next().unwrap().click_accesskit();
    driven.settle();
    driven.click("Selection");
    driven.assert_shows("String");
    driven.assert_shows("at the end of “inner block”");
    driven.assert_shows("scope_end.rs:17");
}

#[test]
fn closing_the_application_leaves_no_recording_behind() {
    let driven = first_lesson();
    let path = driven.harness.state().desk.state.shown().unwrap().path.clone();
    assert!(path.exists());
    drop(driven);
    assert!(!path.exists(), "{} was left behind", path.display());
}

#[test]
fn a_question_comes_first_and_the_recording_answers_it() {
    let mut driven = Driven::remembering(Library::default(), Habits { asks_first: true, ..Habits::default() });
    driven.harness.state_mut().begin(Start::Lessons);
    driven.settle();
    // The window's first picture is alive.
    driven.assert_shows("timeline of Released at the end of the scope");
    driven.harness.state_mut().desk.apply(Command::StartLesson(0));
    driven.settle();
    driven.assert_shows("A question first");
    driven.assert_hides("timeline of");
    driven.assert_hides("stack and heap");
    driven.assert_hides("(−110 B)");
    let lesson = &dropscope_lessons::lessons()[0];
    let prediction = lesson.prediction().unwrap();
    let wrong = (0..prediction.choices.len()).find(|&choice| choice != prediction.right).unwrap();
    driven.click(&format!("Answer: {}", prediction.choices[wrong].replace('`', "")));
    driven.assert_shows("You said:");
    driven.assert_shows("Measured in this run:");
    driven.assert_shows("timeline of Released at the end of the scope");
    assert_eq!(driven.harness.state().desk.state.library.answers.get(lesson.name), Some(&wrong));
    driven.click("Ask me again");
    driven.assert_hides("timeline of");
    driven.click("Show me");
    driven.assert_hides("You said:");
    driven.assert_shows("timeline of Released at the end of the scope");
}

#[test]
fn progress_and_answers_are_remembered_and_the_next_window_goes_on() {
    let mut driven = first_lesson();
    driven.press(Key::End);
    driven.click("Next lesson →");
    let library = driven.harness.state().desk.state.library.clone();
    // As the window keeps it from one start to the next.
    let kept: Library = serde_json::from_str(&serde_json::to_string(&library).unwrap()).unwrap();
    assert_eq!(kept, library);
    let mut driven = Driven::remembering(kept, Habits::default());
    driven.harness.state_mut().begin(Start::Lessons);
    driven.settle();
    driven.assert_shows("timeline of Nested scopes and the order of release");
    driven.assert_shows("RAII, 1 of");
}

#[test]
fn a_lesson_plays_event_by_event_at_the_chosen_speed() {
    let mut driven = first_lesson();
    let id = driven.harness.state().desk.state.shown().unwrap().id;
    let desk = &mut driven.harness.state_mut().desk;
    desk.apply(Command::SetLessonSpeed(4.0));
    desk.apply(Command::TogglePlay(id));
    let step = |desk: &dropscope_app::model::desk::Desk| desk.state.shown().unwrap().playhead.unwrap().step;
    desk.tick(0.1);
    assert!(step(desk).is_none(), "before the first event");
    desk.tick(0.1);
    desk.tick(0.1);
    let first = step(desk).expect("a quarter of a second has passed");
    desk.apply(Command::SetLessonSpeed(0.5));
    desk.tick(0.1);
    assert_eq!(step(desk), Some(first), "an event takes two seconds now");
    for _ in 0..200 {
        desk.tick(0.1);
    }
    assert!(desk.state.shown().unwrap().playing.is_none(), "it has come to its end");
    assert!(desk.state.library.done.contains("scope-end"));
}

#[test]
fn a_move_changes_the_owner_and_is_said_to_make_no_event() {
    let mut driven = lesson("ownership-moved");
    let born = moment_after(&driven, "A131");
    assert_eq!(arrows(&born), ["run.first owns 130", "run.stays owns 131"]);
    let second = moment_after(&driven, "move: first -> second");
    assert!(arrows(&second).contains(&"run.second owns 130".to_owned()), "{:?}", arrows(&second));
    assert_eq!(moved(&second), ["first"]);
    let letter = moment_after(&driven, "move: second -> letter.text");
    assert!(arrows(&letter).contains(&"run.letter.text owns 130".to_owned()), "{:?}", arrows(&letter));
    assert!(letter.arrows.iter().any(|arrow| arrow.known == Known::Marked), "the mark has told it");
    let released = moment_after(&driven, "F130");
    assert_eq!(released.frames.last().unwrap().name.as_ref(), "read");
    assert!(arrows(&released).contains(&"read.letter.text owns 130".to_owned()), "{:?}", arrows(&released));
    assert_eq!(released.blocks[0].state, BlockState::Released);
    driven.click("Next event (Right)");
    for _ in 0..3 {
        driven.press(Key::ArrowRight);
    }
    driven.assert_shows("mark: move: first -> second");
    driven.assert_shows("move, line 16: 0 allocator events");
}

#[test]
fn a_clone_is_said_to_make_the_event_that_it_made() {
    let driven = lesson("copy-and-clone");
    let facts = driven.harness.state().desk.state.shown().unwrap().lesson_facts().unwrap();
    let index = facts.steps.iter().position(|step| step.word.starts_with("Clone: ")).unwrap();
    let told = facts.non_event(index).unwrap();
    assert_eq!(told.events, 1, "{told:?}");
}

#[test]
fn what_lies_in_what_comes_from_the_owners_of_the_release() {
    let driven = lesson("drop-glue");
    let whole = moment_after(&driven, "A1104");
    assert_eq!(
        arrows(&whole),
        [
            "run.order.items owns 128",
            "128 contains 1101",
            "128 contains 1102",
            "run.order.note owns 32",
            "32 contains 1103",
            "run.order.customer owns 1104",
        ]
    );
    assert_eq!(moved(&whole), ["items", "note"]);
}

#[test]
fn a_cycle_is_left_without_an_owner_and_a_borrow_is_only_a_look() {
    let driven = lesson("cycle-that-leaks");
    let left = moment_after(&driven, "parent strong 1, child strong 1");
    let leaked: Vec<u64> =
        left.blocks.iter().filter(|block| block.state == BlockState::Leaked).map(|block| block.size_bytes).collect();
    assert_eq!(leaked, [190, 191, 72, 56]);
    let driven = lesson("borrow-end");
    let begun = moment_after(&driven, "borrow begins: reader");
    assert!(arrows(&begun).contains(&"run.reader looks at run.text".to_owned()), "{:?}", arrows(&begun));
    let ended = moment_after(&driven, "borrow ends: reader");
    assert!(!arrows(&ended).iter().any(|arrow| arrow.contains("looks at")), "{:?}", arrows(&ended));
}

#[test]
fn a_refused_program_is_shown_with_the_compilers_words_and_what_would_have_happened() {
    let mut driven = lesson("used-after-move");
    driven.assert_shows("error[E0382]: borrow of moved value: `first`");
    driven.assert_shows("refused line 5: let second = first;");
    driven.assert_shows("value moved here");
    driven.press(Key::End);
    driven.assert_shows("double free: block");
    driven.assert_shows("901 B String, released twice");
}

#[test]
fn two_owners_of_one_block_and_the_one_that_is_left_with_its_address() {
    let driven = lesson("used-after-move");
    let both = moment_after(&driven, "second owner: second -> first");
    assert_eq!(arrows(&both), ["run.first owns 901", "run.second owns 901"]);
    let left = moment_after(&driven, "the block is gone, and first does not know");
    assert_eq!(arrows(&left), ["run.first dangles to 901"]);
    let driven = lesson("reference-to-a-local");
    let left = moment_after(&driven, "title has returned 906 letters");
    assert_eq!(arrows(&left), ["run.letters dangles to 906"]);
    // The list has moved elsewhere: its old address is nowhere.
    let driven = lesson("pushed-while-borrowed");
    let moved = moment_after(&driven, "the elements have moved");
    assert!(moved.frames[0].slots.iter().any(|slot| slot.label == "first" && slot.is_dangling));
    assert!(!arrows(&moved).iter().any(|arrow| arrow.starts_with("run.first")), "{:?}", arrows(&moved));
}

#[test]
fn owners_in_cpp_are_read_in_its_source() {
    if let Err(reason) = dropscope_app::launch::cpp_compiler() {
        eprintln!("not tried: {reason}");
        return;
    }
    let mut driven = lesson("unique-ptr");
    driven.assert_shows("In Rust");
    let second = moment_after(&driven, "move: first -> second");
    assert_eq!(arrows(&second), ["main.second owns 2001"]);
    assert_eq!(moved(&second), ["first"]);
    let driven_shared = lesson("shared-ptr");
    let both = moment_after(&driven_shared, "2 owners, 1 observer");
    assert!(arrows(&both).contains(&"main.observer looks at 48".to_owned()), "{:?}", arrows(&both));
    let gone = moment_after(&driven_shared, "no owner, 1 observer");
    assert_eq!(arrows(&gone), ["main.observer looks at 48"]);
    driven.click("In Rust");
    driven.assert_shows("timeline of Ownership moves, memory stays");
}

#[test]
fn the_source_of_every_lesson_can_be_read() {
    for lesson in dropscope_lessons::lessons() {
        let code = dropscope_app::model::lesson::Code::read(lesson.source);
        assert!(
            code.functions().iter().any(|function| matches!(function.name.as_str(), "run" | "main")),
            "{} cannot be read",
            lesson.name
        );
    }
}

#[test]
fn the_picture_keeps_the_room_that_it_has_while_nothing_is_known_yet() {
    let driven = first_lesson();
    let picture = driven.harness.query_all_by_label_contains("stack and heap:").next().unwrap();
    assert!(picture.rect().width() > 400.0, "{} of 1280 points", picture.rect().width());
}
