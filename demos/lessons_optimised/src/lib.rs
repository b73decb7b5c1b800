//! The lesson about what the optimiser does, compiled by it in every profile.
//!
//! The file is the one of the same name in `demos/lessons/src` but for its first line: the same program, built
//! otherwise. Its text, and the catalogue that lists it, are in `dropscope-lessons`.
#![allow(unused_variables, dead_code, reason = "in a lesson a variable or a field may exist only to own its memory")]
#![allow(clippy::needless_pass_by_value, reason = "to take a value is to own it, which is what lessons are about")]

pub mod many_moves;

pub(crate) use dropscope_lessons2021::beat;
