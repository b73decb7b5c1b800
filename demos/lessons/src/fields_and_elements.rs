//! Fields go in the order in which the struct declares them, elements from the first to the last.

use crate::beat;
use dropscope::scope;

struct Drawer {
    top: String,
    middle: String,
    bottom: String,
}

/// A struct, a tuple, a tuple that is taken apart, and a list.
pub fn run() {
    {
        let _scope = scope!("struct");
        // Filled from the bottom up: it is the declaration above that decides.
        let drawer = Drawer {
            bottom: String::with_capacity(213),
            middle: String::with_capacity(212),
            top: String::with_capacity(211),
        };
        beat();
    }
    beat();
    {
        let _scope = scope!("tuple");
        let pair = (String::with_capacity(221), String::with_capacity(222));
        beat();
    }
    beat();
    {
        let _scope = scope!("two variables");
        let (left, right) = (String::with_capacity(223), String::with_capacity(224));
        beat();
    }
    beat();
    {
        let _scope = scope!("elements");
        let list = vec![String::with_capacity(231), String::with_capacity(232), String::with_capacity(233)];
        beat();
    }
    beat();
}
