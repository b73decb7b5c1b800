//! The recording of a program's memory: every allocation and release, with time, thread and backtrace.

mod allocator;
mod clock;
mod config;
mod drain;
mod end;
mod environment;
mod exclusive;
mod free_chunks;
mod guard;
#[doc(hidden)]
pub mod hook;
mod live;
mod marks;
mod modules;
mod output;
mod record;
mod registry;
mod ring;
mod roster;
mod sink;
mod start;
mod state;
mod sys;
mod thread;
mod unwind;
mod writer;

pub use config::{Config, Recording, StartError};
pub use marks::{OperationGuard, ScopeGuard, mark};

/// Makes a [`Tracker`] around the system's allocator the program's allocator. Once, in `main.rs`.
#[macro_export]
macro_rules! attach {
    () => {
        #[global_allocator]
        static DROPSCOPE_TRACKER: $crate::Tracker<::std::alloc::System> = $crate::Tracker::system();
    };
}

/// A named region of this thread's time; ends when the guard is dropped.
#[macro_export]
macro_rules! scope {
    ($name:expr) => {
        $crate::ScopeGuard::enter($name)
    };
}

/// One unit of the program's work, timed in wall and thread CPU time; ends when the guard is dropped.
#[macro_export]
macro_rules! operation {
    ($name:expr) => {
        $crate::OperationGuard::begin($name)
    };
}

/// A point in time with a text.
#[macro_export]
macro_rules! mark {
    ($text:expr) => {
        $crate::mark($text)
    };
}

/// An allocator that forwards to another one and, where the process is recorded, records what it forwards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracker<A> {
    inner: A,
}

impl Tracker<std::alloc::System> {
    /// Around the system's allocator.
    pub const fn system() -> Self {
        Tracker { inner: std::alloc::System }
    }
}

impl<A> Tracker<A> {
    /// Around any allocator.
    pub const fn wrapping(inner: A) -> Self {
        Tracker { inner }
    }
}
