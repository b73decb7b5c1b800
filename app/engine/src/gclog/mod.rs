//! Logs that garbage collectors of other languages write, read to the same form, to be compared with recordings.
//!
//! Go's `gctrace`, the JVM's `-Xlog:gc*` and its forms before JDK 9, V8's `--trace-gc` and Python's collector. Every
//! line of a file is counted once, and what is not understood is kept to be shown ([`LineCounts`]).

mod go;
mod jvm;
mod lines;
mod log;
mod operations;
mod python;
mod scan;
mod v8;
mod v8_values;

pub use log::{GcLog, GcSource, HeapSample, LineCounts, LineSample, Phase};
pub use operations::{LogScope, OPERATIONS_SUFFIX, OperationLog, OperationSum, SlowOperation, operations_path};

use go::GoReader;
use jvm::JvmReader;
use lines::Line;
use log::{Finished, Verdict, apart};
use python::PythonReader;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use v8::V8Reader;

/// How many lines that were not understood are kept.
pub const MAX_SAMPLES: usize = 20;

/// Greater files are not read: a log of a year of collections is smaller.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// So many lines of one form are proof enough.
const SURE_LINES: u64 = 16;

/// Why bytes are no log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotALog {
    /// There is nothing in it.
    #[error("it is empty; was the program started with the flag that makes the log, and did it collect at all?")]
    Empty,
    /// No line is one of a collector's.
    #[error(
        "no line of it is one that a garbage collector writes. Readable are: Go with GODEBUG=gctrace=1, the JVM with \
         -Xlog:gc*, Node with --trace-gc, Python with gc_recorder.py"
    )]
    NoCollectorLine,
}

/// Why a file could not be read as a log.
#[derive(Debug, thiserror::Error)]
pub enum OpenLogError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too great.
    #[error("{path} is greater than {} MB; cut out the part that matters", MAX_FILE_BYTES >> 20)]
    TooGreat {
        /// Which.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{path} is no log of a garbage collector: {reason}")]
    NotALog {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        reason: NotALog,
    },
}

/// Which collector's log this is; `None` if no line of it is one.
pub fn detect(bytes: &[u8]) -> Option<GcSource> {
    let decoded = lines::decode(bytes);
    let mut reader = Family::of(&decoded)?.reader();
    lines::for_each(&decoded, |line| {
        reader.line(line);
        // Only the JVM's lines differ by collector, and may tell it late.
        reader.source() == GcSource::JvmOther
    });
    Some(reader.source())
}

/// Reads a log. Broken lines are counted, not errors.
pub fn parse(bytes: &[u8]) -> Result<GcLog, NotALog> {
    let decoded = lines::decode(bytes);
    if decoded.iter().all(u8::is_ascii_whitespace) {
        return Err(NotALog::Empty);
    }
    let mut reader = Family::of(&decoded).ok_or(NotALog::NoCollectorLine)?.reader();
    let mut counts = LineCounts::default();
    let mut samples: Vec<LineSample> = Vec::new();
    lines::for_each(&decoded, |line| {
        let verdict = if line.text.is_empty() { Verdict::Ignored } else { reader.line(line) };
        counts += verdict;
        if verdict == Verdict::NotUnderstood && samples.len() < MAX_SAMPLES {
            samples.push(LineSample::new(line.number, line.text));
        }
        true
    });
    Ok(reader.finish().into_log(counts, samples))
}

/// Reads the log in the file at `path`.
pub fn open(path: &Path) -> Result<GcLog, OpenLogError> {
    let io = |source| OpenLogError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed tells that there is more, also of a file that has no length.
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(io)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(OpenLogError::TooGreat { path: path.to_owned() });
    }
    parse(&bytes).map_err(|reason| OpenLogError::NotALog { path: path.to_owned(), reason })
}

/// A collector's log and, where its program wrote them, the operations that went on meanwhile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// What the collector wrote.
    pub gc: GcLog,
    /// What the program wrote, if it did.
    pub operations: Option<OperationLog>,
}

impl Log {
    /// Reads the log in the file at `path`, and the program's operations beside it (see [`operations_path`]).
    pub fn open(path: &Path) -> Result<Log, OpenLogError> {
        let mut gc = open(path)?;
        let operations = match OperationLog::beside(path) {
            None => None,
            Some(Ok(operations)) => Some(operations),
            Some(Err(error)) => {
                gc.notes.push(format!("{} cannot be read: {error}.", operations_path(path).display()));
                None
            }
        };
        Ok(Log { gc, operations })
    }

    /// The last time that either knows of, in ns.
    pub fn duration_ns(&self) -> u64 {
        self.gc.duration_ns.max(self.operations.as_ref().map_or(0, |operations| operations.duration_ns))
    }

