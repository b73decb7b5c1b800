//! `dropscope record`: a program recorded, and what its launcher says when it has ended.

use super::command::Program;
use super::load::load;
use super::report::leaked;
use super::text::{bytes, counted, shown_path};
use super::{DONE, FAILED, Failure, out};
use crate::launch::{self, Foreground, Launch, Options, Outcome, Recorded, StartError};
use dropscope_engine::Report;
use std::path::Path;

/// Larger recordings are only named at the end: whoever waits for the program's end should not wait for a sum.
const SUMMED_UP_TO_BYTES: u64 = 128 << 20;

/// Records `program` and passes its exit status on.
pub(super) fn record(program: &Program) -> Result<u8, Failure> {
    let foreground = Foreground::new();
    let mut launch = start(program)?;
    let outcome = launch::wait(&mut launch, &foreground);
    drop(foreground);
    if program.window.last_bytes.is_some() {
        return Ok(last_told(&outcome));
    }
    Ok(told(&outcome))
}

/// Of a flight recorder only a bad end is kept.
fn last_told(outcome: &Outcome) -> u8 {
    let Some(path) = outcome.recorded.path() else { return told(outcome) };
    let before = path.with_extension("before.dscope");
    if outcome.ended != launch::Ended::Exited(i32::from(DONE)) {
        let status = told(outcome);
        if before.exists() {
            out::say(&format!("what came before is in {}", shown_path(&before)));
        }
        return status;
    }
    // What cannot be removed stays: it is no more than asked for.
    let _ = std::fs::remove_file(&before);
    let _ = std::fs::remove_file(path);
    out::say("it ended well: its recording was not kept");
    DONE
}

/// Starts `program`, recorded.
pub(super) fn start(program: &Program) -> Result<Launch, Failure> {
    let options = Options {
        output: program.output.clone(),
        redact: program.redact,
        environment: program.window.environment(),
        ..Options::default()
    };
    let launch = launch::start(&program.name, &program.arguments, &options).map_err(|error| failure(&error))?;
    if let Some(told) = launch.way().told(launch.program()) {
        out::say(&told);
    }
    Ok(launch)
}

pub(super) fn failure(error: &StartError) -> Failure {
    let status = match error {
        StartError::Program(missing) => missing.status() as u8,
        // The file is there and may be run, but is no program for this machine: as the shells have it.
        StartError::System(_, source) if source.raw_os_error() == Some(libc::ENOEXEC) => 126,
        StartError::Output(_) | StartError::Missing(_) | StartError::System(..) => FAILED,
    };
    Failure::Status { status, text: error.to_string() }
}

/// Says what became of the recording; the status to end with.
pub(super) fn told(outcome: &Outcome) -> u8 {
    let status = outcome.ended.status() as u8;
    if !outcome.others.is_empty() {
        let names: Vec<String> = outcome.others.iter().map(|path| shown_path(path)).collect();
        out::say(&format!("programs that it started were recorded, too: {}", names.join(", ")));
    }
    match &outcome.recorded {
        Recorded::Whole(path) => {
            out::say(&summary(path));
            status
        }
        Recorded::Unfinished { path, why } => {
            out::say(&format!("{}: {why}; it can be read as it is", shown_path(path)));
            status
        }
        Recorded::Nothing(why) => {
            out::say(why);
            if status == DONE { FAILED } else { status }
        }
    }
}

/// Where the recording is and what is in it, in a line.
pub(super) fn summary(path: &Path) -> String {
    let shown = shown_path(path);
    let next = format!("`dropscope open {shown}` shows it");
    let size_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size_bytes > SUMMED_UP_TO_BYTES {
        return format!("recorded to {shown}, {}\n{next}", bytes(size_bytes));
    }
    match load(path) {
        Ok(loaded) => format!("recorded to {shown}: {}\n{next}", sum(&Report::new(&loaded.model, &loaded.names))),
        Err(Failure::Work(error)) => format!("recorded to {shown}, but it cannot be read: {}", out::chain(&error)),
        Err(_) => format!("recorded to {shown}\n{next}"),
    }
}

fn sum(report: &Report) -> String {
    let totals = &report.totals;
    let events = totals.allocs + totals.reallocs + totals.frees;
    let leaks = match leaked(report) {
        (blocks, size) if !report.complete => {
            format!("{} ({}) alive when it ended", counted(blocks, "block", "blocks"), bytes(size))
        }
        (0, _) if report.stopped => "nothing of it alive when it was stopped".to_owned(),
        (blocks, size) if report.stopped => {
            format!("{} ({}) alive when it was stopped", counted(blocks, "block", "blocks"), bytes(size))
        }
        (0, _) => "no leaks".to_owned(),
        (blocks, size) => format!("{} leaked ({})", counted(blocks, "block", "blocks"), bytes(size)),
    };
    let lost = match report.lost_events {
        0 => "none lost".to_owned(),
        lost => format!("{} LOST", counted(lost, "event", "events")),
    };
    let (one, many) = match report.sampling {
        Some(_) => ("event of a sample", "events of a sample"),
        None => ("event", "events"),
    };
    format!("{}, {lost}, peak {}, {leaks}", counted(events, one, many), bytes(totals.peak_live_bytes))
}
