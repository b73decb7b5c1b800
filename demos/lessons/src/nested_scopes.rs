//! Nested scopes: the inner one ends first, and in each one the last variable goes first.

use crate::beat;
use dropscope::scope;

/// Five owners in two scopes; each size says which one it is.
pub fn run() {
    let _outer = scope!("outer block"); // declared first, so it ends last
    let first = String::with_capacity(121);
    beat();
    let second = String::with_capacity(122);
    beat();
    {
        let _inner = scope!("inner block");
        let third = String::with_capacity(123);
        beat();
        let fourth = String::with_capacity(124);
        beat();
    }
    beat();
    let fifth = String::with_capacity(125);
    beat();
}
