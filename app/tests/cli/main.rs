//! The command line, tried as a user would: real processes, real files, real signals.
#![allow(clippy::expect_used, reason = "a helper that cannot do its part fails its test")]

mod checks;
mod comparisons;
mod files;
mod pictures;
mod programs;
mod recorded;
mod recordings;
mod signals;
mod support;
mod usage;
