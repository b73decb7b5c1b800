//! Who is inside the recorder: one flag per thread, so that the recorder never records itself.

use crate::sys::Errno;
use crate::thread::ThreadState;
use std::cell::Cell;
use std::ptr::null;
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
    thread: AtomicPtr<ThreadState>,
    /// Scan of the roster after which asking for a slot again makes sense, see `registry`.
    retry_at_scan: AtomicU32,
    _not_shared: Cell<()>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            inside: AtomicU8::new(OUTSIDE),
            thread: AtomicPtr::new(null::<ThreadState>().cast_mut()),
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
            OUTSIDE => {
                local.inside.store(CAPTURING, Ordering::Relaxed);
                // A signal handler must find the flag before it finds anything half done.
                compiler_fence(Ordering::SeqCst);
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
            local.inside.store(OWN_WORK, Ordering::Relaxed);
            compiler_fence(Ordering::SeqCst);
            Guard { before, _errno: Errno::keep() }
        })
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        compiler_fence(Ordering::SeqCst);
        LOCAL.with(|local| local.inside.store(self.before, Ordering::Relaxed));
    }
}

/// Enters the hook as [`Guard::capture`] does, without keeping `errno`, where this thread has a state: gives that.
#[inline(always)]
pub(crate) fn begin_capture() -> Option<*mut ThreadState> {
    LOCAL.with(|local| {
        let thread = local.thread.load(Ordering::Relaxed);
        if local.inside.load(Ordering::Relaxed) != OUTSIDE || thread.is_null() {
            return None;
        }
        local.inside.store(CAPTURING, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        Some(thread)
    })
}

/// Leaves the hook after [`begin_capture`].
#[inline(always)]
pub(crate) fn end_capture() {
    compiler_fence(Ordering::SeqCst);
    LOCAL.with(|local| local.inside.store(OUTSIDE, Ordering::Relaxed));
}

/// Whether this thread is inside the recorder.
pub(crate) fn is_inside() -> bool {
    LOCAL.with(|local| local.inside.load(Ordering::Relaxed) != OUTSIDE)
}

/// The state of this thread; null before it was given one.
#[inline]
pub(crate) fn thread() -> *mut ThreadState {
    LOCAL.with(|local| local.thread.load(Ordering::Relaxed))
}

/// Remembers the state of this thread, until the thread ends.
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
