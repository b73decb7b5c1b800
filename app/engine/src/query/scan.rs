//! Goes through the blocks that a question is about, slice by slice, and sums them up.

use super::scopes::{Containing, ScopeTimes};
use super::tally::{ALIVE, NOTHING, RawKey, Tallies, Tally};
use super::{GroupBy, LifetimeClass, Lived, Query, Side, SizeClass, When};
use crate::blocks::Blocks;
use crate::ids::{BlockId, StackId, ThreadNumber};
use crate::live::Peak;
use crate::model::Model;
use std::ops::Range;

/// Rows that are gone through between two looks at the clock and at the cancel flag: half a ms at most.
const SLICE_ROWS: usize = 1 << 14;

/// What was there when the question was asked: what comes later is not in its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snapshot {
    births: usize,
    deaths: usize,
    pub(super) duration_ns: u64,
    pub(super) generation: u64,
    pub(super) peak: Peak,
}

impl Snapshot {
    pub(super) fn of(model: &Model) -> Snapshot {
        Snapshot {
            births: model.blocks().count() as usize,
            deaths: model.blocks().released_count() as usize,
            duration_ns: model.duration_ns(),
            generation: model.generation(),
            peak: model.live().peak(),
        }
    }
}

/// Whose rows are gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    Births,
    Deaths,
}

/// A question on its way through the blocks.
pub(super) struct Scan<'q> {
    query: &'q Query,
    pub(super) snapshot: Snapshot,
    order: Order,
    rows: Range<usize>,
    next_row: usize,
    needs_birth: bool,
    needs_death: bool,
    containing: Option<Containing>,
    scope_times: Option<ScopeTimes>,
    pub(super) tallies: Tallies,
}

