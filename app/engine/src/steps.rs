//! Stepping from event to event, over all columns at once, without a table of events.

use crate::ids::{BlockId, MarkId, OperationId, ScopeId, ThreadNumber};
use crate::model::Model;
use std::ops::Range;

/// What an event is, and which row tells the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// A block is born.
    Alloc(BlockId),
    /// A block changes its size; the row is that of [`crate::Blocks::realloc`].
    Realloc(BlockId, usize),
    /// A block is released.
    Free(BlockId),
    /// A block whose birth is not in the recording is released; the row is that of [`Model::unmatched_frees`].
    UnmatchedFree(usize),
    /// A scope begins.
    ScopeEnter(ScopeId),
    /// A scope ends.
    ScopeExit(ScopeId),
    /// An operation begins.
    OperationBegin(OperationId),
    /// An operation ends.
    OperationEnd(OperationId),
    /// A mark.
    Mark(MarkId),
}

/// Where an event stands among all events. Events of one moment are ordered: what ends before what begins, but an end
/// never before its own beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct StepKey {
    time_ns: u64,
    rank: u8,
    row: u32,
}

impl StepKey {
    /// Before all events at `time_ns`.
    pub fn before(time_ns: u64) -> StepKey {
        StepKey { time_ns, rank: 0, row: 0 }
    }

    /// Behind all events at `time_ns`.
    pub fn after(time_ns: u64) -> StepKey {
        StepKey { time_ns, rank: u8::MAX, row: u32::MAX }
    }

    /// The moment, in ns.
    pub fn time_ns(self) -> u64 {
        self.time_ns
    }
}

/// One event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// When, in ns.
    pub time_ns: u64,
    /// Its place among all events: give it to [`Model::next_event`] to get the one behind it.
    pub key: StepKey,
    /// Who.
    pub thread: ThreadNumber,
    /// What.
    pub kind: StepKind,
}

/// The columns that together hold all events, each in order of time.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Column {
    Births,
    Changes,
    Deaths,
    Unmatched,
    ScopeStarts,
    ScopeEnds,
    OperationStarts,
    OperationEnds,
    Marks,
}

impl Column {
    const ALL: [Column; 9] = [
        Column::Births,
        Column::Changes,
        Column::Deaths,
        Column::Unmatched,
        Column::ScopeStarts,
        Column::ScopeEnds,
        Column::OperationStarts,
        Column::OperationEnds,
        Column::Marks,
    ];
}

/// There is no such row.
const NEVER: u64 = u64::MAX;
/// Added to the rank of what ends or changes something that began at the same moment: it comes behind the beginnings.
const LATE: u8 = 16;

/// Rows of one column.
impl Model {
    #[inline]
    fn row_ns(&self, column: Column, row: usize) -> Option<u64> {
        match column {
            Column::Births => self.blocks.births().get(row),
            Column::Changes => self.blocks.changes().get(row),
            Column::Deaths => self.blocks.deaths().get(row),
            Column::Unmatched => self.unmatched_frees.get(row).map(|free| free.time_ns),
            Column::ScopeStarts => self.scopes.get(row).map(|scope| scope.start_ns),
            Column::ScopeEnds => self.scope(*self.scope_exits.get(row)?)?.end_ns,
            Column::OperationStarts => self.operations.get(row).map(|operation| operation.start_ns),
            Column::OperationEnds => self.operation(*self.operation_ends.get(row)?)?.end_ns,
            Column::Marks => self.marks.get(row).map(|mark| mark.time_ns),
        }
    }

    fn rows_before(&self, column: Column, time_ns: u64) -> usize {
        let before = |&id: &ScopeId| self.scope(id).and_then(|scope| scope.end_ns).is_some_and(|end| end < time_ns);
        let ended = |&id: &OperationId| self.operation(id).and_then(|row| row.end_ns).is_some_and(|end| end < time_ns);
        match column {
            Column::Births => self.blocks.births().rows_before(time_ns),
            Column::Changes => self.blocks.changes().rows_before(time_ns),
            Column::Deaths => self.blocks.deaths().rows_before(time_ns),
            Column::Unmatched => self.unmatched_frees.partition_point(|free| free.time_ns < time_ns),
            Column::ScopeStarts => self.scopes.partition_point(|scope| scope.start_ns < time_ns),
            Column::ScopeEnds => self.scope_exits.partition_point(before),
            Column::OperationStarts => self.operations.partition_point(|operation| operation.start_ns < time_ns),
            Column::OperationEnds => self.operation_ends.partition_point(ended),
            Column::Marks => self.marks.partition_point(|mark| mark.time_ns < time_ns),
        }
    }

