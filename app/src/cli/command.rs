//! What can be asked of the command line, as values.

use super::help::Topic;
use dropscope_engine::Alignment;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What the command line asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// No word at all: the window, lessons first.
    Window,
    /// The help on a command, or on all of them.
    Help(Option<Topic>),
    /// The version.
    Version,
    /// `open`: the window on recordings.
    Open(Vec<PathBuf>),
    /// `run`: a program recorded, with a window.
    Run(Program),
    /// `record`: a program recorded.
    Record(Program),
    /// `demos`: the list of them.
    Demos,
    /// `demo`: one of them, recorded.
    Demo(DemoRequest),
    /// `report`: a recording in words, or as JSON.
    Report {
        /// The recording.
        file: PathBuf,
        /// Whether for programs.
        json: bool,
    },
    /// `dump`: every event of a recording.
    Dump(PathBuf),
    /// `compare`: recordings and logs side by side.
    Compare(CompareRequest),
    /// `check`: a recording against limits and an earlier one.
    Check(CheckRequest),
    /// `attach`: a program that runs already.
    Attach(AttachRequest),
    /// `cargo`: what cargo starts, recorded.
    Cargo(CargoRequest),
    /// What cargo calls for `cargo`: one program that it has built.
    CargoRunner(Program),
    /// `shot`: the window's picture in a file.
    Shot(ShotRequest),
}

/// A program to be recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// Where to.
    pub output: Option<PathBuf>,
    /// Whether without its arguments.
    pub redact: bool,
    /// Which part of its time.
    pub window: Window,
    /// The program.
    pub name: OsString,
    /// Its arguments, word for word.
    pub arguments: Vec<OsString>,
}

/// Which part of a program's time is recorded; by default all of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// From so many seconds after its start, a decimal number.
    pub after_seconds: Option<String>,
    /// For so many seconds, a decimal number.
    pub for_seconds: Option<String>,
    /// From when it says this.
    pub from_mark: Option<String>,
    /// Until it says this.
    pub until_mark: Option<String>,
    /// A sample, by one byte in so many, a number.
    pub sample_bytes: Option<String>,
    /// About the last so many bytes of recording, a number.
    pub last_bytes: Option<String>,
}

impl Window {
    /// The environment variables that tell the tracker.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let variables = [
            ("DROPSCOPE_AFTER", &self.after_seconds),
            ("DROPSCOPE_FOR", &self.for_seconds),
            ("DROPSCOPE_FROM_MARK", &self.from_mark),
            ("DROPSCOPE_UNTIL_MARK", &self.until_mark),
            ("DROPSCOPE_SAMPLE", &self.sample_bytes),
            ("DROPSCOPE_LAST", &self.last_bytes),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// A program that runs already.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AttachRequest {
    /// Its process id.
    pub pid: u32,
    /// Where it is to be recorded to.
    pub output: Option<PathBuf>,
    /// For how long.
    pub lasting: Option<Duration>,
    /// Whether its recording is to be stopped, and nothing else.
    pub stop: bool,
    /// Whether no window is to follow it.
    pub no_window: bool,
}

/// A command of cargo's.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CargoRequest {
    /// Where what it starts is recorded to; `%n` is the program's name.
    pub output: Option<PathBuf>,
    /// Which part of each program's time.
    pub window: Window,
    /// The command and all behind it.
    pub words: Vec<OsString>,
}

/// A demo to be recorded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DemoRequest {
    /// Its name.
    pub name: String,
    /// Where to.
    pub output: Option<PathBuf>,
    /// Whether a window follows it.
    pub window: bool,
    /// Write a lesson as a cargo project into this folder, and run nothing.
    pub copy: Option<PathBuf>,
    /// Whether without its arguments.
    pub redact: bool,
    /// A workload's entries.
    pub entries: Option<usize>,
    /// A workload's operations.
    pub operations: Option<usize>,
    /// A workload's seed.
    pub seed: Option<u64>,
}

/// What must hold of a recording.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CheckRequest {
    /// The recording.
    pub file: PathBuf,
    /// The most that may be alive at once.
    pub max_peak_bytes: Option<u64>,
    /// The most births and reallocs.
    pub max_allocs: Option<u64>,
    /// The most bytes allocated in all.
    pub max_bytes: Option<u64>,
    /// The most bytes alive at the end, runtime blocks apart.
    pub max_leaked_bytes: Option<u64>,
    /// Whether nothing may be alive at the end, runtime blocks apart.
    pub no_leaks: bool,
    /// The recording that it may not be worse than.
    pub baseline: Option<PathBuf>,
    /// By how much it may be.
    pub tolerance_percent: u64,
    /// Whether for programs.
    pub json: bool,
}

/// A comparison.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CompareRequest {
    /// The recordings and logs, two at least.
    pub files: Vec<PathBuf>,
    /// Whether for programs.
    pub json: bool,
    /// The page to be saved.
    pub html: Option<PathBuf>,
    /// The picture to be saved.
    pub png: Option<PathBuf>,
    /// What is put above what.
    pub align: Alignment,
    /// Whether each row has its own scales in page and picture.
    pub is_apart: bool,
}

/// A picture to be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShotRequest {
    /// The recordings; several for the view that compares.
    pub files: Vec<PathBuf>,
    /// The PNG file.
    pub output: PathBuf,
    /// Which view; the window's first where none is named.
    pub view: Option<String>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Dark, or else light.
    pub dark: bool,
}

/// A picture's size where none is asked for.
pub const DEFAULT_SIZE: [u32; 2] = [1600, 900];
