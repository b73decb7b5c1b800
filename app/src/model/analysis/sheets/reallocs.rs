//! Blocks that grow: how often, what that copies, and the longest chain of each place.

use super::block;
use super::columns::{Column, heading, headings, key, row};
use crate::format;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::query::{Answer, GroupBy, Measure, Side};
use dropscope_engine::{BlockId, Model};

/// Sizes of a chain that are told.
const MOST_SIZES: usize = 8;

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let content = |answer: &Answer| Content::Sheet(of_answer(asking, answer));
    let group = GroupBy::Site(Side::Birth);
    let answer = asking.ask_showing(&asking.key.which, group, Measure::CopiedBytes, &content)?;
    Some(of_answer(asking, &answer))
}

fn of_answer(asking: &Asking<'_>, answer: &Answer) -> Sheet {
    let names = &asking.data.names;
    let model = asking.data.model.read();
    let columns = [Column::Reallocs, Column::Moves, Column::Copied, Column::Blocks, Column::Bytes];
    let mut titles = headings(heading("born at", "The first frame of the program's own code", 0), &columns);
    titles.push(heading("longest chain", "The sizes of the block that changed most often", 250));
    let grown = answer.groups.rows().iter().filter(|group| group.sums.reallocs > 0);
    let rows = grown.map(|group| {
        let mut row = row(names, answer, group, &columns);
        let most = group.most_reallocated;
        row.cells.push(most.map_or_else(String::new, |(_, longest)| words(&model, longest)));
        row.keys.push(most.map_or(0, |(steps, _)| key(steps)));
        row.thing = most.and_then(|(_, longest)| block(longest)).or(row.thing);
        row
    });
    let total = &answer.total;
    let note = format!(
        "{} reallocs, {} of them moved the block and copied {}. Room asked for at once (`with_capacity`) copies nothing.",
        format::count(total.reallocs),
        format::count(total.moves),
        format::bytes(total.copied_bytes),
    );
    Sheet {
        rows: rows.collect(),
        notes: vec![note],
        columns: titles,
        empty: "No block of this question was reallocated.",
    }
}

/// `4 → 8 → 16 B …`: the sizes a block went through.
fn words(model: &Model, block: BlockId) -> String {
    let blocks = model.blocks();
    let mut sizes = vec![blocks.first_size_bytes(block)];
    sizes.extend(blocks.reallocs(block).map(|change| change.size_bytes));
    let steps = sizes.len() - 1;
    let told = |sizes: &[u64]| sizes.iter().map(|&size| format::bytes(size)).collect::<Vec<_>>().join(" → ");
    let chain = match sizes.as_slice() {
        few if few.len() <= MOST_SIZES => told(few),
        many => format!("{} … {}", told(&many[..3]), told(&many[many.len() - 1..])),
    };
    format!("{steps}×: {chain}")
}
