//! A block made by one thread may be released by another: ownership moves, and the thread does not matter.

use crate::beat;
use dropscope::{mark, scope};
use std::thread;

/// A text goes to a worker and ends there; another one is made by the worker and ends here.
pub fn run() {
    let _scope = scope!("run");
    let question = String::with_capacity(1331);
    beat();
    mark!("move: question -> worker");
    let worker = thread::spawn(move || {
        let _scope = scope!("worker");
        beat();
        let answer = reply(question);
        mark!("move: answer -> whoever joins");
        answer
    });
    let answer = worker.join();
    beat();
    drop(answer);
    beat();
}

/// Ends the question and makes the answer.
fn reply(question: String) -> String {
    let answer = String::with_capacity(1332);
    beat();
    answer
}
