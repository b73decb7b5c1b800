//! `dropscope run`: a program recorded while a window follows it.

use super::command::Program;
use super::record::{start, told};
use super::{Failure, out, screen};
use crate::launch::{self, Foreground, Launch, Outcome};
use crate::window::Start;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Records `program`, shows it live, and passes its exit status on.
pub(super) fn run(program: &Program) -> Result<u8, Failure> {
    // Before the window's threads exist, so that they hold the signals back, too, and none ends the window instead of
    // reaching the program.
    let foreground = Foreground::new();
    let launch = start(program)?;
    let name = Path::new(&program.name).file_name().unwrap_or(&program.name);
    follow(launch, foreground, name.to_string_lossy().into_owned())
}

/// Shows `launch` in a window while a thread of its own waits for the program's end.
pub(super) fn follow(launch: Launch, foreground: Foreground, title: String) -> Result<u8, Failure> {
    let (recording, pid) = (launch.recording().to_owned(), launch.pid());
    let ended = wait_beside(launch, foreground)?;
    let window = screen::open(Start::Follow { path: recording.clone(), title });
    if let Err(reason) = &window {
        out::say(&format!("{}.\nProcess {pid} is recorded without a window.", out::chain(reason)));
    }
    let outcome = match ended.try_recv() {
        Ok(outcome) => outcome,
        Err(_) => {
            if window.is_ok() {
                out::say(&format!("the window is closed; process {pid} runs on and is recorded to its end"));
            }
            ended.recv().map_err(|_| anyhow::anyhow!("the program's end could not be waited for"))?
        }
    };
    let status = told(&outcome);
    if window.is_err() && outcome.recorded.path().is_some() {
        screen::picture(&[recording])?;
    }
    Ok(status)
}

fn wait_beside(mut launch: Launch, foreground: Foreground) -> anyhow::Result<mpsc::Receiver<Outcome>> {
    let (send, ended) = mpsc::sync_channel(1);
    let wait = move || {
        let outcome = launch::wait(&mut launch, &foreground);
        // From now on Ctrl-C and the like are for the window.
        foreground.release();
        // Nobody takes it where the main thread has failed.
        let _ = send.send(outcome);
        // One thread must stay to take signals: all others hold them back.
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    };
    let thread = std::thread::Builder::new().name("wait".to_owned()).spawn(wait);
    thread.map_err(|error| anyhow::anyhow!("no thread can be started to wait for the program: {error}"))?;
    Ok(ended)
}
