//! If a thread could borrow from a function that ends: it works on when the memory is somebody else's.

use crate::beat;
use dropscope::{mark, scope};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Set when the function that started the worker has returned.
static RETURNED: AtomicBool = AtomicBool::new(false);

/// Starts a worker that reads a variable of this function, and returns.
fn start() -> JoinHandle<u8> {
    let text = [b'a'; 912].to_vec();
    let place = text.as_ptr().expose_provenance();
    let worker = thread::spawn(move || {
        while !RETURNED.load(Ordering::Acquire) {
            beat();
        }
        // SAFETY: none, that is the mistake: the block at this address has been released.
        unsafe { *std::ptr::with_exposed_provenance::<u8>(place + 100) }
    });
    mark!("points into: worker -> text");
    mark!("start returns, the worker goes on");
    worker
}

/// The next block is the worker's, as far as the worker knows.
pub fn run() {
    let _scope = scope!("run");
    RETURNED.store(false, Ordering::Release);
    let worker = start();
    let other = [b'z'; 913].to_vec();
    RETURNED.store(true, Ordering::Release);
    let letter = worker.join().unwrap_or(0);
    mark!(if letter == b'z' { "the worker has read another text" } else { "the worker has read its own text" });
    beat();
}
