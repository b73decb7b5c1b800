//! Results to stdout, messages to stderr. A reader that closes our output, as `head` does, ends the work quietly.

use super::{DONE, Failure};
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

/// Writes `text` to stdout.
pub(super) fn print(text: &str) -> Result<u8, Failure> {
    write(|out| out.write_all(text.as_bytes()))
}

/// Has `work` write to stdout, buffered.
pub(super) fn write(work: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<u8, Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = work(&mut out).and_then(|()| out.flush());
    // Not written again when dropped: whatever failed has failed.
    let _ = out.into_parts();
    match written {
        Ok(()) => Ok(DONE),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::OutputClosed),
        Err(error) => Err(Failure::Work(anyhow::anyhow!("the result cannot be written to stdout: {error}"))),
    }
}

/// Writes `value` to stdout as JSON and a line's end.
pub(super) fn json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    write(|out| {
        serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
        out.write_all(b"\n")
    })
}

/// Says `text` on stderr, its further lines indented. Where nobody listens, nobody can be told.
pub(super) fn say(text: &str) {
    let mut line = String::from("dropscope: ");
    line.push_str(&text.replace('\n', "\n           "));
    line.push('\n');
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// An error and its causes in one line; causes that the error already tells are not told again.
pub(super) fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
