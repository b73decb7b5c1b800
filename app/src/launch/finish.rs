//! What is done when a recorded program has ended: its recording becomes one file, or it is said why there is none.

use super::{Ended, Way};
use dropscope_format::{Block, BlockReader, EventBatch, FinalizeError, finalize, ring_path};
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// So much of what a compiler says is shown.
const MOST_SAID: usize = 64 << 10;

/// What there is of a recording when the program has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recorded {
    /// One whole file.
    Whole(PathBuf),
    /// A file that can be read, but is not finished; the text says why.
    Unfinished {
        /// The file.
        path: PathBuf,
        /// A clause such as "the program is still being recorded".
        why: String,
    },
    /// No file; the sentence says why and what to do.
    Nothing(String),
}

impl Recorded {
    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Recorded::Whole(path) | Recorded::Unfinished { path, .. } => Some(path),
            Recorded::Nothing(_) => None,
        }
    }
}

/// What a recording waits for before it begins, as these variables of a program's environment, or ours, tell the tracker:
/// a clause that says that it has not come.
pub(super) fn awaited(environment: &[(&'static str, String)]) -> Option<String> {
    let variable = |name: &str| {
        let given = environment.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
        given.or_else(|| std::env::var(name).ok()).filter(|value| !value.is_empty())
    };
    let mark = variable("DROPSCOPE_FROM_MARK").map(|mark| format!("it never said the mark `{mark}`"));
    mark.or_else(|| Some(format!("it ended before the {} s were over", variable("DROPSCOPE_AFTER")?)))
}

/// Finishes the recording at `path` of `program`, which ran as process `pid` and has ended. `way` is how it was recorded,
/// and what the recording was to begin with, see [`awaited`].
pub(super) fn finish(path: &Path, program: &Path, way: (&Way, Option<&str>), pid: u32, ended: Ended) -> Recorded {
    if !path.exists() {
        return Recorded::Nothing(told_why(path).unwrap_or_else(|| why_nothing(program, way, ended)));
    }
    let unfinished = |why: String| Recorded::Unfinished { path: path.to_owned(), why };
    // Where a script or `cargo run` started the recorded program, we do not know how that one ended: what it left is
    // read as it is, and no end is made up for it.
    if recorded_pid(path).is_some_and(|recorded| recorded != pid) {
        return if ring_path(path).exists() {
            unfinished(format!("the recorded program, which {} started, has not ended it", program.display()))
        } else {
            Recorded::Whole(path.to_owned())
        };
    }
    match finalize(path, ended.as_end_kind()) {
        Ok(()) if ring_path(path).exists() => {
            unfinished(format!("it is damaged; keep {} beside it", ring_path(path).display()))
        }
        Ok(()) => Recorded::Whole(path.to_owned()),
        Err(FinalizeError::Open(error)) => Recorded::Nothing(error.to_string()),
        Err(error) => unfinished(error.to_string()),
    }
}

/// Where a program that was to be recorded at `path` says why it could not begin: its errors may be read by nobody.
pub(super) fn why_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".why");
    name.into()
}

/// What it has said there; once.
fn told_why(path: &Path) -> Option<String> {
    let path = why_path(path);
    let text = std::fs::read(&path).ok()?;
    // Left behind, it is only in the way of the next one, who overwrites it.
    let _ = std::fs::remove_file(&path);
    Some(String::from_utf8_lossy(text.get(..MOST_SAID).unwrap_or(&text)).into_owned())
}

/// The process that the recording is of; it stands in the first block.
fn recorded_pid(path: &Path) -> Option<u32> {
    let mut reader = BlockReader::open(path).ok()?;
    let mut batch = EventBatch::default();
    match reader.next_block(&mut batch) {
        Ok(Some(Block::Process(process))) => Some(process.pid),
        _ => None,
    }
}

/// Recordings beside the one at `path` that were begun after `since` and are named as the tracker names those of further
/// processes: `STEM.PID.dscope`, `STEM.PID.2.dscope`.
pub(super) fn others(path: &Path, since: SystemTime) -> Vec<PathBuf> {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem()) else { return Vec::new() };
    let is_other = |name: &OsStr| {
        let rest = name.as_bytes().strip_prefix(stem.as_bytes());
        let middle = rest.and_then(|rest| rest.strip_prefix(b".")).and_then(|rest| rest.strip_suffix(b".dscope"));
        middle.is_some_and(|middle| middle.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
    };
    // The clock that stamps files may be a tick behind ours.
    let since = since.checked_sub(Duration::from_millis(20)).unwrap_or(since);
    let is_new = |entry: &DirEntry| {
        let times = entry.metadata().and_then(|metadata| metadata.modified());
        times.is_ok_and(|modified| modified >= since)
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.filter(|entry| is_other(&entry.file_name()) && is_new(entry)).map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn why_nothing(program: &Path, (way, awaited): (&Way, Option<&str>), ended: Ended) -> String {
    let name = program.file_name().unwrap_or(program.as_os_str());
    let name = name.display();
    let told = "what it says above may tell why, such as a folder that it may not write to.";
    if let (Way::Tracker | Way::Preload(_), Some(awaited), Ended::Exited(_)) = (way, awaited, ended) {
        return format!("{name} ran, but {awaited}, with which its recording was to begin: nothing was recorded.");
    }
    match (way, ended) {
        (Way::None(why), _) => format!("{name} ran, but was not recorded: {why}."),
        (Way::Starter(_), _) => format!(
            "{name} ran, but nothing was recorded: it starts other programs, of which none has the tracker in it, and \
             has not become one that can be recorded from outside. Name the program that you mean: `dropscope record \
             -- PROGRAM` records any that takes its memory from malloc, and any with `dropscope::attach!();` in its \
             main.rs."
        ),
        (_, Ended::Killed(signal)) => {
            format!("{name} was killed by {} before it recorded anything.", super::signal_name(signal))
        }
        (Way::Tracker, Ended::Exited(_)) => format!("{name} has the tracker in it, but recorded nothing: {told}"),
        (Way::Preload(preload), Ended::Exited(_)) => format!(
            "{name} was to be recorded by {}, but recorded nothing: it calls no malloc, or {told}",
            preload.library.display()
        ),
    }
}
