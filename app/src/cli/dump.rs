//! `dropscope dump`: every event of a recording as a line of JSON.

use super::load::load;
use super::{Failure, out};
use std::path::Path;

/// Writes all events of the recording at `file` to stdout.
pub(super) fn dump(file: &Path) -> Result<u8, Failure> {
    let loaded = load(file)?;
    out::write(|out| dropscope_engine::dump(&loaded.model, &loaded.names, out))
}
