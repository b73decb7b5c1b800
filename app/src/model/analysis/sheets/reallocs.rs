//! Blocks that grow: how often, what that copies, and the longest chain of each place.

use super::block;
use super::columns::{Column, heading, headings, key, row};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::query::{GroupBy, Measure, Side};
use dropscope_engine::{BlockId, Model, SiteId, StackId};
use std::collections::HashMap;

/// Sizes of a chain that are told.
const MOST_SIZES: usize = 8;

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let answer = asking.ask(&asking.key.which, GroupBy::Site(Side::Birth), Measure::CopiedBytes)?;
    let longest = longest(asking)?;
    let names = &asking.data.names;
    let columns = [Column::Reallocs, Column::Moves, Column::Copied, Column::Blocks, Column::Bytes];
    let mut titles = headings(heading("born at", "The first frame of the program's own code", 0), &columns);
    titles.push(heading("longest chain", "The sizes of the block that changed most often", 250));
    let grown = answer.groups.rows().iter().filter(|group| group.sums.reallocs > 0);
    let rows = grown.map(|group| {
        let mut row = row(names, &answer, group, &columns);
        let site = match group.key {
            dropscope_engine::query::Key::Site(site, _) => site,
            _ => None,
        };
        let chain = longest.get(&site);
        row.cells.push(chain.map_or_else(String::new, |chain| chain.words.clone()));
        row.keys.push(chain.map_or(0, |chain| key(chain.steps)));
        row.thing = chain.and_then(|chain| block(chain.block)).or(row.thing);
        row
    });
    let total = &answer.total;
    let note = format!(
        "{} reallocs, {} of them moved the block and copied {}. Room asked for at once (`with_capacity`) copies nothing.",
        format::count(total.reallocs),
        format::count(total.moves),
        format::bytes(total.copied_bytes),
    );
    Some(Sheet {
        rows: rows.collect(),
        notes: vec![note],
        columns: titles,
        empty: "No block of this question was reallocated.",
    })
}

/// A block and its sizes.
struct Chain {
    block: BlockId,
    steps: u64,
    words: String,
}

/// The block of each place that was reallocated most often.
fn longest(asking: &Asking<'_>) -> Option<HashMap<Option<SiteId>, Chain>> {
    let mut by_stack: HashMap<StackId, (u64, BlockId)> = HashMap::new();
    asking.select(&asking.key.which, &mut |model, block| {
        let steps = model.blocks().reallocs(block).count() as u64;
        if steps > 0 {
            let most = by_stack.entry(model.blocks().birth_stack(block)).or_insert((0, block));
            *most = (*most).max((steps, block));
        }
    })?;
    let mut by_site: HashMap<Option<SiteId>, (u64, BlockId)> = HashMap::new();
    for (stack, chain) in by_stack {
        let site = asking.data.names.summary(stack).site.as_ref().map(|site| site.0);
        let most = by_site.entry(site).or_insert(chain);
        *most = (*most).max(chain);
    }
    let model = asking.data.model.read();
    let chain = |(steps, block)| Chain { block, steps, words: words(&model, block) };
    Some(by_site.into_iter().map(|(site, most)| (site, chain(most))).collect())
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
