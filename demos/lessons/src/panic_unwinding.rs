//! A panic leaves function after function, and each one releases what it owns.

use crate::beat;
use dropscope::{mark, scope};
use std::panic::{catch_unwind, resume_unwind};

/// Three functions deep, something goes wrong; the outermost one catches it.
pub fn run() {
    let _scope = scope!("run");
    let outer = String::with_capacity(281);
    beat();
    let result = catch_unwind(middle);
    mark!(if result.is_err() { "the panic was caught" } else { "there was no panic" });
    beat();
    drop(result);
    beat();
}

fn middle() {
    let _scope = scope!("middle");
    let text = String::with_capacity(282);
    beat();
    inner();
    mark!("middle goes on"); // never reached
}

fn inner() {
    let _scope = scope!("inner");
    let text = String::with_capacity(283);
    beat();
    mark!("panic begins");
    resume_unwind(Box::new("no such page")); // a panic that prints no message
}
