//! What lives as long as the program: letters in the program file, and a static that is made at its first use.

use crate::beat;
use dropscope::{mark, scope};
use std::sync::{LazyLock, Mutex};

/// Lies in the program file; it was never asked for and is never released.
static GREETING: &str = "good morning";

/// Made when it is looked at for the first time, and never dropped.
static VISITORS: LazyLock<Mutex<String>> = LazyLock::new(|| {
    mark!("the static is made");
    Mutex::new(String::with_capacity(1230))
});

/// Looks at both statics, twice.
pub fn run() {
    {
        let _scope = scope!("a literal");
        let greeting: &'static str = GREETING;
        beat();
        let last_word: &'static str = &greeting[5..];
        beat();
    }
    {
        let _scope = scope!("first visit");
        note("ann");
    }
    beat();
    {
        let _scope = scope!("second visit");
        note("ben");
    }
    beat();
}

/// Writes a line into the static.
fn note(name: &str) {
    let mut line = String::with_capacity(1231); // an owner as usual, for comparison
    line.push_str(name);
    if let Ok(mut visitors) = VISITORS.lock() {
        visitors.push_str(&line);
    }
    beat();
}
