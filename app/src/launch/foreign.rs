//! Runs a workload in another language, with its collector writing a log and the program its operations beside it.

use super::{find_program, signal_name};
use dropscope_demos::WorkloadOptions;
use dropscope_demos::languages::{Foreign, LogStream, OPERATIONS_VARIABLE};
use dropscope_engine::gclog::{Log, operations_path};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a program that runs is looked at: an end that is asked for takes no longer.
const LOOK: Duration = Duration::from_millis(20);

/// Why there is no log.
#[derive(Debug)]
pub enum ForeignError {
    /// This program is not installed.
    Absent(&'static str),
    /// It was asked to end.
    Cancelled,
    /// Something else, in a sentence.
    Failed(String),
}

impl std::fmt::Display for ForeignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ForeignError::Absent(program) => write!(f, "`{program}` is not in PATH: install it to run this one"),
            ForeignError::Cancelled => f.write_str("it was stopped"),
            ForeignError::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ForeignError {}

/// The first program that `foreign` needs and that is not installed.
pub fn absent(foreign: &Foreign) -> Option<&'static str> {
    foreign.needs.iter().copied().find(|program| find_program(OsStr::new(program)).is_err())
}

/// A workload in another language, being built and run on a thread of its own.
pub struct ForeignLaunch {
    thread: Option<JoinHandle<Result<(), ForeignError>>>,
    cancel: Arc<AtomicBool>,
}

impl ForeignLaunch {
    /// Begins as [`run_foreign`] does, silently; `wake` is called at the end.
    ///
    /// # Errors
    /// If there is no room for a thread.
    pub fn start(
        foreign: &'static Foreign,
        options: WorkloadOptions,
        log: PathBuf,
        wake: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<ForeignLaunch> {
        let cancel = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&cancel);
        let run = move || {
            let result = run_foreign(foreign, &options, &log, true, &asked);
            wake();
            result
        };
        let thread = std::thread::Builder::new().name(foreign.name.to_owned()).spawn(run)?;
        Ok(ForeignLaunch { thread: Some(thread), cancel })
    }

    /// What came of it, once; `None` while it runs. Never waits.
    pub fn poll(&mut self) -> Option<Result<(), ForeignError>> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        Some(thread.join().unwrap_or_else(|_| Err(ForeignError::Failed("it cannot be run".to_owned()))))
    }

    /// Asks it to end.
    pub fn stop(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Drop for ForeignLaunch {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // It ends within a look, and what it said is no longer of interest.
            let _ = thread.join();
        }
    }
}

/// Builds and runs `foreign`; its collector's log is at `log` then, and its operations beside it. Waits for its end.
/// With `is_silent` what it prints is dropped. It is killed soon after `cancel` is set.
///
/// # Errors
/// If it is not installed, cannot be built, fails, is cancelled, or writes no log; or if there is another file at `log`.
pub fn run_foreign(
    foreign: &Foreign,
    options: &WorkloadOptions,
    log: &Path,
    is_silent: bool,
    cancel: &AtomicBool,
) -> Result<(), ForeignError> {
    if let Some(program) = absent(foreign) {
        return Err(ForeignError::Absent(program));
    }
    may_be_written(log)?;
    let folder = Folder::new().map_err(|error| ForeignError::Failed(format!("no folder can be made: {error}")))?;
    for (name, text) in foreign.sources {
        std::fs::write(folder.0.join(name), text).map_err(|error| failed("its source cannot be written", &error))?;
    }
    let made = folder.0.join("gc.log");
    if !foreign.build.is_empty() {
        let said = folder.0.join("build.log");
        let unable = |error: &std::io::Error| failed("it cannot be built", error);
        let file = File::create(&said).map_err(|error| unable(&error))?;
        let mut build = command(foreign.build, &folder.0, &made);
        build.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let status = end_of(&mut build, cancel).map_err(|error| unable(&error))?.ok_or(ForeignError::Cancelled)?;
        if !status.success() {
            let said = std::fs::read_to_string(&said).unwrap_or_default();
            return Err(ForeignError::Failed(format!("it cannot be built ({}):\n{said}", ended(status))));
        }
    }
    let mut run = run(foreign, options, &folder.0, &made, is_silent)?;
    let status = end_of(&mut run, cancel).map_err(|error| failed("it cannot be started", &error))?;
    let status = status.ok_or(ForeignError::Cancelled)?;
    if !status.success() {
        let said = std::fs::read_to_string(&made).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        return Err(ForeignError::Failed(format!("it {}:\n{}", ended(status), last.join("\n"))));
    }
    for (from, to) in [(made.clone(), log.to_owned()), (operations_path(&made), operations_path(log))] {
        std::fs::copy(&from, &to).map_err(|error| failed(&format!("{} cannot be written", to.display()), &error))?;
    }
    Ok(())
}

/// Starts `command` and waits for its end; `None` where `cancel` was set before.
fn end_of(command: &mut Command, cancel: &AtomicBool) -> std::io::Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if cancel.load(Ordering::Relaxed) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

/// The command that runs it.
fn run(
    foreign: &Foreign,
    options: &WorkloadOptions,
    folder: &Path,
    made: &Path,
    is_silent: bool,
) -> Result<Command, ForeignError> {
    let WorkloadOptions { entries, operations, seed } = options;
    let mut command = command(foreign.run, folder, made);
    command.args([entries.to_string(), operations.to_string(), seed.to_string()]);
    command.envs(foreign.environment.iter().copied()).env(OPERATIONS_VARIABLE, operations_path(made));
    command.stdin(Stdio::null());
    if is_silent {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    let file = || File::create(made).map_err(|error| failed("its log cannot be written", &error));
    match foreign.log {
        LogStream::File => {}
        LogStream::Stdout => drop(command.stdout(file()?)),
        LogStream::Stderr => drop(command.stderr(file()?)),
    }
    Ok(command)
}

/// `words` as a command, the paths put in.
fn command(words: &[&str], folder: &Path, log: &Path) -> Command {
    let filled = |word: &str| {
        word.replace("{folder}", &folder.display().to_string()).replace("{log}", &log.display().to_string())
    };
    let mut words = words.iter().map(|word| filled(word));
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

fn failed(what: &str, error: &std::io::Error) -> ForeignError {
    ForeignError::Failed(format!("{what}: {error}"))
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, signal) => format!("was ended by {}", signal_name(signal.unwrap_or(0))),
    }
}

/// An older log of that name is replaced, any other file is not.
fn may_be_written(log: &Path) -> Result<(), ForeignError> {
    let Ok(metadata) = std::fs::metadata(log) else { return Ok(()) };
    if metadata.is_file() && (metadata.len() == 0 || Log::open(log).is_ok()) {
        return Ok(());
    }
    let shown = log.display();
    Err(ForeignError::Failed(format!("{shown} exists and is no collector's log: remove it, or name another with -o")))
}

/// A private folder for sources and what is built of them, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Folder> {
        let number =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let path = std::env::temp_dir().join(format!("dropscope-foreign-{}-{number}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
