//! `Copy` copies bytes in silence and never asks the allocator; `Clone` is a call that may ask for a second block.

use crate::beat;
use dropscope::{mark, scope};

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Clone)]
struct Place {
    name: String,
    point: Point,
}

/// Copies points, then clones what owns memory.
pub fn run() {
    {
        let _scope = scope!("copy");
        let here = Point { x: 1.0, y: 2.0 };
        let there = here; // `here` can still be used
        mark!("Copy: here -> there");
        let sum = here.x + there.x;
        beat();
    }
    {
        let _scope = scope!("clone");
        let mut name = String::with_capacity(1031);
        name.push_str("a town of 22 bytes, so");
        let place = Place { name, point: Point { x: 3.0, y: 4.0 } };
        beat();
        let twin = place.clone();
        mark!("Clone: place -> twin");
        beat();
    }
    beat();
}
