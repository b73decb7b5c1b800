//! The way to the window and to its picture; where there can be no window, the picture instead.

use super::command::{DEFAULT_SIZE, ShotRequest};
use super::text::{file_name, shown_path};
use super::{Failure, out};
use crate::model::log_document;
use crate::shot::ShotOptions;
use crate::window::{self, Start};
use crate::{display, headless, heap};
use std::path::PathBuf;

/// Opens the window; returns when it is closed.
///
/// # Errors
/// Where there can be no window: why not, and what would be needed.
pub(super) fn open(start: Start) -> anyhow::Result<()> {
    // Asked first, because the window library ends the process where some of it is missing.
    display::probe()?;
    heap::keep(heap::Heaps::Two);
    window::run(start)
}

/// Looks into `files` before anything is opened or drawn for them.
pub(super) fn can_be_read(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        match dropscope_format::Recording::open(file) {
            Err(dropscope_format::OpenError::Foreign(_)) => {
                log_document::read(file).map_err(anyhow::Error::msg)?;
            }
            other => drop(other?),
        }
    }
    Ok(())
}

/// Draws what `request` asks for.
pub(super) fn draw(request: &ShotRequest) -> anyhow::Result<()> {
    can_be_read(&request.files)?;
    let options = ShotOptions { view: request.view.clone(), size_px: request.size, is_dark: request.dark };
    let image = crate::shot::shot(&request.files, &options)?;
    headless::write_png(&request.output, &image)
}

/// Draws the picture of `files` into the current folder and names it on stdout.
pub(super) fn picture(files: &[PathBuf]) -> Result<u8, Failure> {
    let output = picture_path(files);
    let request =
        ShotRequest { files: files.to_vec(), output: output.clone(), view: None, size: DEFAULT_SIZE, dark: true };
    draw(&request)?;
    out::print(&format!("{}\n", shown_path(&output)))
}

/// Beside nothing of the user's: a recording's own name and `.png` behind it.
fn picture_path(files: &[PathBuf]) -> PathBuf {
    match files {
        [file] => PathBuf::from(format!("{}.png", file_name(file))),
        _ => PathBuf::from("dropscope-compare.png"),
    }
}
