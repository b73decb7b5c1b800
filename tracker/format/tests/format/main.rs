//! The format through its public surface: whole, cut, damaged and foreign files, and the ring of a killed program.

// A test's helper says what went wrong by panicking.
#![allow(clippy::unwrap_used)]

mod file;
mod golden;
mod ring;
mod support;
