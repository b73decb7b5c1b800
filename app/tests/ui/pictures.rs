//! Pictures of the views on an invented recording, compared pixel by pixel with those in `tests/snapshots`.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p dropscope-app --test ui` writes them anew.

use crate::invented::{Invented, a_crowd, absurdly_named, some_of_everything};
use crate::shop::shop;
use dropscope_app::model::analysis::Against;
use dropscope_app::model::command::Command;
use dropscope_app::model::desk::{Desk, Habits};
use dropscope_app::model::library::Library;
use dropscope_app::model::scene::Thing;
use dropscope_app::model::state::Tab;
use dropscope_app::shot;
use dropscope_engine::BlockId;
use dropscope_engine::query::{When, Which};
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
        return write_small(&path, picture);
    }
    let expected = image::open(&path).map(|image| image.to_rgba8());
    let differing = expected.as_ref().map_or(usize::MAX, |expected| {
        if [expected.width() as usize, expected.height() as usize] != picture.size {
            return usize::MAX;
        }
        let ours = picture.pixels.iter().map(egui::Color32::to_srgba_unmultiplied);
        expected.pixels().zip(ours).filter(|(expected, ours)| expected.0 != *ours).count()
    });
    if differing > 0 {
        let fresh = folder.join(format!("{name}.new.png"));
        write_small(&fresh, picture);
        panic!("{differing} pixels differ from {}: compare it with {}", path.display(), fresh.display());
    }
}

/// Writes a picture without transparency, as small as it goes: there are many.
fn write_small(path: &Path, picture: &ColorImage) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let [width, height] = picture.size.map(|side| side as u32);
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_compression(png::Compression::High);
    encoder.set_color(png::ColorType::Rgb);
    let bytes: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
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
fn a_comparison_of_more_than_there_is_room_for() {
    let names = ["one", "two", "three", "four", "five", "six", "seven"];
    let (mut desk, _folder) = desk(true, names.map(|name| (name, some_of_everything())).into());
    assert_picture("compare-many-dark", &shot::draw(&mut desk, [1280, 720], 1.0));
}

#[test]
fn an_empty_window() {
    let (mut desk, _folder) = desk(true, Vec::new());
    assert_picture("empty-dark", &shot::draw(&mut desk, SIZE, 1.0));
}

/// One view below the timeline, with most of the height.
fn view(desk: &mut Desk, tab: Tab) {
    desk.apply(Command::ChooseTab(tab));
    desk.state.is_tall = true;
}

