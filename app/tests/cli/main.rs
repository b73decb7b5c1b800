//! The command line, tried as a user would: real processes, real files, real signals.

mod files;
mod programs;
mod recordings;
mod signals;
mod support;
mod usage;