    fn step_of(&self, column: Column, row: usize) -> Option<Step> {
        let time_ns = self.row_ns(column, row)?;
        let late = |began_ns: u64| if began_ns == time_ns { LATE } else { 0 };
        let (rank, thread, kind) = match column {
            Column::Deaths => {
                let block = self.blocks.dead(row)?;
                (1 + late(self.blocks.born_ns(block)), self.blocks.freed_by(block)?, StepKind::Free(block))
            }
            Column::Unmatched => (2, self.unmatched_frees.get(row)?.thread, StepKind::UnmatchedFree(row)),
            Column::OperationEnds => {
                let id = *self.operation_ends.get(row)?;
                let operation = self.operation(id)?;
                (3 + late(operation.start_ns), operation.thread, StepKind::OperationEnd(id))
            }
            Column::ScopeEnds => {
                let id = *self.scope_exits.get(row)?;
                let scope = self.scope(id)?;
                (4 + late(scope.start_ns), scope.thread, StepKind::ScopeExit(id))
            }
            Column::Changes => {
                let change = self.blocks.realloc(row)?;
                // Before the releases that come late.
                let rank = if late(self.blocks.born_ns(change.block)) > 0 { LATE } else { 0 };
                (rank, change.thread, StepKind::Realloc(change.block, row))
            }
            Column::ScopeStarts => (6, self.scopes.get(row)?.thread, StepKind::ScopeEnter(ScopeId(row as u32))),
            Column::OperationStarts => {
                (7, self.operations.get(row)?.thread, StepKind::OperationBegin(OperationId(row as u32)))
            }
            Column::Births => {
                let block = BlockId::of_row(row);
                (8, self.blocks.thread(block), StepKind::Alloc(block))
            }
            Column::Marks => (9, self.marks.get(row)?.thread, StepKind::Mark(MarkId(row as u32))),
        };
        Some(Step { time_ns, key: StepKey { time_ns, rank: rank + 1, row: row as u32 }, thread, kind })
    }

    /// All events of the moment `time_ns`, in order.
    fn steps_at(&self, time_ns: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        for column in Column::ALL {
            let from = self.rows_before(column, time_ns);
            let rows = (from..).take_while(|&row| self.row_ns(column, row) == Some(time_ns));
            steps.extend(rows.filter_map(|row| self.step_of(column, row)));
        }
        steps.sort_unstable_by_key(|step| step.key);
        steps
    }
}

/// Stepping.
impl Model {
    /// The first event behind `key`.
    pub fn next_event(&self, key: StepKey) -> Option<Step> {
        if let Some(step) = self.steps_at(key.time_ns).into_iter().find(|step| step.key > key) {
            return Some(step);
        }
        let behind_ns = key.time_ns.checked_add(1)?;
        let first = |column| self.row_ns(column, self.rows_before(column, behind_ns));
        let next_ns = Column::ALL.into_iter().filter_map(first).min()?;
        self.steps_at(next_ns).into_iter().next()
    }

    /// The last event before `key`.
    pub fn previous_event(&self, key: StepKey) -> Option<Step> {
        if let Some(step) = self.steps_at(key.time_ns).into_iter().rfind(|step| step.key < key) {
            return Some(step);
        }
        let last = |column| self.row_ns(column, self.rows_before(column, key.time_ns).checked_sub(1)?);
        let before_ns = Column::ALL.into_iter().filter_map(last).max()?;
        self.steps_at(before_ns).pop()
    }

    /// All events of the range, in order. Goes through the columns side by side: cheap for many events, too.
    pub fn events(&self, range_ns: Range<u64>) -> Events<'_> {
        let rows = Column::ALL.map(|column| self.rows_before(column, range_ns.start));
        let heads = Column::ALL.map(|column| self.row_ns(column, rows[column as usize]).unwrap_or(NEVER));
        Events { model: self, rows, heads, end_ns: range_ns.end, ready: Vec::new() }
    }
}

/// All events of a range, in order. See [`Model::events`].
pub struct Events<'a> {
    model: &'a Model,
    rows: [usize; 9],
    heads: [u64; 9],
    end_ns: u64,
    /// Events of the present moment, the next one last.
    ready: Vec<Step>,
}

impl Iterator for Events<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.ready.is_empty() {
            self.gather();
        }
        self.ready.pop()
    }
}

impl Events<'_> {
    /// Gathers the events of the next moment.
    fn gather(&mut self) {
        let now_ns = self.heads.iter().copied().min().unwrap_or(NEVER);
        if now_ns >= self.end_ns {
            return;
        }
        for column in Column::ALL {
            let at = column as usize;
            while self.heads[at] == now_ns {
                self.ready.extend(self.model.step_of(column, self.rows[at]));
                self.rows[at] += 1;
                self.heads[at] = self.model.row_ns(column, self.rows[at]).unwrap_or(NEVER);
            }
        }
        if self.ready.len() > 1 {
            self.ready.sort_unstable_by_key(|step| std::cmp::Reverse(step.key));
        }
    }
}
