//! The catalogue: every program that Dropscope can show by itself, lessons and workloads.
//!
//! A workload is a program with real work to measure, in several variants (a *group*) that do the same work and differ
//! in one thing only, here in who releases the memory. Workloads are optimised in every profile.

pub mod lru;
pub mod lru_gc_arena;
pub mod lru_gc_arena_incremental;
pub mod lru_gc_arena_stop;
pub mod lru_raii;

use dropscope_lessons::{Lesson, lessons};

/// One workload: a program, its source and its text.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// The name on the command line, such as `lru-raii`.
    pub name: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// What is compared with what: workloads of one group do the same work.
    pub group: &'static str,
    /// The text beside the picture: paragraphs, `**bold**`, `` `code` ``, `- ` lists and `## ` headings.
    pub text: &'static str,
    /// The source file of what is special about this variant.
    pub source: &'static str,
    /// The source file's path as debug info has it when the workspace is built.
    pub file: &'static str,
    /// Runs the workload on the calling thread and prints its result, which is the same for the whole group.
    pub run: fn(&WorkloadOptions),
}

/// How much work a workload does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkloadOptions {
    /// Entries that the cache holds; the size of the live heap.
    pub entries: usize,
    /// Requests after the cache is full.
    pub operations: usize,
    /// Where the random numbers start: same seed, same requests.
    pub seed: u64,
}

impl Default for WorkloadOptions {
    /// About one second when not recorded, a heap big enough for a collector's pauses to be seen, and so nearly full
    /// a hash table that it is made anew while requests are answered.
    fn default() -> Self {
        Self { entries: 200_000, operations: 2_000_000, seed: 1 }
    }
}

macro_rules! workload {
    ($module:ident, $name:literal, $group:literal, $title:literal) => {
        Workload {
            name: $name,
            title: $title,
            group: $group,
            text: include_str!(concat!("../text/", stringify!($module), ".md")),
            source: include_str!(concat!(stringify!($module), ".rs")),
            file: concat!("demos/src/", stringify!($module), ".rs"),
            run: $module::run,
        }
    };
}

static WORKLOADS: &[Workload] = &[
    workload!(lru_raii, "lru-raii", "lru", "LRU cache: ownership releases each entry"),
    workload!(lru_gc_arena_stop, "lru-gc-arena-stop", "lru", "LRU cache: a collector that stops the world"),
    workload!(lru_gc_arena_incremental, "lru-gc-arena-incremental", "lru", "LRU cache: a collector in small steps"),
];

/// All workloads; those of one group follow each other.
pub fn workloads() -> &'static [Workload] {
    WORKLOADS
}

/// Anything that `dropscope demo NAME` can run.
#[derive(Debug, Clone, Copy)]
pub enum Demo {
    /// A small program that shows one idea.
    Lesson(&'static Lesson),
    /// A bigger program to be compared with its group.
    Workload(&'static Workload),
}

impl Demo {
    /// The name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lesson(lesson) => lesson.name,
            Self::Workload(workload) => workload.name,
        }
    }

    /// The title for people.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Lesson(lesson) => lesson.title,
            Self::Workload(workload) => workload.title,
        }
    }

    /// The text beside the picture.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Lesson(lesson) => lesson.text,
            Self::Workload(workload) => workload.text,
        }
    }

    /// The source file.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Lesson(lesson) => lesson.source,
            Self::Workload(workload) => workload.source,
        }
    }

    /// The source file's path as debug info has it.
    pub fn file(&self) -> &'static str {
        match self {
            Self::Lesson(lesson) => lesson.file,
            Self::Workload(workload) => workload.file,
        }
    }
}

/// The lessons in teaching order, then the workloads.
pub fn all() -> impl Iterator<Item = Demo> {
    lessons().iter().map(Demo::Lesson).chain(WORKLOADS.iter().map(Demo::Workload))
}

/// The demo called `name`.
pub fn find(name: &str) -> Option<Demo> {
    all().find(|demo| demo.name() == name)
}
