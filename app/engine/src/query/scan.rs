//! Goes through the blocks that a question is about, slice by slice, and sums them up.

use super::rows::{BirthColumn, DeathColumn, Order, RowReader};
use super::scopes::{Containing, ScopeTimes};
use super::tally::{ALIVE, NOTHING, RawKey, Tallies, Tally};
use super::{GroupBy, LifetimeClass, Lived, Query, Side, SizeClass, Sums, When, estimated};
use crate::blocks::{Blocks, History};
use crate::ids::{BlockId, StackId, ThreadNumber};
use crate::live::Peak;
use crate::model::Model;
use crate::sampling::mean_bytes;
use crate::usable::UsableSizes;
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
    peak: Peak,
    /// The bytes alive then; of a sample for the whole program.
    pub(super) peak_bytes: u64,
    /// How many births and releases there are up to the peak.
    until_peak: (usize, usize),
}

impl Snapshot {
    pub(super) fn of(model: &Model) -> Snapshot {
        let (blocks, peak) = (model.blocks(), model.live().peak());
        Snapshot {
            births: blocks.count() as usize,
            deaths: blocks.released_count() as usize,
            duration_ns: model.duration_ns(),
            generation: model.generation(),
            peak,
            peak_bytes: mean_bytes(model).map_or(peak.bytes, |mean_bytes| estimated::peak_bytes(model, mean_bytes)),
            until_peak: (blocks.births().rows_until(peak.at_ns), blocks.deaths().rows_until(peak.at_ns)),
        }
    }
}

/// A question on its way through the blocks.
pub(super) struct Scan<'q> {
    query: &'q Query,
    pub(super) snapshot: Snapshot,
    order: Order,
    rows: Range<usize>,
    next_row: usize,
    /// Blocks whose release is in an earlier row than this do not count.
    alive_from: usize,
    /// The moment whose sizes count.
    size_ns: u64,
    needs_birth: bool,
    needs_death: bool,
    needs_threads: bool,
    /// What stack each number in the keys is.
    stacks: Vec<StackId>,
    containing: Option<Containing>,
    scope_times: Option<ScopeTimes>,
    tallies: Tallies,
    /// Of a sample: one byte in so many was chosen.
    mean_bytes: Option<u64>,
    /// The blocks of the latest slice, where they are wanted and not their sums; with their stacks as the names know
    /// them.
    collected: Option<Vec<(RawKey, BlockId)>>,
}

