//! What a `match` looks at stays alive until the `match` has ended, arms and all.

use crate::beat;
use dropscope::{mark, scope};

/// The same question three times: the temporary outlives the answer, or it does not.
pub fn run() {
    {
        let _scope = scope!("match");
        match String::with_capacity(261).capacity() {
            0 => mark!("no room"),
            _ => answer(String::with_capacity(262)),
        }
    }
    beat();
    {
        let _scope = scope!("let, then match");
        let room = String::with_capacity(263).capacity();
        match room {
            0 => mark!("no room"),
            _ => answer(String::with_capacity(264)),
        }
    }
    beat();
    {
        let _scope = scope!("if");
        if String::with_capacity(265).capacity() > 0 {
            answer(String::with_capacity(266));
        }
    }
    beat();
}

/// An arm's work.
fn answer(text: String) {
    mark!("working on the answer");
    beat();
}
