//! How the terminal shows numbers, places and tables.

use crate::fonts::symbols::THIN_SPACE;
use crate::format;
use dropscope_engine::{At, Estimate, SamplingJson};
use std::path::Path;

/// Longer names of functions are shortened in their middle: generic ones can fill lines.
const FUNCTION_LETTERS: usize = 48;

/// `1 234`; a blank, since many terminals draw a thin space as wide as a letter or not at all.
pub(super) fn count(number: u64) -> String {
    plain(&format::count(number))
}

/// `9 216 B`, `12.4 MiB`.
pub(super) fn bytes(size_bytes: u64) -> String {
    plain(&format::bytes(size_bytes))
}

/// `12.4 µs`, `1.50 s`.
pub(super) fn duration(duration_ns: u64) -> String {
    plain(&format::duration(duration_ns))
}

/// `1 block`, `7 blocks`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// What a sampled recording stands for.
pub(super) fn sampled(sampling: &SamplingJson) -> String {
    plain(&format::sampled(sampling, "The totals"))
}

/// A row's sum: as recorded, or of a sample with the error bar of what it stands for.
pub(super) fn sum(recorded: u64, estimate: Option<&Estimate>, unit: impl Fn(u64) -> String) -> String {
    estimate.map_or_else(|| unit(recorded), |estimate| plain(&format::within(estimate, &unit)))
}

fn plain(text: &str) -> String {
    text.replace(THIN_SPACE, " ")
}

/// `src/main.rs:3:5 app::main`; without debug information the function alone.
pub(super) fn place(at: Option<&At>) -> String {
    let Some(at) = at else { return "(outside the program's own code)".to_owned() };
    let function = format::shorten_middle(&at.function, FUNCTION_LETTERS);
    match &at.file {
        Some(file) if at.column > 0 => format!("{file}:{}:{}  {function}", at.line, at.column),
        Some(file) => format!("{file}:{}  {function}", at.line),
        None => function,
    }
}

/// A path's last part.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A path as one would write it here: from the working folder where it lies below.
pub(super) fn shown_path(path: &Path) -> String {
    let below = std::env::current_dir().ok().and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_owned));
    below.as_deref().unwrap_or(path).display().to_string()
}

/// `text` in lines of at most a hundred letters, each with its end.
pub(super) fn wrapped(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        let letters = word.chars().count();
        if width > 0 {
            let fits = width + 1 + letters <= WIDTH;
            lines.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        lines.push_str(word);
        width += letters;
    }
    lines.push('\n');
    lines
}

/// Rows of cells under a head, numbers to the right.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// How many columns, from the left, are text.
    text_columns: std::ops::Range<usize>,
}

impl Table {
    /// A table with this head; the columns in `text_columns` are text.
    pub(super) fn new<const N: usize>(head: [&str; N], text_columns: std::ops::Range<usize>) -> Table {
        Table::with_head(head.map(str::to_owned).to_vec(), text_columns)
    }

    /// As [`Table::new`], for a number of columns that is not known before.
    pub(super) fn with_head(head: Vec<String>, text_columns: std::ops::Range<usize>) -> Table {
        Table { rows: vec![head], text_columns }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }

    /// Its lines, each indented by two.
    pub(super) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = " ".repeat(width - cell.chars().count());
                let is_text = self.text_columns.contains(&column);
                line.push_str("  ");
                line.push_str(&if is_text { format!("{cell}{gap}") } else { format!("{gap}{cell}") });
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
