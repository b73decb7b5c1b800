//! A move changes who must release the memory; the memory itself stays where it is.

use crate::beat;
use dropscope::{mark, scope};

struct Letter {
    text: String,
}

/// One block passes through four owners; another one stays with its first.
pub fn run() {
    let _scope = scope!("run");
    let first = String::with_capacity(130);
    let stays = String::with_capacity(131);
    beat();
    let second = first;
    mark!("move: first -> second");
    beat();
    let letter = Letter { text: second };
    mark!("move: second -> letter.text");
    beat();
    {
        let _scope = scope!("calling read");
        mark!("move: letter -> read");
        read(letter);
    }
    beat();
}

/// Takes the letter by value: from here on it is the owner.
fn read(letter: Letter) {
    let length = letter.text.len();
    beat();
}
