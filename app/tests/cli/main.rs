//! The command line, tried as a user would: real processes, real files, real signals.

mod files;
mod programs;
mod signals;
mod support;
mod usage;
