//! A mutex that a thread locks once and never unlocks: whoever finds it abandoned knows that the thread is gone.
//!
//! The kernel marks the mutex when the thread ends, after the last destructor of the last thread-local, however the
//! thread ends. No destructor of ours, no system call per look, and a reused thread id does not deceive.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// See the module. Lives in zeroed memory; [`LifeLock::prepare`] comes before anything else.
#[repr(transparent)]
pub(crate) struct LifeLock(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: a pthread mutex is made to be used from several threads.
unsafe impl Sync for LifeLock {}

impl LifeLock {
    /// Makes the mutex. Once per place in memory, before the place is known to other threads.
    pub(crate) fn prepare(&self) {
        let mut attributes = MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        // SAFETY: the attributes are initialised by the first call and used by the others; nobody else knows the
        // mutex yet. None of these calls allocates or can fail with these arguments.
        unsafe {
            libc::pthread_mutexattr_init(attributes.as_mut_ptr());
            libc::pthread_mutexattr_setrobust(attributes.as_mut_ptr(), libc::PTHREAD_MUTEX_ROBUST);
            libc::pthread_mutex_init(self.0.get(), attributes.as_ptr());
            libc::pthread_mutexattr_destroy(attributes.as_mut_ptr());
        }
    }

    /// The calling thread holds the mutex from now on until it ends. The mutex must be free.
    pub(crate) fn hold_for_life(&self) {
        // SAFETY: prepared; the memory stays mapped for good, so the thread's robust list never dangles.
        unsafe {
            if libc::pthread_mutex_lock(self.0.get()) == libc::EOWNERDEAD {
                libc::pthread_mutex_consistent(self.0.get());
            }
        }
    }

    /// Whether the thread that held it has ended. True once for each such thread: afterwards the mutex is free.
    pub(crate) fn is_abandoned(&self) -> bool {
        // SAFETY: prepared; what is locked here is unlocked here.
        unsafe {
            match libc::pthread_mutex_trylock(self.0.get()) {
                libc::EOWNERDEAD => {
                    libc::pthread_mutex_consistent(self.0.get());
                    libc::pthread_mutex_unlock(self.0.get());
                    true
                }
                0 => {
                    libc::pthread_mutex_unlock(self.0.get());
                    false
                }
                _ => false,
            }
        }
    }
}
