//! If a list could be lent twice for writing: a function that is right for two lists destroys one.

use crate::beat;
use dropscope::{mark, scope};

/// Takes all elements out of one list and puts them behind those of another. Right for any two lists.
fn move_all(from: &mut Vec<u8>, to: &mut Vec<u8>) {
    let _scope = scope!("move_all");
    to.append(from);
    beat();
}

/// Lends one list as both.
pub fn run() {
    let _scope = scope!("run");
    let mut list = [b'x'; 910].to_vec();
    let lent: *mut Vec<u8> = &raw mut list;
    mark!("mutable borrow begins: lent -> list");
    beat();
    // SAFETY: none, that is the mistake: both references are to the same list.
    unsafe { move_all(&mut *lent, &mut *lent) };
    mark!(match list.len() {
        1820 => "the list has doubled",
        910 => "the list is as before",
        0 => "the list is empty: all 910 letters are lost",
        _ => "the list has some other length",
    });
    beat();
}
