//! An open log of a garbage collector: read off the window's thread, shown as a row of a comparison.

use crate::format;
use crate::model::document::DocumentId;
use crate::model::scene::{Request, Scene};
use crate::model::slot::{Slot, Wake};
use dropscope_engine::OpenError;
use dropscope_engine::gclog::{Log, OpenLogError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log, or why it is none, in a sentence.
pub type LogRead = Result<Log, String>;

/// Reads the log at `path`. What is neither a recording nor a log is told so.
pub fn read(path: &Path) -> LogRead {
    Log::open(path).map_err(|error| match error {
        OpenLogError::NotALog { path, reason } => {
            format!("{}. It is no log of a garbage collector either: {reason}", OpenError::Foreign(path))
        }
        other => other.to_string(),
    })
}

/// An open log.
pub struct LogDocument {
    /// Its number; logs and recordings are numbered together.
    pub id: DocumentId,
    /// What it is called.
    pub title: String,
    /// Its file.
    pub path: PathBuf,
    /// Whether this window made it.
    pub is_own: bool,
    log: Slot<(), LogRead>,
    /// Its row.
    pub scene: Slot<Request, Scene>,
}

impl LogDocument {
    /// Begins to read the log at `path`.
    pub fn open(id: DocumentId, path: &Path, title: String, wake: &Wake) -> Self {
        let mut log = Slot::default();
        let file = path.to_owned();
        log.ask((), false, wake, move || read(&file));
        Self { id, title, path: path.to_owned(), is_own: false, log, scene: Slot::default() }
    }

    /// Takes in what has been read; true if anything is new.
    pub fn refresh(&mut self) -> bool {
        self.log.poll() | self.scene.poll()
    }

    /// Whether anything of it is being read or computed.
    pub fn is_busy(&self) -> bool {
        self.log.is_busy() || self.scene.is_busy()
    }

    /// What was read, once it has been.
    pub fn read(&self) -> Option<&Arc<LogRead>> {
        self.log.get()
    }

    /// The log, if it could be read.
    pub fn log(&self) -> Option<&Log> {
        self.read().and_then(|read| read.as_ref().as_ref().ok())
    }

    /// Whether it has been read, well or not.
    pub fn is_read(&self) -> bool {
        self.read().is_some()
    }

    /// Why it could not be read.
    pub fn problem(&self) -> Option<&str> {
        self.read().and_then(|read| read.as_ref().as_ref().err()).map(String::as_str)
    }

    /// What keeps the row from being the whole truth, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let Some(log) = self.log() else { return self.problem().map(str::to_owned).into_iter().collect() };
        let mut warnings = Vec::new();
        let operations = log.operations.as_ref();
        let files = [
            (log.gc.lines.not_understood, "of the collector's lines"),
            (operations.map_or(0, |operations| operations.lines.not_understood), "lines of the program's operations"),
        ];
        for (lines, which) in files.into_iter().filter(|(lines, _)| *lines > 0) {
            warnings.push(format!("{} {which} could not be read.", format::count(lines)));
        }
        warnings.extend(log.gc.notes.iter().cloned());
        warnings
    }
}
