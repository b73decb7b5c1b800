//! The words of `dropscope cargo`, and of the runner that cargo calls for it.

use super::{Parsed, Rest, unknown_option, window, wrong};
use crate::cli::Failure;
use crate::cli::command::{CargoRequest, Command, Program, Window};
use lexopt::prelude::*;
use std::path::PathBuf;

/// Our own options stand before cargo's command; the rest is cargo's.
pub(super) fn cargo(rest: &mut Rest) -> Parsed {
    let topic = rest.topic;
    let mut request = CargoRequest::default();
    loop {
        match rest.parser.next().map_err(|error| wrong(Some(topic), error))? {
            Some(Short('h') | Long("help")) => return Ok(None),
            Some(Short('o') | Long("output")) => request.output = Some(PathBuf::from(rest.value()?)),
            Some(Value(command)) => {
                request.words.push(command);
                request.words.extend(rest.arguments()?);
                return Ok(Some(Command::Cargo(request)));
            }
            Some(Long(name)) => {
                let name = name.to_owned();
                if !window::take(&name, &mut request.window, rest)? {
                    return Err(unknown_option(topic, &format!("--{name}")));
                }
            }
            Some(Short(letter)) => return Err(unknown_option(topic, &format!("-{letter}"))),
            None => return Err(rest.missing("a command of cargo's: run, test or bench")),
        }
    }
}

/// What cargo calls: the program that it has built and that one's arguments, word for word.
pub(super) fn runner(mut parser: lexopt::Parser) -> Result<Command, Failure> {
    let mut words = parser.raw_args().map_err(|error| wrong(None, error))?;
    let name = words.next().unwrap_or_default();
    let arguments = words.collect();
    Ok(Command::CargoRunner(Program { output: None, redact: false, window: Window::default(), name, arguments }))
}
