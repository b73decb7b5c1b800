//! Files that cannot be shown, or not wholly: a sentence, never a crash, never silence.

use crate::invented::some_of_everything;
use crate::support::Driven;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn an_empty_a_foreign_a_newer_and_a_missing_file_get_a_sentence_each() {
    let cases: [(&str, &[u8], &str); 3] = [
        ("empty", b"", "is empty: the program that wrote it ended before it recorded anything"),
        ("foreign", b"\x89PNG\r\n\x1a\n and more than a header", "is not a Dropscope recording"),
        ("newer", b"DSCOPE\r\n\xff\0\0\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "use a newer Dropscope"),
    ];
    for (name, bytes, sentence) in cases {
        let mut driven = Driven::new();
        let path = driven.folder().join(format!("{name}.dscope"));
        std::fs::write(&path, bytes).unwrap();
        driven.open(&[path]);
        driven.assert_shows(sentence);
        driven.assert_shows("Start the first lesson");
    }
    let mut driven = Driven::new();
    let path = driven.folder().join("missing.dscope");
    driven.open(&[path]);
    driven.assert_shows("missing.dscope cannot be read");
}

#[test]
fn a_bad_file_beside_an_open_one_is_a_message_that_can_be_closed() {
    let mut driven = Driven::with(some_of_everything());
    let path = driven.folder().join("bad.dscope");
    std::fs::write(&path, "not a recording, though long enough").unwrap();
    driven.open(&[path]);
    driven.assert_shows("is not a Dropscope recording");
    driven.assert_shows("timeline of invented");
    driven.click("Close this message");
    driven.assert_hides("is not a Dropscope recording");
}

#[test]
fn lost_events_and_a_missing_end_are_told() {
    let mut made = some_of_everything();
    made.lost = 17;
    made.end = None;
    let driven = Driven::with(made);
    driven.assert_shows("17 events were lost");
    driven.assert_shows("more");
    let warnings = &driven.harness.state().desk.state.shown().unwrap().facts.warnings;
    assert!(warnings.iter().any(|warning| warning.contains("has no end")), "{warnings:?}");
}

#[test]
fn what_is_alive_when_a_recording_is_stopped_is_not_called_leaked() {
    let mut whole = Driven::with(some_of_everything());
    whole.click("Leaks");
    whole.assert_shows("Never released: ");
    let mut made = some_of_everything();
    made.end = Some(dropscope_format::EndKind::Stopped);
    let mut driven = Driven::with(made);
    driven.click("Leaks");
    driven.assert_shows("Alive when the recording was stopped (it may have been released later): ");
    driven.assert_hides("Never released: ");
    let warnings = &driven.harness.state().desk.state.shown().unwrap().facts.warnings;
    assert!(warnings.iter().any(|warning| warning.contains("was stopped while")), "{warnings:?}");
}

#[test]
fn every_cut_of_a_file_is_shown_or_told() {
    let driven = Driven::new();
    let whole = std::fs::read(some_of_everything().write(driven.folder(), "whole")).unwrap();
    for length in (0..whole.len()).step_by(97) {
        let mut driven = Driven::new();
        let path = driven.folder().join("cut.dscope");
        std::fs::write(&path, &whole[..length]).unwrap();
        driven.open(&[path]);
        let is_told = driven.shows("is cut off") || driven.shows("is empty") || driven.shows("has no end");
        assert!(is_told, "cut at {length} of {} and nothing is said", whole.len());
    }
}

#[test]
fn the_empty_window_says_what_can_be_done() {
    let mut driven = Driven::new();
    driven.settle();
    driven.assert_shows("Nothing is open");
    driven.assert_shows("No program is being recorded");
    driven.assert_shows("Drop a .dscope file anywhere");
}

#[test]
fn without_a_file_dialog_a_path_can_be_typed_and_mended() {
    let mut driven = Driven::new();
    let path = some_of_everything().write(driven.folder(), "typed");
    driven.settle();
    driven.click("Open…");
    driven.assert_shows("This desktop has no file dialog");
    let wrong = format!("{}s", path.display());
    driven.type_text(&wrong);
    driven.click("Open");
    driven.assert_shows("typed.dscopes cannot be read");
    driven.assert_shows("This desktop has no file dialog");
    driven.press(egui::Key::End);
    driven.press(egui::Key::Backspace);
    driven.press(egui::Key::Enter);
    driven.assert_shows("timeline of typed");
    driven.assert_hides("This desktop has no file dialog");
    driven.click("Open…");
    driven.press(egui::Key::Escape);
    driven.assert_hides("This desktop has no file dialog");
}

/// What the desktop gives for a file that is dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_dropped_file_is_opened_and_two_are_compared() {
    let mut driven = Driven::new();
    let paths = ["first", "second"].map(|name| some_of_everything().write(driven.folder(), name));
    driven.settle();
    driven.harness.input_mut().hovered_files.push(egui::HoveredFile::default());
    driven.harness.step();
    driven.harness.input_mut().hovered_files.clear();
    driven.harness.input_mut().dropped_files.push(Arc::new(Dropped(paths[0].clone())));
    driven.settle();
    driven.assert_shows("timeline of first");
    for path in paths {
        driven.harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    }
    driven.settle();
    driven.assert_shows("Comparison");
}