    /// The greatest heap that the log tells of, in bytes, and when, in ns.
    pub fn peak(&self) -> Option<(u64, u64)> {
        let sizes = self.gc.heap.iter().flat_map(|sample| {
            let end_bytes = sample.end_bytes.unwrap_or(sample.after_bytes).max(sample.after_bytes);
            [(sample.before_bytes, sample.before_at_ns), (end_bytes, sample.t_ns)]
        });
        // Of equals the first, unlike `max_by_key`.
        sizes.reduce(|peak, size| if size.0 > peak.0 { size } else { peak })
    }
}

/// Languages whose logs have nothing in common.
#[derive(Clone, Copy, Debug)]
enum Family {
    Go,
    Jvm,
    V8,
    Python,
}

impl Family {
    const ALL: [Self; 4] = [Self::Go, Self::Jvm, Self::V8, Self::Python];

    /// The family that can read the most lines, among the first ones that any of them can read.
    fn of(decoded: &[u8]) -> Option<Self> {
        let mut readers = Self::ALL.map(|family| (family, family.reader(), LineCounts::default()));
        lines::for_each(decoded, |line| {
            if line.text.is_empty() {
                return true;
            }
            let mut is_sure = false;
            for (_, reader, counts) in &mut readers {
                *counts += reader.line(line);
                is_sure |= counts.understood >= SURE_LINES;
            }
            !is_sure
        });
        // A log without any collection can still be a log.
        let evidence = |reader: &Reader, counts: &LineCounts| counts.understood + u64::from(reader.is_certain());
        let (family, reader, counts) = readers.iter().max_by_key(|(_, reader, counts)| evidence(reader, counts))?;
        (evidence(reader, counts) > 0).then_some(*family)
    }

    fn reader(self) -> Reader {
        match self {
            Self::Go => Reader::Go(GoReader::default()),
            Self::Jvm => Reader::Jvm(Box::default()),
            Self::V8 => Reader::V8(V8Reader::default()),
            Self::Python => Reader::Python(PythonReader::default()),
        }
    }
}

/// What reads one family's lines.
enum Reader {
    Go(GoReader),
    Jvm(Box<JvmReader>),
    V8(V8Reader),
    Python(PythonReader),
}

impl Reader {
    fn line(&mut self, line: Line<'_>) -> Verdict {
        match self {
            Self::Go(reader) => reader.line(line),
            Self::Jvm(reader) => reader.line(line),
            Self::V8(reader) => reader.line(line),
            Self::Python(reader) => reader.line(line),
        }
    }

    fn source(&self) -> GcSource {
        match self {
            Self::Go(_) => GcSource::Go,
            Self::Jvm(reader) => reader.source(),
            Self::V8(_) => GcSource::V8,
            Self::Python(_) => GcSource::Python,
        }
    }

    /// Whether a line was read that can only be from this family's collectors, if nothing was understood.
    fn is_certain(&self) -> bool {
        match self {
            Self::Jvm(reader) => reader.has_tag(),
            Self::Go(_) | Self::V8(_) | Self::Python(_) => false,
        }
    }

    fn finish(self) -> Finished {
        match self {
            Self::Go(reader) => reader.finish(),
            Self::Jvm(reader) => reader.finish(),
            Self::V8(reader) => reader.finish(),
            Self::Python(reader) => reader.finish(),
        }
    }
}

impl Finished {
    fn into_log(self, mut lines: LineCounts, mut samples: Vec<LineSample>) -> GcLog {
        let Self { source, collector, program, mut part, understood_of_others, broken, tells_pauses, mut notes } = self;
        lines.understood -= understood_of_others.min(lines.understood);
        lines.ignored += understood_of_others;
        // A record that never ended was first taken for the beginning of a longer one.
        lines.ignored -= (broken.len() as u64).min(lines.ignored);
        lines.not_understood += broken.len() as u64;
        samples.extend(broken);
        samples.sort_by_key(|sample| sample.line);
        samples.truncate(MAX_SAMPLES);
        apart(&mut part.phases);
        part.heap.sort_by_key(|sample| sample.t_ns);
        if part.phases.is_empty() && part.heap.is_empty() {
            notes.push("No collection is in this log.".to_owned());
        }
        let end_of_phases_ns = part.phases.iter().map(Phase::end_ns).max().unwrap_or_default();
        GcLog {
            source,
            collector,
            program,
            heap: part.heap,
            phases: part.phases,
            tells_pauses,
            lines,
            not_understood_samples: samples,
            duration_ns: part.last_ns.max(end_of_phases_ns),
            notes,
        }
    }
}
