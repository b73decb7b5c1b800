//! Reads a whole recording for a command, and tells on a terminal how far it is.

use super::Failure;
use crate::heap::{self, Heaps};
use dropscope_engine::{Model, Names};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Files that take less than this to read need no progress.
const QUIET: Duration = Duration::from_millis(700);
/// How often progress is told.
const STEP: Duration = Duration::from_millis(100);

/// A recording and its names.
pub(super) struct Loaded {
    pub(super) model: Model,
    pub(super) names: Names,
}

/// Reads the recording at `path`.
pub(super) fn load(path: &Path) -> Result<Loaded, Failure> {
    heap::keep(Heaps::One);
    let mut meter = Meter::new(path);
    let model = dropscope_engine::load(path, |fraction| meter.show(fraction));
    meter.clear();
    let model = model.map_err(anyhow::Error::new)?;
    let names = Names::new(Arc::clone(model.backtraces()));
    Ok(Loaded { model, names })
}

/// A line on the terminal that is written over.
struct Meter {
    name: String,
    started: Instant,
    shown: Option<Instant>,
    is_terminal: bool,
}

impl Meter {
    fn new(path: &Path) -> Meter {
        let name = super::text::file_name(path);
        Meter { name, started: Instant::now(), shown: None, is_terminal: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, fraction: f32) {
        let due = self.shown.map_or(self.started.elapsed() > QUIET, |shown| shown.elapsed() > STEP);
        if self.is_terminal && due {
            self.shown = Some(Instant::now());
            // Progress that cannot be shown is no failure of the work.
            let _ = write!(std::io::stderr(), "\rreading {} {:3.0} %", self.name, fraction * 100.0);
        }
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
