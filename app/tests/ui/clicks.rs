//! Mouse and keyboard on an opened recording: what is shown follows.

use crate::invented::{a_crowd, some_of_everything};
use crate::support::Driven;
use dropscope_app::model::command::Command;
use dropscope_app::model::scene::{Blocks, Thing};
use dropscope_app::model::state::{Screen, Tab};
use dropscope_engine::BlockId;
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn shown(driven: &Driven) -> &dropscope_app::model::document::Document {
    driven.harness.state().desk.state.shown().expect("a document is shown")
}

#[test]
fn a_recording_tells_its_sums_without_a_click() {
    let driven = Driven::with(some_of_everything());
    driven.assert_shows("timeline of invented");
    driven.assert_shows("The recording");
    // 6 requests of two blocks, the one of 4 KiB, 1234 B, 900 B and the worker's.
    driven.assert_shows("16 blocks");
    driven.assert_shows("1 block, 1\u{202F}234 B");
}

#[test]
fn a_click_on_a_bar_shows_all_about_its_block() {
    let mut driven = Driven::with(some_of_everything());
    driven.harness.get_all_by_label_contains("block 1:").next().unwrap().click();
    driven.settle();
    assert!(matches!(shown(&driven).selected, Some(Thing::Block(block)) if block.0 == 1));
    driven.assert_shows("Born at");
    driven.assert_shows("Stack of its release");
    driven.assert_shows("4\u{202F}096 B, aligned to 8");
    driven.assert_shows("at the end of “whole run”");
    driven.press(Key::Escape);
    assert_eq!(shown(&driven).selected, None);
    driven.assert_shows("The recording");
}

#[test]
fn a_leak_says_that_it_was_never_released() {
    let mut driven = Driven::with(some_of_everything());
    driven.click("Leaks");
    driven.assert_hides("Nothing leaked");
    let rows: Vec<_> = driven.harness.query_all_by_role(egui::Role::Row).collect();
    let told: Vec<_> = rows.iter().map(|row| row.accesskit_node().label()).collect();
    assert_eq!(rows.len(), 1, "one leak, one row: {told:?}");
    rows[0].click();
    driven.settle();
    driven.assert_shows("Never: it was still there when the recording ended.");
}

#[test]
fn arrow_keys_step_from_event_to_event() {
    let mut driven = Driven::with(some_of_everything());
    driven.press(Key::Home);
    driven.assert_shows("“whole run” begins");
    driven.press(Key::ArrowRight);
    driven.assert_shows("4\u{202F}096 B allocated");
    driven.press(Key::ArrowRight);
    driven.assert_shows("mark: configuration read");
    driven.press(Key::ArrowLeft);
    driven.assert_shows("4\u{202F}096 B allocated");
    driven.press(Key::End);
    driven.assert_shows("“whole run” ends");
    driven.click("Previous event (Left)");
    driven.assert_shows("4\u{202F}096 B released");
}

