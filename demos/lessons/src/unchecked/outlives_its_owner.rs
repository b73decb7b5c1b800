//! If a reference could outlive its owner: it reads what somebody else has written there.

use crate::beat;
use dropscope::{mark, scope};

/// A text ends, another one begins, and the old address is still used.
pub fn run() {
    let reader: *const u8;
    {
        let _scope = scope!("the owner");
        let text = [b'a'; 905].to_vec();
        reader = &raw const text[100];
        mark!("points into: reader -> text");
        beat();
    }
    mark!("the owner is gone, the address is not");
    beat();
    let other = [b'z'; 906].to_vec();
    beat();
    // SAFETY: none, that is the mistake: the block that this address was taken from has been released.
    let letter = unsafe { *reader };
    mark!(match letter {
        b'a' => "the reader sees an a",
        b'z' => "the reader sees a z: it looks into another text",
        _ => "the reader sees something else",
    });
    beat();
}
