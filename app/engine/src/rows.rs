//! What a model holds besides blocks: threads, scopes, operations, marks, and sums.

use crate::ids::{StackId, TextId, ThreadNumber};
use dropscope_format::{End, EndKind};
use std::sync::Arc;

/// A thread of the recorded process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadRow {
    /// Its name; `thread N` where the program gave none.
    pub name: Arc<str>,
    /// The system's id; may be reused by a later thread. 0 where it is not known yet.
    pub os_id: u32,
    /// When it made its first event, in ns.
    pub first_ns: u64,
    /// When it made its last event, in ns.
    pub last_ns: u64,
    /// Whether it has ended.
    pub has_ended: bool,
    /// Blocks born on it.
    pub allocs: u64,
    /// Blocks released on it.
    pub frees: u64,
    /// Bytes born on it, reallocs counted as their growth.
    pub bytes_allocated: u64,
    /// Bytes released on it.
    pub bytes_freed: u64,
    /// The deepest its scopes have been nested.
    pub scope_levels: u32,
}

/// A named region of one thread's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScopeRow {
    /// Whose.
    pub thread: ThreadNumber,
    /// What the program calls it.
    pub name: TextId,
    /// When it began, in ns.
    pub start_ns: u64,
    /// When it ended, in ns; none while it is open.
    pub end_ns: Option<u64>,
    /// How many scopes of the same thread were open around it.
    pub depth: u32,
    /// Where it began.
    pub enter_stack: StackId,
    /// Where it ended; empty while it is open.
    pub exit_stack: StackId,
}

/// One unit of the program's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OperationRow {
    /// Whose.
    pub thread: ThreadNumber,
    /// What the program calls it.
    pub name: TextId,
    /// When it began, in ns.
    pub start_ns: u64,
    /// When it ended, in ns; none while it runs.
    pub end_ns: Option<u64>,
    /// CPU time that its thread spent in it, in ns; 0 while it runs.
    pub cpu_ns: u64,
    /// Blocks that its thread bore in it.
    pub allocs: u64,
    /// Bytes that its thread allocated in it, reallocs counted as their growth.
    pub bytes_allocated: u64,
    /// Blocks that its thread released in it.
    pub frees: u64,
    /// Bytes that its thread released in it.
    pub bytes_freed: u64,
    /// Where it began.
    pub begin_stack: StackId,
    /// Where it ended; empty while it runs.
    pub end_stack: StackId,
    /// Whether it may move between threads. What those did meanwhile is not its alone: its births and releases are 0.
    pub is_moving: bool,
}

impl OperationRow {
    /// Wall time from begin to end, in ns; none while it runs.
    pub fn wall_ns(&self) -> Option<u64> {
        self.end_ns.map(|end_ns| end_ns.saturating_sub(self.start_ns))
    }
}

/// A point in time that the program marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MarkRow {
    /// When, in ns.
    pub time_ns: u64,
    /// Who.
    pub thread: ThreadNumber,
    /// What it says.
    pub text: TextId,
    /// Where.
    pub stack: StackId,
}

/// How a pause stops the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PauseKind {
    /// The program's work stood still for the whole of it.
    StopTheWorld,
    /// The collector worked in steps or beside the program.
    Concurrent,
}

impl PauseKind {
    /// The word of the contract: `stop-the-world` or `concurrent`.
    pub fn as_str(self) -> &'static str {
        match self {
            PauseKind::StopTheWorld => "stop-the-world",
            PauseKind::Concurrent => "concurrent",
        }
    }

    /// What a scope of this name is, if it is a pause: `gc:` or `gc-step:` in front.
    pub fn of_scope_name(name: &str) -> Option<PauseKind> {
        if name.starts_with("gc:") {
            Some(PauseKind::StopTheWorld)
        } else if name.starts_with("gc-step:") {
            Some(PauseKind::Concurrent)
        } else {
            None
        }
    }
}

/// A stretch in which the program's work stood still for memory management: a scope named `gc:` or `gc-step:`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pause {
    /// Whose time it took.
    pub thread: ThreadNumber,
    /// When it began, in ns.
    pub start_ns: u64,
    /// When it ended, in ns; the recording's present end while it is open.
    pub end_ns: u64,
    /// Whether all stood still.
    pub kind: PauseKind,
    /// The scope's whole name.
    pub name: TextId,
}

/// Sums over the whole process. Bytes are requested sizes; a realloc counts as its new size replacing the old.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Blocks born.
    pub allocs: u64,
    /// Blocks that changed their size, each time counted.
    pub reallocs: u64,
    /// Blocks released.
    pub frees: u64,
    /// Bytes of all blocks, each with its last size.
    pub bytes_allocated: u64,
    /// Most bytes alive at once.
    pub peak_live_bytes: u64,
    /// When that was first so, in ns.
    pub peak_at_ns: u64,
    /// Blocks alive now.
    pub live_blocks: u64,
    /// Bytes alive now.
    pub live_bytes: u64,
}

/// What did not fit together. All 0 in a recording from the first allocation on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Oddities {
    /// Releases of blocks whose birth is not in the recording: older than it, or from another allocator.
    pub unmatched_frees: u64,
    /// Reallocs of such blocks. They are blocks from then on.
    pub unmatched_reallocs: u64,
    /// Blocks whose place was given out again though no release of them was recorded; taken as released then.
    pub lost_frees: u64,
    /// Scope and operation ends without a beginning.
    pub unmatched_exits: u64,
    /// Events that came after a later time had been taken as complete; in a finished recording 0, since it is then
    /// read once more with all events sorted.
    pub late_events: u64,
    /// Bytes of the file passed over as damaged.
    pub damaged_bytes: u64,
    /// In how many places.
    pub damaged_places: u64,
    /// Events beyond the 2^32 - 1 blocks that a model can hold.
    pub beyond_limit: u64,
}

/// A release of a block whose birth is not in the recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnmatchedFree {
    /// When, in ns.
    pub time_ns: u64,
    /// Who.
    pub thread: ThreadNumber,
    /// What place.
    pub address: u64,
    /// The size that the program told, in bytes; 0 where it tells none.
    pub size_bytes: u64,
    /// Where.
    pub stack: StackId,
}

/// Where the reading stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadState {
    /// There is more to read right now.
    Reading,
    /// All there is has been read; the program still runs.
    Following,
    /// All has been read, and the recording has an end.
    Ended(End),
    /// All has been read; the program was killed or the file was cut.
    Cut,
}

impl ReadState {
    /// Whether nothing more will come.
    pub fn is_final(self) -> bool {
        matches!(self, ReadState::Ended(_) | ReadState::Cut)
    }

    /// Whether the recording has an end that the program or its user made, so that all up to there is here: not killed, not
    /// cut.
    pub fn is_complete(self) -> bool {
        matches!(self, ReadState::Ended(End { kind, .. }) if !matches!(kind, EndKind::Killed(_)))
    }

    /// Whether the recording was stopped while the program went on.
    pub fn is_stopped(self) -> bool {
        matches!(self, ReadState::Ended(End { kind: EndKind::Stopped, .. }))
    }

    /// Whether what has not been released was never released: nothing more came, of the program either.
    pub fn tells_leaks(self) -> bool {
        self.is_final() && !self.is_stopped()
    }
}
