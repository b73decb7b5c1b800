//! Who is inside the recorder: one flag per thread, so that the recorder never records itself.
#![allow(unsafe_code, reason = "a thread's own state, found through its thread-local pointer")]

use crate::sys::Errno;
use crate::thread::ThreadState;
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering, compiler_fence};

/// The program runs.
const OUTSIDE: u8 = 0;
/// The hook runs. It calls nothing that allocates, so an allocation now is a signal handler's.
const CAPTURING: u8 = 1;
/// The recorder does work of its own, in which it allocates.
const OWN_WORK: u8 = 2;

/// A thread's own words. `const` and without a destructor, so that they are there from the thread's first instruction
/// to its last, and reading them never allocates. Atomic for signal handlers, not for other threads.
struct Local {
    inside: AtomicU8,
    /// The thread's state; null before it was given one.
    thread: AtomicPtr<ThreadState>,
    /// The same for the quick way into the hook, which marks the state itself and nothing here; null while `inside` says
    /// anything.
    quick: AtomicPtr<ThreadState>,
    /// Scan of the roster after which asking for a slot again makes sense, see `registry`.
    retry_at_scan: AtomicU32,
    _not_shared: Cell<()>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            inside: AtomicU8::new(OUTSIDE),
            thread: AtomicPtr::new(null_mut()),
            quick: AtomicPtr::new(null_mut()),
            retry_at_scan: AtomicU32::new(0),
            _not_shared: Cell::new(()),
        }
    };
}

/// Why the hook cannot be entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// The recorder itself allocates: no event of the program.
    OwnWork,
    /// A signal handler allocates while its thread is in the hook: an event that is lost.
    Nested,
}

impl Local {
    /// A signal handler must find this before it finds anything half done.
    #[inline(always)]
    fn enter(&self, inside: u8) {
        self.quick.store(null_mut(), Ordering::Relaxed);
        self.inside.store(inside, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
    }

    #[inline(always)]
    fn leave_to(&self, before: u8) {
        compiler_fence(Ordering::SeqCst);
        self.inside.store(before, Ordering::Relaxed);
        if before == OUTSIDE {
            self.quick.store(self.thread.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whether the thread has gone into the hook the quick way and is there.
    #[inline(always)]
    fn is_inside_quickly(&self) -> bool {
        let thread = self.thread.load(Ordering::Relaxed);
        // SAFETY: null or this thread's state, which is never unmapped.
        self.inside.load(Ordering::Relaxed) == OUTSIDE && unsafe { thread.as_ref() }.is_some_and(ThreadState::is_inside)
    }
}

/// While it lives, the thread is inside the recorder. Puts back what was before, and `errno`.
pub(crate) struct Guard {
    before: u8,
    _errno: Errno,
}

impl Guard {
    /// Enters the hook.
    #[inline(always)]
    pub(crate) fn capture() -> Result<Guard, Busy> {
        LOCAL.with(|local| match local.inside.load(Ordering::Relaxed) {
            OUTSIDE if local.is_inside_quickly() => Err(Busy::Nested),
            OUTSIDE => {
                local.enter(CAPTURING);
                Ok(Guard { before: OUTSIDE, _errno: Errno::keep() })
            }
            CAPTURING => Err(Busy::Nested),
            _ => Err(Busy::OwnWork),
        })
    }

    /// Begins work of the recorder's own, from wherever.
    pub(crate) fn own_work() -> Guard {
        LOCAL.with(|local| {
            let before = local.inside.load(Ordering::Relaxed);
            local.enter(OWN_WORK);
            Guard { before, _errno: Errno::keep() }
        })
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        LOCAL.with(|local| local.leave_to(self.before));
    }
}

/// The state of this thread, if it may go into the hook the quick way unless the state says that it is there.
#[inline(always)]
pub(crate) fn quick_thread() -> *mut ThreadState {
    LOCAL.with(|local| local.quick.load(Ordering::Relaxed))
}

/// Whether this thread is inside the recorder.
pub(crate) fn is_inside() -> bool {
    LOCAL.with(|local| local.inside.load(Ordering::Relaxed) != OUTSIDE || local.is_inside_quickly())
}

/// The state of this thread; null before it was given one.
#[inline]
pub(crate) fn thread() -> *mut ThreadState {
    LOCAL.with(|local| local.thread.load(Ordering::Relaxed))
}

/// Remembers the state of this thread, until the thread ends. Inside the hook.
pub(crate) fn set_thread(thread: *mut ThreadState) {
    LOCAL.with(|local| local.thread.store(thread, Ordering::Relaxed));
}

/// Until which scan of the roster this thread does not ask for a slot again.
pub(crate) fn retry_at_scan() -> u32 {
    LOCAL.with(|local| local.retry_at_scan.load(Ordering::Relaxed))
}

/// Sets it.
pub(crate) fn set_retry_at_scan(scan: u32) {
    LOCAL.with(|local| local.retry_at_scan.store(scan, Ordering::Relaxed));
}
