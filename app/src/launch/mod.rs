//! Starts programs so that they are recorded, follows their lives, and gives each recording its end.

mod attached;
mod build;
mod cache;
mod copy;
mod cpp;
mod demo;
mod elf;
mod finish;
mod foreground;
mod foreign;
mod os;
mod preload;
mod program;
pub mod running;
mod signal_names;
pub mod standby;
mod target;
mod way;

pub use build::{Build, BuildProgress};
pub use copy::{Copy, CopyError, default_folder, write_copy};
pub use cpp::cpp_compiler;
pub(crate) use demo::DEMO_WORD;
pub use demo::{DemoOptions, demo_asked_for, run_demo, start_demo};
pub use finish::Recorded;
pub use foreground::{Foreground, wait};
pub use foreign::{ForeignError, ForeignLaunch, absent, run_foreign};
pub use preload::preload_library;
pub use program::{NotFound, find_program};
pub use signal_names::signal_name;
pub use target::unused_name;
pub use way::{Preload, Way};

use dropscope_format::EndKind;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// The environment variable by which the tracker learns where to record to.
pub const OUT_VARIABLE: &str = "DROPSCOPE_OUT";
/// The environment variable by which the tracker learns to leave the program's arguments out.
const REDACT_VARIABLE: &str = "DROPSCOPE_REDACT";
/// The environment variable by which the preloaded library learns which executable it is there for (the tracker's `chosen`).
const EXECUTABLE_VARIABLE: &str = "DROPSCOPE_PRELOAD_FOR";
const LD_PRELOAD: &str = "LD_PRELOAD";

/// How long a program may take to end by itself after [`Launch::stop`].
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How a program is to be started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The recording; by default `PROGRAM-YYYYMMDD-HHMMSS.dscope` in the working folder.
    pub output: Option<PathBuf>,
    /// Whether the program has nothing to read and what it prints is dropped; its errors are still told.
    pub silent: bool,
    /// Whether the program is killed when the [`Launch`] is dropped.
    pub ends_with_launch: bool,
    /// Whether the program's arguments are left out of the recording.
    pub redact: bool,
    /// Further variables of its environment.
    pub environment: Vec<(&'static str, String)>,
}

/// Why a program could not be started.
#[derive(Debug)]
pub enum StartError {
    /// There is no such program, or it is not one.
    Program(NotFound),
    /// The recording may not or cannot be written there; the text says why and what to do.
    Output(String),
    /// A lesson needs what this machine does not have; the sentence says what, and what to do.
    Missing(String),
    /// The system refused.
    System(PathBuf, std::io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::Program(error) => error.fmt(f),
            StartError::Output(text) | StartError::Missing(text) => f.write_str(text),
            StartError::System(program, error) => write!(f, "{} cannot be started: {error}", program.display()),
        }
    }
}

impl std::error::Error for StartError {}

/// Whether there is a process of this number that has not ended.
pub fn process_runs(pid: u32) -> bool {
    dropscope_format::process_start(pid).is_some()
}

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// By itself, with this exit status.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

impl Ended {
    fn of(status: ExitStatus) -> Ended {
        match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, signal) => Ended::Killed(signal.unwrap_or(libc::SIGKILL)),
        }
    }

    /// The exit status as a shell gives it: the program's own, or 128 and the signal's number.
    pub fn status(self) -> i32 {
        match self {
            Ended::Exited(code) => code,
            Ended::Killed(signal) => 128 + signal,
        }
    }

    fn as_end_kind(self) -> EndKind {
        match self {
            Ended::Exited(code) => EndKind::Exited(code),
            Ended::Killed(signal) => EndKind::Killed(signal),
        }
    }
}

/// What came of a launch.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How the program ended.
    pub ended: Ended,
    /// What there is of a recording.
    pub recorded: Recorded,
    /// Recordings of programs that it started, which the tracker puts beside its own.
    pub others: Vec<PathBuf>,
}

/// Where a launch stands.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The program runs.
    Running,
    /// The program has ended, and its recording is being given its end.
    Finishing,
    /// All is done.
    Done(Outcome),
}

/// A program that was started to be recorded.
pub struct Launch {
    child: Child,
    program: PathBuf,
    way: Way,
    /// What the recording was to begin with, as a clause that says that it has not come.
    awaited: Option<String>,
    recording: PathBuf,
    started: SystemTime,
    ends_with_launch: bool,
    stop_asked: Option<Instant>,
    ended: Option<Ended>,
    finishing: Option<JoinHandle<Recorded>>,
    outcome: Option<Outcome>,
}

