//! A copy of a lesson from the window: the compiler's words as they are, a program that is built and started.

use crate::support::Driven;
use dropscope_app::model::command::Command;
use dropscope_app::model::copy::CopyPhase;
use std::path::Path;

/// A project as a learner may have left it: of the lesson's name, without the tracker, so that it builds in a moment.
fn project(folder: &Path, body: &str) {
    let manifest = "[package]\nname = \"lesson-scope-end\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.join("src/main.rs"), "mod scope_end;\nfn main() {\n    scope_end::run();\n}\n").unwrap();
    std::fs::write(folder.join("src/scope_end.rs"), body).unwrap();
}

fn phase(driven: &Driven) -> CopyPhase {
    driven.harness.state().desk.state.copy.as_ref().unwrap().phase.clone()
}

#[test]
fn the_compilers_words_are_shown_as_they_are_and_a_mended_copy_runs() {
    let mut driven = Driven::new();
    driven.harness.state_mut().desk.apply(Command::StartLesson(0));
    driven.settle();
    driven.click("Open a copy");
    driven.assert_shows("A cargo project of your own.");
    let folder = driven.folder().join("copy");
    project(&folder, "pub fn run() {\n    let text: String = 7;\n}\n");
    let asked = Command::SetCopyFolder(folder.to_string_lossy().into_owned());
    driven.harness.state_mut().desk.apply(asked);
    driven.settle();
    driven.click("Write and run");
    assert!(matches!(phase(&driven), CopyPhase::Failed(_)), "{:?}", phase(&driven));
    driven.assert_shows("mismatched types");
    driven.assert_shows("src/scope_end.rs:2");
    project(&folder, "pub fn run() {}\n");
    driven.click("Run it again");
    // Without the tracker it is recorded through the preloaded library, where that can be had; else the reason is said.
    match phase(&driven) {
        CopyPhase::Done(_) => driven.assert_shows("Recorded: compared with the lesson below."),
        CopyPhase::Failed(words) => driven.assert_shows(&words),
        other => panic!("{other:?}"),
    }
    driven.assert_hides("mismatched types");
    driven.click("Close the copy");
    driven.assert_hides("Your copy");
}

#[test]
fn a_folder_of_somebody_elses_is_not_touched() {
    let mut driven = Driven::new();
    driven.harness.state_mut().desk.apply(Command::StartLesson(0));
    driven.settle();
    driven.click("Open a copy");
    let folder = driven.folder().join("letters");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("letter.txt"), "mine").unwrap();
    let asked = Command::SetCopyFolder(folder.to_string_lossy().into_owned());
    driven.harness.state_mut().desk.apply(asked);
    driven.settle();
    driven.click("Write and run");
    driven.assert_shows("is there already and is no copy of this lesson");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}
