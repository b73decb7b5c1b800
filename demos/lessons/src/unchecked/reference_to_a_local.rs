//! If a function could return a reference to its own variable: the address comes back, the memory does not.

use crate::beat;
use dropscope::{mark, scope};

/// Makes a text and returns its letters, not its owner.
fn title() -> &'static [u8] {
    let _scope = scope!("title");
    let text = [b'a'; 906].to_vec();
    beat();
    mark!("points into: the caller -> text");
    // SAFETY: none, that is the mistake: the letters end with `text`, at the brace.
    unsafe { std::slice::from_raw_parts(text.as_ptr(), text.len()) }
}

/// Looks at the letters when they are gone.
pub fn run() {
    let letters = title();
    mark!("title has returned 906 letters");
    beat();
    let start = letters[..16].iter().all(|letter| *letter == b'a');
    mark!(if start { "the first 16 letters are there" } else { "the first 16 letters are no letters any more" });
    let rest = letters[16..].iter().all(|letter| *letter == b'a');
    mark!(if rest { "the others can still be read, for now" } else { "the others are gone, too" });
    beat();
}
