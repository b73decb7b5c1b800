//! Programs that stand by (`DROPSCOPE=standby`): asked over the socket on which the tracker in them listens.

use super::StartError;
use super::target;
use dropscope_format::process_start;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A stop waits for the disk, at most so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a program may take to its first allocation.
const STARTING: Duration = Duration::from_secs(2);

const BECOMING: Duration = Duration::from_millis(200);

/// What a program that stands by does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It waits.
    Idle,
    /// It is recorded to this file.
    Recording(PathBuf),
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StandbyError {
    /// There is no such process.
    NoProcess,
    /// It does not listen.
    NotListening,
    /// As the sentence says.
    Refused(String),
}

/// What the process `pid` does.
///
/// # Errors
/// As [`StandbyError`] says.
pub fn state(pid: u32) -> Result<Standing, StandbyError> {
    ask(pid, b"state")
}

/// As [`state`]; a program that has just been started may take a moment until it listens.
///
/// # Errors
/// As [`StandbyError`] says.
pub fn state_at_start(pid: u32) -> Result<Standing, StandbyError> {
    let began = Instant::now();
    loop {
        match state(pid) {
            // A shell's child is the shell for a moment.
            Err(StandbyError::NotListening)
                if began.elapsed() < BECOMING || (began.elapsed() < STARTING && is_to_stand_by(pid)) =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}

/// Whether the process was started with `DROPSCOPE=standby`.
fn is_to_stand_by(pid: u32) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == b"DROPSCOPE=standby")
}

/// Begins to record the process `pid`, which stands by, to `output` or to a file called after the program and the time.
/// Gives where it is recorded to.
///
/// # Errors
/// Where it cannot be recorded there, or is already.
pub fn start(pid: u32, output: Option<&Path>) -> Result<PathBuf, StartError> {
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_else(|_| PathBuf::from(pid.to_string()));
    let path = target::prepare(output, &program).map_err(StartError::Output)?;
    let question = [b"start ", path.as_os_str().as_bytes()].concat();
    match ask(pid, &question) {
        Ok(Standing::Recording(path)) => Ok(path),
        Ok(Standing::Idle) => Err(StartError::Output(format!("process {pid} does not begin to record"))),
        Err(error) => Err(StartError::Output(told(pid, &error))),
    }
}

/// Ends the recording of the process `pid`: it stands by again.
///
/// # Errors
/// As [`StandbyError`] says.
pub fn stop(pid: u32) -> Result<(), StandbyError> {
    ask(pid, b"stop").map(|_| ())
}

/// The error in a sentence without its end.
pub fn told(pid: u32, error: &StandbyError) -> String {
    match error {
        StandbyError::NoProcess => format!("there is no process {pid}"),
        StandbyError::NotListening => format!(
            "process {pid} is not being recorded and does not stand by. Start it with DROPSCOPE=standby in its \
             environment (the tracker has to be in it), or record it from its start: dropscope record -- PROGRAM"
        ),
        StandbyError::Refused(why) => format!("process {pid} refuses: {why}"),
    }
}

fn ask(pid: u32, question: &[u8]) -> Result<Standing, StandbyError> {
    if process_start(pid).is_none() {
        return Err(StandbyError::NoProcess);
    }
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => StandbyError::NotListening,
        ErrorKind::WouldBlock | ErrorKind::TimedOut => StandbyError::Refused("it does not answer".to_owned()),
        _ => StandbyError::Refused(error.to_string()),
    };
    if question.contains(&b'\n') {
        return Err(StandbyError::Refused("a path with a line's end cannot be recorded to".to_owned()));
    }
    let name = SocketAddr::from_abstract_name(format!("dropscope.{pid}")).map_err(failed)?;
    let mut stream = UnixStream::connect_addr(&name).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.write_all(&[question, b"\n"].concat()).map_err(failed)?;
    let mut line = Vec::new();
    BufReader::new(stream).read_until(b'\n', &mut line).map_err(failed)?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    if let Some(path) = line.strip_prefix(b"recording ") {
        return Ok(Standing::Recording(PathBuf::from(std::ffi::OsStr::from_bytes(path))));
    }
    match line.strip_prefix(b"error ") {
        Some(why) => Err(StandbyError::Refused(String::from_utf8_lossy(why).into_owned())),
        None if line == b"idle" => Ok(Standing::Idle),
        None => Err(StandbyError::Refused("its answer is not understood".to_owned())),
    }
}