/// Starts `program`, which is looked for as a shell does, recorded. Its standard streams are ours.
///
/// # Errors
/// As [`StartError`] says; nothing was started then.
pub fn start(program: &OsStr, arguments: &[OsString], options: &Options) -> Result<Launch, StartError> {
    let found = find_program(program).map_err(StartError::Program)?;
    let mut command = Command::new(&found);
    {
        use std::os::unix::process::CommandExt;
        command.arg0(program);
    }
    command.args(arguments);
    let way = way::way(&found);
    way.apply(&mut command);
    let mut launch = start_command(command, &found, OUT_VARIABLE, options)?;
    launch.way = way;
    Ok(launch)
}

/// Starts `command`, which runs `program`; `variable` tells it where to record to.
fn start_command(
    mut command: Command,
    program: &Path,
    variable: &str,
    options: &Options,
) -> Result<Launch, StartError> {
    let recording = target::prepare(options.output.as_deref(), program).map_err(StartError::Output)?;
    command.env(variable, &recording);
    if options.redact {
        command.env(REDACT_VARIABLE, "1");
    }
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    if options.silent {
        command.stdin(Stdio::null()).stdout(Stdio::null());
    }
    os::start_with_first_mask(&mut command);
    let started = SystemTime::now();
    let child = command.spawn().map_err(|error| StartError::System(program.to_owned(), error))?;
    Ok(Launch {
        recording: target::with_pid(&recording, child.id()),
        child,
        started,
        program: program.to_owned(),
        way: Way::Tracker,
        awaited: finish::awaited(&options.environment),
        ends_with_launch: options.ends_with_launch,
        stop_asked: None,
        ended: None,
        finishing: None,
        outcome: None,
    })
}

impl Launch {
    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// How it is recorded.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// Where the recording is, or will be as soon as the program has made its first event.
    pub fn recording(&self) -> &Path {
        &self.recording
    }

    /// Where it stands now. Never waits, so it has to be called again until it is [`Progress::Done`].
    pub fn poll(&mut self) -> Progress {
        if let Some(outcome) = &self.outcome {
            return Progress::Done(outcome.clone());
        }
        if self.ended.is_none() {
            self.look_for_end();
        }
        let Some(ended) = self.ended else { return Progress::Running };
        if self.finishing.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Progress::Finishing;
        }
        let recorded = match self.finishing.take() {
            Some(thread) => thread.join().unwrap_or(Recorded::Unfinished {
                path: self.recording.clone(),
                why: "its end could not be read".to_owned(),
            }),
            None => {
                let (pid, recording, program) = (self.pid(), self.recording.clone(), self.program.clone());
                let (way, awaited) = (self.way.clone(), self.awaited.clone());
                let finish = move || finish::finish(&recording, &program, (&way, awaited.as_deref()), pid, ended);
                match std::thread::Builder::new().name("finish".to_owned()).spawn(finish) {
                    Ok(thread) => {
                        self.finishing = Some(thread);
                        return Progress::Finishing;
                    }
                    // No room for a thread: slower, but done.
                    Err(_) => {
                        let way = (&self.way, self.awaited.as_deref());
                        finish::finish(&self.recording, &self.program, way, self.pid(), ended)
                    }
                }
            }
        };
        let others = finish::others(&self.recording, self.started);
        self.outcome = Some(Outcome { ended, recorded, others });
        self.poll()
    }

    /// Asks the program to end, and kills it where it has not after two seconds. Never waits: [`Launch::poll`] tells.
    pub fn stop(&mut self) {
        if self.ended.is_none() && self.stop_asked.is_none() {
            self.stop_asked = Some(Instant::now());
            self.send(libc::SIGTERM);
            // A stopped program could not see it.
            self.send(libc::SIGCONT);
        }
    }

    fn look_for_end(&mut self) {
        match self.child.try_wait() {
            Ok(Some(status)) => self.ended = Some(Ended::of(status)),
            Ok(None) => {
                if self.stop_asked.is_some_and(|at| at.elapsed() > STOP_GRACE) {
                    self.send(libc::SIGKILL);
                }
            }
            // Only where someone else has reaped it: how it ended is not known, that it did is.
            Err(_) => self.ended = Some(Ended::Exited(0)),
        }
    }

    fn send(&self, signal: i32) {
        if self.ended.is_none() {
            os::send(self.pid(), signal);
        }
    }
}

impl Drop for Launch {
    fn drop(&mut self) {
        if self.ends_with_launch && self.ended.is_none() {
            // It can only fail where the program has ended already.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
