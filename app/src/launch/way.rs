//! Which way of recording fits a program: the tracker that is in it, the preloaded library, or none; and why.

use super::attached::{Attached, attached};
use super::elf::{self, Elf};
use super::preload::preload_library;
use super::{EXECUTABLE_VARIABLE, LD_PRELOAD, find_program, os};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs whose work is to start others: recording their own memory is not what they are named for.
const STARTERS: [&str; 19] = [
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "busybox", "env", "nice", "nohup", "timeout", "time", "stdbuf",
    "setsid", "xargs", "cargo", "make", "ninja",
];

/// How the kernel reads a script's first line.
const FIRST_LINE_BYTES: u64 = 256;

/// How a program is recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// The tracker is in it.
    Tracker,
    /// The preloaded library stands in for the C library's malloc.
    Preload(Preload),
    /// What it becomes is recorded, by this library where the tracker is not in it; what it starts, as far as it is.
    Starter(Option<PathBuf>),
    /// Not at all; a sentence without its end that says why and what to do.
    None(String),
}

/// See [`Way::Preload`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preload {
    /// The library.
    pub library: PathBuf,
    /// The executable that is to be recorded, of all that the program may become or start.
    pub executable: PathBuf,
    /// An allocator in the program that the library does not see.
    pub unseen_allocator: Option<&'static str>,
}

impl Way {
    /// What a user should know before the program starts: that it is recorded from outside, or why it is not.
    pub fn told(&self, program: &Path) -> Option<String> {
        let name = program.file_name().unwrap_or(program.as_os_str()).display();
        match self {
            Way::Tracker | Way::Starter(_) => None,
            Way::None(why) => Some(format!("{name} will not be recorded: {why}")),
            Way::Preload(Preload { unseen_allocator: None, .. }) => {
                Some(format!("{name} has no tracker in it: its calls of malloc and free are recorded from outside"))
            }
            Way::Preload(Preload { unseen_allocator: Some(allocator), .. }) => Some(format!(
                "{name} has no tracker in it: its calls of malloc and free are recorded from outside, but not what it \
                 takes from {allocator}; `dropscope::Tracker::wrapping(…)` around that records it, too"
            )),
        }
    }
}

impl Way {
    /// Has `command`, which this process is to start or to become, run in this way.
    pub(super) fn apply(&self, command: &mut Command) {
        match self {
            Way::Preload(Preload { library, executable, .. }) => preload(command, library, executable.as_os_str()),
            Way::Starter(Some(library)) => {
                let child_but_not = format!("{} {}", std::process::id(), STARTERS.join(" "));
                preload(command, library, OsStr::new(&child_but_not));
            }
            Way::Tracker | Way::Starter(None) | Way::None(_) => {}
        }
    }
}

/// Has `command` run with the library in front of what its user may have preloaded.
fn preload(command: &mut Command, library: &Path, meant: &OsStr) {
    let mut libraries = library.as_os_str().to_owned();
    if let Some(others) = std::env::var_os(LD_PRELOAD).filter(|others| !others.is_empty()) {
        libraries.push(":");
        libraries.push(others);
    }
    command.env(LD_PRELOAD, libraries).env(EXECUTABLE_VARIABLE, meant);
}

/// Finds out how the program at `path` can be recorded.
pub(super) fn way(path: &Path) -> Way {
    match attached(path) {
        Attached::Yes => Way::Tracker,
        Attached::No => of_machine_code(path, path),
        Attached::Script => match interpreter(path) {
            Some(interpreter) if attached(&interpreter) == Attached::Yes => Way::Tracker,
            Some(interpreter) if attached(&interpreter) == Attached::No => of_machine_code(&interpreter, path),
            _ => starter(),
        },
    }
}

/// The way for machine code without the tracker; `named` is the program that the user has named.
fn of_machine_code(path: &Path, named: &Path) -> Way {
    let name = path.file_name().unwrap_or(path.as_os_str());
    if STARTERS.iter().any(|starter| name == OsStr::new(starter)) {
        return starter();
    }
    let executable = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(elf) = elf::read(&executable) else { return starter() };
    if let Some(why) = obstacle(&executable, &elf) {
        let who = if named == path { "it".to_owned() } else { format!("{}, which runs it,", name.display()) };
        return Way::None(format!("{who} {why}"));
    }
    match library() {
        Ok(library) => Way::Preload(Preload { library, executable, unseen_allocator: elf.allocator }),
        Err(why) => Way::None(format!("it has no tracker in it, and {why}")),
    }
}

/// Nobody knows yet what it becomes, nor whether that can be recorded.
fn starter() -> Way {
    Way::Starter(library().ok())
}

/// The library, where it can be preloaded; else a clause.
fn library() -> Result<PathBuf, String> {
    let library = preload_library()?;
    if library.as_os_str().as_bytes().iter().any(|byte| b" :".contains(byte)) {
        return Err(format!(
            "{} cannot be preloaded: its path has a blank or a colon. Put it into another folder with the dropscope \
             program",
            library.display()
        ));
    }
    Ok(library)
}

/// Why nothing can be preloaded, as the rest of a sentence about the program.
fn obstacle(path: &Path, elf: &Elf) -> Option<String> {
    if elf.is_go {
        return Some(
            "is a Go program: its memory comes from Go's own collector and not from malloc, so no block of it can be \
             recorded; what the collector does is in the log that GODEBUG=gctrace=1 makes it write"
                .to_owned(),
        );
    }
    let Some(loader) = &elf.loader else {
        return Some(
            "is statically linked: nothing can be preloaded into it. Link it dynamically, or, where it is a Rust \
             program, add `dropscope::attach!();` to its main.rs"
                .to_owned(),
        );
    };
    if !elf.is_ours {
        return Some("is a program for another kind of processor: the preloaded library does not fit it".to_owned());
    }
    if !loader.contains("/ld-linux") {
        return Some(format!(
            "runs on another C library than glibc (its loader is {loader}): the preloaded library does not fit it. \
             Where it is a Rust program, add `dropscope::attach!();` to its main.rs"
        ));
    }
    if os::gains_rights(path) {
        return Some(
            "runs with rights that its user does not have (setuid, setgid or capabilities): the system preloads \
             nothing into such programs. Record it as the user whose rights it gets, or a copy of it without them"
                .to_owned(),
        );
    }
    elf.has_malloc.then(|| {
        "brings a malloc of its own, which goes before a preloaded one. Where it is a Rust program, put \
         `dropscope::Tracker::wrapping(…)` around its allocator; else link it without"
            .to_owned()
    })
}

/// The program that runs the script at `path`: what its first line names, found in `PATH` where that is `env`.
fn interpreter(path: &Path) -> Option<PathBuf> {
    let mut first = Vec::new();
    File::open(path).ok()?.take(FIRST_LINE_BYTES).read_to_end(&mut first).ok()?;
    let line = first.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(OsStr::from_bytes);
    let program = Path::new(words.next()?);
    if program.file_name() != Some(OsStr::new("env")) {
        return Some(program.to_owned());
    }
    let is_program = |word: &&OsStr| !word.as_bytes().starts_with(b"-") && !word.as_bytes().contains(&b'=');
    find_program(words.find(is_program)?).ok()
}
