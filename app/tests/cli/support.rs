//! Runs the built `dropscope` in a folder of its own, and tells all about it where an expectation fails.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Nothing that is tried here takes as long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder to work in; gone at the end of the test.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file in the temporary folder");
    }

    /// The names of all files in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("the temporary folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// `dropscope` with these words, not started yet; it sees no display.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropscope"));
        command.args(words).current_dir(self.0.path());
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DROPSCOPE_OUT"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Done {
        Done::of(self.command(words))
    }

    pub(crate) fn run_with_input<S: AsRef<OsStr>>(&self, words: &[S], input: &[u8]) -> Done {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("dropscope starts");
        child.stdin.take().expect("its stdin").write_all(input).expect("it reads its stdin");
        Done { asked: format!("{command:?}"), output: child.wait_with_output().expect("it ends") }
    }

    /// Starts `dropscope` and leaves it running.
    pub(crate) fn start<S: AsRef<OsStr>>(&self, words: &[S]) -> Started {
        let mut command = self.command(words);
        // A job of its own, as a shell starts it. Where the tests' own group has lost its parents (a CI that runs them
        // in the background), the kernel drops the terminal's stop signals.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        signals_act_in(&mut command);
        let mut child = command.spawn().expect("dropscope starts");
        let lines = BufReader::new(child.stdout.take().expect("its stdout"));
        Started { asked: format!("{command:?}"), child, lines }
    }
}

/// What a shell starts in the background without job control, or `nohup` starts, as a CI may start these tests, ignores
/// Ctrl-C or a hang-up, and no shell below it can trap what it found ignored. This one finds them as in a terminal.
#[allow(unsafe_code, reason = "std gives no other way to what a child ignores")]
pub(crate) fn signals_act_in(command: &mut Command) {
    // SAFETY: the closure runs between fork and exec and makes async-signal-safe calls only.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(command, || {
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTSTP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
}

/// What a command came to.
pub(crate) struct Done {
    asked: String,
    output: Output,
}

impl Done {
    pub(crate) fn of(mut command: Command) -> Done {
        let output = command.output().expect("the command starts");
        Done { asked: format!("{command:?}"), output }
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Done {
        assert_eq!(self.output.status.code(), Some(status), "exit status of {self}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Done {
        assert!(self.err().contains(text), "no {text:?} on stderr of {self}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Done {
        assert!(self.out().contains(text), "no {text:?} on stdout of {self}");
        self
    }

    #[track_caller]
    pub(crate) fn prints_nothing(self) -> Done {
        assert!(self.output.stdout.is_empty(), "stdout is not empty of {self}");
        self
    }

    #[track_caller]
    pub(crate) fn says_nothing(self) -> Done {
        assert!(self.output.stderr.is_empty(), "stderr is not empty of {self}");
        self
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (out, err) = (self.out(), self.err());
        write!(f, "{}\n{}\n--- stdout\n{out}\n--- stderr\n{err}\n---", self.asked, self.output.status)
    }
}

/// A `dropscope` that runs.
pub(crate) struct Started {
    asked: String,
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Started {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line that the program, or dropscope, prints.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line of stdout");
        line.trim_end().to_owned()
    }

    /// Sends the signal called `name` to dropscope itself.
    pub(crate) fn send(&self, name: &str) {
        send(self.pid(), name);
    }

    #[track_caller]
    pub(crate) fn end(mut self) -> Done {
        let began = Instant::now();
        while self.child.try_wait().expect("it can be waited for").is_none() {
            assert!(began.elapsed() < PATIENCE, "{} hangs", self.asked);
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut rest = Vec::new();
        self.lines.read_to_end(&mut rest).expect("the rest of stdout");
        let mut output = self.child.wait_with_output().expect("it has ended");
        output.stdout = rest;
        Done { asked: self.asked, output }
    }
}

pub(crate) fn send(pid: u32, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &pid.to_string()]).status().expect("kill starts");
    assert!(sent.success(), "SIG{signal} cannot be sent to {pid}");
}

/// Waits until `is_so`, for as long as a slow machine may take.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The one-letter state of a process, as `ps` shows it: T is stopped.
pub(crate) fn process_state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
