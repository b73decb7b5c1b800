//! The views below the timeline with the keyboard, and headings that sort.

use crate::invented::{a_crowd, some_of_everything};
use crate::shop::shop;
use crate::support::Driven;
use dropscope_app::model::analysis::Look;
use dropscope_app::model::analysis::question::Span;
use dropscope_app::model::command::Command;
use dropscope_app::model::scene::Thing;
use dropscope_app::model::state::Tab;
use dropscope_engine::query::Lived;
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// The shop with this view and most of the height for it.
fn looking_at(tab: Tab) -> Driven {
    let mut driven = Driven::with(shop());
    let desk = &mut driven.harness.state_mut().desk;
    desk.apply(Command::ChooseTab(tab));
    desk.apply(Command::ToggleTall);
    driven.settle();
    driven
}

fn look(driven: &Driven) -> &Look {
    &driven.harness.state().desk.state.documents[0].analysis.look
}

/// What the keyboard is at in a tree.
fn cursor(driven: &Driven, tab: Tab) -> String {
    let analysis = &driven.harness.state().desk.state.documents[0].analysis;
    let graph = analysis.answer(tab).and_then(|computed| computed.graph()).expect("a tree");
    let node = graph.nodes.iter().find(|node| Some(node.id) == analysis.look.cursor).expect("it is somewhere");
    node.label.rsplit("::").next().unwrap().to_owned()
}

#[test]
fn arrows_go_through_a_flame_graph_and_enter_zooms() {
    let mut driven = looking_at(Tab::Flame);
    driven.press(Key::ArrowUp);
    driven.press(Key::ArrowUp);
    assert_eq!(cursor(&driven, Tab::Flame), "answer", "from `main` to the widest of what it calls");
    driven.press(Key::ArrowUp);
    assert_eq!(cursor(&driven, Tab::Flame), "parse");
    driven.press(Key::ArrowDown);
    driven.press(Key::Enter);
    assert_eq!(look(&driven).zoom, look(&driven).cursor);
    driven.press(Key::Enter);
    assert_eq!(look(&driven).zoom, None, "and out again");
    assert!(driven.harness.state().desk.state.documents[0].playhead.is_none(), "the timeline does not step");
}

