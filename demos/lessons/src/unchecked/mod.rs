//! What would have happened: the mistakes of the refused programs, made where the compiler does not look.
//!
//! Each program here is wrong on purpose. What it then does is what this allocator, this library and unoptimised code
//! make of it; the language promises nothing about it, and an optimised build may do something else.
#![allow(unsafe_code, reason = "only unsafe code can make these mistakes")]
#![allow(clippy::boxed_local, clippy::uninit_vec, reason = "they warn of the mistakes that are made here on purpose")]

pub mod assigned_while_borrowed;
pub mod borrowed_is_not_owned;
pub mod dropped_by_hand;
pub mod dropped_while_borrowed;
pub mod moved_in_a_loop;
pub mod moved_out_of_a_list;
pub mod not_initialised;
pub mod nothing_to_follow;
pub mod out_of_a_type_with_drop;
pub mod outlives_its_owner;
pub mod pushed_while_borrowed;
pub mod rc_to_a_thread;
pub mod reference_to_a_local;
pub mod thread_borrows_a_local;
pub mod two_writers;
pub mod used_after_move;
pub mod which_of_the_two;
