//! A value may be moved on one path only, or only one field of it: the rest is still released, and only once.

use crate::beat;
use dropscope::{mark, scope};

struct Person {
    name: String,
    town: String,
}

/// The same function twice, with and without the move; then a move out of a struct.
pub fn run() {
    deliver(String::with_capacity(140), true);
    beat();
    deliver(String::with_capacity(141), false);
    beat();
    introduce();
    beat();
}

/// Moves the letter on only when `now` is true.
fn deliver(letter: String, now: bool) {
    beat();
    if now {
        mark!("move: deliver's letter -> send");
        send(letter);
    }
    beat();
}

/// Takes one field out of a struct.
fn introduce() {
    let _scope = scope!("introduce");
    let person = Person { name: String::with_capacity(142), town: String::with_capacity(143) };
    beat();
    mark!("partial move: person.name -> send");
    send(person.name);
    beat();
}

/// Owns what it is given, until its closing brace.
fn send(text: String) {
    beat();
}
