//! The lessons: small real programs that each show one idea of Rust's memory model, with their texts.
//!
//! A lesson is a file that a learner reads from top to bottom while its recording is played. Nothing in it is
//! scripted: `run` is called in a recorded process and the picture is what the allocator saw. So lessons are never
//! optimised (the workspace's profiles see to it), print nothing (stdout's buffer would be in the picture), and give
//! every block a size that no other block of the lesson has.
#![allow(unused_variables, dead_code, reason = "in a lesson a variable or a field may exist only to own its memory")]
#![allow(clippy::needless_pass_by_value, reason = "to take a value is to own it, which is what lessons are about")]

pub mod borrow_end;
pub mod conditional_move;
pub mod cycle_that_leaks;
pub mod drop_trait;
mod expected;
pub mod nested_scopes;
pub mod ownership_moved;
pub mod scope_end;
pub mod shared_owners;
pub mod struct_that_borrows;
pub mod vec_growth;

pub use expected::expected_events;

/// One lesson: a program, its source and its text.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    /// The name on the command line, such as `scope-end`.
    pub name: &'static str,
    /// The chapter that it belongs to; lessons of a chapter follow each other.
    pub chapter: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// The text beside the picture: paragraphs, `**bold**`, `` `code` ``, `- ` lists and `## ` headings.
    pub text: &'static str,
    /// The whole source file, which is what the debug info's line numbers count.
    pub source: &'static str,
    /// The source file's path as debug info has it when the workspace is built.
    pub file: &'static str,
    /// Runs the lesson on the calling thread.
    pub run: fn(),
}

macro_rules! lesson {
    ($module:ident, $name:literal, $chapter:literal, $title:literal) => {
        Lesson {
            name: $name,
            chapter: $chapter,
            title: $title,
            text: include_str!(concat!("../text/", stringify!($module), ".md")),
            source: include_str!(concat!(stringify!($module), ".rs")),
            file: concat!("demos/lessons/src/", stringify!($module), ".rs"),
            run: $module::run,
        }
    };
}

static LESSONS: &[Lesson] = &[
    lesson!(scope_end, "scope-end", "RAII", "Released at the end of the scope"),
    lesson!(nested_scopes, "nested-scopes", "RAII", "Nested scopes and the order of release"),
    lesson!(ownership_moved, "ownership-moved", "Ownership", "Ownership moves, memory stays"),
    lesson!(conditional_move, "conditional-move", "Ownership", "Moved only sometimes, moved only in part"),
    lesson!(drop_trait, "drop-trait", "Drop", "Your own code at the end of a life"),
    lesson!(borrow_end, "borrow-end", "Borrowing and lifetimes", "A borrow ends and nothing is released"),
    lesson!(struct_that_borrows, "struct-that-borrows", "Borrowing and lifetimes", "A struct that borrows"),
    lesson!(shared_owners, "shared-owners", "Sharing", "Rc and Weak: several owners, one release"),
    lesson!(cycle_that_leaks, "cycle-that-leaks", "Sharing", "The cycle that leaks, and its cure"),
    lesson!(vec_growth, "vec-growth", "Containers and patterns", "How a Vec grows"),
];

/// All lessons, in teaching order.
pub fn lessons() -> &'static [Lesson] {
    LESSONS
}

/// A pause of about half a millisecond between two steps of a lesson.
///
/// The steps themselves take nanoseconds, so without it they would all be drawn on one pixel; with it they are spread
/// evenly and can be told apart by eye. Sleeping makes no allocator event.
pub(crate) fn beat() {
    std::thread::sleep(std::time::Duration::from_micros(400));
}
