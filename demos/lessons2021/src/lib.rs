//! The lessons whose answer differs in Rust 2021, compiled in that edition.
//!
//! Each file is the one of the same name in `demos/lessons/src` but for its first line: the same program, another
//! order of release. Their texts, and the catalogue that lists them, are in `dropscope-lessons`.
#![allow(unused_variables, reason = "in a lesson a variable may exist only to own its memory")]

pub mod if_let_scrutinee;
pub mod tail_expression;

/// A pause of about half a millisecond between two steps of a lesson, of either edition.
///
/// The steps themselves take nanoseconds, so without it they would all be drawn on one pixel; with it they are spread
/// evenly and can be told apart by eye. Sleeping makes no allocator event.
pub fn beat() {
    std::thread::sleep(std::time::Duration::from_micros(400));
}
