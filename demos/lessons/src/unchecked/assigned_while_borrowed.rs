//! If a variable could get a new value under a borrow: the reader keeps an address of the old one.

use crate::beat;
use dropscope::{mark, scope};

/// An assignment releases the old text; the reader still has it.
pub fn run() {
    let _scope = scope!("run");
    let mut text = [b'o'; 924].to_vec();
    let reader: *const [u8; 8] = text.as_ptr().cast();
    mark!("points into: reader -> text");
    beat();
    text = [b'n'; 925].to_vec();
    let length = text.len();
    beat();
    // SAFETY: none, that is the mistake: the block that this address was taken from has been released.
    let seen = unsafe { reader.read() };
    mark!(match &seen {
        b"oooooooo" => "the reader sees the old text",
        b"nnnnnnnn" => "the reader sees the new text",
        _ => "the reader sees neither the old text nor the new one",
    });
    beat();
}
