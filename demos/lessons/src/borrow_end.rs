//! A borrow may look or change, but it never owns: when it ends, nothing is released.

use crate::beat;
use dropscope::{mark, scope};

/// One owner; a shared borrow, then a mutable one.
pub fn run() {
    let mut text = String::with_capacity(150);
    text.push_str("on loan"); // 7 bytes: there is room
    beat();
    {
        let _scope = scope!("shared borrow");
        let reader = &text;
        mark!("borrow begins: reader -> text");
        beat();
        let length = reader.len();
        mark!("borrow ends: reader");
    }
    beat();
    {
        let _scope = scope!("mutable borrow");
        let editor = &mut text;
        mark!("mutable borrow begins: editor -> text");
        beat();
        editor.reserve(200); // 7 + 200 bytes do not fit into 150
        beat();
        mark!("mutable borrow ends: editor");
    }
    beat();
}
