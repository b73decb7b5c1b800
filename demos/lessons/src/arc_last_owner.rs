//! `Arc`: owners on several threads; the last one releases, on whichever thread it is.

use crate::beat;
use dropscope::{mark, scope};
use std::sync::Arc;
use std::thread;

/// Three owners: the main thread gives one to each of two workers and keeps none.
pub fn run() {
    let _scope = scope!("run");
    let shared = Arc::new(String::with_capacity(1310));
    mark!("strong 1");
    beat();
    let for_first = Arc::clone(&shared);
    mark!("strong 2");
    let first = thread::spawn(move || {
        let _scope = scope!("first worker");
        let length = for_first.len();
        beat();
        drop(for_first);
        mark!("strong 1: not the last one");
    });
    let ended = first.join();
    beat();
    let second = thread::spawn(move || {
        let _scope = scope!("second worker");
        let length = shared.len();
        beat();
        drop(shared);
        mark!("strong 0: the last one");
        beat();
    });
    let ended = second.join();
    beat();
}
