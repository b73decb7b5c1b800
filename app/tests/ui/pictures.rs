//! Pictures of the views on an invented recording, compared pixel by pixel with those in `tests/snapshots`.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p dropscope-app --test ui` writes them anew.

use crate::invented::{Invented, a_crowd, some_of_everything};
use dropscope_app::model::command::Command;
use dropscope_app::model::desk::{Desk, Habits};
use dropscope_app::model::library::Library;
use dropscope_app::model::scene::Thing;
use dropscope_app::model::state::Tab;
use dropscope_app::{headless, shot};
use dropscope_engine::BlockId;
use egui::ColorImage;
use std::path::{Path, PathBuf};

const SIZE: [u32; 2] = [1000, 600];

fn desk(is_dark: bool, recordings: Vec<(&str, Invented)>) -> (Desk, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = recordings.into_iter().map(|(name, made)| made.write(folder.path(), name)).collect();
    let mut desk = Desk::new(Library { is_dark, ..Library::default() }, Habits::default(), || {});
    desk.apply(Command::Open(paths));
    shot::wait(&mut desk);
    (desk, folder)
}

#[track_caller]
fn assert_picture(name: &str, picture: &ColorImage) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let path = folder.join(format!("{name}.png"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        headless::write_png(&path, picture).unwrap();
        return;
    }
    let fresh = folder.join(format!("{name}.new.png"));
    let expected = image::open(&path).map(|image| image.to_rgba8());
    let differing = expected.as_ref().map_or(usize::MAX, |expected| {
        if [expected.width() as usize, expected.height() as usize] != picture.size {
            return usize::MAX;
        }
        let ours = picture.pixels.iter().map(egui::Color32::to_srgba_unmultiplied);
        expected.pixels().zip(ours).filter(|(expected, ours)| expected.0 != *ours).count()
    });
    if differing > 0 {
        headless::write_png(&fresh, picture).unwrap();
        panic!("{differing} pixels differ from {}: compare it with {}", path.display(), fresh.display());
    }
}

#[test]
fn a_timeline_with_a_selected_block() {
    let (mut desk, _folder) = desk(true, vec![("invented", some_of_everything())]);
    let id = desk.state.documents[0].id;
    desk.apply(Command::Select(id, Some(Thing::Block(BlockId(6)))));
    desk.apply(Command::SetBrush(id, Some(900_000..1_500_000)));
    desk.apply(Command::SetPlayhead(id, Some(1_100_000)));
    assert_picture("timeline-dark", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn a_timeline_in_light() {
    let (mut desk, _folder) = desk(false, vec![("invented", some_of_everything())]);
    assert_picture("timeline-light", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn heat_of_many_blocks() {
    let (mut desk, _folder) = desk(true, vec![("crowd", a_crowd(30_000))]);
    assert_picture("heat-dark", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn a_comparison() {
    let (mut desk, _folder) = desk(false, vec![("invented", some_of_everything()), ("crowd", a_crowd(1_000))]);
    assert_picture("compare-light", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn an_empty_window() {
    let (mut desk, _folder) = desk(true, Vec::new());
    assert_picture("empty-dark", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn absurd_names_stay_in_their_places() {
    let long = "a name of three hundred characters ".repeat(9);
    let mut made = Invented::new(&["main"]);
    for (at, name) in [(100, long.as_str()), (200, "שלום עולם"), (300, "\u{1F980} crab"), (400, "")] {
        made.text(0, at, dropscope_format::EventKind::ScopeEnter, name, 0);
        made.text(0, at + 10, dropscope_format::EventKind::Mark, name, 0);
    }
    made.alloc(0, 450, 0x1000, 5);
    made.text(0, 950, dropscope_format::EventKind::ScopeExit, "", 0);
    made.alloc(0, 960, 0x2000, 7);
    made.text(0, 970, dropscope_format::EventKind::ScopeExit, "\u{1F980} crab", 0);
    made.alloc(0, 980, 0x3000, 9);
    made.text(0, 985, dropscope_format::EventKind::ScopeExit, "שלום עולם", 0);
    made.alloc(0, 990, 0x4000, 11);
    made.free(0, 900, 0x1000, 5);
    let (mut desk, _folder) = desk(true, vec![(&long[..200], made)]);
    assert_picture("absurd-names", &shot::draw(&mut desk, SIZE, 1.0));
    view(&mut desk, Tab::Scopes);
    assert_picture("scopes-absurd-names", &shot::draw(&mut desk, SIZE, 1.0));
}

/// One view below the timeline, with most of the height.
fn view(desk: &mut Desk, tab: Tab) {
    desk.apply(Command::ChooseTab(tab));
    desk.state.is_tall = true;
}

#[test]
fn a_flame_graph_with_the_selection_in_it() {
    let (mut desk, _folder) = desk(true, vec![("invented", some_of_everything())]);
    let id = desk.state.documents[0].id;
    desk.apply(Command::Select(id, Some(Thing::Block(BlockId(6)))));
    view(&mut desk, Tab::Flame);
    assert_picture("flame-dark", &shot::draw(&mut desk, [1280, 720], 1.0));
}

#[test]
fn sizes_and_lifetimes_in_light_and_fine() {
    let (mut desk, _folder) = desk(false, vec![("invented", some_of_everything())]);
    view(&mut desk, Tab::Sizes);
    assert_picture("sizes-light", &shot::draw(&mut desk, [2560, 1440], 2.0));
}

#[test]
fn addresses_at_the_playhead() {
    let (mut desk, _folder) = desk(false, vec![("crowd", a_crowd(5_000))]);
    let id = desk.state.documents[0].id;
    desk.apply(Command::SetPlayhead(id, Some(6_000_000)));
    view(&mut desk, Tab::Addresses);
    assert_picture("addresses-light", &shot::draw(&mut desk, [1280, 720], 1.0));
}

#[test]
fn nothing_has_an_answer_in_every_view() {
    let (mut desk, _folder) = desk(true, vec![("nothing", Invented::new(&["main"]))]);
    for tab in Tab::ALL {
        view(&mut desk, tab);
        shot::draw(&mut desk, [400, 300], 1.0);
    }
    view(&mut desk, Tab::Leaks);
    assert_picture("leaks-empty-dark", &shot::draw(&mut desk, SIZE, 1.0));
}

#[test]
fn twice_the_pixels_are_the_same_picture_finer() {
    let (mut desk, _folder) = desk(true, vec![("invented", some_of_everything())]);
    let picture = shot::draw(&mut desk, [2 * SIZE[0], 2 * SIZE[1]], 2.0);
    assert_eq!(picture.size, [2000, 1200]);
    let panel = dropscope_app::theme::Theme::dark().raised;
    assert_eq!(picture.pixels[2000 * 8 + 1000], panel, "the bar at the top is where it is at half the size");
}
