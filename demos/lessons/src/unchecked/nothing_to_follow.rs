//! If nothing looked like something: a null address is followed, and the program is gone.

use crate::beat;
use dropscope::{mark, scope};
use std::ptr;

/// The address of the name that is wanted; null where there is none, as C has it.
fn find(names: &[String], wanted: &str) -> *const String {
    names.iter().find(|name| *name == wanted).map_or(ptr::null(), |name| name)
}

/// Looks for two names, and asks no questions.
pub fn run() {
    let _scope = scope!("run");
    let mut name = String::with_capacity(914);
    name.push_str("ann");
    let names = [name];
    for wanted in ["ann", "ben"] {
        mark!(wanted);
        beat();
        let found = find(&names, wanted);
        mark!(if found.is_null() { "found is null" } else { "points into: found -> names" });
        // SAFETY: none, that is the mistake: the address may be null.
        let length = unsafe { (&*found).len() };
        mark!("found");
    }
}
