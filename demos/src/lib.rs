//! The catalogue: every program that Dropscope can show by itself, lessons and workloads.
//!
//! A workload is a program with real work to measure, in several variants (a *group*) that do the same work and differ
//! in one thing only, here in who releases the memory. Workloads are optimised in every profile.

pub mod classic;
pub mod graph;
pub mod graph_gc;
pub mod graph_gc_arena;
pub mod graph_gc_arena_incremental;
pub mod graph_gc_arena_stop;
pub mod graph_raii;
pub mod graph_raii_arena;
pub mod languages;
pub mod lru;
pub mod lru_gc;
pub mod lru_gc_arena;
pub mod lru_gc_arena_incremental;
pub mod lru_gc_arena_stop;
pub mod lru_raii;
pub mod pace;
pub mod requests;
pub mod requests_gc;
pub mod requests_gc_arena;
pub mod requests_gc_arena_incremental;
pub mod requests_gc_arena_stop;
pub mod requests_raii;

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
    /// How much it does where nothing else is asked for.
    pub options: WorkloadOptions,
    /// Runs the workload on the calling thread and prints its result, which is the same for the whole group.
    pub run: fn(&WorkloadOptions),
}

/// How much work a workload does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkloadOptions {
    /// Entries of the cache, sessions of the service, or documents: the size of the live heap.
    pub entries: usize,
    /// Requests after all that has been made.
    pub operations: usize,
    /// Where the random numbers start: same seed, same requests.
    pub seed: u64,
}

/// Of the request workload: many sessions, and nearly a hundred blocks for each request.
const REQUESTS: WorkloadOptions = WorkloadOptions { entries: 100_000, operations: 20_000, seed: 1 };
/// Of the graph workload: 160,000 nodes, and 32 new ones for each operation.
const GRAPH: WorkloadOptions = WorkloadOptions { entries: 5_000, operations: 20_000, seed: 1 };
/// Of the LRU cache.
const LRU: WorkloadOptions = WorkloadOptions { entries: 200_000, operations: 2_000_000, seed: 1 };

impl Default for WorkloadOptions {
    /// The LRU cache's. About one second when not recorded, a heap big enough for a collector's pauses to be seen, and so nearly full
    /// a hash table that it is made anew while requests are answered.
    fn default() -> Self {
        LRU
    }
}

macro_rules! workload {
    ($module:ident, $name:literal, $group:literal, $options:ident, $title:literal) => {
        Workload {
            name: $name,
            title: $title,
            group: $group,
            text: include_str!(concat!("../text/", stringify!($module), ".md")),
            source: include_str!(concat!(stringify!($module), ".rs")),
            file: concat!("demos/src/", stringify!($module), ".rs"),
            options: $options,
            run: $module::run,
        }
    };
}

static WORKLOADS: &[Workload] = &[
    workload!(lru_raii, "lru-raii", "lru", LRU, "LRU cache: ownership releases each entry"),
    workload!(lru_gc_arena_stop, "lru-gc-arena-stop", "lru", LRU, "LRU cache: a collector that stops the world"),
    workload!(
        lru_gc_arena_incremental,
        "lru-gc-arena-incremental",
        "lru",
        LRU,
        "LRU cache: a collector in small steps"
    ),
    workload!(lru_gc, "lru-gc", "lru", LRU, "LRU cache: a classic collector"),
    workload!(requests_raii, "requests-raii", "requests", REQUESTS, "Requests: ownership releases each tree"),
    workload!(
        requests_gc_arena_stop,
        "requests-gc-arena-stop",
        "requests",
        REQUESTS,
        "Requests: a collector that stops the world"
    ),
    workload!(
        requests_gc_arena_incremental,
        "requests-gc-arena-incremental",
        "requests",
        REQUESTS,
        "Requests: a collector in small steps"
    ),
    workload!(requests_gc, "requests-gc", "requests", REQUESTS, "Requests: a classic collector"),
    workload!(graph_raii, "graph-raii", "graph", GRAPH, "Graph with cycles: owners, and Weak links back"),
    workload!(graph_raii_arena, "graph-raii-arena", "graph", GRAPH, "Graph with cycles: one owner for each document"),
    workload!(
        graph_gc_arena_stop,
        "graph-gc-arena-stop",
        "graph",
        GRAPH,
        "Graph with cycles: a collector that stops the world"
    ),
    workload!(
        graph_gc_arena_incremental,
        "graph-gc-arena-incremental",
        "graph",
        GRAPH,
        "Graph with cycles: a collector in small steps"
    ),
    workload!(graph_gc, "graph-gc", "graph", GRAPH, "Graph with cycles: a classic collector"),
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

    /// How much it does where nothing else is asked for; of no meaning to a lesson.
    pub fn options(&self) -> WorkloadOptions {
        match self {
            Self::Lesson(_) => WorkloadOptions::default(),
            Self::Workload(workload) => workload.options,
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
