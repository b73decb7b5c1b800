//! A closure owns what it takes with it; where it is released depends on how it may be called.

use crate::beat;
use dropscope::{mark, scope};

/// One closure that borrows, one that owns and is called often, one that can be called once; then two in boxes.
pub fn run() {
    {
        let _scope = scope!("borrows");
        let text = String::with_capacity(1461);
        let look = || text.len();
        let length = look() + look();
        beat();
    }
    {
        let _scope = scope!("owns, called often");
        let text = String::with_capacity(1462);
        let look = move || text.len();
        mark!("move: text -> look");
        let length = look() + look();
        beat();
    }
    {
        let _scope = scope!("owns, called once");
        let text = String::with_capacity(1463);
        let give_away = move || text;
        mark!("move: text -> give_away");
        beat();
        end(give_away());
        beat();
    }
    {
        let _scope = scope!("in boxes");
        let text = String::with_capacity(1464);
        let look: Box<dyn Fn() -> usize> = Box::new(move || text.len());
        beat();
        let plain: Box<dyn Fn() -> usize> = Box::new(|| 7);
        let sum = look() + plain();
        beat();
    }
    beat();
}

/// The last owner of what a closure gave away.
fn end(text: String) {
    beat();
}
