//! The malloc family from outside: C and C++ programs under the preloaded library behave as alone, and are recorded
//! exactly, event for event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod environment;
mod family;
mod processes;
mod support;
mod threads;
mod ways_to_end;