impl<'q> Scan<'q> {
    pub(super) fn begin(model: &Model, query: &'q Query) -> Scan<'q> {
        let snapshot = Snapshot::of(model);
        let (order, rows) = rows_of(model.blocks(), &query.which.when, &snapshot);
        let (birth, death) = needs(query.group);
        let containing = query.which.scope.map(|(_, scope)| Containing::of(model, scope));
        let by_scope = matches!(query.group, GroupBy::Scope(_));
        Scan {
            query,
            snapshot,
            order,
            next_row: rows.start,
            rows,
            needs_birth: birth || query.which.asks_stack(Side::Birth),
            needs_death: death || query.which.asks_stack(Side::Release),
            containing,
            scope_times: by_scope.then(|| ScopeTimes::of(model)),
            tallies: Tallies::default(),
        }
    }

    /// How much has been gone through, from 0 to 1.
    pub(super) fn fraction(&self) -> f32 {
        let done = (self.next_row - self.rows.start) as f64;
        if self.rows.is_empty() { 1.0 } else { (done / self.rows.len() as f64) as f32 }
    }

    /// Goes through the next slice; false where there is none.
    pub(super) fn advance(&mut self, model: &Model) -> bool {
        let blocks = model.blocks();
        let from = match self.order {
            Order::Births => self.skip_dead(blocks, self.next_row),
            Order::Deaths => self.next_row,
        };
        let to = (from + SLICE_ROWS).min(self.rows.end);
        self.next_row = from;
        if from >= to {
            self.next_row = self.rows.end;
            return false;
        }
        for row in from..to {
            let block = match self.order {
                Order::Births => BlockId::of_row(row),
                Order::Deaths => match blocks.dead(row) {
                    Some(block) => block,
                    None => continue,
                },
            };
            self.see(blocks, block);
        }
        self.next_row = to;
        true
    }

    /// The first row from `row` on that can be alive at the moment asked for: long runs of blocks are dead by then.
    fn skip_dead(&self, blocks: &Blocks, row: usize) -> usize {
        match self.query.which.when {
            When::LiveAt(time_ns) => blocks.skip_dead(row, time_ns.saturating_add(1)),
            When::BornInAndAlive(ref range) => blocks.skip_dead(row, range.end),
            When::AliveIn(ref range) => blocks.skip_dead(row, range.start),
            When::NeverReleased => blocks.skip_dead(row, u64::MAX),
            When::Ever | When::BornIn(_) | When::ReleasedIn(_) => row,
        }
    }

    #[inline]
    fn see(&mut self, blocks: &Blocks, block: BlockId) {
        let which = &self.query.which;
        let born_ns = blocks.born_ns(block);
        let death_row = blocks.death_row(block).filter(|&row| row < self.snapshot.deaths);
        let died_ns = death_row.and_then(|row| blocks.deaths().get(row));
        if !is_of_time(&which.when, died_ns) {
            return;
        }
        if which.lived.is_some_and(|lived| !self.has_lived(blocks, block, born_ns, died_ns, lived)) {
            return;
        }
        let last_bytes = blocks.size_bytes(block);
        let has_changed = blocks.has_changed(block);
        let bytes = match which.when {
            When::LiveAt(time_ns) if has_changed => blocks.size_at(block, time_ns),
            When::BornInAndAlive(ref range) if has_changed => blocks.size_at(block, range.end.saturating_sub(1)),
            _ => last_bytes,
        };
        if which.size_bytes.as_ref().is_some_and(|sizes| !sizes.contains(&bytes)) {
            return;
        }
        let Some(key) = self.key(blocks, block, born_ns, death_row, died_ns, bytes) else { return };
        let peak_ns = self.snapshot.peak.at_ns;
        let tally = self.tallies.of(key);
        let sums = &mut tally.sums;
        sums.blocks += 1;
        sums.bytes = sums.bytes.saturating_add(bytes);
        tally.largest = tally.largest.max((bytes, block.0));
        match died_ns {
            Some(died_ns) => sums.lifetime_ns += u128::from(died_ns.saturating_sub(born_ns)),
            None => {
                sums.left_blocks += 1;
                sums.left_bytes = sums.left_bytes.saturating_add(last_bytes);
                tally.largest_left = tally.largest_left.max(Some((bytes, block.0)));
            }
        }
        let at_peak = born_ns <= peak_ns && died_ns.is_none_or(|died_ns| died_ns > peak_ns);
        if has_changed {
            add_changes(blocks, block, at_peak.then_some(peak_ns), tally);
        } else if at_peak {
            sums.peak_bytes = sums.peak_bytes.saturating_add(last_bytes);
        }
    }

    /// What the block is summed under; none where it is not of the threads or scopes asked for.
    #[inline]
    fn key(
        &self,
        blocks: &Blocks,
        block: BlockId,
        born_ns: u64,
        death_row: Option<usize>,
        died_ns: Option<u64>,
        bytes: u64,
    ) -> Option<RawKey> {
        let which = &self.query.which;
        let born_on = blocks.thread(block);
        if which.born_on.is_some_and(|wanted| wanted != born_on) {
            return None;
        }
        let released_on = death_row.and_then(|row| blocks.death_thread(row));
        if which.released_on.is_some_and(|wanted| Some(wanted) != released_on) {
            return None;
        }
        let moment = |side| match side {
            Side::Birth => Some((born_on, born_ns)),
            Side::Release => released_on.zip(died_ns),
        };
        if let (Some((side, _)), Some(containing)) = (which.scope, &self.containing) {
            let (thread, time_ns) = moment(side)?;
            if !containing.has(thread, time_ns) {
                return None;
            }
        }
        let thread = |thread: ThreadNumber| u64::from(thread.0);
        let other = match self.query.group {
            GroupBy::Thread(side) => moment(side).map_or(NOTHING, |(number, _)| thread(number)),
            GroupBy::Threads => {
                let released = released_on.map_or(u64::from(u32::MAX), thread);
                thread(born_on) << 32 | released
            }
            GroupBy::SizeClass => u64::from(SizeClass::of(bytes).0),
            GroupBy::LifetimeClass => {
                let class = |died_ns: u64| u64::from(LifetimeClass::of(died_ns.saturating_sub(born_ns)).0);
                died_ns.map_or(NOTHING, class)
            }
            GroupBy::Scope(side) => self.scope_key(moment(side)),
            _ => 0,
        };
        let birth = if self.needs_birth { blocks.birth_stack(block).0 } else { 0 };
        let death = match death_row {
            _ if !self.needs_death => 0,
            Some(row) => blocks.death_row_stack(row).unwrap_or(StackId::EMPTY).0,
            None => ALIVE,
        };
        Some(RawKey { birth, death, other })
    }

    /// The scope's name plus 1, 0 outside of all; nothing for what has not been released.
    fn scope_key(&self, moment: Option<(ThreadNumber, u64)>) -> u64 {
        let Some((thread, time_ns)) = moment else { return NOTHING };
        let name = self.scope_times.as_ref().and_then(|times| times.innermost(thread, time_ns));
        name.map_or(0, |name| u64::from(name.0) + 1)
    }

    fn has_lived(&self, blocks: &Blocks, block: BlockId, born_ns: u64, died_ns: Option<u64>, lived: Lived) -> bool {
        match (lived, died_ns) {
            (Lived::LessThanNs(ns), Some(died_ns)) => died_ns.saturating_sub(born_ns) < ns,
            (Lived::LessThanEvents(events), Some(died_ns)) => {
                is_within_events(blocks, block, born_ns, died_ns, events as usize)
            }
            (Lived::LessThanNs(_) | Lived::LessThanEvents(_), None) => false,
            (Lived::AtLeastNs(ns), died_ns) => {
                died_ns.unwrap_or(self.snapshot.duration_ns).saturating_sub(born_ns) >= ns
            }
        }
    }
}

/// The rows that can be of that time.
fn rows_of(blocks: &Blocks, when: &When, snapshot: &Snapshot) -> (Order, Range<usize>) {
    let births = |from_ns: u64, until_ns: u64| {
        let from = blocks.births().rows_before(from_ns).min(snapshot.births);
        from..blocks.births().rows_before(until_ns).min(snapshot.births).max(from)
    };
    match when {
        When::Ever | When::NeverReleased => (Order::Births, 0..snapshot.births),
        When::LiveAt(time_ns) => (Order::Births, 0..blocks.births().rows_until(*time_ns).min(snapshot.births)),
        When::BornIn(range) | When::BornInAndAlive(range) => (Order::Births, births(range.start, range.end)),
        When::AliveIn(range) => (Order::Births, births(0, if range.is_empty() { 0 } else { range.end })),
        When::ReleasedIn(range) => {
            let from = blocks.deaths().rows_before(range.start).min(snapshot.deaths);
            (Order::Deaths, from..blocks.deaths().rows_before(range.end).min(snapshot.deaths).max(from))
        }
    }
}

/// Of a block of the right rows, whether it was alive as long as it has to.
#[inline]
fn is_of_time(when: &When, died_ns: Option<u64>) -> bool {
    match when {
        When::Ever | When::BornIn(_) | When::ReleasedIn(_) => true,
        When::NeverReleased => died_ns.is_none(),
        When::LiveAt(time_ns) => died_ns.is_none_or(|died_ns| died_ns > *time_ns),
        When::BornInAndAlive(range) => died_ns.is_none_or(|died_ns| died_ns >= range.end),
        When::AliveIn(range) => died_ns.is_none_or(|died_ns| died_ns >= range.start),
    }
}

/// Which stacks a grouping needs.
fn needs(group: GroupBy) -> (bool, bool) {
    match group {
        GroupBy::Calls(side, _) | GroupBy::Site(side) | GroupBy::Stack(side) => {
            (side == Side::Birth, side == Side::Release)
        }
        GroupBy::Owner | GroupBy::OwnerAndSite | GroupBy::Holder | GroupBy::Owners => (false, true),
        GroupBy::Nothing
        | GroupBy::Thread(_)
        | GroupBy::Threads
        | GroupBy::SizeClass
        | GroupBy::LifetimeClass
        | GroupBy::Scope(_) => (false, false),
    }
}

/// Whether less than `limit` events happened between the two moments.
fn is_within_events(blocks: &Blocks, block: BlockId, born_ns: u64, died_ns: u64, limit: usize) -> bool {
    // Most blocks that lived longer are told by the births alone: the one `limit` rows on is before the release, too.
    let far = block.row().saturating_add(limit);
    let is_next_later = || blocks.births().get(block.row() + 1).is_some_and(|next_ns| next_ns > born_ns);
    if limit > 0 && blocks.births().get(far).is_some_and(|far_ns| far_ns < died_ns) && is_next_later() {
        return false;
    }
    let Some(after_ns) = born_ns.checked_add(1).filter(|after_ns| *after_ns < died_ns) else { return limit > 0 };
    let between = [blocks.births(), blocks.changes(), blocks.deaths()]
        .map(|column| column.rows_before(died_ns) - column.rows_before(after_ns));
    between.iter().sum::<usize>() < limit
}

/// Adds the reallocs of a block, and its size at the peak.
fn add_changes(blocks: &Blocks, block: BlockId, peak_ns: Option<u64>, tally: &mut Tally) {
    let sums = &mut tally.sums;
    for change in blocks.reallocs(block) {
        sums.reallocs += 1;
        if change.moved() {
            sums.moves += 1;
            sums.copied_bytes = sums.copied_bytes.saturating_add(change.old_size_bytes.min(change.size_bytes));
        }
    }
    if let Some(peak_ns) = peak_ns {
        sums.peak_bytes = sums.peak_bytes.saturating_add(blocks.size_at(block, peak_ns));
    }
}
