//! What was never released: by the program, apart from what statics and the runtime keep.

use super::columns::{Column, heading, headings, row};
use crate::format;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::{Row, Sheet};
use dropscope_engine::query::{Answer, GroupBy, Key, Measure, Side, Sums};
use dropscope_engine::{Names, Origin, ReadState};

const COLUMNS: [Column; 3] = [Column::LeftBlocks, Column::LeftBytes, Column::LeftShare];

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    // Asked before anything is counted: what is read meanwhile is not in the answer.
    let state = asking.data.model.read().state();
    let (names, group) = (&asking.data.names, GroupBy::Site(Side::Birth));
    let content = |answer: &Answer| Content::Sheet(of_answer(names, answer, state));
    let answer = asking.ask_showing(&asking.key.which, group, Measure::LeftBytes, &content)?;
    Some(of_answer(names, &answer, state))
}

fn of_answer(names: &Names, answer: &Answer, state: ReadState) -> Sheet {
    let mut columns = headings(heading("born at", "The first frame of the program's own code", 0), &COLUMNS);
    columns.push(heading("kept by", "Whether it is the program's, a static's or the runtime's", 92));
    let mut rows = rows(names, answer);
    // What may be a leak comes first.
    rows.sort_by_key(|row| row.is_weak);
    Sheet {
        notes: notes(answer, state),
        columns,
        rows,
        empty: if state.tells_leaks() {
            "Nothing leaked: every block born in this range was released."
        } else {
            "Nothing is left alive of what was born in this range."
        },
    }
}

fn rows(names: &Names, answer: &Answer) -> Vec<Row> {
    let left = answer.groups.rows().iter().filter(|group| group.sums.left_blocks > 0);
    left.map(|group| {
        let kept_by = match group.key {
            Key::Site(_, Origin::Static) => "a static",
            Key::Site(_, Origin::Runtime) => "the runtime",
            _ => "",
        };
        let mut row = row(names, answer, group, &COLUMNS);
        row.cells.push(kept_by.to_owned());
        row.keys.push(i64::from(!kept_by.is_empty()));
        row.is_weak = !kept_by.is_empty();
        row.thing = group.left_example.and_then(super::block);
        row
    })
    .collect()
}

/// Sums by who keeps them.
fn notes(answer: &Answer, state: ReadState) -> Vec<String> {
    let of = |wanted: fn(&Key) -> bool| {
        let mut sums = Sums::default();
        answer.groups.rows().iter().filter(|group| wanted(&group.key)).for_each(|group| sums.add(&group.sums));
        sums
    };
    let words = |sums: Sums| format::bytes_in_blocks(&sums.left());
    let program = of(|key| !matches!(key, Key::Site(_, Origin::Static | Origin::Runtime)));
    let verb = match (state.tells_leaks(), state.is_stopped()) {
        (true, _) => "Never released",
        (false, true) => "Alive when the recording was stopped (it may have been released later)",
        (false, false) => "Alive now (the program runs: no leak yet)",
    };
    let mut note = format!("{verb}: {}", words(program));
    for (sums, who) in [
        (of(|key| matches!(key, Key::Site(_, Origin::Static))), "kept by statics"),
        (of(|key| matches!(key, Key::Site(_, Origin::Runtime))), "the runtime's own, no leaks"),
    ] {
        if sums.left_blocks > 0 {
            note.push_str(&format!("; {}, {who}", words(sums)));
        }
    }
    vec![note + "."]
}