/// Every view at this size; the first that differs ends the test, when all have been looked at.
#[track_caller]
fn every_view(is_dark: bool, size_px: [u32; 2], pixels_per_point: f32, made: (&str, Invented), suffix: &str) {
    let (mut desk, _folder) = desk(is_dark, vec![made]);
    let mut differing = Vec::new();
    let mut look = |desk: &mut Desk, word: &str| {
        let picture = shot::draw(desk, size_px, pixels_per_point);
        let name = format!("views/{word}-{suffix}");
        if std::panic::catch_unwind(|| assert_picture(&name, &picture)).is_err() {
            differing.push(name);
        }
    };
    desk.state.panes.tables = false;
    look(&mut desk, "timeline");
    // The panes beside it are in that picture.
    desk.state.panes.library = false;
    desk.state.panes.details = false;
    for tab in Tab::ALL {
        view(&mut desk, tab);
        look(&mut desk, tab.word());
    }
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn every_view_dark_and_small() {
    every_view(true, [1280, 720], 1.0, ("shop", shop()), "dark-1280");
}

#[test]
fn every_view_light_and_small() {
    every_view(false, [1280, 720], 1.0, ("shop", shop()), "light-1280");
}

#[test]
fn every_view_dark_and_large() {
    every_view(true, [2560, 1440], 1.0, ("shop", shop()), "dark-2560");
}

#[test]
fn every_view_light_and_fine() {
    every_view(false, [2560, 1440], 2.0, ("shop", shop()), "light-2560");
}

#[test]
fn absurd_names_stay_in_their_places_in_every_view() {
    let name = "a file of two hundred characters ".repeat(6);
    every_view(true, [1280, 720], 1.0, (&name, absurdly_named()), "absurd");
}

#[test]
fn nothing_has_an_answer_in_every_view() {
    every_view(false, [1280, 720], 1.0, ("nothing", Invented::new(&["main"])), "empty");
}

/// The second half of the shop's recording against its first.
fn halves(is_dark: bool) -> (Desk, tempfile::TempDir) {
    let (mut desk, folder) = desk(is_dark, vec![("shop", shop())]);
    let document = &mut desk.state.documents[0];
    let first = Which { when: When::BornIn(0..700_000), ..Which::default() };
    let name = "the first half".into();
    document.analysis.options.against = Some(Against { document: document.id, which: first, name });
    document.brush = Some(700_000..1_400_000);
    desk.state.panes.library = false;
    desk.state.panes.details = false;
    (desk, folder)
}

#[test]
fn differences_have_two_colours() {
    let (mut desk, _folder) = halves(true);
    view(&mut desk, Tab::Flame);
    assert_picture("views/flame-difference", &shot::draw(&mut desk, [1280, 720], 1.0));
}

#[test]
fn a_call_tree_and_the_callers_of_a_function_are_compared_too() {
    for (is_dark, suffix) in [(true, "dark"), (false, "light")] {
        let (mut desk, _folder) = halves(is_dark);
        view(&mut desk, Tab::Calls);
        shot::wait(&mut desk);
        shot::draw(&mut desk, [1280, 720], 1.0);
        let analysis = &mut desk.state.documents[0].analysis;
        let computed = analysis.answer(Tab::Calls).expect("an answer").clone();
        let graph = computed.graph().expect("a tree");
        let answer = graph.nodes.iter().find(|node| node.label.ends_with("::answer")).expect("a function");
        graph.open(&[answer.id], &mut analysis.look.open);
        assert_picture(&format!("views/calls-difference-{suffix}"), &shot::draw(&mut desk, [1280, 720], 1.0));
        desk.state.documents[0].analysis.options.around = Some(answer.key.clone());
        assert_picture(&format!("views/callers-difference-{suffix}"), &shot::draw(&mut desk, [1280, 720], 1.0));
    }
}

#[test]
fn a_flame_graph_with_the_selection_in_it() {
    let (mut desk, _folder) = desk(true, vec![("shop", shop())]);
    let id = desk.state.documents[0].id;
    desk.apply(Command::Select(id, Some(Thing::Block(BlockId(6)))));
    view(&mut desk, Tab::Flame);
    assert_picture("flame-dark", &shot::draw(&mut desk, [1280, 720], 1.0));
}

#[test]
fn a_flame_graph_tells_what_the_keyboard_is_at() {
    for (is_dark, suffix) in [(true, "dark"), (false, "light")] {
        let (mut desk, _folder) = desk(is_dark, vec![("shop", shop())]);
        (desk.state.panes.library, desk.state.panes.details) = (false, false);
        view(&mut desk, Tab::Flame);
        shot::draw(&mut desk, [1280, 720], 1.0);
        let analysis = &mut desk.state.documents[0].analysis;
        let graph = analysis.answer(Tab::Flame).and_then(|computed| computed.graph()).expect("a tree");
        let node = graph.nodes.iter().find(|node| node.label.ends_with("::parse")).expect("a function");
        analysis.look.cursor = Some(node.id);
        assert_picture(&format!("views/flame-keyboard-{suffix}"), &shot::draw(&mut desk, [1280, 720], 1.0));
    }
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
fn twice_the_pixels_are_the_same_picture_finer() {
    let (mut desk, _folder) = desk(true, vec![("invented", some_of_everything())]);
    let picture = shot::draw(&mut desk, [2 * SIZE[0], 2 * SIZE[1]], 2.0);
    assert_eq!(picture.size, [2000, 1200]);
    let panel = dropscope_app::theme::Theme::dark().raised;
    assert_eq!(picture.pixels[2000 * 8 + 1000], panel, "the bar at the top is where it is at half the size");
}
