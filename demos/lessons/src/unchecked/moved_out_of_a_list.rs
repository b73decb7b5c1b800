//! If an element could be moved out of its list: the list does not know, and releases it again.

use crate::beat;
use dropscope::{mark, scope};

/// Takes the first name and leaves its handle in the list.
pub fn run() {
    let names = vec![String::with_capacity(917), String::with_capacity(918)];
    beat();
    {
        let _scope = scope!("the new owner");
        // SAFETY: none, that is the mistake: the list still has the same handle.
        let first = unsafe { std::ptr::read(&names[0]) };
        mark!("second owner: first -> names[0]");
        beat();
    }
    mark!("the list still counts two names");
    beat();
}