#[test]
fn keys_go_on_working_after_a_button_was_clicked() {
    let mut driven = Driven::with(some_of_everything());
    driven.press(Key::Home);
    driven.click("Next event (Right)");
    driven.assert_shows("4\u{202F}096 B allocated");
    driven.press(Key::ArrowRight);
    driven.assert_shows("mark: configuration read");
    driven.click("Play (Space)");
    assert!(shown(&driven).playing.is_some());
    driven.harness.key_press(Key::Space);
    driven.harness.step();
    driven.harness.step();
    assert!(shown(&driven).playing.is_none(), "one press, one change");
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_f_fits_again() {
    let mut driven = Driven::with(some_of_everything());
    let whole = shown(&driven).time_view();
    let timeline = driven.harness.get_by_label("timeline of invented").rect();
    driven.harness.hover_at(timeline.center());
    driven.harness.event(egui::Event::MouseWheel {
        source: egui::MouseWheelSource::Wheel,
        unit: egui::MouseWheelUnit::Point,
        delta: Vec2::new(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    driven.settle();
    let zoomed = shown(&driven).time_view();
    assert!(zoomed.span_ns() < whole.span_ns() * 3 / 4, "{zoomed:?} of {whole:?}");
    assert!(zoomed.start_ns() > whole.start_ns() && zoomed.end_ns() < whole.end_ns());
    driven.press(Key::F);
    assert_eq!(shown(&driven).time_view(), whole);
}

#[test]
fn shift_and_drag_brushes_a_range_and_the_tables_answer_for_it() {
    let mut driven = Driven::with(some_of_everything());
    let all = shown(&driven).tables.get().map(|tables| tables.sums.births);
    let timeline = driven.harness.get_by_label("timeline of invented").rect();
    let (from, to) = (timeline.lerp_inside(Vec2::new(0.3, 0.3)), timeline.lerp_inside(Vec2::new(0.5, 0.3)));
    driven.harness.event_modifiers(egui::Event::PointerMoved(from), Modifiers::SHIFT);
    driven.harness.step();
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::SHIFT,
    };
    driven.harness.event_modifiers(button(from, true), Modifiers::SHIFT);
    driven.harness.step();
    driven.harness.event_modifiers(egui::Event::PointerMoved(to), Modifiers::SHIFT);
    driven.harness.step();
    driven.harness.event_modifiers(button(to, false), Modifiers::SHIFT);
    driven.settle();
    let brush = shown(&driven).brush.clone().expect("a range is brushed");
    assert!(brush.start > 300_000 && brush.end < 1_800_000, "{brush:?}");
    let brushed = shown(&driven).tables.get().map(|tables| tables.sums.births);
    assert!(brushed > Some(0) && brushed < all, "{brushed:?} of {all:?}");
    driven.assert_shows("The range");
    driven.press(Key::Escape);
    assert_eq!(shown(&driven).brush, None);
    driven.assert_shows("Question: all blocks, by place of birth");
}

#[test]
fn tables_sort_by_a_click_on_a_heading() {
    let mut driven = Driven::with(some_of_everything());
    driven.click("Threads");
    let names = |driven: &Driven| -> Vec<String> {
        driven.harness.query_all_by_role(egui::Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
    };
    assert_eq!(names(&driven), ["0  main", "1  worker"]);
    driven.click("sort by of others");
    assert_eq!(names(&driven), ["1  worker", "0  main"], "the worker released a block of main's");
    driven.click("sort by of others");
    assert_eq!(names(&driven), ["0  main", "1  worker"]);
}

#[test]
fn back_and_forward_go_through_what_was_asked() {
    let mut driven = Driven::with(some_of_everything());
    let alt = |driven: &mut Driven, key| {
        driven.harness.key_press_modifiers(Modifiers::ALT, key);
        driven.settle();
    };
    driven.click("Threads");
    driven.click("pairs");
    driven.assert_shows("Question: all blocks, by threads of birth and release");
    driven.harness.query_all_by_role(egui::Role::Row).next().unwrap().click();
    driven.settle();
    assert!(shown(&driven).selected.is_some(), "a row shows its largest block");
    alt(&mut driven, Key::ArrowLeft);
    assert_eq!(shown(&driven).selected, None);
    alt(&mut driven, Key::ArrowLeft);
    driven.assert_shows("sort by given away");
    alt(&mut driven, Key::ArrowLeft);
    driven.assert_shows("sort by left bytes");
    for _ in 0..3 {
        alt(&mut driven, Key::ArrowRight);
    }
    assert!(shown(&driven).selected.is_some());
}

#[test]
fn the_palette_finds_an_action_and_does_it() {
    let mut driven = Driven::with(some_of_everything());
    let command = |driven: &mut Driven, key| {
        driven.harness.key_press_modifiers(Modifiers::COMMAND, key);
        driven.settle();
    };
    command(&mut driven, Key::P);
    driven.assert_shows("find an action");
    driven.harness.get_by_label("find an action").type_text("flame");
    driven.settle();
    driven.press(Key::Enter);
    driven.assert_hides("find an action");
    driven.assert_shows("flame graph");
    command(&mut driven, Key::P);
    driven.press(Key::Escape);
    driven.assert_hides("find an action");
    command(&mut driven, Key::Num3);
    driven.assert_shows("sort by left bytes");
}

#[test]
fn the_question_is_changed_by_its_parts_and_every_view_answers_it() {
    let mut driven = Driven::with(some_of_everything());
    driven.click("Question: all blocks, by place of birth");
    driven.click("never released");
    driven.assert_shows("Question: never released, by place of birth");
    let rows = |driven: &Driven| driven.harness.query_all_by_role(egui::Role::Row).count();
    assert_eq!(rows(&driven), 1);
    driven.press(Key::Escape);
    driven.click("Threads");
    driven.assert_shows("Question: never released, by threads");
    driven.click("Ask about all blocks again (Ctrl+Backspace)");
    driven.assert_shows("Question: all blocks, by threads");
}

#[test]
fn a_search_leaves_the_rows_that_have_it() {
    let mut driven = Driven::with(some_of_everything());
    driven.click("Threads");
    let rows = |driven: &Driven| driven.harness.query_all_by_role(egui::Role::Row).count();
    assert_eq!(rows(&driven), 2);
    driven.click("search in this view");
    driven.harness.get_by_label("search in this view").type_text("work");
    driven.settle();
    assert_eq!(rows(&driven), 1);
    driven.harness.get_by_label("search in this view").type_text("xyz");
    driven.settle();
    driven.assert_shows("No row has this in it.");
}

#[test]
fn panes_and_theme_switch() {
    let mut driven = Driven::with(some_of_everything());
    driven.click("Tables");
    driven.assert_hides("sort by blocks");
    driven.click("Details");
    driven.assert_hides("The recording");
    driven.click("Use the light theme");
    assert!(!driven.harness.state().desk.state.library.is_dark);
    assert!(!driven.harness.ctx.global_style().visuals.dark_mode);
}

#[test]
fn too_many_blocks_become_heat_and_bars_again_when_zoomed() {
    let mut driven = Driven::with(a_crowd(30_000));
    let is_heat = |driven: &Driven| matches!(shown(driven).scene.get().unwrap().blocks, Blocks::Heat(_));
    assert!(is_heat(&driven));
    for _ in 0..22 {
        driven.press(Key::Plus);
    }
    let scene = shown(&driven).scene.get().unwrap();
    let Blocks::Bars { bars, through, .. } = &scene.blocks else { panic!("still heat") };
    assert!(!bars.is_empty() && through.blocks > 10_000, "{} bars, {through:?}", bars.len());
}

#[test]
fn a_selected_block_is_seen_among_too_many_for_bars() {
    let mut driven = Driven::with(a_crowd(60_000));
    driven.assert_hides("the selected block");
    let id = shown(&driven).id;
    driven.harness.state_mut().desk.apply(Command::Select(id, Some(Thing::Block(BlockId(30_000)))));
    driven.settle();
    assert!(matches!(shown(&driven).scene.get().unwrap().blocks, Blocks::Heat(_)));
    driven.assert_shows("the selected block 30000");
}

#[test]
fn escape_in_the_search_clears_it_and_nothing_else() {
    let mut driven = Driven::with(some_of_everything());
    driven.harness.get_all_by_label_contains("block 1:").next().unwrap().click();
    driven.settle();
    driven.click("search in this view");
    driven.harness.get_by_label("search in this view").type_text("main");
    driven.settle();
    assert_eq!(shown(&driven).analysis.look.search, "main");
    driven.press(Key::Escape);
    assert_eq!(shown(&driven).analysis.look.search, "");
    assert!(shown(&driven).selected.is_some(), "the selection stays");
    driven.press(Key::Escape);
    assert_eq!(shown(&driven).selected, None);
}

#[test]
fn several_recordings_are_compared_on_one_axis() {
    let mut driven = Driven::new();
    let paths = [some_of_everything().write(driven.folder(), "first"), a_crowd(500).write(driven.folder(), "second")];
    driven.open(&paths);
    assert_eq!(driven.harness.state().desk.state.screen, Screen::Comparison);
    driven.assert_shows("recordings on one time axis");
    driven.assert_shows("Longest pause: 100 µs in first (gc: full), none in second.");
    driven.click("open second");
    driven.assert_shows("timeline of second");
    driven.click("Compare these");
    driven.assert_shows("recordings on one time axis");
}

#[test]
fn a_click_gives_the_arrow_keys_to_the_view_below() {
    let mut driven = Driven::with(some_of_everything());
    driven.harness.state_mut().desk.apply(Command::ChooseTab(Tab::Calls));
    driven.settle();
    let state = |driven: &Driven| {
        let document = &driven.harness.state().desk.state.documents[0];
        (document.analysis.look.open.len(), document.playhead.is_some())
    };
    // Within one frame, as a touchpad's tap comes.
    let at = driven.harness.get_by_role_and_label(egui::accesskit::Role::Row, "0x1000").rect().center();
    driven.harness.hover_at(at);
    driven.settle();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        let event = egui::Event::PointerButton { pos: at, button, pressed, modifiers };
        driven.harness.input_mut().events.push(event);
    }
    driven.settle();
    assert_eq!(state(&driven), (1, false), "what has nothing beside it was open, and is closed");
    driven.press(egui::Key::ArrowRight);
    assert_eq!(state(&driven), (0, false), "the row is opened, and the timeline does not step");
}
