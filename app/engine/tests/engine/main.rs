//! The engine through its public surface, on invented recordings.

// A test's helper says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blocks;
mod compare;
mod curve;
mod debug_files;
mod follow;
mod names;
mod query;
mod report;
mod support;
