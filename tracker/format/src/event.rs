//! What happened: one memory event, and a batch of them from one thread.

use crate::ids::{ChunkSequence, StackId, StringId, ThreadId};

/// The kinds of event a recording holds. The numbers are those of the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum EventKind {
    /// `alloc`: `address`, `size_bytes`, `align_log2`.
    Alloc = 1,
    /// `alloc_zeroed`: as [`EventKind::Alloc`].
    AllocZeroed = 2,
    /// `realloc` that succeeded: as alloc for the new place, the rest in [`Realloc`].
    Realloc = 3,
    /// `dealloc`: `address`, `size_bytes` (0 where the program's allocator is not told the size).
    Free = 4,
    /// A scope begins: `text`.
    ScopeEnter = 5,
    /// A scope ends: `text`.
    ScopeExit = 6,
    /// An operation begins: `text`, `cpu_ns`.
    OperationBegin = 7,
    /// An operation ends: `text`, `cpu_ns`.
    OperationEnd = 8,
    /// A point in time: `text`.
    Mark = 9,
}

impl EventKind {
    /// The kind with this number in the file, if there is one.
    #[inline]
    pub const fn from_u8(number: u8) -> Option<EventKind> {
        Some(match number {
            1 => EventKind::Alloc,
            2 => EventKind::AllocZeroed,
            3 => EventKind::Realloc,
            4 => EventKind::Free,
            5 => EventKind::ScopeEnter,
            6 => EventKind::ScopeExit,
            7 => EventKind::OperationBegin,
            8 => EventKind::OperationEnd,
            9 => EventKind::Mark,
            _ => return None,
        })
    }

    /// Whether the event carries a text and the thread's CPU time instead of an address and a size.
    #[inline]
    pub fn is_text(self) -> bool {
        self as u8 >= EventKind::ScopeEnter as u8
    }
}

/// How far a stack can be believed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum StackQuality {
    /// Walked to the thread's first frame.
    #[default]
    Complete = 0,
    /// Deeper than the tracker keeps: the outermost frames are missing.
    Truncated = 1,
    /// The walk stopped at a frame without usable unwind information.
    Suspect = 2,
}

/// One event. Flat, so that a batch is one array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// When, in ns from the recording's start. For a free: before the release; for an alloc and a realloc: after it.
    pub time_ns: u64,
    /// The block's address; for text events the thread's CPU time in ns (see [`Event::cpu_ns`]).
    pub address: u64,
    /// The requested size in bytes; 0 for text events.
    pub size_bytes: u64,
    /// Who did it.
    pub stack: StackId,
    /// For text events the text, for a realloc the index into [`EventBatch::reallocs`].
    pub extra: u32,
    /// What.
    pub kind: EventKind,
    /// Binary logarithm of the requested alignment.
    pub align_log2: u8,
    /// How far `stack` can be believed.
    pub quality: StackQuality,
}

/// The CPU word of an operation that may end on another thread than it began on: marked in its highest bit, then its
/// number, then the CPU time so far. The difference of the two ends is the CPU time; the same number makes them a pair.
/// Of the number 27 bits are kept, of the time 36 (68 s; longer ones are cut).
pub fn moving_operation(number: u64, cpu_ns: u64) -> u64 {
    1 << 63 | (number & 0x7ff_ffff) << 36 | cpu_ns.min(0xf_ffff_ffff)
}

/// The number in such a CPU word; none in a plain one.
pub fn moving_number(cpu_word: u64) -> Option<u64> {
    (cpu_word >> 63 == 1).then_some(cpu_word >> 36 & 0x7ff_ffff)
}

impl Event {
    /// The text of a scope, operation or mark.
    #[inline]
    pub fn text(&self) -> Option<StringId> {
        self.kind.is_text().then_some(StringId(self.extra))
    }

    /// The thread's CPU time at an operation's begin or end, in ns.
    #[inline]
    pub fn cpu_ns(&self) -> Option<u64> {
        matches!(self.kind, EventKind::OperationBegin | EventKind::OperationEnd).then_some(self.address)
    }
}

/// The other half of a realloc.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Realloc {
    /// Where the block was.
    pub old_address: u64,
    /// Its size before, in bytes; 0 where the allocator is not told.
    pub old_size_bytes: u64,
    /// When the call began, in ns: from here on the old place may be somebody else's.
    pub started_ns: u64,
}

/// Events of one thread in the order in which it made them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventBatch {
    /// Whose.
    pub thread: ThreadId,
    /// The chunk they travelled in.
    pub chunk: ChunkSequence,
    /// The words of that chunk they stood in: from here …
    pub from_word: u32,
    /// … to here, exclusive.
    pub to_word: u32,
    /// Whether the writer is done with that chunk: nothing more comes from it.
    pub chunk_done: bool,
    /// The events, times never falling.
    pub events: Vec<Event>,
    /// What the realloc events point to.
    pub reallocs: Vec<Realloc>,
}

impl EventBatch {
    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.reallocs.clear();
        self.from_word = 0;
        self.to_word = 0;
        self.chunk_done = false;
    }

    /// The realloc half of `event`, if it is one.
    #[inline]
    pub fn realloc(&self, event: &Event) -> Option<&Realloc> {
        match event.kind {
            EventKind::Realloc => self.reallocs.get(event.extra as usize),
            _ => None,
        }
    }
}
