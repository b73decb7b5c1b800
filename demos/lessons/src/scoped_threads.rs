//! `thread::scope`: threads that borrow from us, because they are certain to end before we do.

use crate::beat;
use dropscope::{mark, scope};
use std::thread;

/// Two workers read a text that neither owns; each has a block of its own.
pub fn run() {
    let _scope = scope!("run");
    let mut text = String::with_capacity(1350);
    text.push_str("borrowed by two threads at once");
    beat();
    mark!("borrow begins: workers -> text");
    thread::scope(|workers| {
        workers.spawn(|| {
            let _scope = scope!("first worker");
            let notes = String::with_capacity(1351);
            let letters = text.len();
            beat();
        });
        workers.spawn(|| {
            let _scope = scope!("second worker");
            let notes = String::with_capacity(1352);
            let words = text.split(' ').count();
            beat();
        });
    });
    mark!("borrow ends: workers");
    text.push_str(", and now ours again");
    beat();
}
