//! A copy of a lesson from the window: the compiler's words as they are, a program that is built and started.

use crate::support::Driven;
use dropscope_app::model::command::Command;
use dropscope_app::model::copy::CopyPhase;
use egui_kittest::kittest::Queryable as _;
use std::path::Path;
use std::time::Duration;

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

/// The first lesson's program, and the change that a learner might make: the text lives to the end of `run`.
#[test]
fn a_changed_copy_is_built_with_the_tracker_recorded_and_compared() {
    let mut driven = Driven::new();
    driven.harness.state_mut().desk.apply(Command::StartLesson(0));
    driven.settle();
    driven.click("Open a copy");
    let folder = driven.folder().join("copy");
    let written = dropscope_app::launch::write_copy(&dropscope_lessons::lessons()[0], &folder).unwrap();
    let lesson = std::fs::read_to_string(&written.source).unwrap();
    let changed = lesson.replace("String::with_capacity(110)", "String::with_capacity(7110)");
    assert_ne!(changed, lesson);
    std::fs::write(&written.source, changed).unwrap();
    driven.harness.state_mut().desk.apply(Command::SetCopyFolder(folder.to_string_lossy().into_owned()));
    driven.settle();
    // The tracker is built for it: that takes longer than anything else here.
    driven.patience = Duration::from_secs(300);
    driven.click("Write and run");
    let CopyPhase::Done(document) = phase(&driven) else {
        let copy = driven.harness.state().desk.state.copy.clone().unwrap();
        panic!("{:?}: {:#?}", copy.phase, copy.lines);
    };
    driven.assert_shows("Recorded: compared with the lesson below.");
    let desk = &driven.harness.state().desk;
    assert_eq!(desk.state.compare.documents.len(), 2, "the lesson and the copy");
    let peak = |id| {
        let document = desk.state.documents.iter().find(|one| one.id == id).unwrap();
        document.data.model.read().live().peak().bytes
    };
    let lesson_id = *desk.state.compare.documents.iter().find(|id| **id != document).unwrap();
    let (before, after) = (peak(lesson_id), peak(document));
    assert_eq!(after - before, 7000, "the change is in the recording, and nothing else");
    driven.click("Your copy alone");
    driven.assert_shows("timeline of your copy, run 1");
}

#[test]
fn a_build_can_be_stopped_and_begun_again() {
    let mut driven = Driven::new();
    driven.harness.state_mut().desk.apply(Command::StartLesson(0));
    driven.settle();
    driven.click("Open a copy");
    let folder = driven.folder().join("copy");
    project(&folder, "pub fn run() {}\n");
    // A build that does not end by itself.
    let script = "fn main() {\n    std::fs::write(\"starting\", std::process::id().to_string()).unwrap();\n    \
                  std::fs::rename(\"starting\", \"started\").unwrap();\n    \
                  std::thread::sleep(std::time::Duration::from_secs(600));\n}\n";
    std::fs::write(folder.join("build.rs"), script).unwrap();
    driven.harness.state_mut().desk.apply(Command::SetCopyFolder(folder.to_string_lossy().into_owned()));
    driven.settle();
    driven.harness.get_by_label("Write and run").click();
    let started = folder.join("started");
    driven.until(|_| started.exists());
    assert_eq!(phase(&driven), CopyPhase::Building);
    driven.click("Cancel");
    assert_eq!(phase(&driven), CopyPhase::Waiting);
    driven.assert_shows("Change ");
    let script: u32 = std::fs::read_to_string(&started).unwrap().parse().unwrap();
    let is_gone = || !Path::new(&format!("/proc/{script}")).exists();
    driven.until(|_| is_gone());
    std::fs::remove_file(folder.join("build.rs")).unwrap();
    driven.click("Run it again");
    assert!(!matches!(phase(&driven), CopyPhase::Building | CopyPhase::Waiting), "{:?}", phase(&driven));
}
