//! Saves a comparison as a picture or as a page, from its files: the same for the window and the command line.

use crate::headless::{self, Fonts};
use crate::model::command::Command;
use crate::model::compare::CompareResult;
use crate::model::desk::{Desk, Habits};
use crate::model::library::Library;
use crate::page;
use crate::shot;
use crate::views;
use anyhow::{Context, bail};
use dropscope_engine::Alignment;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Width and least height of a picture, in pixels.
const PICTURE_SIZE_PX: [u32; 2] = [1600, 900];
/// The height of a picture without its rows and their numbers, and of the numbers of a row.
const AROUND_HEIGHT_PX: u32 = 260;
const NUMBERS_HEIGHT_PX: u32 = 38;
/// The same for the rows in a page, without the height of the rows.
const PAGE_WIDTH_PX: u32 = 1400;
const ROW_HEIGHT_PX: u32 = 190;
const RULER_HEIGHT_PX: u32 = 24;
/// More rows than this in one picture are drawn less high.
const MOST_HEIGHT_PX: u32 = 8_000;

/// How a comparison is looked at.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// What it is called.
    pub title: String,
    /// What is put above what.
    pub align: Alignment,
    /// Whether each row has its own scales.
    pub is_scaled_apart: bool,
    /// Whether a picture is dark. A page has both.
    pub is_dark: bool,
}

/// Writes the picture of `files`, each with what it is called, to `path`.
///
/// # Errors
/// If a file cannot be read or the picture cannot be written.
pub fn picture(files: &[(PathBuf, String)], look: &Look, path: &Path) -> anyhow::Result<()> {
    let (mut desk, _) = opened(files, look)?;
    desk.state.panes.library = false;
    let [width, least_height] = PICTURE_SIZE_PX;
    let height = AROUND_HEIGHT_PX.saturating_add(rows(files).saturating_mul(ROW_HEIGHT_PX + NUMBERS_HEIGHT_PX));
    let size_px = [width, height.clamp(least_height, MOST_HEIGHT_PX)];
    let picture = shot::draw_with(Fonts::Desktop, &mut desk, size_px, 1.0, views::app_ui);
    headless::write_png(path, &picture)
}

/// Writes a page with all of the comparison of `files` in it, each with what it is called, to `path`.
///
/// # Errors
/// If a file cannot be read or the page cannot be written.
pub fn page(files: &[(PathBuf, String)], look: &Look, path: &Path) -> anyhow::Result<()> {
    let (mut desk, result) = opened(files, look)?;
    let height = RULER_HEIGHT_PX.saturating_add(rows(files).saturating_mul(ROW_HEIGHT_PX)).min(MOST_HEIGHT_PX);
    let mut pictures = Vec::new();
    for is_dark in [false, true] {
        desk.state.library.is_dark = is_dark;
        let image = shot::draw_with(Fonts::Desktop, &mut desk, [PAGE_WIDTH_PX, height], 1.0, views::rows_ui);
        pictures.push(headless::encode(&image)?);
    }
    let mut result = (*result).clone();
    result.comparison.align = look.align.clone();
    for (row, origin_ns) in result.comparison.recordings.iter_mut().zip(&desk.state.compare.origins_ns) {
        row.origin_ns = *origin_ns;
    }
    let html = page::page(&look.title, &result, &pictures[0], &pictures[1])?;
    std::fs::write(path, html).with_context(|| format!("cannot write the page {}", path.display()))
}

fn rows(files: &[(PathBuf, String)]) -> u32 {
    u32::try_from(files.len()).unwrap_or(u32::MAX)
}

/// A desk with the comparison on it, all of it read and computed.
fn opened(files: &[(PathBuf, String)], look: &Look) -> anyhow::Result<(Desk, Arc<CompareResult>)> {
    let library = Library { is_dark: look.is_dark, ..Library::default() };
    let mut desk = Desk::new(library, Habits::default(), || {});
    desk.open_compared(files, look.title.clone());
    shot::wait(&mut desk);
    if let Some(problem) = desk.state.problem.take().or_else(|| desk.state.toasts.pop().map(|toast| toast.text)) {
        bail!(problem);
    }
    desk.apply(Command::Align(look.align.clone()));
    desk.apply(Command::ScaleApart(look.is_scaled_apart));
    desk.state.library.recent.clear();
    shot::wait(&mut desk);
    let result = desk.state.compare.result.get().map(Arc::clone);
    let result = result.context("a program of the comparison still runs: save it when it has ended")?;
    Ok((desk, result))
}
