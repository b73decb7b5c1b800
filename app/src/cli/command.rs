//! What can be asked of the command line, as values.

use super::help::Topic;
use std::ffi::OsString;
use std::path::PathBuf;

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
    /// `compare`: recordings side by side.
    Compare {
        /// The recordings, two at least.
        files: Vec<PathBuf>,
        /// Whether for programs.
        json: bool,
    },
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
    /// The program.
    pub name: OsString,
    /// Its arguments, word for word.
    pub arguments: Vec<OsString>,
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
    /// Whether without its arguments.
    pub redact: bool,
    /// A workload's entries.
    pub entries: Option<usize>,
    /// A workload's operations.
    pub operations: Option<usize>,
    /// A workload's seed.
    pub seed: Option<u64>,
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
