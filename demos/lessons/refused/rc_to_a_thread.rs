//! A count that is not made for threads, given to one.

use std::rc::Rc;
use std::thread;

fn start(work: impl FnOnce() + Send + 'static) {
    thread::spawn(work);
}

fn main() {
    let text = Rc::new(String::from("hello"));
    let shared = Rc::clone(&text);
    start(move || println!("{shared}"));
}
