//! `dropscope open`: the window on recordings, or their picture where no window can be.

use super::{DONE, Failure, out, screen};
use crate::window::Start;
use anyhow::Context;
use std::path::PathBuf;

/// Opens the window on `files`.
pub(super) fn open(files: Vec<PathBuf>) -> Result<u8, Failure> {
    // A file that cannot be read is told here, where it was named, and not in a window to be closed again.
    screen::can_be_read(&files)?;
    let absolute =
        |file: PathBuf| std::path::absolute(&file).with_context(|| format!("{} cannot be found", file.display()));
    let files: Vec<PathBuf> = files.into_iter().map(absolute).collect::<anyhow::Result<_>>()?;
    match screen::open(Start::Open(files.clone())) {
        Ok(()) => Ok(DONE),
        Err(reason) => {
            out::say(&format!("{}.\nThis is the picture that the window would show:", out::chain(&reason)));
            screen::picture(&files)
        }
    }
}
