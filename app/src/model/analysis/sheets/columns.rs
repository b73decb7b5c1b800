//! Columns of sums, each told once.

use super::{block, hover_of, name_of, place_of};
use crate::format;
use crate::model::analysis::sheet::{Heading, Narrow, Row, Sheet};
use dropscope_engine::query::{Answer, Key, Measure, Row as Group, Sums};
use dropscope_engine::{Names, Origin};

/// A column of sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Blocks,
    Bytes,
    /// Of all that is asked for, by the question's measure.
    Share,
    LeftBlocks,
    LeftBytes,
    LeftShare,
    MeanLife,
    PeakShare,
    Reallocs,
    Moves,
    Copied,
    /// What the allocator gave.
    Usable,
}

impl Column {
    pub(super) fn heading(self) -> Heading {
        let (title, hover, width) = match self {
            Column::Blocks => ("blocks", "How many blocks", 76),
            Column::Bytes => ("bytes", "Their requested bytes", 84),
            Column::Share => ("share", "Of all that is asked for", 64),
            Column::LeftBlocks => ("left", "Blocks without a release", 76),
            Column::LeftBytes => ("left bytes", "Bytes without a release", 84),
            Column::LeftShare => ("of all born", "Share of what was born there", 92),
            Column::MeanLife => ("mean life", "Of those released", 84),
            Column::PeakShare => ("of the peak", "Share of the live bytes at the process's peak", 84),
            Column::Reallocs => ("reallocs", "How often they changed their size", 76),
            Column::Moves => ("moved", "Of the reallocs those that changed the block's place", 76),
            Column::Usable => ("usable", "What the allocator gave for the requested bytes", 84),
            Column::Copied => ("copied", "Bytes that moving had to copy", 84),
        };
        Heading { title, hover, width }
    }

    pub(super) fn cell(self, answer: &Answer, sums: &Sums) -> (String, i64) {
        let unless_none = |number: u64, words: String| (if number == 0 { String::new() } else { words }, key(number));
        let count = |number: u64| unless_none(number, format::count(number));
        let share =
            |part: u64, whole: u64| (format::percent(part, whole), key(part.saturating_mul(100_000) / whole.max(1)));
        match self {
            Column::Blocks => (format::sum_of_blocks(sums), key(sums.blocks)),
            Column::Bytes => (format::sum_of_bytes(sums), key(sums.bytes)),
            Column::Share => {
                let measure = answer.query.measure;
                share(measure.of(sums), measure.of(&answer.total))
            }
            Column::LeftBlocks => unless_none(sums.left_blocks, format::sum_of_blocks(&sums.left())),
            Column::LeftBytes => unless_none(sums.left_bytes, format::sum_of_bytes(&sums.left())),
            Column::LeftShare => share(sums.left_blocks, sums.blocks),
            Column::MeanLife if sums.blocks == sums.left_blocks => (String::new(), -1),
            Column::MeanLife => (format::duration(sums.mean_lifetime_ns()), key(sums.mean_lifetime_ns())),
            Column::PeakShare if sums.peak_bytes == 0 => (String::new(), 0),
            Column::PeakShare => share(sums.peak_bytes, answer.peak_bytes),
            Column::Reallocs => count(sums.reallocs),
            Column::Moves => count(sums.moves),
            Column::Usable => unless_none(sums.usable_bytes, format::bytes(sums.usable_bytes)),
            Column::Copied => unless_none(sums.copied_bytes, format::bytes(sums.copied_bytes)),
        }
    }
}

/// What a number is sorted by.
pub(super) fn key(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) const fn heading(title: &'static str, hover: &'static str, width: u16) -> Heading {
    Heading { title, hover, width }
}

/// A row of these columns.
pub(super) fn row(names: &Names, answer: &Answer, group: &Group, columns: &[Column]) -> Row {
    let cells = columns.iter().map(|column| column.cell(answer, &group.sums));
    let (mut texts, keys): (Vec<String>, Vec<i64>) = cells.unzip();
    texts.insert(0, name_of(names, &group.key, &group.label));
    Row {
        cells: texts,
        keys,
        hover: hover_of(names, &group.key),
        thing: block(group.example),
        place: place_of(names, &group.key),
        narrow: Narrow::of(&group.key),
        is_weak: matches!(group.key, Key::Site(_, Origin::Runtime) | Key::Owner(None) | Key::Alive | Key::Unnamed),
        key: Some(group.key.clone()),
        ..Row::default()
    }
}

/// The columns under `name`.
pub(super) fn headings(name: Heading, columns: &[Column]) -> Vec<Heading> {
    std::iter::once(name).chain(columns.iter().map(|column| column.heading())).collect()
}

/// All rows of an answer.
pub(super) fn sheet(names: &Names, answer: &Answer, name: Heading, columns: &[Column], empty: &'static str) -> Sheet {
    Sheet {
        columns: headings(name, columns),
        rows: answer.groups.rows().iter().map(|group| row(names, answer, group, columns)).collect(),
        notes: Vec::new(),
        empty,
    }
}

/// What `part` is of `whole` by a measure, in words.
pub(super) fn percent(measure: Measure, part: &Sums, whole: &Sums) -> String {
    format::percent(measure.of(part), measure.of(whole))
}
