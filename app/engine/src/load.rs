//! Reading a recording to its end in one go, for the command line and for tests.

use crate::model::Model;
use crate::reading::{Reading, read_sorted};
use dropscope_format::{OpenError, ReadError, State};
use std::path::Path;
use std::time::Duration;

/// Why a recording could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It could not be read to its end.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reads the recording at `path`, up to its end or, while its program runs, up to now. `progress` is told the fraction
/// read, from 0 to 1.
///
/// # Errors
/// As [`LoadError`] says. A cut or damaged recording is no error: the model says so.
pub fn load(path: &Path, mut progress: impl FnMut(f32)) -> Result<Model, LoadError> {
    let mut reading = Reading::open(path)?;
    let mut model = Model::default();
    loop {
        let state = reading.read()?;
        while reading.apply(&mut model, Duration::from_millis(20)) {}
        let (read_bytes, file_bytes) = reading.progress();
        progress((read_bytes as f64 / file_bytes.max(1) as f64).min(1.0) as f32);
        match state {
            State::Reading => {}
            State::Following => return Ok(model),
            State::Ended(_) | State::Cut => break,
        }
    }
    if reading.late() > 0 {
        drop(reading);
        return Ok(read_sorted(path, model.backtraces(), &mut || true)?.unwrap_or(model));
    }
    Ok(model)
}
