//! The one word that every allocation looks at: whether there is anything to do.

use std::sync::atomic::{AtomicU32, Ordering};

/// Nothing to do: what the idle path compares with.
pub(crate) const IDLE: u32 = 0;

/// What the recorder is doing, in the lower three bits; the rest is the recording's number, from 1 on.
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

static STATE: AtomicU32 = AtomicU32::new(Phase::Unknown as u32);

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

    /// Number of the recording.
    #[inline]
    pub(crate) fn recording(self) -> u32 {
        self.0 >> 3
    }

    /// Whether events are to be recorded.
    #[inline]
    pub(crate) fn is_recording(self) -> bool {
        self.phase() >= Phase::Recording
    }
}

/// The idle path's look. Relaxed: whoever then goes on looks again with [`now`].
#[inline(always)]
pub(crate) fn is_idle() -> bool {
    STATE.load(Ordering::Relaxed) == IDLE
}

/// The state, and everything that was stored before it was set.
#[inline]
pub(crate) fn now() -> State {
    State(STATE.load(Ordering::Acquire))
}

/// Sets the state of recording number `recording`.
pub(crate) fn set(phase: Phase, recording: u32) {
    STATE.store(if phase == Phase::Idle { IDLE } else { recording << 3 | phase as u32 }, Ordering::SeqCst);
}

/// Goes from one phase of recording number `recording` to another; false where it was not in the first.
pub(crate) fn change(from: Phase, to: Phase, recording: u32) -> bool {
    let word = |phase: Phase| if phase == Phase::Idle { IDLE } else { recording << 3 | phase as u32 };
    STATE.compare_exchange(word(from), word(to), Ordering::SeqCst, Ordering::Relaxed).is_ok()
}
