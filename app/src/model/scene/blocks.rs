//! Blocks as bars in rows, or as heat over time and size where there are too many for bars.

use super::Request;
use crate::lane_layout;
use crate::model::birth_index::{BirthIndex, CLASSES, class_of};
use crate::model::scope_index::ScopeIndex;
use dropscope_engine::{BlockId, Model, Names, ScopeId, StepKind, ThreadNumber};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Height of the thinnest bar that is still a bar, with its gap.
const THINNEST_BAR: usize = 5;
/// With more blocks than this, rows are packed for what is in view and not once for all.
const MOST_PACKED_AT_ONCE: u32 = 20_000;
/// Most bars in a view; beyond it heat says more.
const MOST_BARS: usize = 6_000;
/// With more bars than this, ties to scopes are only looked up for the selected one.
const MOST_TIES: usize = 200;
/// Pixels of one cell of the heat.
const CELL_COLUMNS: usize = 3;

/// The blocks of a scene.
#[derive(Clone, Debug)]
pub enum Blocks {
    /// Not asked for.
    Hidden,
    /// One bar for each.
    Bars {
        /// In order of birth, merged where they share a pixel.
        bars: Vec<Bar>,
        /// How many rows they take.
        rows: u32,
        /// Blocks that are neither born nor released in the range and have no bar here.
        through: Through,
    },
    /// Births over time and size.
    Heat(Heat),
}

/// Blocks that live through the whole range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Through {
    /// How many.
    pub blocks: u64,
}

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Released.
    Released,
    /// Released by a collector.
    Collected,
    /// Never released.
    Leaked,
    /// Alive while the program runs, or not known yet.
    Alive,
    /// The runtime's own.
    Runtime,
}

/// A block's life.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Which.
    pub id: BlockId,
    /// How many share this bar because they are too short to be told apart.
    pub count: u32,
    /// When it was born, in ns.
    pub born_ns: u64,
    /// When it ends, in ns; the range's end at least where it does not.
    pub end_ns: u64,
    /// What became of it.
    pub fate: Fate,
    /// Whether it has no release.
    pub is_alive: bool,
    /// From the top, 0 first.
    pub row: u32,
    /// Its last size.
    pub size_bytes: u64,
    /// The outermost owner's type, if known.
    pub owner: Option<Arc<str>>,
    /// Its reallocs in the range.
    pub notches: Vec<Notch>,
    /// The scope whose end released it.
    pub tie: Option<Tie>,
}

/// A realloc of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notch {
    /// When, in ns.
    pub time_ns: u64,
    /// Whether it changed its place.
    pub moved: bool,
    /// The size from then on.
    pub size_bytes: u64,
}

/// The scope that was closing when a block was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Which.
    pub scope: ScopeId,
    /// Whose.
    pub thread: ThreadNumber,
    /// Its level.
    pub level: u32,
    /// When it ended, in ns.
    pub end_ns: u64,
}

/// Births counted by column and size class.
#[derive(Clone, Debug)]
pub struct Heat {
    /// Columns over the range.
    pub columns: usize,
    /// The size class of the lowest row: sizes up to `2^(class + 1) - 1`.
    pub lowest_class: u32,
    /// Rows, one for each power of two.
    pub rows: usize,
    /// Births by column, then row.
    pub births: Vec<u32>,
    /// Of them never released.
    pub leaked: Vec<u32>,
    /// The most births of a cell.
    pub most: u32,
}

/// The row of a size in heat whose lowest class is `lowest_class`, 0 at the bottom.
pub fn heat_row(size_bytes: u64, lowest_class: u32) -> u32 {
    class_of(size_bytes).saturating_sub(lowest_class)
}

pub(super) fn blocks(
    model: &Model,
    names: &Names,
    index: &ScopeIndex,
    births: &Mutex<BirthIndex>,
    request: &Request,
) -> Blocks {
    if request.blocks_height == 0 {
        return Blocks::Hidden;
    }
    let maker = Maker { model, names, index, request };
    let rows_that_fit = (request.blocks_height / THINNEST_BAR).max(1);
    if let Some(only) = &request.only {
        let mut ids: Vec<BlockId> = only.iter().copied().collect();
        ids.sort_unstable();
        return maker.bars(&ids, Through::default());
    }
    let all = model.blocks();
    if all.count() <= MOST_PACKED_AT_ONCE {
        let ids: Vec<BlockId> = all.ids().collect();
        if maker.rows_of(&ids).count as usize <= rows_that_fit {
            return maker.bars(&ids, Through::default());
        }
    }
    let range = request.range_ns.clone();
    let born = all.born_in(range.clone());
    let deaths = all.died_in(range.clone());
    if born.len() + deaths.len() <= 2 * MOST_BARS {
        let older = deaths.filter(|&block| all.born_ns(block) < range.start);
        let mut ids: Vec<BlockId> = older.chain(born).collect();
        ids.sort_unstable();
        let fits = ids.len() <= MOST_BARS && maker.rows_of(&ids).count as usize <= rows_that_fit.saturating_sub(4);
        if fits {
            let gone = ids.iter().filter(|&&block| all.born_ns(block) < range.start).count() as u64;
            let before = all.born_in(0..range.start).len() as u64 - all.died_in(0..range.start).len() as u64;
            return maker.bars(&ids, Through { blocks: before.saturating_sub(gone) });
        }
    }
    Blocks::Heat(heat(model, &mut births.lock(), request))
}

