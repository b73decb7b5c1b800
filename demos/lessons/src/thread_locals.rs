//! A thread-local value: each thread has its own, made at its first use and dropped when the thread ends.

use crate::beat;
use dropscope::{mark, scope};
use std::cell::RefCell;
use std::thread;

thread_local! {
    /// One notebook for each thread that writes into it.
    static NOTES: RefCell<String> = RefCell::new(String::with_capacity(1241));
}

/// A thread writes twice into its own notebook and ends.
pub fn run() {
    let _scope = scope!("run");
    let worker = thread::spawn(|| {
        let _scope = scope!("worker");
        beat();
        write_down("first");
        beat();
        write_down("second");
        mark!("the worker's last line");
        beat();
    });
    let ended = worker.join();
    mark!("the worker has ended");
    beat();
}

/// Writes into the notebook of whichever thread calls.
fn write_down(word: &str) {
    NOTES.with_borrow_mut(|notes| notes.push_str(word));
}
