//! Rust 2024: temporaries of a block's last expression go before the block's variables.

use crate::beat;
use dropscope::scope;

/// The same sum twice: with a temporary in the last line, then with the cure that works in every edition.
pub fn run() {
    {
        let _scope = scope!("a temporary in the tail");
        let total = in_the_tail();
        beat();
    }
    {
        let _scope = scope!("a variable instead");
        let total = in_a_variable();
        beat();
    }
    beat();
}

/// The last line makes a value that has no name.
fn in_the_tail() -> usize {
    let local = String::with_capacity(311);
    beat();
    local.capacity() + String::with_capacity(312).capacity()
}

/// The same sum, made before the last line.
fn in_a_variable() -> usize {
    let local = String::with_capacity(313);
    beat();
    let total = local.capacity() + String::with_capacity(314).capacity();
    beat();
    total
}
