//! What every call of the allocator looks at: a word that says whether there is anything to do, and beside it which blocks
//! a sample may have chosen, and which clock ticks.

use crate::watch::table::Table;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Nothing to do: what the idle path compares with.
pub(crate) const IDLE: u32 = 0;

/// Beside the recording, or without one, a measurement counts (see `assert`).
pub(crate) const COUNTING: u32 = 1 << 29;
/// The recording takes a sample of the blocks (see `sampling`).
pub(crate) const SAMPLING: u32 = 1 << 30;
/// A sample is taken and no measurement counts: follows from the two others. The sign, which the processor has looked at
/// when it has looked whether the word is zero.
const ONLY_CHOSEN: u32 = 1 << 31;
const FLAGS: u32 = COUNTING | SAMPLING | ONLY_CHOSEN;

/// What the recorder is doing, in the lower three bits; above, the recording's number, from 1 on, and flags.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u32)]
pub(crate) enum Phase {
    /// Not recording.
    Idle = 0,
    /// The process has not allocated yet: nobody has looked whether it is to be recorded.
    Unknown = 1,
    /// The first allocation is looking.
    Starting = 2,
    /// Threads fill chunks, the writer empties them.
    Recording = 3,
    /// The process is leaving and the recording has been closed once: each thread brings its own events to the file.
    Direct = 4,
}

/// One static: the code that looks at them finds them by one address.
pub(crate) struct Looked {
    state: AtomicU32,
    /// Which clock ticks, see `clock`.
    pub(crate) clock: AtomicU8,
    /// The blocks that have been chosen and are alive.
    pub(crate) chosen: Table,
}

pub(crate) static LOOKED: Looked =
    Looked { state: AtomicU32::new(Phase::Unknown as u32), clock: AtomicU8::new(0), chosen: Table::new() };

/// One look at the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u32);

impl State {
    #[inline]
    pub(crate) fn phase(self) -> Phase {
        match self.0 & 7 {
            1 => Phase::Unknown,
            2 => Phase::Starting,
            3 => Phase::Recording,
            4 => Phase::Direct,
            _ => Phase::Idle,
        }
    }

    /// The same where no flag is set.
    pub(crate) fn without_flags(self) -> State {
        State(self.0 & !FLAGS)
    }

    /// Number of the recording.
    #[inline]
    pub(crate) fn recording(self) -> u32 {
        (self.0 & !FLAGS) >> 3
    }

    /// Whether events are to be recorded.
    #[inline]
    pub(crate) fn is_recording(self) -> bool {
        self.phase() >= Phase::Recording
    }
}

/// One state to compare with, or none. All zeros, which is what a forked child finds, are the idle state.
#[derive(Clone, Copy)]
pub(crate) struct OnlyIn(u32);

impl OnlyIn {
    /// No state: none has all bits set.
    pub(crate) const NEVER: OnlyIn = OnlyIn(u32::MAX);

    /// This one.
    pub(crate) fn state(state: State) -> OnlyIn {
        OnlyIn(state.0)
    }

    /// Whether it is `now`.
    #[inline(always)]
    pub(crate) fn is(self, now: State) -> bool {
        self.0 == now.0
    }
}

/// The idle path's look. Relaxed: whoever then goes on looks again with [`now`].
#[inline(always)]
pub(crate) fn is_idle() -> bool {
    LOOKED.state.load(Ordering::Relaxed) == IDLE
}

/// The same for an event of a block: whether it has to be told, with one look. Where only chosen blocks matter (a sample is
/// taken, and no measurement counts beside it) `may_be_chosen` is asked.
#[inline(always)]
pub(crate) fn concerns(may_be_chosen: impl FnOnce() -> bool) -> bool {
    let now = LOOKED.state.load(Ordering::Relaxed);
    now != IDLE && (now & ONLY_CHOSEN == 0 || may_be_chosen())
}

/// The state, and everything that was stored before it was set.
#[inline]
pub(crate) fn now() -> State {
    State(LOOKED.state.load(Ordering::Acquire))
}

/// Whether `flag` is set. Relaxed: who sets it sees to it that the threads it matters to know.
#[inline(always)]
pub(crate) fn has(flag: u32) -> bool {
    LOOKED.state.load(Ordering::Relaxed) & flag != 0
}

/// Sets or clears `flag`.
pub(crate) fn put(flag: u32, is_set: bool) {
    let next = |now: u32| Some(with_what_follows(if is_set { now | flag } else { now & !flag }));
    // Never refused, so this always ends well.
    let _ = LOOKED.state.fetch_update(Ordering::SeqCst, Ordering::Relaxed, next);
}

fn with_what_follows(word: u32) -> u32 {
    let only_chosen = if word & (SAMPLING | COUNTING) == SAMPLING { ONLY_CHOSEN } else { 0 };
    word & !ONLY_CHOSEN | only_chosen
}

/// Sets the state of recording number `recording`.
pub(crate) fn set(phase: Phase, recording: u32) {
    let next = |now| Some(with_what_follows(word(phase, recording) | kept(now, phase)));
    // Never refused, so this always ends well.
    let _ = LOOKED.state.fetch_update(Ordering::SeqCst, Ordering::Relaxed, next);
}

/// Goes from one phase of recording number `recording` to another; false where it was not in the first.
pub(crate) fn change(from: Phase, to: Phase, recording: u32) -> bool {
    let next = |now: u32| {
        (now & !FLAGS == word(from, recording)).then(|| with_what_follows(word(to, recording) | kept(now, to)))
    };
    LOOKED.state.fetch_update(Ordering::SeqCst, Ordering::Relaxed, next).is_ok()
}

fn word(phase: Phase, recording: u32) -> u32 {
    if phase == Phase::Idle { IDLE } else { recording << 3 | phase as u32 }
}

/// The flags of `now` that stay in `phase`: sampling is a recording's.
fn kept(now: u32, phase: Phase) -> u32 {
    now & if phase == Phase::Idle { COUNTING } else { COUNTING | SAMPLING }
}
