//! A recording being read on a thread of its own, for those who look at it meanwhile.

use crate::load::LoadError;
use crate::model::Model;
use crate::names::Names;
use crate::reading::{Reading, read_sorted};
use crate::rows::ReadState;
use dropscope_format::{OpenError, State};
use parking_lot::{Mutex, RwLock, RwLockWriteGuard};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

/// How often a running program is looked at, and how often `wake` is called at most.
const LOOK_EVERY: Duration = Duration::from_millis(16);
/// How often `wake` is called at most while there is more to read: who draws takes time from the reading then, and a picture
/// of what is long past is not needed 60 times a second.
const LOOK_BEHIND_EVERY: Duration = Duration::from_millis(50);
/// How long the model is locked for writing at a stretch.
const WRITE_SLICE: Duration = Duration::from_micros(1500);

/// An open recording. Dropping it ends the reading.
///
/// The model is written in slices of at most 2 ms, so that a reader never waits longer. Hold a read lock only while you
/// compute: a writer that waits keeps new readers out.
pub struct Session {
    path: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    model: Arc<RwLock<Model>>,
    names: Arc<Names>,
    progress: Mutex<Progress>,
    failure: Mutex<Option<String>>,
    is_cancelled: AtomicBool,
    wake: Mutex<Box<dyn Fn() + Send>>,
}

impl Session {
    /// Opens the recording at `path` and begins to read it. `wake` is called, from other threads, whenever the model,
    /// the progress or the names have changed, at most once each 16 ms (50 ms while the reading is behind).
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(path: &Path, wake: impl Fn() + Send + 'static) -> Result<Session, OpenError> {
        let reading = Reading::open(path)?;
        let model = Model::default();
        let names = Arc::new(Names::new(Arc::clone(model.backtraces())));
        let shared = Arc::new(Shared {
            model: Arc::new(RwLock::new(model)),
            names,
            progress: Mutex::new(Progress { read_bytes: 0, file_bytes: 0, state: ReadState::Reading }),
            failure: Mutex::new(None),
            is_cancelled: AtomicBool::new(false),
            wake: Mutex::new(Box::new(wake)),
        });
        let weak = Arc::downgrade(&shared);
        shared.names.set_wake(move || {
            if let Some(shared) = weak.upgrade() {
                (shared.wake.lock())();
            }
        });
        let theirs = Arc::clone(&shared);
        let path_there = path.to_owned();
        let spawned = std::thread::Builder::new()
            .name("dropscope-read".to_owned())
            .spawn(move || read_to_end(&theirs, &path_there, reading));
        let thread = spawned.map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Session { path: path.to_owned(), shared, thread: Some(thread) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has been read so far.
    pub fn model(&self) -> &Arc<RwLock<Model>> {
        &self.shared.model
    }

    /// The names of its stacks.
    pub fn names(&self) -> &Arc<Names> {
        &self.shared.names
    }

    /// How far the reading is.
    pub fn progress(&self) -> Progress {
        *self.shared.progress.lock()
    }

    /// Where the reading stands.
    pub fn state(&self) -> ReadState {
        self.progress().state
    }

    /// Why the reading stopped before the end, in a sentence; what had been read stays.
    pub fn failure(&self) -> Option<String> {
        self.shared.failure.lock().clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends by itself within a slice; whoever closes a recording does not wait for it.
            thread.thread().unpark();
        }
    }
}

impl Shared {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    fn wake(&self) {
        (self.wake.lock())();
    }
}

fn read_to_end(shared: &Shared, path: &Path, reading: Reading) {
    if let Err(error) = follow(shared, path, reading) {
        *shared.failure.lock() = Some(error.to_string());
        let mut model = shared.model.write();
        model.state = ReadState::Cut;
        model.generation += 1;
        shared.progress.lock().state = ReadState::Cut;
    }
    shared.wake();
}

fn follow(shared: &Shared, path: &Path, mut reading: Reading) -> Result<(), LoadError> {
    let mut woken = Instant::now();
    let mut seen = 0;
    loop {
        let state = reading.read()?;
        let mut is_more = true;
        while is_more && !shared.is_cancelled() {
            let mut model = shared.model.write();
            is_more = reading.apply(&mut model, WRITE_SLICE);
            let (read_bytes, file_bytes) = reading.progress();
            *shared.progress.lock() = Progress { read_bytes, file_bytes, state: model.state };
            let generation = model.generation;
            // Whoever wants to draw goes first.
            RwLockWriteGuard::unlock_fair(model);
            let is_behind = is_more || state == State::Reading;
            let every = if is_behind { LOOK_BEHIND_EVERY } else { LOOK_EVERY };
            if generation != seen && woken.elapsed() >= every {
                (woken, seen) = (Instant::now(), generation);
                shared.wake();
            }
        }
        if shared.is_cancelled() {
            return Ok(());
        }
        match state {
            State::Reading => {}
            State::Following => {
                std::thread::park_timeout(LOOK_EVERY);
            }
            State::Ended(_) | State::Cut => break,
        }
    }
    if reading.late() > 0 {
        drop(reading);
        sort(shared, path)?;
    }
    Ok(())
}

/// Replaces a model with events out of place by one without.
fn sort(shared: &Shared, path: &Path) -> Result<(), LoadError> {
    let backtraces = Arc::clone(shared.model.read().backtraces());
    if let Some(mut sorted) = read_sorted(path, &backtraces, &mut || !shared.is_cancelled())? {
        let mut model = shared.model.write();
        sorted.generation += model.generation;
        *model = sorted;
    }
    Ok(())
}
