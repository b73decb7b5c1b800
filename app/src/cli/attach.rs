//! `dropscope attach`: follows a program that runs already, and records one that stands by.

use super::command::AttachRequest;
use super::record::summary;
use super::text::{duration, shown_path};
use super::{DONE, Failure, open, out, screen};
use crate::launch::running::recording_of;
use crate::launch::standby::{self, StandbyError, Standing};
use crate::launch::{Foreground, process_runs};
use crate::window::Start;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Attaches to the process that `request` names.
pub(super) fn attach(request: &AttachRequest) -> Result<u8, Failure> {
    let pid = request.pid;
    match (standby::state_at_start(pid), request.stop) {
        (Ok(Standing::Idle), false) => record(request),
        (Ok(Standing::Recording(path)), false) => follow(request, path),
        (Ok(Standing::Recording(path)), true) => stop(pid, &path),
        (Ok(Standing::Idle), true) => Err(failed(format!("process {pid} is not being recorded"))),
        (Err(StandbyError::NotListening), is_stop) => match recording_of(pid) {
            Some(path) if is_stop => Err(failed(format!(
                "process {pid} is recorded to {} to its end: only one that was started with DROPSCOPE=standby can be \
                 stopped from outside",
                shown_path(&path)
            ))),
            Some(path) => follow(request, path),
            None => Err(failed(standby::told(pid, &StandbyError::NotListening))),
        },
        (Err(error), _) => Err(failed(standby::told(pid, &error))),
    }
}

fn failed(sentence: String) -> Failure {
    Failure::Work(anyhow::Error::msg(sentence))
}

/// Shows a recording that somebody else has begun; it goes on when the window is closed.
fn follow(request: &AttachRequest, path: PathBuf) -> Result<u8, Failure> {
    out::say(&format!("process {} is being recorded to {}", request.pid, shown_path(&path)));
    if request.no_window { Ok(DONE) } else { open::open(vec![path]) }
}

/// Records a program that stands by until the window is closed, the time is over, Ctrl-C is pressed or it ends.
fn record(request: &AttachRequest) -> Result<u8, Failure> {
    // Before any thread exists: Ctrl-C ends the recording and not only us.
    let foreground = Foreground::new();
    let pid = request.pid;
    let path = standby::start(pid, request.output.as_deref()).map_err(|error| super::record::failure(&error))?;
    let until = match request.lasting {
        Some(lasting) => format!("for {}, or until Ctrl-C", duration(lasting.as_nanos() as u64)),
        None => "until Ctrl-C or its end".to_owned(),
    };
    let started = format!("process {pid} is being recorded to {}", shown_path(&path));
    let deadline = request.lasting.and_then(|lasting| Instant::now().checked_add(lasting));
    let wait = move |foreground: &Foreground| {
        while process_runs(pid) && deadline.is_none_or(|deadline| Instant::now() < deadline) {
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if foreground.interrupted_within(rest) {
                return;
            }
        }
    };
    if request.no_window {
        out::say(&format!("{started}, {until}"));
        wait(&foreground);
        return stop(pid, &path);
    }
    out::say(&started);
    let ending = path.clone();
    let waiting = move || {
        wait(&foreground);
        // Closed here as well as when the window is: a stop of what has stopped does nothing.
        let _ = standby::stop(pid);
        foreground.release();
        // One thread must stay to take signals: all others hold them back.
        loop {
            std::thread::park();
        }
    };
    let thread = std::thread::Builder::new().name("wait".to_owned()).spawn(waiting);
    thread.map_err(|error| anyhow::anyhow!("no thread can be started to wait for the program: {error}"))?;
    let title = format!("process {pid}");
    if let Err(reason) = screen::open(Start::Follow { path, title }) {
        out::say(&format!("{}.\nProcess {pid} is recorded without a window, {until}.", out::chain(&reason)));
        while process_runs(pid) && standby::state(pid) != Ok(Standing::Idle) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
    stop(pid, &ending)
}

fn stop(pid: u32, path: &Path) -> Result<u8, Failure> {
    match standby::stop(pid) {
        // A program that has ended has closed its recording by itself, or its ring lies beside it.
        Ok(()) | Err(StandbyError::NoProcess | StandbyError::NotListening) => {
            out::say(&summary(path));
            Ok(DONE)
        }
        Err(error) => Err(failed(standby::told(pid, &error))),
    }
}
