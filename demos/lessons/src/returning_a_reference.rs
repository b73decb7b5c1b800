//! A function may return a reference to what it was lent; what it makes itself, it must give away.

use crate::beat;
use dropscope::{mark, scope};

/// Asks for a part of a text, then for a new text.
pub fn run() {
    let mut text = String::with_capacity(1210);
    text.push_str("the first sentence. the second one.");
    beat();
    {
        let _scope = scope!("a reference comes back");
        let sentence = first_sentence(&text);
        mark!("borrow begins: sentence -> text");
        beat();
        let length = sentence.len();
        mark!("borrow ends: sentence");
    }
    beat();
    {
        let _scope = scope!("an owner comes back");
        let shouted = shout(&text);
        beat();
    }
    beat();
}

/// Returns a part of what it was lent; no letter is copied.
fn first_sentence(text: &str) -> &str {
    text.split('.').next().unwrap_or(text)
}

/// Makes a text. A reference to it could not leave this function: the text would end at the brace.
fn shout(text: &str) -> String {
    let mut shouted = String::with_capacity(1211);
    beat();
    shouted.push_str(text);
    shouted.make_ascii_uppercase();
    mark!("move: shouted -> the caller");
    shouted
}
