//! Programs are recorded as children, and what the recording says is compared with what they did, event for event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod crowd;
mod ends;
mod follow;
mod in_code;
mod loss;
mod narrow;
mod processes;
mod support;
mod threads;
