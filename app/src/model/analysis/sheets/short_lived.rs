//! Blocks that die young, and what would be saved without them.

use super::columns::{Column, heading, headings, key, row};
use crate::format;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::Names;
use dropscope_engine::query::{Answer, GroupBy, Measure, Side, Sums, When, Which};

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let (which, names) = (&asking.key.which, &asking.data.names);
    let known = counted(asking);
    let content = |answer: &Answer| Content::Sheet(of_answer(names, answer, None));
    let answer = asking.ask_showing(which, GroupBy::Site(Side::Birth), Measure::Blocks, &content)?;
    let all = match known {
        Some(all) => all,
        None => asking.ask(&Which { lived: None, ..which.clone() }, GroupBy::Nothing, Measure::Blocks)?.total.blocks,
    };
    Some(of_answer(names, &answer, Some(all)))
}

/// How many blocks there are of any lifetime, where they need not be gone through to know it.
fn counted(asking: &Asking<'_>) -> Option<u64> {
    let model = asking.data.model.read();
    let rest = Which { lived: None, when: When::Ever, ..asking.key.which.clone() };
    if model.process().sample_mean_bytes > 0 || rest != Which::default() {
        return None;
    }
    match &asking.key.which.when {
        When::Ever => Some(u64::from(model.blocks().count())),
        When::BornIn(range) => Some(model.blocks().born_in(range.clone()).len() as u64),
        _ => None,
    }
}

/// `all`: blocks of any lifetime, once they are counted.
fn of_answer(names: &Names, answer: &Answer, all: Option<u64>) -> Sheet {
    let columns = [Column::Blocks, Column::Bytes, Column::Share, Column::MeanLife];
    let mut titles = headings(heading("born at", "The first frame of the program's own code", 0), &columns);
    titles.push(heading("events saved", "Births, reallocs and releases that would not be", 96));
    let rows = answer.groups.rows().iter().map(|group| {
        let mut row = row(names, answer, group, &columns);
        row.cells.push(format::count(events(&group.sums)));
        row.keys.push(key(events(&group.sums)));
        row
    });
    let of_all = all.map_or_else(String::new, |all| {
        format!(" of {} ({})", format::blocks(all), format::percent(answer.total.blocks, all))
    });
    let note = format!(
        "{}{of_all} lived so short: without them {} events and {} of allocation less.",
        format::sum_of_blocks(&answer.total),
        format::count(events(&answer.total)),
        format::sum_of_bytes(&answer.total),
    );
    Sheet { rows: rows.collect(), notes: vec![note], columns: titles, empty: "No block of this range lives so short." }
}

/// What blocks make the allocator do: birth, reallocs, release.
fn events(sums: &Sums) -> u64 {
    sums.blocks + sums.reallocs + (sums.blocks - sums.left_blocks.min(sums.blocks))
}