impl<'q> Scan<'q> {
    pub(super) fn begin(model: &Model, query: &'q Query) -> Scan<'q> {
        let snapshot = Snapshot::of(model);
        let (order, rows) = rows_of(model.blocks(), &query.which.when, &snapshot);
        let (birth, death) = needs(query.group);
        let containing = query.which.scope.map(|(_, scope)| Containing::of(model, scope));
        let by_scope = matches!(query.group, GroupBy::Scope(_));
        let by_thread = by_scope || matches!(query.group, GroupBy::Thread(_) | GroupBy::Threads);
        let of_thread = query.which.born_on.is_some() || query.which.released_on.is_some();
        Scan {
            query,
            snapshot,
            order,
            next_row: rows.start,
            alive_from: alive_from(model.blocks(), &query.which.when, &snapshot),
            rows,
            size_ns: match query.which.when {
                When::LiveAt(time_ns) => time_ns,
                When::BornInAndAlive(ref range) => range.end.saturating_sub(1),
                _ => u64::MAX,
            },
            needs_birth: birth || query.which.asks_stack(Side::Birth),
            needs_death: death || query.which.asks_stack(Side::Release),
            needs_threads: by_thread || of_thread || containing.is_some(),
            stacks: model.blocks().stacks().to_vec(),
            containing,
            scope_times: by_scope.then(|| ScopeTimes::of(model)),
            tallies: Tallies::default(),
            mean_bytes: mean_bytes(model),
            collected: None,
        }
    }

    /// How much has been gone through, from 0 to 1.
    pub(super) fn fraction(&self) -> f32 {
        let done = (self.next_row - self.rows.start) as f64;
        if self.rows.is_empty() { 1.0 } else { (done / self.rows.len() as f64) as f32 }
    }

    /// The sums so far, by stacks as the names know them.
    pub(super) fn tallies(&self) -> impl Iterator<Item = (RawKey, Tally)> {
        self.tallies.iter().map(|(key, tally)| (self.named(key), tally))
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
        let mut reader = RowReader::new(blocks, self.order);
        let asks_usable = self.query.group == GroupBy::Site(Side::Birth) && model.usable_sizes().asked() > 0;
        let usable = asks_usable.then(|| model.usable_sizes());
        for row in from..to {
            self.see(blocks, usable, &mut reader, row);
        }
        self.next_row = to;
        true
    }

    /// Goes through the next slice and puts the blocks that are asked for, as far as no name is needed, to `found`
    /// instead of summing them up; false where there is none.
    pub(super) fn collect(&mut self, model: &Model, found: &mut Vec<(RawKey, BlockId)>) -> bool {
        self.collected = Some(std::mem::take(found));
        let is_more = self.advance(model);
        *found = self.collected.take().unwrap_or_default();
        is_more
    }

    /// The same key, its stacks as the names know them.
    fn named(&self, key: RawKey) -> RawKey {
        let stack = |number: u32| self.stacks.get(number as usize).map_or(0, |stack| stack.0);
        let birth = if self.needs_birth { stack(key.birth) } else { 0 };
        let death = if self.needs_death && key.death != ALIVE { stack(key.death) } else { key.death };
        RawKey { birth, death, ..key }
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

    /// Looks at the block in this row of births or releases.
    #[inline]
    fn see(&mut self, blocks: &Blocks, usable: Option<&UsableSizes>, reader: &mut RowReader<'_>, row: usize) {
        let which = &self.query.which;
        let (block, death_row) = reader.block(blocks, row);
        let death_row = death_row.filter(|&row| row < self.snapshot.deaths);
        if death_row.is_some_and(|row| row < self.alive_from) {
            return;
        }
        let born_ns = reader.birth(BirthColumn::Born, block);
        let died_ns = death_row.map(|row| reader.death(DeathColumn::Died, row));
        if which.lived.is_some_and(|lived| !self.has_lived(blocks, block, born_ns, died_ns, lived)) {
            return;
        }
        let (history, bytes) = if blocks.has_changed(block) {
            let history = blocks.history(block, [self.size_ns, self.snapshot.peak.at_ns]);
            (history, history.bytes_at[0])
        } else {
            let bytes = reader.birth(BirthColumn::FirstSize, block);
            (History { last_bytes: bytes, bytes_at: [bytes; 2], ..History::default() }, bytes)
        };
        if which.size_bytes.as_ref().is_some_and(|sizes| !sizes.contains(&bytes)) {
            return;
        }
        let seen = Seen { block, born_ns, death_row, died_ns, bytes };
        let Some(key) = self.key(reader, &seen) else { return };
        let named = self.collected.is_some().then(|| self.named(key));
        if let (Some(named), Some(collected)) = (named, &mut self.collected) {
            collected.push((named, block));
            return;
        }
        let (born_until, released_until) = self.snapshot.until_peak;
        let at_peak = block.row() < born_until && death_row.is_none_or(|row| row >= released_until);
        let mut sums = Sums {
            blocks: 1,
            bytes,
            reallocs: history.reallocs,
            moves: history.moves,
            copied_bytes: history.copied_bytes,
            peak_bytes: if at_peak { history.bytes_at[1] } else { 0 },
            usable_bytes: usable.map_or(0, |usable| usable.of(bytes).unwrap_or(bytes)),
            ..Sums::default()
        };
        match died_ns {
            Some(died_ns) => sums.lifetime_ns = u128::from(died_ns.saturating_sub(born_ns)),
            None => (sums.left_blocks, sums.left_bytes) = (1, history.last_bytes),
        }
        self.tallies.of(key).add_block(&sums, block);
        if let Some(mean_bytes) = self.mean_bytes {
            self.tallies.estimate(key, &sums, mean_bytes);
        }
    }

    /// What the block is summed under; none where it is not of the threads or scopes asked for.
    #[inline]
    fn key(&self, reader: &mut RowReader<'_>, seen: &Seen) -> Option<RawKey> {
        let which = &self.query.which;
        let group = self.query.group;
        let (born_on, released_on) = if self.needs_threads {
            let released_on = seen.death_row.map(|row| reader.death(DeathColumn::Thread, row) as u32);
            (ThreadNumber(reader.birth(BirthColumn::Thread, seen.block) as u32), released_on.map(ThreadNumber))
        } else {
            (ThreadNumber(0), None)
        };
        if which.born_on.is_some_and(|wanted| wanted != born_on)
            || which.released_on.is_some_and(|wanted| Some(wanted) != released_on)
        {
            return None;
        }
        let moment = |side| match side {
            Side::Birth => Some((born_on, seen.born_ns)),
            Side::Release => released_on.zip(seen.died_ns),
        };
        if let (Some((side, _)), Some(containing)) = (which.scope, &self.containing) {
            let (thread, time_ns) = moment(side)?;
            if !containing.has(thread, time_ns) {
                return None;
            }
        }
        let thread = |thread: ThreadNumber| u64::from(thread.0);
        let other = match group {
            GroupBy::Thread(side) => moment(side).map_or(NOTHING, |(number, _)| thread(number)),
            GroupBy::Threads => thread(born_on) << 32 | released_on.map_or(u64::from(u32::MAX), thread),
            GroupBy::SizeClass => u64::from(SizeClass::of(seen.bytes).0),
            GroupBy::LifetimeClass => {
                let class = |died_ns: u64| LifetimeClass::of(died_ns.saturating_sub(seen.born_ns)).0;
                seen.died_ns.map_or(NOTHING, |died_ns| u64::from(class(died_ns)))
            }
            GroupBy::Scope(side) => self.scope_key(moment(side)),
            _ => 0,
        };
        let birth = if self.needs_birth { reader.birth(BirthColumn::Stack, seen.block) as u32 } else { 0 };
        let death = match seen.death_row {
            _ if !self.needs_death => 0,
            Some(row) => reader.death(DeathColumn::Stack, row) as u32,
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
            (Lived::BetweenNs(least, below), Some(died_ns)) => {
                (least..below).contains(&died_ns.saturating_sub(born_ns))
            }
            (Lived::LessThanNs(_) | Lived::LessThanEvents(_) | Lived::BetweenNs(..), None) => false,
            (Lived::AtLeastNs(ns), died_ns) => {
                died_ns.unwrap_or(self.snapshot.duration_ns).saturating_sub(born_ns) >= ns
            }
        }
    }
}

/// A block that has been looked at.
struct Seen {
    block: BlockId,
    born_ns: u64,
    death_row: Option<usize>,
    died_ns: Option<u64>,
    bytes: u64,
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

/// The first release that is late enough for a block to be of that time. Releases are in order of time, so that blocks
/// are told apart by one comparison, without their times.
fn alive_from(blocks: &Blocks, when: &When, snapshot: &Snapshot) -> usize {
    match when {
        When::Ever | When::BornIn(_) | When::ReleasedIn(_) => 0,
        When::NeverReleased => snapshot.deaths,
        When::LiveAt(time_ns) => blocks.deaths().rows_until(*time_ns),
        When::BornInAndAlive(range) => blocks.deaths().rows_before(range.end),
        When::AliveIn(range) => blocks.deaths().rows_before(range.start),
    }
}

/// Which stacks a grouping needs.
fn needs(group: GroupBy) -> (bool, bool) {
    match group {
        GroupBy::Calls(side, _) | GroupBy::Site(side) | GroupBy::Stack(side) => {
            (side == Side::Birth, side == Side::Release)
        }
        GroupBy::Stacks => (true, true),
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
