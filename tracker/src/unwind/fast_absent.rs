//! Stands in for the fast walk on targets that have none.

use super::{Addresses, Captured};

pub(super) const PLAIN_FRAMES: usize = 16;

/// Nothing to remember.
#[repr(C)]
pub(super) struct Memory;

/// Where a walk would start.
#[derive(Clone, Copy)]
pub(super) struct State;

impl State {
    pub(super) fn here() -> Self {
        Self
    }

    pub(super) fn registers(self) -> [u64; 3] {
        [0; 3]
    }

    pub(super) fn of_registers(_: [u64; 3]) -> Self {
        Self
    }

    #[allow(unsafe_code, reason = "as where there is one")]
    pub(super) unsafe fn of_caller(_: u64, _: u64) -> Self {
        Self
    }
}

impl Memory {
    pub(super) fn forget(&mut self) {}

    pub(super) fn caller(&mut self, _: State) -> Option<State> {
        None
    }

    pub(super) fn capture_plain(&mut self, _: &mut Addresses, _: State, _: impl FnMut(usize, u64)) -> Option<Captured> {
        None
    }

    pub(super) fn capture(&mut self, _: &mut Addresses, _: usize, _: State) -> Option<Captured> {
        None
    }
}

pub(super) fn initialise() -> bool {
    false
}

pub(super) fn forget_modules() {}

#[cfg(feature = "judge")]
pub(super) fn is_signal_return(_: u64) -> bool {
    false
}
