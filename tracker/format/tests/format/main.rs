//! The format through its public surface: whole, cut, damaged and foreign files, and the ring of a killed program.

mod file;
mod ring;
mod support;
