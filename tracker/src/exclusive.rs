//! A value that one thread at a time works with, and that is never waited for without a limit.
#![allow(unsafe_code, reason = "a lock")]

use crate::sys;
use crate::sys::signals::SignalsBlocked;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// The value. A plain flag rather than a mutex: it is held for a write to a slow disk at most by the writer, and the
/// threads of an exiting process must be able to give up.
pub(crate) struct Exclusive<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `Taken` is handed out once at a time, so this is a lock like any other.
unsafe impl<T: Send> Sync for Exclusive<T> {}

/// The value, taken. Signals wait meanwhile: a handler that ends the process must not find it taken by its own thread.
pub(crate) struct Taken<'a, T> {
    from: &'a Exclusive<T>,
    _whole: SignalsBlocked,
}

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Exclusive<T> {
        Exclusive { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Takes the value if nobody has it.
    pub(crate) fn try_take(&self) -> Option<Taken<'_, T>> {
        let whole = SignalsBlocked::new();
        match self.taken.compare_exchange(false, true, Acquire, Relaxed) {
            Ok(_) => Some(Taken { from: self, _whole: whole }),
            Err(_) => None,
        }
    }

    /// Takes the value, waiting for it for about this long.
    pub(crate) fn take_within(&self, milliseconds: u32) -> Option<Taken<'_, T>> {
        for _ in 0..milliseconds.saturating_mul(10) {
            if let Some(taken) = self.try_take() {
                return Some(taken);
            }
            sys::nap_us(100);
        }
        self.try_take()
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: taken, so nobody else has it.
        unsafe { &*self.from.value.get() }
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: taken, so nobody else has it.
        unsafe { &mut *self.from.value.get() }
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.from.taken.store(false, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_stays_taken_however_often_others_ask() {
        let value = Exclusive::new(1);
        let mut taken = value.try_take().unwrap();
        assert!(value.try_take().is_none());
        assert!(value.take_within(1).is_none());
        assert!(value.try_take().is_none(), "asking in vain must not give it back");
        *taken = 2;
        drop(taken);
        assert_eq!(*value.try_take().unwrap(), 2);
    }
}
