//! To take a value from behind a reference, something must be left in its place.

use crate::beat;
use dropscope::{mark, scope};
use std::mem;

struct Desk {
    letter: String,
    drawer: Option<String>,
}

/// A desk is emptied and refilled through a reference.
pub fn run() {
    let _scope = scope!("run");
    let mut desk = Desk { letter: String::with_capacity(1051), drawer: Some(String::with_capacity(1052)) };
    beat();
    clear(&mut desk);
    beat();
}

/// Owns nothing of the desk, but what it takes away becomes its own.
fn clear(desk: &mut Desk) {
    let _scope = scope!("clear");
    let old_letter = mem::replace(&mut desk.letter, String::with_capacity(1053));
    mark!("replace: desk.letter -> old_letter");
    beat();
    let from_drawer = desk.drawer.take();
    mark!("take: desk.drawer -> from_drawer, None left behind");
    beat();
    let new_letter = mem::take(&mut desk.letter);
    mark!("take: desk.letter -> new_letter, an empty String left behind");
    beat();
    let mut last_letter = String::with_capacity(1054);
    mem::swap(&mut desk.letter, &mut last_letter);
    mark!("swap: last_letter -> desk.letter, the empty one out");
    beat();
}