struct Maker<'a> {
    model: &'a Model,
    names: &'a Names,
    index: &'a ScopeIndex,
    request: &'a Request,
}

impl Maker<'_> {
    fn rows_of(&self, ids: &[BlockId]) -> lane_layout::Rows {
        let blocks = self.model.blocks();
        let bar = |&block: &BlockId| lane_layout::Bar {
            id: block.0,
            start_ns: blocks.born_ns(block),
            end_ns: blocks.died_ns(block),
        };
        lane_layout::pack(&ids.iter().map(bar).collect::<Vec<_>>(), 0)
    }

    fn bars(&self, ids: &[BlockId], through: Through) -> Blocks {
        let range = &self.request.range_ns;
        let column_ns = ((range.end - range.start) / self.request.columns.max(1) as u64).max(1);
        let rows = self.rows_of(ids);
        let mut bars: Vec<Bar> = Vec::new();
        let mut last_of_row: HashMap<u32, usize> = HashMap::new();
        for (&block, &row) in ids.iter().zip(&rows.row_of) {
            let Some(bar) = self.bar(block, row) else { continue };
            if let Some(&last) = last_of_row.get(&row)
                && bars[last].end_ns - bars[last].born_ns < column_ns
                && bar.end_ns - bar.born_ns < column_ns
                && bar.born_ns - bars[last].born_ns < column_ns
            {
                bars[last].count += 1;
                bars[last].end_ns = bar.end_ns;
                continue;
            }
            last_of_row.insert(row, bars.len());
            bars.push(bar);
        }
        if bars.len() <= MOST_TIES {
            for bar in &mut bars {
                bar.tie = closing_scope(self.model, self.index, bar.id);
            }
        }
        Blocks::Bars { bars, rows: rows.count, through }
    }

    /// None where the block's life is not in the range.
    fn bar(&self, block: BlockId, row: u32) -> Option<Bar> {
        let (blocks, range) = (self.model.blocks(), &self.request.range_ns);
        let (born_ns, died_ns) = (blocks.born_ns(block), blocks.died_ns(block));
        if born_ns >= range.end || died_ns.is_some_and(|died_ns| died_ns < range.start) {
            return None;
        }
        let death = blocks.death_stack(block).and_then(|stack| self.names.try_summary(stack));
        let owner = death.as_ref().and_then(|summary| summary.owners.first().cloned());
        let birth = self.names.try_summary(blocks.birth_stack(block));
        let fate = match (&birth, died_ns) {
            (Some(birth), _) if birth.is_runtime => Fate::Runtime,
            (_, Some(_)) if death.is_some_and(|summary| summary.is_collector) => Fate::Collected,
            (_, Some(_)) => Fate::Released,
            (Some(_), None) if self.model.state().tells_leaks() => Fate::Leaked,
            (_, None) => Fate::Alive,
        };
        let notches = blocks
            .reallocs(block)
            .filter(|realloc| range.contains(&realloc.time_ns))
            .take(64)
            .map(|realloc| Notch { time_ns: realloc.time_ns, moved: realloc.moved(), size_bytes: realloc.size_bytes })
            .collect();
        Some(Bar {
            id: block,
            count: 1,
            born_ns,
            end_ns: died_ns.unwrap_or_else(|| self.model.duration_ns().max(born_ns)),
            fate,
            is_alive: died_ns.is_none(),
            row,
            size_bytes: blocks.size_bytes(block),
            owner,
            notches,
            tie: None,
        })
    }
}

/// The scope that was closing when `block` was released: the one of that thread that ended next, if the thread did
/// nothing but release until then.
pub fn closing_scope(model: &Model, index: &ScopeIndex, block: BlockId) -> Option<Tie> {
    const MOST_EVENTS: usize = 2_000;
    let died_ns = model.blocks().died_ns(block)?;
    let thread = model.blocks().freed_by(block)?;
    let (scope, end_ns) = index.ends_first(model, thread, died_ns)?;
    let mut between = model.events(died_ns..end_ns).filter(|step| step.thread == thread).take(MOST_EVENTS);
    let only_releases = between.all(|step| {
        matches!(
            step.kind,
            StepKind::Free(_) | StepKind::UnmatchedFree(_) | StepKind::OperationEnd(_) | StepKind::ScopeExit(_)
        )
    });
    let row = model.scope(scope)?;
    only_releases.then_some(Tie { scope, thread, level: row.depth, end_ns })
}

fn heat(model: &Model, index: &mut BirthIndex, request: &Request) -> Heat {
    index.update(model);
    let columns = (request.columns / CELL_COLUMNS).max(1);
    let cells = index.columns(model, &request.range_ns, columns);
    // Only the size classes that there are.
    let is_used = |row: &usize| cells.iter().any(|(births, _)| births[*row] > 0);
    let used: Vec<usize> = (0..CLASSES.len()).filter(is_used).collect();
    let (first, last) = (used.first().copied().unwrap_or(0), used.last().copied().unwrap_or(0));
    let births: Vec<u32> = cells.iter().flat_map(|(births, _)| births[first..=last].iter().copied()).collect();
    let leaked = cells.iter().flat_map(|(_, leaked)| leaked[first..=last].iter().copied()).collect();
    let most = births.iter().copied().max().unwrap_or(0);
    Heat { columns, lowest_class: CLASSES.start + first as u32, rows: last - first + 1, births, leaked, most }
}
