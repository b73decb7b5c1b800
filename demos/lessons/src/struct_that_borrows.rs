//! A struct with a lifetime holds references: it releases its own memory, never what it refers to.

use crate::beat;
use dropscope::{mark, scope};

/// Refers into a text that somebody else owns; `'text` says that it must not outlive it.
struct Words<'text> {
    list: Vec<&'text str>,
}

/// Finds the words; copies none of them.
fn split(text: &str) -> Words<'_> {
    let mut list = Vec::with_capacity(11); // 11 references of 16 bytes each
    list.extend(text.split(' '));
    Words { list }
}

/// The text outlives the struct that borrows it.
pub fn run() {
    let mut text = String::with_capacity(170);
    text.push_str("words that stay where they are");
    beat();
    {
        let _scope = scope!("words borrow text");
        let words = split(&text);
        mark!("borrow begins: words -> text");
        beat();
        let count = words.list.len();
        mark!("borrow ends: words");
    }
    beat();
}
