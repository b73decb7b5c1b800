//! Rust 2024: what an `if let` looked at is gone before its `else` begins.

use crate::beat;
use dropscope::{mark, scope};

/// Both texts are empty, so the `else` is taken. The second band shows the cure that works in every edition.
pub fn run() {
    {
        let _scope = scope!("a temporary in the if let");
        if let Some(first) = String::with_capacity(331).chars().next() {
            mark!("the text has a first letter");
        } else {
            mark!("else begins");
            let other = String::with_capacity(332);
            beat();
        }
        mark!("if let has ended");
        beat();
    }
    beat();
    {
        let _scope = scope!("a let before it");
        let found = String::with_capacity(333).chars().next();
        if let Some(first) = found {
            mark!("the text has a first letter");
        } else {
            mark!("else begins");
            let other = String::with_capacity(334);
            beat();
        }
        mark!("if let has ended");
        beat();
    }
    beat();
}
