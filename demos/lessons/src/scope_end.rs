//! RAII: memory is released where its owner goes out of scope.

use crate::beat;
use dropscope::scope;

/// One owner, one block of memory, one closing brace.
pub fn run() {
    let answer: u64 = 42; // a plain number lives on the stack
    beat();
    {
        let _scope = scope!("inner block");
        beat();
        let mut greeting = String::with_capacity(110); // asks the allocator for 110 bytes
        beat();
        greeting.push_str("Hello, heap"); // 11 bytes: there is room for them
        beat();
    }
    beat();
}
