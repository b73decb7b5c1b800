//! The window, without a window: the real application driven through its accessibility tree and drawn on the CPU.

mod clicks;
mod files;
mod invented;
mod lessons;
mod pictures;
mod support;
