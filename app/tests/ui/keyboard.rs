//! The views below the timeline with the keyboard, and headings that sort.

use crate::shop::shop;
use crate::support::Driven;
use dropscope_app::model::analysis::Look;
use dropscope_app::model::command::Command;
use dropscope_app::model::state::Tab;
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
