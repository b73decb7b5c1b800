//! A program that stands by (`DROPSCOPE=standby`): recorded from when it is told to until it is told to stop.
//!
//! It listens on a socket of its own, by name: `dropscope.PID`, abstract, so that nothing is left behind by a killed
//! program. One thread waits there; the program's threads pay what they pay unrecorded, one relaxed load per call. No
//! signal is involved. Only its own user and root are listened to.
//!
//! | asked, one line | answered, one line |
//! |---|---|
//! | `start PATH` | `recording PATH`, which may lie beside the one asked for |
//! | `stop` | `idle` |
//! | `state` | `recording PATH` or `idle` |
//! | anything else, or what fails | `error SENTENCE` |

use crate::config::{Config, Recording};
use crate::sys::{self, thread};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::Duration;

/// Longer questions are not meant for us.
const LINE_BYTES: u64 = 8192;
/// Who asks writes at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Begins to listen. Inside the recorder, at the process's first allocation.
///
/// # Errors
/// A sentence.
pub(crate) fn stand_by() -> Result<(), String> {
    let listener = listen().map_err(|error| format!("cannot stand by: {error}"))?;
    thread::spawn(Box::new(move || serve(listener))).map_err(|error| format!("cannot stand by: no thread ({error})"))
}

fn listen() -> std::io::Result<UnixListener> {
    let name = SocketAddr::from_abstract_name(format!("dropscope.{}", sys::process_id()))?;
    let listener = UnixListener::bind_addr(&name)?;
    let moved = sys::out_of_the_way(std::fs::File::from(OwnedFd::from(listener)));
    Ok(UnixListener::from(OwnedFd::from(moved)))
}

fn serve(mut listener: UnixListener) {
    let mut recording = None;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                // Whoever asks and goes away before the answer is nobody's trouble.
                let _ = answer(&stream, &mut recording);
            }
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            // The program has closed our descriptor, as daemons do with all they find: the name is free again. The
            // number may be somebody else's by now and must not be closed.
            Err(_) => {
                sys::nap_us(100_000);
                if let Ok(again) = listen() {
                    std::mem::forget(std::mem::replace(&mut listener, again));
                }
            }
        }
    }
}

fn answer(mut stream: &UnixStream, recording: &mut Option<Recording>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if !sys::is_own_user_or_root(stream.as_raw_fd()) {
        return stream.write_all(b"error only the program's own user may ask\n");
    }
    let mut line = String::new();
    BufReader::new(stream.take(LINE_BYTES)).read_line(&mut line)?;
    let line = line.trim_end_matches('\n');
    let text = match line.split_once(' ').unwrap_or((line, "")) {
        ("start", path) if !path.is_empty() => match Recording::start(&Config::new(path)) {
            Ok(started) => state(Some(recording.insert(started))),
            Err(error) => format!("error {error}"),
        },
        ("stop", "") => {
            drop(recording.take());
            state(None)
        }
        ("state", "") => state(recording.as_ref()),
        _ => "error this is not understood: start PATH, stop or state".to_owned(),
    };
    stream.write_all(format!("{text}\n").as_bytes())
}

fn state(recording: Option<&Recording>) -> String {
    recording.map_or_else(|| "idle".to_owned(), |recording| format!("recording {}", recording.path().display()))
}
