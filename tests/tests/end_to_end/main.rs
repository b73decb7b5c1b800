//! Dropscope as its users have it: programs are built, recorded, read back and compared with what they are known to do.

// A test's helper says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allocators;
mod copies;
mod deaths;
mod lessons;
mod lru;
mod order;
mod processors;
mod readme;
mod real;
mod spans;
mod standby;
mod usable;
mod ways;
mod windows;
