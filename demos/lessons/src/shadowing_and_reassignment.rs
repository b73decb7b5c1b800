//! A second `let` of the same name releases nothing; an assignment releases the old value at once.

use crate::beat;
use dropscope::scope;

/// The same name twice, then one variable with two values, then one that gets its value late.
pub fn run() {
    {
        let _scope = scope!("shadowing");
        let text = String::with_capacity(1041);
        beat();
        let text = String::with_capacity(1042); // another variable; the first one still lives, without a name
        beat();
    }
    beat();
    {
        let _scope = scope!("reassignment");
        let mut text = String::with_capacity(1043);
        let old_length = text.len();
        beat();
        text = String::with_capacity(1044); // first the new block, then the old one is released
        let new_length = text.len();
        beat();
    }
    beat();
    {
        let _scope = scope!("initialised late");
        let text;
        {
            let _scope = scope!("inner block");
            text = String::with_capacity(1045); // there is no old value to release
            beat();
        }
        let length = text.len();
        beat();
    }
    beat();
}
