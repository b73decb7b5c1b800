//! The programs that are being recorded right now, found by the ring that they have mapped. Needs no server: whoever may
//! read a process's memory map may see that it is recorded.

use dropscope_format::{Block, BlockReader, EventBatch, process_start};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A process without a ring is looked at again only after this many scans: few begin to be recorded later than at start.
const SCANS_TO_SKIP: u8 = 5;
const RING_SUFFIX: &[u8] = b".ring";

/// A program that is being recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Running {
    /// Its process id.
    pub pid: u32,
    /// Its file's name, without the folder.
    pub program: String,
    /// What it was started with, its own name first.
    pub arguments: Vec<String>,
    /// Where it is recorded to.
    pub recording: PathBuf,
    /// When the recording began.
    pub started: SystemTime,
}

/// Looks for recorded programs, again and again; remembers those that it need not look at closely.
#[derive(Default)]
pub struct RunningScan {
    known: HashMap<u32, Known>,
}

struct Known {
    process_start: u64,
    running: Option<Running>,
    skip: u8,
    seen: bool,
}

impl RunningScan {
    /// All programs that this user may see being recorded, the newest first. Cheap enough for once a second.
    pub fn scan(&mut self) -> Vec<Running> {
        for known in self.known.values_mut() {
            known.seen = false;
        }
        for pid in own_processes() {
            self.look_at(pid);
        }
        self.known.retain(|_, known| known.seen);
        let mut running: Vec<Running> = self.known.values().filter_map(|known| known.running.clone()).collect();
        running.sort_by(|a, b| b.started.cmp(&a.started).then(b.pid.cmp(&a.pid)));
        running
    }

    fn look_at(&mut self, pid: u32) {
        // None also for a process that has ended and only waits to be reaped.
        let Some(start) = process_start(pid) else { return };
        let known = self.known.entry(pid).or_insert(Known { process_start: start, running: None, skip: 0, seen: true });
        known.seen = true;
        if known.process_start != start {
            *known = Known { process_start: start, running: None, skip: 0, seen: true };
        }
        match (&known.running, known.skip) {
            // It may have stopped being recorded, or begun another recording, by `exec` or in code.
            (Some(running), _) => {
                let mapped = mapped_recording(pid);
                if mapped.as_ref() != Some(&running.recording) {
                    known.running = mapped.and_then(|recording| describe(pid, recording));
                }
            }
            (None, 0) => {
                known.running = mapped_recording(pid).and_then(|recording| describe(pid, recording));
                known.skip = if known.running.is_some() { 0 } else { SCANS_TO_SKIP };
            }
            (None, _) => known.skip -= 1,
        }
    }
}

/// Where the process `pid` is being recorded to.
pub fn recording_of(pid: u32) -> Option<PathBuf> {
    Some(describe(pid, mapped_recording(pid)?)?.recording)
}

fn own_processes() -> impl Iterator<Item = u32> {
    let own_user = fs::metadata("/proc/self").map(|metadata| metadata.uid()).ok();
    fs::read_dir("/proc").into_iter().flatten().filter_map(move |entry| {
        let entry = entry.ok()?;
        let pid = entry.file_name().to_str()?.parse().ok()?;
        (entry.metadata().ok().map(|metadata| metadata.uid()) == own_user).then_some(pid)
    })
}

/// The recording whose ring the process has mapped.
fn mapped_recording(pid: u32) -> Option<PathBuf> {
    let maps = fs::read(format!("/proc/{pid}/maps")).ok()?;
    maps.split(|byte| *byte == b'\n').find_map(|line| {
        // The path is the sixth field and may hold blanks; a removed file's has " (deleted)" behind it.
        let path = line.get(line.iter().position(|byte| *byte == b'/')?..)?;
        let recording = path.strip_suffix(RING_SUFFIX)?;
        Some(PathBuf::from(OsStr::from_bytes(recording)))
    })
}

/// What the recording itself says about the process; none where it is of another one, such as our parent's.
fn describe(pid: u32, recording: PathBuf) -> Option<Running> {
    let mut reader = BlockReader::open(&recording).ok()?;
    let mut batch = EventBatch::default();
    let Ok(Some(Block::Process(process))) = reader.next_block(&mut batch) else { return None };
    if process.pid != pid {
        return None;
    }
    let program = process.program.rsplit('/').next().unwrap_or(&process.program).to_owned();
    let started = UNIX_EPOCH + Duration::from_nanos(process.started_unix_ns);
    Some(Running { pid, program, arguments: process.arguments, recording, started })
}
