//! If a moved value could still be used: two owners, and the block is released twice.

use crate::beat;
use dropscope::{mark, scope};

/// Copies the handle, as a move does, and leaves the old name as it was.
fn moved_and_kept(text: &String) -> String {
    // SAFETY: none, that is the mistake: from here on two handles own one block.
    unsafe { std::ptr::read(text) }
}

/// Two names for one text, both in good faith.
pub fn run() {
    let first = String::with_capacity(901);
    beat();
    {
        let _scope = scope!("the second owner");
        let second = moved_and_kept(&first);
        mark!(if first.as_ptr() == second.as_ptr() { "one block, two owners" } else { "two blocks" });
        mark!("second owner: second -> first");
        beat();
    }
    mark!("the block is gone, and first does not know");
    beat();
}
