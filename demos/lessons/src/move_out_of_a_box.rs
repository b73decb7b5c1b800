//! A value can be moved out of its box; the empty box is released later, at the end of its scope.

use crate::beat;
use dropscope::{mark, scope};

struct Letter {
    text: String,
}

/// The letter is made in a box, taken out and given away.
pub fn run() {
    {
        let _scope = scope!("the box's scope");
        let boxed = Box::new(Letter { text: String::with_capacity(1021) });
        beat();
        let letter = *boxed;
        mark!("move: *boxed -> letter");
        beat();
        read(letter);
        mark!("the letter is gone, its box is not");
        beat();
    }
    beat();
}

/// The last owner of the letter.
fn read(letter: Letter) {
    let length = letter.text.len();
    beat();
}
