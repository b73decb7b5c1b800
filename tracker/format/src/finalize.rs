//! One file out of two: what a killed program left in its ring is appended to its recording, and the ring removed.

use crate::error::{OpenError, ReadError};
use crate::event::EventBatch;
use crate::info::{End, EndKind, Status, Thread};
use crate::recording::{Item, Recording, State};
use crate::ring::ring_path;
use crate::writer::Encoder;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Why a recording could not be finished. The file and its ring are as they were, and readable.
#[derive(Debug)]
pub enum FinalizeError {
    /// The recording cannot be opened.
    Open(OpenError),
    /// The recording cannot be read.
    Read(ReadError),
    /// The program still runs.
    Running,
    /// The recording cannot be written.
    Write(std::io::Error),
}

impl std::fmt::Display for FinalizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FinalizeError::Open(error) => error.fmt(f),
            FinalizeError::Read(error) => error.fmt(f),
            FinalizeError::Running => write!(f, "the program is still being recorded"),
            FinalizeError::Write(error) => {
                write!(
                    f,
                    "the recording's end cannot be written ({error}); keep the .ring file beside it, it has the rest"
                )
            }
        }
    }
}

impl std::error::Error for FinalizeError {}

/// Gives the recording at `path`, whose program has ended as `kind` says, an orderly end, unless it has one. Leaves file
/// and ring as they are where the file is damaged so that its numbering cannot be continued: readers take both as one.
///
/// # Errors
/// As [`FinalizeError`] says; nothing is lost then.
pub fn finalize(path: &Path, kind: EndKind) -> Result<(), FinalizeError> {
    let mut recording = Recording::open(path).map_err(FinalizeError::Open)?;
    let mut last_ns = 0;
    let mut left = Left::default();
    loop {
        let mut take = |recording: &Recording, item: Item<'_>| {
            if let Item::Events(batch) = &item {
                last_ns = batch.events.last().map_or(last_ns, |event| event.time_ns.max(last_ns));
            }
            if recording.is_in_ring() {
                left.take(&item);
            }
        };
        match recording.poll(8 << 20, &mut take).map_err(FinalizeError::Read)? {
            State::Reading => {}
            State::Following => return Err(FinalizeError::Running),
            State::Ended(_) => return remove_ring(path),
            State::Cut => break,
        }
    }
    let Some((nodes, texts)) = recording.numbered_as_file() else { return Ok(()) };
    let mut encoder = Encoder::resume(nodes, texts);
    for thread in &left.threads {
        encoder.thread(thread);
    }
    for batch in &left.batches {
        encoder.gather(batch, &recording.stacks, &recording.texts);
    }
    encoder.watermark(u64::MAX);
    if let Some(status) = &left.status {
        encoder.status(status);
    }
    encoder.end(&End { time_ns: last_ns, kind });
    append(path, recording.whole_bytes(), &encoder.out).map_err(FinalizeError::Write)?;
    remove_ring(path)
}

/// What the ring had and the file has not.
#[derive(Default)]
struct Left {
    threads: Vec<Thread>,
    batches: Vec<EventBatch>,
    status: Option<Status>,
}

impl Left {
    fn take(&mut self, item: &Item<'_>) {
        match item {
            Item::Thread(thread) => self.threads.push((*thread).clone()),
            Item::Events(batch) => self.batches.push((*batch).clone()),
            Item::Status(status) => self.status = Some((*status).clone()),
            _ => {}
        }
    }
}

/// Puts `bytes` behind the last whole block; takes them back where they do not fit.
fn append(path: &Path, whole_bytes: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.set_len(whole_bytes)?;
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(whole_bytes))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        file.set_len(whole_bytes)?;
    }
    written
}

fn remove_ring(path: &Path) -> Result<(), FinalizeError> {
    match std::fs::remove_file(ring_path(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FinalizeError::Write(error)),
        _ => Ok(()),
    }
}
