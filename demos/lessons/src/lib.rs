//! The lessons: small real programs that each show one idea of Rust's memory model, with their texts.
//!
//! A lesson is a file that a learner reads from top to bottom while its recording is played. Nothing in it is
//! scripted: `run` is called in a recorded process and the picture is what the allocator saw. So lessons are never
//! optimised (the workspace's profiles see to it; the one about the optimiser is built by it beside), print nothing (stdout's buffer would be in the picture), and give
//! every block a size that no other block of the lesson has, unless many blocks are the point. The two whose order of
//! release depends on the edition are here in Rust 2024 and, beside them, in Rust 2021.
//!
//! # Marks for what no allocator sees
//!
//! A move, a borrow or a copy makes no allocator event. A lesson tells of it with a [`mark!`](dropscope::mark), and the
//! window draws it, apart from what was recorded. Names are those of the source: `a`, `a.field`, `*a` for what is in a
//! box. Words behind a comma and a possessive in front (`deliver's letter`) are for the reader alone.
//!
//! | mark | what it tells |
//! |---|---|
//! | `move: a -> b`, `partial move: a.field -> b`, `take: a -> b` | what `a` had is `b`'s; `b` may be a function, or `the caller` |
//! | `replace: a -> b`, `swap: a -> b` | what `a` had is `b`'s, and `a` has what was made for it |
//! | `borrow begins: r -> a`, `mutable borrow begins: r -> a` | `r` looks at `a` |
//! | `borrow ends: r`, `mutable borrow ends: r` | it does no longer |
//! | `Copy: a -> b`, `Clone: a -> b` | both can be used |
//! | `points into: p -> a`, `kept: a` | `p` (or `a` itself) keeps the address of what `a` owns, whatever becomes of it |
//! | `second owner: b -> a` | `b` will release what `a` owns, and so will `a` |
//! | `dangling: p` | `p` is the address of what is gone |
//!
//! All other marks are words. A mark stands in the line behind what it tells of, or in the line before a call that takes
//! the value.
#![allow(unused_variables, dead_code, reason = "in a lesson a variable or a field may exist only to own its memory")]
#![allow(clippy::needless_pass_by_value, reason = "to take a value is to own it, which is what lessons are about")]
#![allow(clippy::useless_vec, reason = "an array would lie on the stack, where no allocator sees it")]

pub mod arc_last_owner;
pub mod arena;
pub mod async_cancelled;
pub mod born_here_released_there;
pub mod borrow_end;
pub mod box_dyn;
pub mod btree_map;
mod catalogue;
pub mod channel;
pub mod closures;
pub mod conditional_move;
pub mod copy_and_clone;
pub mod copy_on_write;
pub mod cycle_that_leaks;
pub mod drop_early;
pub mod drop_glue;
pub mod drop_trait;
pub mod early_exit;
mod expected;
pub mod fields_and_elements;
pub mod file_handle;
pub mod if_let_scrutinee;
mod lesson;
pub mod lock_guard;
pub mod long_list;
pub mod many_moves;
pub mod match_scrutinee;
pub mod move_out_of_a_box;
pub mod nested_scopes;
pub mod no_drop_needed;
pub mod not_dropped;
pub mod ownership_moved;
pub mod panic_unwinding;
mod prediction;
pub mod reference_count_cost;
mod refusal;
pub mod rehash_spike;
pub mod replace_and_take;
pub mod returning_a_reference;
pub mod reuse_in_a_loop;
pub mod scope_end;
pub mod scoped_threads;
pub mod shadowing_and_reassignment;
pub mod shared_owners;
pub mod socket;
pub mod statics;
pub mod storm_of_releases;
pub mod struct_that_borrows;
pub mod tail_expression;
pub mod temporaries;
pub mod text_three_ways;
pub mod thread_locals;
pub mod unchecked;
pub mod underscore;
pub mod vec_deque;
pub mod vec_growth;
pub mod what_a_move_copies;

pub(crate) use dropscope_lessons2021::beat;
pub use expected::{expected_events, expected_marks};
pub use lesson::{Ending, Lesson, Program};
pub use prediction::{Evidence, Prediction};
pub use refusal::{CompilerMessage, CompilerNote, CompilerSpan, Refusal};

/// `dropscope.h`, which C++ lessons include; it lies beside their sources when they are compiled.
pub const CPP_HEADER: &str = include_str!("../../../tracker/preload/include/dropscope.h");

/// All lessons, in teaching order.
pub fn lessons() -> &'static [Lesson] {
    catalogue::LESSONS
}
