//! A recording being read on a thread of its own, for those who look at it meanwhile.

use crate::model::Model;
use crate::names::Names;
use crate::rows::ReadState;
use dropscope_format::OpenError;
use parking_lot::RwLock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far the reading is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Bytes of the file read.
    pub read_bytes: u64,
    /// Its present length in bytes.
    pub file_bytes: u64,
    /// Where the reading stands.
    pub state: ReadState,
}

impl Progress {
    /// From 0 to 1.
    pub fn fraction(&self) -> f32 {
        if self.file_bytes == 0 || self.state != ReadState::Reading {
            return 1.0;
        }
        (self.read_bytes as f64 / self.file_bytes as f64).min(1.0) as f32
    }
}

/// An open recording. Dropping it ends the reading.
///
/// The model is written in slices of at most 2 ms, so that a reader never waits longer. Hold a read lock only while you
/// compute: a writer that waits keeps new readers out.
pub struct Session {
    path: PathBuf,
    model: Arc<RwLock<Model>>,
    names: Arc<Names>,
    progress: Arc<RwLock<Progress>>,
    failure: Arc<RwLock<Option<String>>>,
    cancel: Arc<AtomicBool>,
}

impl Session {
    /// Opens the recording at `path` and begins to read it. `wake` is called, from the reading's thread, whenever the
    /// model or the progress has changed, at most once each 16 ms.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(path: &Path, wake: impl Fn() + Send + 'static) -> Result<Session, OpenError> {
        drop(dropscope_format::Recording::open(path)?);
        wake();
        let model = Model::default();
        let names = Arc::new(Names::new(Arc::clone(model.backtraces())));
        Ok(Session {
            path: path.to_owned(),
            model: Arc::new(RwLock::new(model)),
            names,
            progress: Arc::new(RwLock::new(Progress { read_bytes: 0, file_bytes: 0, state: ReadState::Reading })),
            failure: Arc::default(),
            cancel: Arc::default(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has been read so far.
    pub fn model(&self) -> &Arc<RwLock<Model>> {
        &self.model
    }

    /// The names of its stacks.
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// How far the reading is.
    pub fn progress(&self) -> Progress {
        *self.progress.read()
    }

    /// Where the reading stands.
    pub fn state(&self) -> ReadState {
        self.progress().state
    }

    /// Why the reading stopped before the end, in a sentence; what had been read stays.
    pub fn failure(&self) -> Option<String> {
        self.failure.read().clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
