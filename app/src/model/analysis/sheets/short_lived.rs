//! Blocks that die young, and what would be saved without them.

use super::columns::{Column, heading, headings, key, row};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::query::{GroupBy, Measure, Side, Sums, Which};

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let which = &asking.key.which;
    let answer = asking.ask(which, GroupBy::Site(Side::Birth), Measure::Blocks)?;
    let all = asking.ask(&Which { lived: None, ..which.clone() }, GroupBy::Nothing, Measure::Blocks)?.total;
    let names = &asking.data.names;
    let columns = [Column::Blocks, Column::Bytes, Column::Share, Column::MeanLife];
    let mut titles = headings(heading("born at", "The first frame of the program's own code", 0), &columns);
    titles.push(heading("events saved", "Births, reallocs and releases that would not be", 96));
    let rows = answer.groups.rows().iter().map(|group| {
        let mut row = row(names, &answer, group, &columns);
        row.cells.push(format::count(events(&group.sums)));
        row.keys.push(key(events(&group.sums)));
        row
    });
    let note = format!(
        "{} of {} ({}) lived so short: without them {} events and {} of allocation less.",
        format::sum_of_blocks(&answer.total),
        format::blocks(all.blocks),
        format::percent(answer.total.blocks, all.blocks),
        format::count(events(&answer.total)),
        format::sum_of_bytes(&answer.total),
    );
    Some(Sheet {
        rows: rows.collect(),
        notes: vec![note],
        columns: titles,
        empty: "No block of this range lives so short.",
    })
}

/// What blocks make the allocator do: birth, reallocs, release.
fn events(sums: &Sums) -> u64 {
    sums.blocks + sums.reallocs + (sums.blocks - sums.left_blocks.min(sums.blocks))
}
