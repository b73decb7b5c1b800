//! One run of one program: its own words, what the system says it took, and what it left.

use crate::build::Programs;
use crate::recorders::Recorder;
use dropscope_format::{Item, Recording, State};
use dropscope_peers::{Run, monotonic_ns};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::process::Stdio;

/// What one run gave.
pub enum Sample {
    /// Numbers.
    Is(Numbers),
    /// Why there are none.
    CannotRun(String),
}

/// See the fields; dhat's are of its smaller share of the work.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// Wall time of the work in the program, in ns.
    pub work_ns: f64,
    /// CPU time of the program and everything started with it, from start to end, in ns.
    pub cpu_ns: f64,
    /// From before the start to the first line of `main`, in ns.
    pub start_ns: f64,
    /// Most memory of the program that was resident, in bytes.
    pub peak_bytes: f64,
    /// What it left on disk, in bytes.
    pub file_bytes: f64,
    /// Events in Dropscope's recording; 0 for the others.
    pub events: f64,
    /// Events it lost.
    pub lost: f64,
    /// Least bytes per event that any encoding of the events' times alone can take: the entropy of the ns between an
    /// event and the one before it on its thread. What a file without times does not have to hold.
    pub time_bytes: f64,
}

/// Runs `workload` under `recorder`.
pub fn run_once(
    programs: &Programs,
    recorder: Recorder,
    workload: &str,
    folder: &Path,
) -> Result<Sample, Box<dyn Error>> {
    let (mut command, file) = match recorder.command(programs, workload, folder) {
        Ok(found) => found,
        Err(why) => return Ok(Sample::CannotRun(why)),
    };
    let cpu_before_ns = cpu_of_children_ns();
    let begun_ns = monotonic_ns();
    let output = command.stderr(Stdio::null()).output()?;
    let cpu_ns = cpu_of_children_ns() - cpu_before_ns;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(run) = text.lines().find_map(Run::from_line).filter(|_| output.status.success()) else {
        return Ok(Sample::CannotRun(format!("ends with {}", output.status)));
    };
    let mut numbers = Numbers {
        work_ns: run.work_ns as f64,
        cpu_ns: cpu_ns as f64,
        start_ns: run.main_at_ns.saturating_sub(begun_ns) as f64,
        peak_bytes: run.peak_bytes as f64,
        file_bytes: 0.0,
        events: 0.0,
        lost: 0.0,
        time_bytes: 0.0,
    };
    if let Some(file) = file {
        numbers.file_bytes =
            std::fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?.len() as f64;
        if recorder == Recorder::Dropscope {
            look_into(&file, &mut numbers)?;
        }
        std::fs::remove_file(&file)?;
    }
    Ok(Sample::Is(numbers))
}

/// Counts what is in a recording.
fn look_into(file: &Path, numbers: &mut Numbers) -> Result<(), Box<dyn Error>> {
    let mut recording = Recording::open(file)?;
    let (mut events, mut lost) = (0, 0);
    let mut steps: HashMap<u64, u32> = HashMap::new();
    let mut take = |_: &Recording, item: Item<'_>| match item {
        Item::Events(batch) => {
            events += batch.events.len();
            for pair in batch.events.windows(2) {
                *steps.entry(pair[1].time_ns - pair[0].time_ns).or_default() += 1;
            }
        }
        Item::Status(status) => lost = status.lost_total(),
        _ => {}
    };
    while recording.poll(16 << 20, &mut take)? == State::Reading {}
    let all: f64 = steps.values().map(|&count| f64::from(count)).sum();
    let bits: f64 = steps.values().map(|&count| f64::from(count) * (all / f64::from(count)).log2()).sum();
    (numbers.events, numbers.lost) = (events as f64, lost as f64);
    numbers.time_bytes = bits / 8.0 / all.max(1.0);
    Ok(())
}

/// How many events a recording has.
pub fn count_events(file: &Path) -> Result<f64, Box<dyn Error>> {
    let mut recording = Recording::open(file)?;
    let mut events = 0;
    let mut take = |_: &Recording, item: Item<'_>| {
        if let Item::Events(batch) = item {
            events += batch.events.len();
        }
    };
    while recording.poll(16 << 20, &mut take)? == State::Reading {}
    Ok(events as f64)
}

/// CPU time of all children that have ended, and of theirs, in ns.
fn cpu_of_children_ns() -> u64 {
    // SAFETY: zeroes are a valid value, and the call fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    let ns = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}
