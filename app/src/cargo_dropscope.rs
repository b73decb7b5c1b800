//! `cargo dropscope …`: cargo calls this program by its name, and it calls `dropscope cargo …`, which lies beside it.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("dropscope")));
    let dropscope = beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("dropscope"));
    // Cargo puts its own word first.
    let words = std::env::args_os().skip(1).enumerate();
    let words = words.filter(|(at, word)| *at > 0 || word != OsStr::new("dropscope")).map(|(_, word)| word);
    let error = Command::new(&dropscope).arg("cargo").args(words).exec();
    eprintln!("cargo-dropscope: {} cannot be started: {error}", dropscope.display());
    ExitCode::FAILURE
}
