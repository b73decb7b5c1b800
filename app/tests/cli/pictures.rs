//! Without a display: what is missing is said, and a picture is drawn instead.

use crate::support::Place;
use std::fs;
use std::path::Path;

/// Width and height of a PNG file, from its header.
#[track_caller]
fn png_size(path: &Path) -> [u32; 2] {
    let bytes = fs::read(path).expect("the picture");
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{}", path.display());
    [16, 20].map(|at| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}

#[test]
fn the_first_comparison_needs_no_display() {
    let place = Place::new();
    let done = place
        .run::<&str>(&[])
        .exits(0)
        .says("there is no display to open a window on")
        .prints("lru-raii  lru-gc-arena-stop  lru-gc-arena-incremental")
        .prints("stop-the-world pauses")
        .prints("Operation `request`")
        .prints("p99.9")
        .prints("Longest pause: none in lru-raii, ")
        .prints("Longest release without a collector: ")
        .prints("dropscope-lru.png");
    assert_eq!(png_size(&place.path("dropscope-lru.png")), [1600, 900], "{done}");
    assert_eq!(place.names(), ["dropscope-lru.png"]);
}

#[test]
fn open_and_run_draw_the_picture_that_the_window_would_show() {
    let place = Place::new();
    place.run(&["demo", "vec-growth"]).exits(0);
    let done = place.run(&["open", "vec-growth.dscope"]).exits(0).says("there is no display");
    assert_eq!(done.out(), "vec-growth.dscope.png\n");
    assert_eq!(png_size(&place.path("vec-growth.dscope.png")), [1600, 900]);
    let done = place.run(&["demo", "scope-end", "--window"]).exits(0).says("is recorded without a window");
    assert_eq!(done.out(), "scope-end.dscope.png\n");
    place.run(&["open", "vec-growth.dscope", "scope-end.dscope"]).exits(0).prints("dropscope-compare.png\n");
    png_size(&place.path("dropscope-compare.png"));
}

#[test]
fn a_display_that_does_not_answer_is_told_from_none() {
    let place = Place::new();
    place.run(&["demo", "scope-end"]).exits(0);
    let mut command = place.command(&["open", "scope-end.dscope"]);
    command.env("DISPLAY", ":7654");
    crate::support::Done::of(command).exits(0).says("DISPLAY=:7654").prints("scope-end.dscope.png");
}

#[test]
fn shots_have_the_view_size_and_theme_asked_for() {
    let place = Place::new();
    place.run(&["demo", "cycle-that-leaks", "-o", "a.dscope"]).exits(0);
    let shot = |name: &str, more: &[&str]| {
        place.run(&[&["shot", "a.dscope", "-o", name], more].concat()).exits(0).prints_nothing().says_nothing();
        fs::read(place.path(name)).expect("the picture")
    };
    let dark = shot("dark.png", &["--size", "800x600"]);
    assert_eq!(png_size(&place.path("dark.png")), [800, 600]);
    assert!(shot("again.png", &["--size", "800x600", "--theme", "dark"]) == dark, "the same picture twice");
    assert!(shot("light.png", &["--size", "800x600", "--theme", "light"]) != dark);
    for view in ["timeline", "lesson", "compare", "flame", "owners", "sizes", "source"] {
        shot("view.png", &["--view", view, "--size", "800x600"]);
    }
    place
        .run(&["shot", "a.dscope", "-o", "x.png", "--view", "sides"])
        .exits(2)
        .says("there is no view `sides`; there are timeline, lesson,");
    place.run(&["shot", "a.dscope", "-o", "no/folder/x.png"]).exits(1).says("no/folder/x.png");
}
