//! Where the instructions go: callgrind's counts by function and event, the same each time on one machine.
//!
//! Two runs of different lengths, so that what begins and ends a program falls out of the difference.

use crate::build::Programs;
use crate::measure::count_events;
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// The longer run does twice the work of the shorter one.
const DIVISORS: [u32; 2] = [20, 40];
/// Functions with fewer instructions per event are summed up.
const SHOWN_FROM: f64 = 2.0;

/// What only the writer calls, by the beginnings of its functions' names.
const WRITERS: [&str; 4] = ["dropscope_format::", "dropscope::drain::", "dropscope::writer::", "lz4_flex::"];

/// By function, instructions; of the program's threads, and of the writer.
#[derive(Default)]
struct Counts {
    program: HashMap<String, f64>,
    writer: HashMap<String, f64>,
}

/// Prints what `workload` takes per event: alone, recorded, and on the writer's thread.
pub fn print(programs: &Programs, workload: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let recording = folder.join("it.dscope");
    let mut events = [0.0; 2];
    let mut of_program: HashMap<String, f64> = HashMap::new();
    let mut of_writer: HashMap<String, f64> = HashMap::new();
    let mut own = 0.0;
    for (run, sign) in [1.0, -1.0].into_iter().enumerate() {
        let alone = count(&programs.folder.join("plain"), workload, DIVISORS[run], folder, None)?;
        own += sign * sum(&alone.program);
        let recorded =
            count(&programs.folder.join("with-dropscope"), workload, DIVISORS[run], folder, Some(&recording))?;
        events[run] = count_events(&recording)?;
        recorded.program.into_iter().for_each(|(name, count)| *of_program.entry(name).or_default() += sign * count);
        recorded.writer.into_iter().for_each(|(name, count)| *of_writer.entry(name).or_default() += sign * count);
    }
    let events = events[0] - events[1];
    println!("{workload}: instructions per event ({events} events)");
    println!("  the program alone            {:>8.1}", own / events);
    println!("  its threads when recorded    {:>8.1}", sum(&of_program) / events);
    println!("  so the hook adds             {:>8.1}", (sum(&of_program) - own) / events);
    by_function(&of_program, events);
    println!("  the writer                   {:>8.1}", sum(&of_writer) / events);
    by_function(&of_writer, events);
    Ok(())
}

fn sum(counts: &HashMap<String, f64>) -> f64 {
    counts.values().sum()
}

fn by_function(counts: &HashMap<String, f64>, events: f64) {
    let mut rows: Vec<(&str, f64)> = counts.iter().map(|(name, count)| (name.as_str(), count / events)).collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let rest: f64 = rows.iter().filter(|row| row.1 < SHOWN_FROM).map(|row| row.1).sum();
    for (name, count) in rows.iter().filter(|row| row.1 >= SHOWN_FROM).chain([&("the rest", rest)]) {
        println!("    {count:>8.1}  {name}");
    }
}

/// Runs `program` under callgrind.
fn count(
    program: &Path,
    workload: &str,
    divisor: u32,
    folder: &Path,
    recording: Option<&Path>,
) -> Result<Counts, Box<dyn Error>> {
    let out = folder.join("callgrind");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--fair-sched=yes"]);
    command.arg(format!("--callgrind-out-file={}", out.display())).arg(program);
    command.arg(workload).arg(divisor.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(recording) = recording {
        command.env("DROPSCOPE_OUT", recording);
    }
    let status = command.status().map_err(|error| format!("valgrind does not start: {error}"))?;
    if !status.success() {
        return Err(format!("{workload} under callgrind ends with {status}").into());
    }
    let mut counts = Counts::default();
    for (name, count) in by_name(&std::fs::read_to_string(&out)?) {
        // By function and not by thread: at the end the program's thread does the writer's work itself.
        let is_writers = WRITERS.iter().any(|start| name.starts_with(start));
        let target = if is_writers { &mut counts.writer } else { &mut counts.program };
        *target.entry(name).or_default() += count;
    }
    std::fs::remove_file(&out)?;
    Ok(counts)
}

/// Instructions by function, without those of what it calls. A name stands at its number's first mention only.
fn by_name(profile: &str) -> HashMap<String, f64> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut counts: HashMap<&str, f64> = HashMap::new();
    let (mut function, mut is_call) = ("", false);
    for line in profile.lines() {
        if let Some((key, value)) = line.split_once('=') {
            let (number, name) = value.split_once(' ').unwrap_or((value, ""));
            if matches!(key, "fn" | "cfn") && !name.is_empty() {
                names.insert(number, name);
            }
            match key {
                "fn" => function = number,
                "calls" => is_call = true,
                _ => {}
            }
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let count: f64 = line.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or(0.0);
            if !std::mem::take(&mut is_call) {
                *counts.entry(function).or_default() += count;
            }
        }
    }
    let mut by_name: HashMap<String, f64> = HashMap::new();
    for (number, count) in counts {
        // The same function, called from itself, has names that end so.
        let name = names.get(number).copied().unwrap_or(number).split('\'').next().unwrap_or_default();
        *by_name.entry(name.to_owned()).or_default() += count;
    }
    by_name
}
