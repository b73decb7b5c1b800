//! Records the memory of a program: every allocation, reallocation and release of all its threads, with the time, the
//! thread and the whole backtrace of each, from the process's first allocation to its last.
//!
//! # Attach
//!
//! One line in `main.rs`:
//!
//! ```
//! dropscope::attach!();
//! # fn main() {}
//! ```
//!
//! or, around any allocator:
//!
//! ```
//! # use std::alloc::System as MiMalloc;
//! #[global_allocator]
//! static ALLOC: dropscope::Tracker<MiMalloc> = dropscope::Tracker::wrapping(MiMalloc);
//! # fn main() {}
//! ```
//!
//! # Record
//!
//! The program by itself records nothing and pays one relaxed load per call. It records
//!
//! - when it is started by `dropscope run -- PROGRAM` or `dropscope record -- PROGRAM`,
//! - when `DROPSCOPE_OUT` names a file,
//! - between [`Recording::start`] and the drop of what that returns,
//! - when it was started with `DROPSCOPE=standby`, while `dropscope attach PID` says so.
//!
//! Open the file in the window with `dropscope open FILE`, or read it with `dropscope report FILE`; both may be done while
//! the program still runs.
//!
//! | variable | meaning |
//! |---|---|
//! | `DROPSCOPE_OUT=PATH` | record to this file; `%p` in it is the process id |
//! | `DROPSCOPE_LOSSY=1` | when the recorder's memory is full, drop events (and count them) instead of waiting |
//! | `DROPSCOPE_REDACT=1` | leave the program's arguments out of the recording |
//! | `DROPSCOPE_SAMPLE=SIZE` | record a sample of the blocks, see [`Config::sample_mean_bytes`] |
//! | `DROPSCOPE_LAST=SIZE` | keep only about the last so many bytes of recording, see [`Config::last_bytes`] |
//! | `DROPSCOPE_AFTER=SECONDS` | begin so long after the first allocation; fractions are allowed |
//! | `DROPSCOPE_FOR=SECONDS` | end so long after the beginning |
//! | `DROPSCOPE_FROM_MARK=TEXT` | begin when the program says [`mark!`]`(TEXT)`, for the first time |
//! | `DROPSCOPE_UNTIL_MARK=TEXT` | end when it says this |
//! | `DROPSCOPE=standby` | record nothing until `dropscope attach PID` says so |
//! | `DROPSCOPE_UNWINDER=portable` | walk stacks as on other targets and with older C libraries: slower, works everywhere |
//! | `DROPSCOPE_CROSS_CHECK=1` | have the `backtrace` crate walk each stack, too, and count those that differ (feature `judge`) |
//!
//! # Say what the program does
//!
//! [`scope!`] and [`operation!`] name a stretch of a thread's time, [`mark!`] a point in it. They allocate nothing.
//!
//! ```
//! fn handle(request: &str) -> usize {
//!     let _operation = dropscope::operation!("request");
//!     let _scope = dropscope::scope!("parse");
//!     dropscope::mark!("parsing begins");
//!     request.len()
//! }
//! # assert_eq!(handle("GET /"), 5);
//! ```
//!
//! # When you see nothing
//!
//! - No file: is `DROPSCOPE_OUT` in the environment of the program itself, and its folder there? A path that cannot be
//!   written is said on stderr.
//! - The file is there and beside it one that ends in `.ring`: the program was killed, or left through `_exit` or `exec`.
//!   Keep both; every tool reads them as one.
//! - The recording is `NAME.PID.dscope` instead: another living process is recorded to `NAME.dscope`.
//! - Another crate in the program sets a `#[global_allocator]`: wrap that allocator.
//! - Blocks of C libraries are not in it: they do not come by Rust's allocator. Record the program with
//!   `dropscope-preload`.
//!
//! # What it does to the program
//!
//! One more thread, named `dropscope`, that sleeps most of the time; a ring of 16 MiB in a file beside the recording (more
//! when more than 192 threads live at once); about 8 KiB for each thread; a block of each size up to 64 KiB, taken once and
//! given back, to see what the allocator gives for it. When threads allocate faster than the writer
//! writes, they wait for it; how often and how long is in the recording.
//!
//! On two cores of an AMD EPYC (Zen 5) an event adds 27 ns to a thread whose stack is 12 deep and 35 ns at 40, and 13 ns
//! to the writer; `main` begins 4.5 ms later. `cargo run --release -p dropscope --example cost` measures that on your
//! machine, and `cargo run --release --manifest-path tests/peers/Cargo.toml` beside other recorders (the table is in the
//! README).
//!
//! What cannot be recorded is counted by cause and never silently dropped, see `dropscope_format::LostCause`.
//!
//! # What is in a recording
//!
//! The program's path, its arguments (unless `DROPSCOPE_REDACT=1` or [`Config::redact`] leaves them out), its folder,
//! its threads' names, the paths and build ids of what is mapped, the texts of scopes, operations and marks, and of each
//! event time, address, size and stack. Never the environment, and never what is in the memory. Both files are made
//! readable and writable by their owner only (0600).
//!
//! # Limits
//!
//! - Linux, 64 bit. Stacks are walked fast on x86-64 with glibc 2.35 or newer; with an older glibc by the unwinder that
//!   panics use, elsewhere by the `backtrace` crate.
//! - A forked child is not recorded; a program that it becomes by `exec` is, to a file of its own.
//! - 4096 threads at the same moment; stacks of 1024 frames (the innermost are kept, and it is said that some are cut).
//! - An allocation in a signal handler that interrupts the recorder itself is counted and not recorded.
//! - A process with the recorder's thread in it is not single-threaded: `unshare(CLONE_NEWUSER)` and `setns` refuse it.
//! - A sandbox that the program puts on itself must allow what the writer does: `write`, `fallocate`, `futex`, `openat`.
//! - A signal handler that forks in the middle of the recorder and returns in the child crashes the child.

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("dropscope records on 64-bit Linux only");

#[macro_use]
mod door;

mod allocator;
pub mod assert;
mod atomics;
mod chosen;
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
mod moving;
mod output;
mod quick;
mod record;
mod registry;
mod ring;
mod roster;
mod sampling;
mod sink;
mod standby;
mod start;
mod state;
mod sys;
mod thread;
#[cfg(feature = "tracing")]
pub mod tracing;
mod unwind;
mod usable;
mod watch;
mod window;
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