#[test]
fn a_call_tree_sorts_by_a_click_on_a_heading() {
    let mut driven = looking_at(Tab::Calls);
    let rows = |driven: &Driven| -> Vec<String> {
        driven.harness.query_all_by_role(egui::Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
    };
    assert_eq!(rows(&driven), ["main", "answer", "print", "Catalogue::load"], "the most bytes first");
    driven.click("sort by blocks");
    assert_eq!(rows(&driven), ["main", "answer", "Catalogue::load", "print"]);
    driven.click("sort by blocks");
    assert_eq!(rows(&driven), ["main", "print", "Catalogue::load", "answer"]);
    driven.click("sort by function");
    assert_eq!(rows(&driven), ["main", "Catalogue::load", "answer", "print"]);
}

#[test]
fn arrows_go_from_cell_to_cell_and_enter_asks_about_one() {
    let mut driven = looking_at(Tab::Sizes);
    driven.press(Key::ArrowUp);
    driven.press(Key::Enter);
    let which = &driven.harness.state().desk.state.documents[0].analysis.question.which;
    assert_eq!(which.size_bytes, Some(2_048..=4_095), "the cell that holds most");
    assert!(which.lived.is_some());
    driven.assert_shows("of 2048 to 4095 bytes");
}

#[test]
fn the_question_is_changed_with_the_keyboard_alone() {
    let mut driven = looking_at(Tab::Sites);
    let id = driven.harness.state().desk.state.documents[0].id;
    driven.harness.state_mut().desk.apply(Command::SetBrush(id, Some(1_000..900_000)));
    driven.settle();
    driven.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    driven.settle();
    driven.press(Key::ArrowDown);
    driven.press(Key::Space);
    let question = |driven: &Driven| driven.harness.state().desk.state.documents[0].analysis.question.clone();
    assert_eq!(question(&driven).span, Span::BornAndAlive, "one below what was chosen");
    driven.assert_shows("the range: ");
    driven.press(Key::Escape);
    driven.assert_hides("the range: ");
    let document = &driven.harness.state().desk.state.documents[0];
    assert!(document.brush.is_some(), "what closes the question does not let go of the range, too");
    driven.press(Key::Escape);
    assert!(driven.harness.state().desk.state.documents[0].brush.is_none(), "now it does");
}

#[test]
fn arrows_go_from_page_to_page_and_enter_shows_a_block() {
    let mut driven = looking_at(Tab::Addresses);
    driven.press(Key::ArrowDown);
    driven.press(Key::Enter);
    let selected = driven.harness.state().desk.state.documents[0].selected;
    assert!(matches!(selected, Some(Thing::Block(_))), "the largest block of the first page");
}

#[test]
fn a_chosen_source_file_is_a_place_to_come_back_to() {
    let mut driven = looking_at(Tab::Source);
    let file = |driven: &Driven| look(driven).file.clone().and_then(|(_, name)| name);
    driven.press(Key::ArrowDown);
    let first = file(&driven).expect("the keyboard chooses files");
    driven.harness.state_mut().desk.apply(Command::ChooseTab(Tab::Sites));
    driven.settle();
    driven.harness.state_mut().desk.apply(Command::GoBack);
    driven.settle();
    assert_eq!(file(&driven), Some(first));
    driven.harness.state_mut().desk.apply(Command::GoBack);
    driven.settle();
    assert_eq!(file(&driven), None, "before it was chosen");
}

#[test]
fn a_list_in_the_question_is_above_it_and_closes_alone() {
    let mut driven = looking_at(Tab::Sites);
    let lived = |driven: &Driven| driven.harness.state().desk.state.documents[0].analysis.question.which.lived;
    driven.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    driven.settle();
    let list = |driven: &mut Driven| {
        driven.harness.get_by_value("any time").click();
        driven.settle();
    };
    list(&mut driven);
    driven.assert_shows("less than 10 µs");
    driven.press(Key::Escape);
    driven.assert_hides("less than 10 µs");
    driven.assert_shows("the range: ");
    driven.press(Key::Escape);
    driven.assert_hides("the range: ");
    // The second time both have been there before.
    driven.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    driven.settle();
    list(&mut driven);
    driven.click("less than 10 µs");
    assert_eq!(lived(&driven), Some(Lived::LessThanNs(10_000)), "it is in front, and what is clicked");
    driven.assert_shows("the range: ");
}

#[test]
fn arrows_are_the_questions_however_it_was_opened() {
    let mut driven = looking_at(Tab::Sites);
    driven.click("Question: all blocks, by place of birth");
    driven.assert_shows("the range: ");
    driven.press(Key::ArrowDown);
    let document = |driven: &Driven| {
        let document = &driven.harness.state().desk.state.documents[0];
        (document.selected, document.playhead.is_some(), document.analysis.question.span)
    };
    driven.press(Key::Space);
    assert_eq!(document(&driven), (None, false, Span::BornAndAlive), "the table below has no part of it");
    // The question has another way out now, which stands before it.
    driven.press(Key::ArrowDown);
    driven.press(Key::Space);
    assert_eq!(document(&driven).2, Span::Released, "and they go on where they were");
}

#[test]
fn what_is_asked_of_the_flame_graph_shows_it() {
    let mut driven = looking_at(Tab::Sites);
    driven.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::P);
    driven.settle();
    driven.harness.get_by_label("find an action").type_text("icicle");
    driven.settle();
    driven.press(Key::Enter);
    assert!(look(&driven).is_icicle);
    assert_eq!(driven.harness.state().desk.state.tab, Tab::Flame);
}

#[test]
fn places_show_what_the_allocator_gave_where_that_is_known() {
    let places = |made| {
        let mut driven = Driven::with(made);
        driven.harness.state_mut().desk.apply(Command::ChooseTab(Tab::Sites));
        driven.settle();
        driven.assert_shows("sort by bytes");
        driven
    };
    places(some_of_everything()).assert_shows("sort by usable");
    places(a_crowd(9)).assert_hides("sort by usable");
}
