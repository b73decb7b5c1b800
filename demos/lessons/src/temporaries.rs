//! A value without a name lives to the end of its statement, or as long as the reference that a `let` gives it to.

use crate::beat;
use dropscope::scope;

/// Values that nobody named, and how long each of them lives.
pub fn run() {
    {
        let _scope = scope!("to the semicolon");
        let room = String::with_capacity(241).capacity();
        beat();
    }
    beat();
    {
        let _scope = scope!("through the call");
        compare(&String::with_capacity(242), &String::with_capacity(243));
        beat();
    }
    beat();
    {
        let _scope = scope!("extended by let");
        let name = &String::with_capacity(244);
        beat();
        let length = name.len(); // still there
        beat();
    }
    beat();
}

/// Looks at two texts and owns neither.
fn compare(left: &str, right: &str) -> bool {
    beat();
    left == right
}
