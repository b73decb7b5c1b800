//! Threads of the recorder's own, which std does not know: std allocates in a new thread before its first line.
#![allow(unsafe_code, reason = "pthread_create and the pointer that it passes on")]

use super::signals::{self, SignalsBlocked};
use crate::guard::Guard;
use std::ffi::c_void;
use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

const STACK_BYTES: usize = 1 << 20;

/// What a thread does. Nothing of what it allocates is the program's.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// Starts a thread that nobody waits for and that takes no signal.
pub(crate) fn spawn(work: Work) -> io::Result<()> {
    // The new thread begins with the mask of the one that makes it: no signal of the program is ever delivered to it.
    let _whole = SignalsBlocked::new();
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut thread: libc::pthread_t = 0;
    let argument = Box::into_raw(Box::new(work));
    // SAFETY: the attributes are initialised before they are used and destroyed after; `run` gets a box of its own.
    let error = unsafe {
        libc::pthread_attr_init(attributes.as_mut_ptr());
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK_BYTES);
        let error = libc::pthread_create(&raw mut thread, attributes.as_ptr(), run, argument.cast());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        error
    };
    if error == 0 {
        return Ok(());
    }
    // SAFETY: made above, and no thread has taken it.
    drop(unsafe { Box::from_raw(argument) });
    Err(io::Error::from_raw_os_error(error))
}

extern "C" fn run(work: *mut c_void) -> *mut c_void {
    // First of all: nothing that this thread allocates is the program's.
    let _own = Guard::own_work();
    signals::leave_to_the_program();
    super::name_thread(c"dropscope");
    // SAFETY: what `spawn` passed, and nobody else has it.
    let work = unsafe { Box::from_raw(work.cast::<Work>()) };
    // A mistake of ours must not end the program.
    let _ = catch_unwind(AssertUnwindSafe(work));
    null_mut()
}
