//! Builds a cargo project beside the window: what cargo says line by line, the program that came of it, an end at any time.

use super::os;
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Where a build stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildProgress {
    /// Cargo works.
    Building,
    /// The program is built.
    Built(PathBuf),
    /// It could not be; what cargo said is in [`Build::lines`].
    Failed,
}

/// A build under way.
pub struct Build {
    child: Child,
    folder: PathBuf,
    is_offline: bool,
    said: Receiver<Said>,
    lines: Vec<String>,
    program: Option<PathBuf>,
    /// Streams that are still open.
    open: usize,
    outcome: Option<BuildProgress>,
}

enum Said {
    /// For people.
    Line(String),
    /// The program's file.
    Program(PathBuf),
    /// A stream has ended.
    End,
}

impl Build {
    /// Starts `cargo build` in `folder`; `wake` is called when there is something new.
    ///
    /// # Errors
    /// A sentence, where there is no cargo or it cannot be started.
    pub fn start(folder: &Path, wake: impl Fn() + Send + Clone + 'static) -> Result<Build, String> {
        // All that a copy needs has been fetched to build Dropscope itself; if not, cargo is asked once more.
        Self::start_with(folder, true, wake)
    }

    fn start_with(folder: &Path, is_offline: bool, wake: impl Fn() + Send + Clone + 'static) -> Result<Build, String> {
        let cargo = super::find_program(OsStr::new("cargo"))
            .map_err(|_| "cargo is not in PATH: install Rust from https://rustup.rs to build the copy".to_owned())?;
        let mut command = Command::new(cargo);
        command.current_dir(folder).args(["build", "--message-format", "json-render-diagnostics"]);
        if is_offline {
            command.arg("--offline");
        }
        command.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
        // What cargo gives its own children is not for another cargo.
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "RUSTC", super::OUT_VARIABLE] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: stopping it stops its compilers, too.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| format!("cargo cannot be started: {error}"))?;
        let (send, said) = channel();
        let mut open = 0;
        if let Some(errors) = child.stderr.take() {
            open += 1;
            let (send, wake) = (send.clone(), wake.clone());
            spawn(move || {
                for line in BufReader::new(errors).lines().map_while(Result::ok) {
                    // Nobody listens any more where the window was closed.
                    let _ = send.send(Said::Line(line));
                    wake();
                }
                let _ = send.send(Said::End);
                wake();
            })?;
        }
        if let Some(messages) = child.stdout.take() {
            open += 1;
            spawn(move || {
                for line in BufReader::new(messages).lines().map_while(Result::ok) {
                    if let Some(program) = program_of(&line) {
                        let _ = send.send(Said::Program(program));
                    }
                }
                let _ = send.send(Said::End);
                wake();
            })?;
        }
        let folder = folder.to_owned();
        Ok(Build { child, folder, is_offline, said, lines: Vec::new(), program: None, open, outcome: None })
    }

    /// What cargo and the compiler have said so far, as they are.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Where it stands. Never waits.
    pub fn poll(&mut self, wake: impl Fn() + Send + Clone + 'static) -> BuildProgress {
        if let Some(outcome) = &self.outcome {
            return outcome.clone();
        }
        for said in self.said.try_iter() {
            match said {
                Said::Line(line) => self.lines.push(line),
                Said::Program(program) => self.program = Some(program),
                Said::End => self.open = self.open.saturating_sub(1),
            }
        }
        if self.open > 0 {
            return BuildProgress::Building;
        }
        let outcome = match (self.child.try_wait(), self.program.take()) {
            (Ok(None), program) => {
                self.program = program;
                return BuildProgress::Building;
            }
            (Ok(Some(status)), Some(program)) if status.success() => BuildProgress::Built(program),
            _ if self.is_offline && self.lines.iter().any(|line| line.contains("--offline")) => {
                // Something is missing on this machine: cargo may fetch it.
                match Self::start_with(&self.folder, false, wake) {
                    Ok(online) => {
                        *self = online;
                        return BuildProgress::Building;
                    }
                    Err(problem) => {
                        self.lines.push(problem);
                        BuildProgress::Failed
                    }
                }
            }
            _ => BuildProgress::Failed,
        };
        self.outcome = Some(outcome.clone());
        outcome
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        if self.outcome.is_none() {
            os::send_to_group(self.child.id(), libc::SIGTERM);
            // Cargo ends at once; its status is of no use any more.
            let _ = self.child.wait();
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let spawned = std::thread::Builder::new().name("cargo".to_owned()).spawn(work);
    spawned.map(|_| ()).map_err(|error| format!("no thread can be started to listen to cargo: {error}"))
}

/// The program that a message of cargo names.
fn program_of(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    (message["reason"] == "compiler-artifact").then(|| message["executable"].as_str().map(PathBuf::from))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_taken_from_cargos_messages() {
        let artifact = r#"{"reason":"compiler-artifact","executable":"/x/target/debug/lesson"}"#;
        assert_eq!(program_of(artifact), Some(PathBuf::from("/x/target/debug/lesson")));
        assert_eq!(program_of(r#"{"reason":"compiler-artifact","executable":null}"#), None);
        assert_eq!(program_of("what the program printed"), None);
    }
}
