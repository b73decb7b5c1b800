//! The lessons: recorded for real by the binary, shown with their lines.

use crate::support::Driven;
use dropscope_app::window::Start;
use egui::Key;

fn first_lesson() -> Driven {
    let mut driven = Driven::new();
    driven.harness.state_mut().begin(Start::Lessons);
    driven.settle();
    driven
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
    driven.press(Key::ArrowRight);
    driven.assert_shows("110 B released");
    driven.assert_shows("line 17, lit: } (−110 B)");
    assert!(driven.harness.state().desk.state.library.done.is_empty(), "one event is still to come");
    driven.press(Key::End);
    assert!(driven.harness.state().desk.state.library.done.contains("scope-end"));
    driven.assert_shows("RAII, 1 of");
}

#[test]
fn a_line_of_the_text_goes_to_what_it_did() {
    let mut driven = first_lesson();
    driven.click("Line 17");
    driven.assert_shows("110 B released");
    driven.click("Next lesson →");
    driven.assert_shows("timeline of Nested scopes and the order of release");
}

#[test]
fn the_block_of_a_lesson_names_its_owner_and_the_scope_that_released_it() {
    let mut driven = first_lesson();
    driven.click("Line 17");
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
