//! The engine through its public surface, on invented recordings.

mod blocks;
mod curve;
mod follow;
mod support;
