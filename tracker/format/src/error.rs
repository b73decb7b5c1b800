//! What can be wrong with a recording, in sentences that say what to do.

use std::fmt;
use std::path::PathBuf;

/// Why a recording could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file could not be read.
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file has no bytes.
    Empty(PathBuf),
    /// The file does not begin as a recording does.
    Foreign(PathBuf),
    /// The recording is of a version that this program does not know.
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file ends inside its own header.
    Cut(PathBuf),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Io { path, source } => write!(f, "{} cannot be read: {source}", path.display()),
            OpenError::Empty(path) => {
                write!(f, "{} is empty: the program that wrote it ended before it recorded anything", path.display())
            }
            OpenError::Foreign(path) => write!(
                f,
                "{} is not a Dropscope recording: make one with `dropscope record -o FILE -- PROGRAM`",
                path.display()
            ),
            OpenError::Newer { path, version } => write!(
                f,
                "{} has format version {version}, this Dropscope reads up to {}: use a newer Dropscope",
                path.display(),
                crate::VERSION
            ),
            OpenError::Cut(path) => {
                write!(f, "{} is cut off inside its header: nothing of it can be read; record again", path.display())
            }
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What went wrong while reading on.
#[derive(Debug)]
pub enum ReadError {
    /// The bytes contradict the format; the text says how.
    Damaged(&'static str),
    /// The system refused to read.
    Io(std::io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Damaged(what) => write!(f, "the recording is damaged: {what}"),
            ReadError::Io(source) => write!(f, "the recording cannot be read on: {source}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<std::io::Error> for ReadError {
    fn from(source: std::io::Error) -> Self {
        ReadError::Io(source)
    }
}
