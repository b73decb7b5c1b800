//! If nobody said which of two references comes back: the one that comes back may be the one that ends first.

use crate::beat;
use dropscope::{mark, scope};

/// Returns one of two slices, and does not say how long it may be used.
fn longer(left: &[u8], right: &[u8]) -> &'static [u8] {
    let longer = if left.len() > right.len() { left } else { right };
    // SAFETY: none, that is the mistake: the slice lives as long as its owner and not for ever.
    unsafe { std::slice::from_raw_parts(longer.as_ptr(), longer.len()) }
}

/// The shorter one lives on, the longer one does not.
pub fn run() {
    let _scope = scope!("run");
    let left = [b'l'; 900].to_vec();
    let result;
    {
        let _scope = scope!("the longer one");
        let right = [b'r'; 922].to_vec();
        result = longer(&left, &right);
        mark!("points into: result -> right");
        beat();
    }
    let other = [b'o'; 923].to_vec();
    mark!(match result[100] {
        b'l' => "the result is left",
        b'r' => "the result is right",
        _ => "the result is neither of the two",
    });
    beat();
}
