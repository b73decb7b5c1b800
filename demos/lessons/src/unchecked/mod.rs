//! What would have happened: the mistakes of the refused programs, made where the compiler does not look.
//!
//! Each program here is wrong on purpose. What it then does is what this allocator, this library and unoptimised code
//! make of it; the language promises nothing about it, and an optimised build may do something else.
#![allow(unsafe_code, reason = "only unsafe code can make these mistakes")]

pub mod used_after_move;
