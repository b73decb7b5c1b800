//! Recording in code: from here to there.

use crate::{end, environment, start};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// How to record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The file. Where another process is being recorded to it, the recording lies beside it, see
    /// [`Recording::path`].
    pub path: PathBuf,
    /// When the recorder's memory is full, drop events and count them rather than have the program wait for the
    /// writer. Off by default.
    pub lossy: bool,
    /// Keep only the last of what happens, about so many bytes of recording: the file begins anew when it has half of
    /// them, and what came before lies beside it as `NAME.before.dscope`. Everything is kept by default.
    pub last_bytes: Option<u64>,
    /// Record a sample of the blocks only: each byte has the same chance of being chosen, one in so many, and a block is
    /// recorded if one of its bytes is. What reads the recording estimates the whole from it. 512 KiB is cheap enough
    /// for production; at least 256. By default everything is recorded.
    pub sample_mean_bytes: Option<u64>,
    /// Leave the program's arguments out of the recording: they may hold secrets. Off by default; `DROPSCOPE_REDACT=1`
    /// in the environment has the same effect.
    pub redact: bool,
}

impl Config {
    /// Records everything to `path`.
    pub fn new(path: impl Into<PathBuf>) -> Config {
        Config {
            path: path.into(),
            lossy: false,
            last_bytes: None,
            sample_mean_bytes: None,
            redact: environment::is_redacted(),
        }
    }
}

/// A recording that runs until it is dropped or stopped; then all of it is in one file.
///
/// Blocks that are older than the recording are released in it without having been born in it; those that are alive at
/// its end are told as that and not as leaked, as the program goes on.
#[derive(Debug)]
#[must_use = "the recording ends when this is dropped; bind it: `let _recording = …;`"]
pub struct Recording {
    number: u32,
    path: PathBuf,
}

impl Recording {
    /// Starts recording this process, all threads.
    ///
    /// # Errors
    /// As [`StartError`] says; nothing is recorded then.
    pub fn start(config: &Config) -> Result<Recording, StartError> {
        start::start_in_code(config).map(|(number, path)| Recording { number, path })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends the recording, as dropping it does.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        end::stop(self.number);
    }
}

/// Why a recording could not be started.
#[derive(Debug)]
pub enum StartError {
    /// The program's allocator is not a [`Tracker`](crate::Tracker).
    NotAttached,
    /// The process is being recorded already, by the environment or by another [`Recording`].
    AlreadyRecording,
    /// The process was forked from one that has been recorded.
    ForkedChild,
    /// The file could not be made.
    Create {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No memory for the recorder.
    Memory(io::Error),
    /// No thread for the recorder.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NotAttached => {
                write!(f, "nothing to record: put `dropscope::attach!();` into the program's main.rs")
            }
            StartError::AlreadyRecording => write!(f, "this process is being recorded already"),
            StartError::ForkedChild => write!(f, "a forked child of a recorded process cannot be recorded"),
            StartError::Create { path, source } => {
                write!(f, "{} cannot be recorded to: {source}", path.display())
            }
            StartError::Memory(source) => write!(f, "no memory for recording: {source}"),
            StartError::Thread(source) => write!(f, "no thread for recording: {source}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Create { source, .. } | StartError::Memory(source) | StartError::Thread(source) => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_allocator_there_is_nothing_to_record() {
        let path = std::env::temp_dir().join("dropscope-never-made.dscope");
        let refused = Recording::start(&Config::new(&path));
        assert!(matches!(refused, Err(StartError::NotAttached)));
        assert!(refused.unwrap_err().to_string().contains("dropscope::attach!()"));
        assert!(!path.exists());
    }
}
