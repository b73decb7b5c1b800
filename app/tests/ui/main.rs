//! The window, without a window: the real application driven through its accessibility tree and drawn on the CPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod advice;
mod clicks;
mod compared;
mod copies;
mod files;
mod invented;
mod keyboard;
mod lessons;
mod live;
mod parts;
mod pictures;
mod scenes;
mod shop;
mod support;
