//! `_` is not a variable: it owns nothing, so what is given to it is not kept.

use crate::beat;
use dropscope::{mark, scope};

/// Six underscores; look at how long each block lives.
pub fn run() {
    let _scope = scope!("run");
    let _ = String::with_capacity(251);
    beat();
    let _named = String::with_capacity(252); // a variable like any other
    beat();
    _ = String::with_capacity(253);
    beat();
    let owner = String::with_capacity(254);
    let _ = owner;
    mark!("after `let _ = owner`: owner still owns");
    beat();
    let (_, kept) = (String::with_capacity(255), String::with_capacity(256));
    beat();
    ignore(String::with_capacity(257));
    beat();
}

/// A parameter `_` has no name, but the caller gave the value away: it lives to the end of the call.
fn ignore(_: String) {
    beat();
}
