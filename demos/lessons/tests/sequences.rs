//! Each lesson makes exactly the allocator events it teaches, at exactly the places it names.
//!
//! A small logging allocator stands in for the tracker, so that the lessons are checked on their own. Lessons run on the
//! main thread, without the test harness, as in a program: a thread that starts meanwhile is one of the lesson.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dropscope_lessons::{Ending, Lesson, Program, expected_events, lessons};

/// Lessons whose own blocks alone are compared: which thread drops std's part of a scoped thread last is chance.
const OWN_BLOCKS_ONLY: [&str; 1] = ["scoped-threads"];

struct Logging;

#[global_allocator]
static ALLOC: Logging = Logging;

/// True while a lesson runs.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// The number that the lesson's next thread gets; its first one is 0.
static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// True on the lesson's threads outside the log itself; a thread that the lesson starts is born with it.
    static LOGGING: Cell<bool> = Cell::new(RUNNING.load(Ordering::SeqCst));
    static THREAD: usize = NEXT_THREAD.fetch_add(1, Ordering::SeqCst);
}

struct Entry {
    thread: usize,
    event: String,
    trace: Backtrace,
}

/// What happened and where; the backtraces are resolved only after the lesson.
static LOG: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn log(describe: impl FnOnce() -> String) {
    if RUNNING.load(Ordering::SeqCst) && LOGGING.replace(false) {
        let entry =
            Entry { thread: THREAD.with(|&thread| thread), event: describe(), trace: Backtrace::force_capture() };
        log_entries().push(entry);
        LOGGING.set(true);
    }
}

fn log_entries() -> MutexGuard<'static, Vec<Entry>> {
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

/// Runs a lesson and tells its events in the words of `expected_events`, thread by thread.
fn events_of(lesson: &Lesson, run: fn()) -> String {
    let own_thread = THREAD.with(|&thread| thread);
    NEXT_THREAD.store(own_thread + 1, Ordering::SeqCst);
    log_entries().clear();
    LOGGING.set(true);
    RUNNING.store(true, Ordering::SeqCst);
    run();
    RUNNING.store(false, Ordering::SeqCst);
    LOGGING.set(false);
    wait_for_threads_to_end();
    let entries = std::mem::take(&mut *log_entries());
    let last_thread = entries.iter().map(|entry| entry.thread).max().unwrap_or(own_thread);
    let threads = (own_thread..=last_thread).map(|thread| {
        let of_thread = entries.iter().filter(|entry| entry.thread == thread);
        counted(of_thread.map(|entry| format!("{}@{}", entry.event, place_in(lesson, &entry.trace.to_string()))))
    });
    threads.collect::<Vec<_>>().join(" | ")
}

/// A scope of threads ends when their closures have; what a thread itself holds it releases later, which a busy machine
/// may put into the next lesson.
fn wait_for_threads_to_end() {
    while std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() > 1) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// The words with repeated ones counted: `F40@9:5*3`.
fn counted(words: impl Iterator<Item = String>) -> String {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for word in words {
        match runs.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => runs.push((word, 1)),
        }
    }
    let told = runs.iter().map(|(word, count)| if *count == 1 { word.clone() } else { format!("{word}*{count}") });
    told.collect::<Vec<_>>().join(" ")
}

/// `line:column` of the innermost frame in the lesson's file, drop glue left out: a future's has lines of its own.
fn place_in(lesson: &Lesson, trace: &str) -> String {
    // A printed backtrace shortens paths below the working directory, so only the file's name is compared.
    let file_name = lesson.file.rsplit('/').next().unwrap_or(lesson.file);
    let is_glue = |function: &str| function.contains("drop_in_place<") || function.contains("drop_glue<");
    let places = trace.lines().skip(1).zip(trace.lines()).filter(|(_, function)| !is_glue(function));
    let frame = places.filter_map(|(place, _)| place.split_once(&format!("/{file_name}:"))).next();
    frame.map_or_else(|| "?".to_owned(), |(_, place)| place.to_owned())
}

/// `found` without the events whose sizes `expected` does not have, its threads in a fixed order.
fn own_blocks(found: &str, expected: &str) -> String {
    let sizes: Vec<&str> = expected.split(' ').map(size_in).collect();
    let own = |events: &str| {
        let words: Vec<&str> = events.split(' ').filter(|word| sizes.contains(&size_in(word))).collect();
        words.join(" ")
    };
    let mut threads: Vec<String> = found.split(" | ").map(own).collect();
    threads[1..].sort();
    threads.join(" | ")
}

/// `40` of `F40@9:5`.
fn size_in(word: &str) -> &str {
    word.split('@').next().and_then(|event| event.get(1..)).unwrap_or_default()
}

/// Checks the lessons whose names contain the first word on the command line, or all of them.
fn main() -> ExitCode {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let mut wrong = Vec::new();
    for lesson in lessons().iter().filter(|lesson| lesson.name.contains(&wanted)) {
        // What ends its process, or is another program, is checked where it is recorded: end to end.
        let (Program::Rust(run), Ending::Returns) = (lesson.program, lesson.ending) else { continue };
        let expected = expected_events(lesson.name).unwrap_or("nothing written");
        let mut found = events_of(lesson, run);
        if OWN_BLOCKS_ONLY.contains(&lesson.name) {
            found = own_blocks(&found, expected);
        }
        if expected != found {
            wrong.push(format!("{}:\n  expected {expected}\n  found    {found}", lesson.name));
        }
    }
    if wrong.is_empty() {
        println!("every lesson makes exactly its events");
        return ExitCode::SUCCESS;
    }
    println!("{}", wrong.join("\n"));
    ExitCode::FAILURE
}
