//! Each lesson makes exactly the allocator events it teaches, at exactly the places it names.
//!
//! A small logging allocator stands in for the tracker, so that the lessons are checked on their own.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dropscope_lessons::{Lesson, expected_events, lessons};

struct Logging;

#[global_allocator]
static ALLOC: Logging = Logging;

thread_local! {
    /// True while this thread runs a lesson and is not inside the log itself.
    static LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// What happened and where; the backtraces are resolved only after the lesson.
static LOG: Mutex<Vec<(String, Backtrace)>> = Mutex::new(Vec::new());

/// One lesson at a time: the log is shared.
static TURN: Mutex<()> = Mutex::new(());

fn log(describe: impl FnOnce() -> String) {
    if LOGGING.replace(false) {
        log_entries().push((describe(), Backtrace::force_capture()));
        LOGGING.set(true);
    }
}

fn log_entries() -> MutexGuard<'static, Vec<(String, Backtrace)>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

// SAFETY: every call is forwarded unchanged to the system allocator; the log allocates only with logging off.
unsafe impl GlobalAlloc for Logging {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        log(|| format!("A{}", layout.size()));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        log(|| format!("Z{}", layout.size()));
        // SAFETY: the caller keeps `alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, address: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        log(|| format!("R{}>{new_size}", layout.size()));
        // SAFETY: the caller keeps `realloc`'s contract.
        unsafe { System.realloc(address, layout, new_size) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        log(|| format!("F{}", layout.size()));
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(address, layout) }
    }
}

/// Runs a lesson and tells its events in the words of `expected_events`.
fn events_of(lesson: &Lesson) -> String {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    log_entries().clear();
    LOGGING.set(true);
    (lesson.run)();
    LOGGING.set(false);
    let entries = std::mem::take(&mut *log_entries());
    let words = entries.iter().map(|(event, trace)| format!("{event}@{}", place_in(lesson, &trace.to_string())));
    words.collect::<Vec<_>>().join(" ")
}

/// `line:column` of the innermost frame in the lesson's file.
fn place_in(lesson: &Lesson, trace: &str) -> String {
    // A printed backtrace shortens paths below the working directory, so only the file's name is compared.
    let file_name = lesson.file.rsplit('/').next().unwrap_or(lesson.file);
    let frame = trace.lines().find_map(|line| line.split_once(&format!("/{file_name}:")));
    frame.map_or_else(|| "?".to_owned(), |(_, place)| place.to_owned())
}

#[test]
fn the_temporary_file_is_gone_after_its_lesson() {
    let lesson = lessons().iter().find(|lesson| lesson.name == "drop-trait").expect("the lesson exists");
    events_of(lesson);
    let path = format!("/tmp/dropscope-lesson-{}", std::process::id());
    assert!(!std::path::Path::new(&path).exists(), "{path} was left behind");
}

#[test]
fn every_lesson_makes_exactly_its_events() {
    let mut wrong = Vec::new();
    for lesson in lessons() {
        let (expected, found) = (expected_events(lesson.name).unwrap_or("nothing written"), events_of(lesson));
        if expected != found {
            wrong.push(format!("{}:\n  expected {expected}\n  found    {found}", lesson.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
