//! The atomics of what loom checks: here the real ones, in `tests/hand_over.rs` loom's.

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
