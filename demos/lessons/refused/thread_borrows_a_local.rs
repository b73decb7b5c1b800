//! A thread that borrows from a function it may outlive.

use std::thread;

fn start() -> thread::JoinHandle<usize> {
    let text = String::from("hello");
    thread::spawn(|| text.len())
}

fn main() {
    let ended = start().join();
}
