//! Lessons leave nothing behind on the machine.

use dropscope_lessons::lessons;

#[test]
fn the_temporary_file_is_gone_after_its_lesson() {
    let lesson = lessons().iter().find(|lesson| lesson.name == "drop-trait").expect("the lesson exists");
    (lesson.run)();
    let path = format!("/tmp/dropscope-lesson-{}", std::process::id());
    assert!(!std::path::Path::new(&path).exists(), "{path} was left behind");
}
