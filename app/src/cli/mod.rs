//! The command line: one file per command, one place where results and failures become output and exit status.

pub mod args;
mod attach;
mod cargo;
mod check;
pub mod command;
mod compare;
mod demo;
mod demos;
mod dump;
mod first;
mod help;
mod load;
mod open;
mod out;
mod record;
mod report;
mod run;
mod screen;
mod shot;
mod text;

pub use help::Topic;

use command::Command;
use std::ffi::OsString;
use std::process::ExitCode;

/// Exit status: done.
const DONE: u8 = 0;
/// Exit status: the work failed.
const FAILED: u8 = 1;
/// Exit status: wrong use.
const WRONG_USE: u8 = 2;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong: how, and how it is written.
    Use {
        /// What is wrong.
        text: String,
        /// The line that would be right.
        hint: String,
    },
    /// The work failed.
    Work(anyhow::Error),
    /// As the sentence says, with an exit status of its own.
    Status {
        /// The exit status.
        status: u8,
        /// What happened.
        text: String,
    },
    /// Nobody reads our output any more, so there is nothing left to do.
    OutputClosed,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Work(error)
    }
}

/// Does what `words`, the command line behind the program's name, ask for; says on stderr what went wrong.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let status = match args::parse(words).and_then(execute) {
        Ok(status) => status,
        Err(Failure::OutputClosed) => DONE,
        Err(Failure::Use { text, hint }) => {
            out::say(&format!("{text}\n{hint}"));
            WRONG_USE
        }
        Err(Failure::Work(error)) => {
            out::say(&out::chain(&error));
            FAILED
        }
        Err(Failure::Status { status, text }) => {
            out::say(&text);
            status
        }
    };
    ExitCode::from(status)
}

fn execute(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Window => first::first(),
        Command::Help(topic) => out::print(&help::help(topic)),
        Command::Version => out::print(concat!("dropscope ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Open(files) => open::open(files),
        Command::Run(program) => run::run(&program),
        Command::Record(program) => record::record(&program),
        Command::Demos => demos::demos(),
        Command::Demo(request) => demo::demo(&request),
        Command::Report { file, json } => report::report(&file, json),
        Command::Dump(file) => dump::dump(&file),
        Command::Compare(request) => compare::compare(&request),
        Command::Check(request) => check::check(&request),
        Command::Attach(request) => attach::attach(&request),
        Command::Cargo(request) => cargo::cargo(&request),
        Command::CargoRunner(program) => cargo::runner(&program),
        Command::Shot(request) => shot::shot(&request),
    }
}
