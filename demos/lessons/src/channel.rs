//! A channel moves owners between threads: the text stays where it is, only its handle goes through.

use crate::beat;
use dropscope::{mark, scope};
use std::sync::mpsc;
use std::thread;

/// Three letters are sent, two are read by the worker, and one is never read.
pub fn run() {
    let _scope = scope!("run");
    let (sender, receiver) = mpsc::channel();
    beat();
    for size in [1341, 1342, 1343] {
        let letter = String::with_capacity(size);
        mark!("move: letter -> channel");
        let sent = sender.send(letter);
        beat();
    }
    drop(sender);
    let worker = thread::spawn(move || {
        let _scope = scope!("worker");
        for letter in receiver.iter().take(2) {
            mark!("move: channel -> letter");
            beat();
        }
        mark!("the worker reads no more");
        beat();
        drop(receiver);
        mark!("nobody can read any more");
        beat();
    });
    let ended = worker.join();
    beat();
}
