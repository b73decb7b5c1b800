//! A move copies the handle to another place; the block on the heap stays where it is.

use crate::beat;
use dropscope::{mark, scope};

/// A value without any block of its own: to move it is to copy all of its 4096 bytes.
struct Page {
    letters: [u8; 4096],
}

/// Looks at the addresses before and after three moves.
pub fn run() {
    {
        let _scope = scope!("a handle and its block");
        let first = String::with_capacity(1010);
        let (handle, block) = (&raw const first, first.as_ptr());
        beat();
        let second = first;
        mark!(if &raw const second == handle { "same handle" } else { "the handle is at another place" });
        mark!(if second.as_ptr() == block { "the block is where it was" } else { "another block" });
        beat();
    }
    {
        let _scope = scope!("a value without a block");
        let first = Page { letters: [b'x'; 4096] };
        let place = &raw const first;
        beat();
        let second = first;
        mark!(if &raw const second == place { "same page" } else { "the page is at another place" });
        beat();
    }
    {
        let _scope = scope!("the same value in a box");
        let first = Box::new(Page { letters: [b'x'; 4096] });
        let place = &raw const *first;
        beat();
        let second = first;
        mark!(if &raw const *second == place { "the page is where it was" } else { "another page" });
        beat();
    }
    beat();
}
