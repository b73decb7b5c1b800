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

impl Model {
    /// The first event behind `key`.
    pub fn next_event(&self, _key: StepKey) -> Option<Step> {
        None
    }

    /// The last event before `key`.
    pub fn previous_event(&self, _key: StepKey) -> Option<Step> {
        None
    }

    /// All events of the range, in order. Goes through the columns side by side: cheap for many events, too.
    pub fn events(&self, _range_ns: Range<u64>) -> impl Iterator<Item = Step> + '_ {
        std::iter::empty()
    }
}
