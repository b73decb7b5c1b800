//! `&str` borrows letters, `String` owns them, and `Cow` decides at run time.

use crate::beat;
use dropscope::{mark, scope};
use std::borrow::Cow;

/// From letters in the program file to owned ones, then through a function that may have nothing to do.
pub fn run() {
    {
        let _scope = scope!("&str and String");
        let literal: &str = "letters in the program file"; // 27 bytes, no block
        beat();
        let owned: String = literal.to_string();
        beat();
        let part: &str = &owned[..7];
        mark!("borrow begins: part -> owned");
        beat();
        let part_owned: String = part.to_owned();
        beat();
    }
    beat();
    {
        let _scope = scope!("Cow");
        let clean = without_tabs("nothing to be done here");
        mark!(if matches!(clean, Cow::Borrowed(_)) { "clean: borrowed" } else { "clean: owned" });
        beat();
        let cleaned = without_tabs("a tab\tin the middle of it");
        mark!(if matches!(cleaned, Cow::Owned(_)) { "cleaned: owned" } else { "cleaned: borrowed" });
        beat();
        let mut changed = clean;
        changed.to_mut().truncate(7); // the first change needs letters of its own
        mark!(if matches!(changed, Cow::Owned(_)) { "changed: owned" } else { "changed: borrowed" });
        beat();
    }
    beat();
}

/// Gives the text back as it is, or a new one if something had to be changed.
fn without_tabs(text: &str) -> Cow<'_, str> {
    if !text.contains('\t') {
        return Cow::Borrowed(text);
    }
    let mut changed = String::with_capacity(1221);
    changed.extend(text.chars().map(|letter| if letter == '\t' { ' ' } else { letter }));
    Cow::Owned(changed)
}
