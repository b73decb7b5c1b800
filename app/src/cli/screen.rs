//! The way to the window and to its picture; where there can be no window, the picture instead.

use super::args::{DEFAULT_SIZE, ShotRequest};
use super::text::{file_name, shown_path};
use super::{Failure, out};
use crate::shot::{self, ShotOptions};
use crate::window::Start;
use crate::{display, headless};
use std::path::PathBuf;

/// Opens the window on the lessons; returns when it is closed.
pub(super) fn lessons() -> anyhow::Result<()> {
    open_window(Start::Lessons)
}

/// Opens the window on `files`; returns when it is closed.
pub(super) fn open(files: Vec<PathBuf>) -> anyhow::Result<()> {
    open_window(Start::Open(files))
}

/// Opens the window on a recording that is being written; returns when it is closed.
pub(super) fn follow(recording: PathBuf, title: String) -> anyhow::Result<()> {
    open_window(Start::Follow { path: recording, title })
}

fn open_window(start: Start) -> anyhow::Result<()> {
    display::probe()?;
    crate::window::run(start)
}

/// Looks into `files` before anything is opened or drawn for them.
pub(super) fn can_be_read(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        dropscope_format::Recording::open(file)?;
    }
    Ok(())
}

/// Draws what `request` asks for.
pub(super) fn draw(request: &ShotRequest) -> Result<(), Failure> {
    can_be_read(&request.files)?;
    let options = ShotOptions { view: request.view.clone(), size_px: request.size, is_dark: request.dark };
    let picture = shot::shot(&request.files, &options)?;
    Ok(headless::write_png(&request.output, &picture)?)
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
