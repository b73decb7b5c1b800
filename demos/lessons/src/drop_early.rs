//! `drop` is an ordinary function: it takes a value and lets it go out of scope.

use crate::beat;
use dropscope::scope;

/// Releases a big buffer before the end of the scope, with std's `drop` and with our own.
pub fn run() {
    {
        let _scope = scope!("std's drop");
        let buffer = String::with_capacity(1111);
        beat();
        drop(buffer);
        beat();
    }
    beat();
    {
        let _scope = scope!("our own");
        let buffer = String::with_capacity(1112);
        beat();
        let_go(buffer);
        beat();
    }
    beat();
    {
        let _scope = scope!("a block instead");
        let length = {
            let buffer = String::with_capacity(1113);
            beat();
            buffer.len()
        };
        beat();
    }
    beat();
}

/// All that std's `drop` does, for one type: own the value until the brace.
fn let_go(value: String) {}
