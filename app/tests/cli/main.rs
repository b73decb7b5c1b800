//! The command line, tried as a user would: real processes, real files, real signals.

mod files;
mod pictures;
mod programs;
mod recorded;
mod recordings;
mod signals;
mod support;
mod usage;
