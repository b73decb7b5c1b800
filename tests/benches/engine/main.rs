//! What the engine and the window cost on recordings of 1, 10 and 100 million events of a real program:
//! `cargo bench -p dropscope-tests --bench engine -- [MILLIONS OF EVENTS]… [--follow SECONDS]`, by default `1 10`, and
//! a program of 3 million events a second followed for a minute.
//!
//! Prints a line for each promise, with what was measured and whether it holds. Nothing else should run meanwhile.
//! 100 million events take some minutes and 3 GB of disk.

// A benchmark says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod names;
mod process;
mod read;
mod window;

use process::{Spent, watch};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A block of the program is one birth: what memory is counted by.
const MOST_BYTES_PER_BLOCK: f64 = 24.0;

/// What it takes to show a recording of next to nothing: the program itself, its fonts, its own names.
struct Idle {
    report_bytes: f64,
    window_bytes: f64,
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // Measurements of memory are made in a process of their own: this very program, told what to do.
    match arguments.first().map(String::as_str) {
        Some("--read") => return read::read(Path::new(&arguments[1])),
        Some("--window") => return window::window(Path::new(&arguments[1])),
        Some("--live") => return window::live(Path::new(&arguments[1]), arguments[2].parse().expect("seconds")),
        _ => {}
    }
    let mut follow_seconds = 60;
    if let Some(at) = arguments.iter().position(|argument| argument == "--follow") {
        follow_seconds = arguments.remove(at + 1).parse().expect("seconds behind --follow");
        arguments.remove(at);
    }
    let sizes: Vec<u64> = match arguments.as_slice() {
        [] => vec![1, 10],
        sizes => sizes.iter().map(|size| size.parse().expect("a number of millions of events")).collect(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    println!("{}", machine());
    let tiny = record(folder.path(), 1000);
    let idle = Idle {
        report_bytes: report(&["report", "--json"], &tiny).peak_bytes,
        window_bytes: own(&["--window", tiny.to_str().expect("a plain path")])("resident_bytes"),
    };
    for millions in sizes {
        println!("\n{millions} million events");
        of_size(folder.path(), millions * 1_000_000, &idle);
    }
    println!("\nnames");
    names::names(folder.path(), Path::new(env!("CARGO_BIN_EXE_dropscope-under-test")));
    println!("\nfollowing for {follow_seconds} s");
    follow(folder.path(), follow_seconds);
}

/// One line of the answer.
pub(crate) fn line(what: &str, measured: &str, promise: &str, holds: bool) {
    println!("{:>5}  {what:46} {measured:>26}  ({promise})", if holds { "pass" } else { "miss" });
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("").trim_matches([':', ' ', '\t']);
    format!("{} cores, {name}", std::thread::available_parallelism().map_or(1, usize::from))
}

fn load() -> Command {
    Command::new(env!("CARGO_BIN_EXE_dropscope-load"))
}

fn record(folder: &Path, events: u64) -> PathBuf {
    let path = folder.join(format!("{events}.dscope"));
    let status = load().arg(events.to_string()).env("DROPSCOPE_OUT", &path).stdout(Stdio::null()).status();
    assert!(status.expect("the load can be started").success(), "the load ends well");
    path
}

fn report(arguments: &[&str], path: &Path) -> Spent {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dropscope-under-test"));
    watch(command.args(arguments).arg(path).stdout(Stdio::null()))
}

/// Runs this program on one task and takes the numbers that it prints, each behind its name.
fn own(arguments: &[&str]) -> impl Fn(&str) -> f64 + use<> {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args(arguments).stderr(Stdio::inherit()).output().expect("it can be started");
    let text = String::from_utf8(output.stdout).expect("numbers are text");
    assert!(output.status.success(), "{arguments:?}: {text}");
    move |name| {
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
    }
}

fn of_size(folder: &Path, events: u64, idle: &Idle) {
    let path = record(folder, events);
    let file = path.to_str().expect("a plain path");
    let file_bytes = std::fs::metadata(&path).expect("the recording").len() as f64;
    let read = own(&["--read", file]);
    let (events, blocks) = (read("events"), read("blocks"));
    println!("       {events} events, {blocks} blocks, {:.1} bytes of file an event", file_bytes / events);
    let rate = events / read("cpu_seconds") / 1e6;
    line("read to the end, by CPU time", &format!("{rate:.1} million/s"), "at least 10", rate >= 10.0);
    println!("       in wall time {:.1} million/s", events / read("wall_seconds") / 1e6);
    heaptrack(folder, events, &path);
    let reported = report(&["report", "--json"], &path);
    memory("resident memory of report", reported.peak_bytes - idle.report_bytes, blocks);
    memory("resident memory of the columns alone", read("model_bytes"), blocks);
    for (what, name) in
        [("live in the middle, by stack", "live"), ("born in the first half, alive at its end, by owner", "born")]
    {
        let [first, whole, cancel] = ["first", "whole", "cancel"].map(|part| read(&format!("{name}_{part}_ms")));
        let measured = format!("{first:.0} ms, {whole:.0} ms, {cancel:.1} ms");
        let holds = first <= 100.0 && whole <= 2000.0 && cancel <= 16.0;
        line(what, &measured, "first 100 ms, whole 2 s, cancelled at once", holds);
    }
    let window = own(&["--window", file]);
    let first = window("first_picture_ms");
    line("first picture after open", &format!("{first:.0} ms"), "under 1 s", first < 1000.0);
    let (p99, most) = (window("frame_p99_ms"), window("frame_max_ms"));
    let frames = window("frames");
    line("a frame's own CPU work, 99 % of frames", &format!("{p99:.2} ms"), "under 4 ms", p99 < 4.0);
    println!(
        "       {frames} frames from the whole run to single events; the longest {most:.2} ms; with what else ran on the \
         cores meanwhile {:.2} ms",
        window("frame_wall_p99_ms")
    );
    memory("resident memory of the window", window("resident_bytes") - idle.window_bytes, blocks);
    std::fs::remove_file(&path).expect("the recording can be removed");
}

fn memory(what: &str, bytes: f64, blocks: f64) {
    let per_block = bytes / blocks;
    let promise = format!("at most {MOST_BYTES_PER_BLOCK}");
    line(what, &format!("{per_block:.1} bytes a block"), &promise, per_block <= MOST_BYTES_PER_BLOCK);
}

/// The same program under heaptrack, and both tools' way from the file to their report.
fn heaptrack(folder: &Path, events: f64, recording: &Path) {
    let out = folder.join("heaptrack");
    let recorded = Command::new("heaptrack")
        .arg("-o")
        .arg(&out)
        .arg(env!("CARGO_BIN_EXE_dropscope-load"))
        .arg(format!("{}", (events / 1e6).round() * 1e6))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let Ok(status) = recorded else {
        println!("       heaptrack is not installed: nothing to compare with");
        return;
    };
    let file = ["zst", "gz"].map(|end| out.with_extension(end)).into_iter().find(|file| file.exists());
    let Some(file) = file.filter(|_| status.success()) else {
        println!("       heaptrack made no recording: nothing to compare with");
        return;
    };
    let printed = folder.join("heaptrack.txt");
    let print_to = std::fs::File::create(&printed).expect("room for it");
    let theirs = watch(Command::new("heaptrack_print").arg(&file).stdout(print_to).stderr(Stdio::null()));
    let text = std::fs::read(&printed).expect("its report");
    std::fs::remove_file(&printed).and_then(|()| std::fs::remove_file(&file)).expect("what heaptrack made is ours");
    let text = String::from_utf8_lossy(&text);
    let calls = text.lines().rev().find_map(|line| line.strip_prefix("calls to allocation functions: "));
    let calls = calls.and_then(|calls| calls.split(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0);
    // Its interpreter may die while the program goes on: then only the beginning is there.
    if calls < events * 0.4 {
        println!("       heaptrack lost its recording behind {calls} allocations: nothing to compare with");
        return;
    }
    let ours = report(&["report"], recording);
    let ratio = theirs.cpu_seconds / ours.cpu_seconds;
    let measured = format!("{ratio:.1} times as fast");
    line("report, against heaptrack_print, CPU time", &measured, "at least 5", ratio >= 5.0);
    println!(
        "       {:.0} ns an event against {:.0}; in wall time {:.1} times",
        ours.cpu_seconds / events * 1e9,
        theirs.cpu_seconds / events * 1e9,
        theirs.wall_seconds / ours.wall_seconds
    );
}

fn follow(folder: &Path, seconds: u64) {
    let path = folder.join("live.dscope");
    let mut program = load();
    program.args(["100000000000", "3000000"]).env("DROPSCOPE_OUT", &path).stdout(Stdio::null());
    let mut program = program.spawn().expect("the load");
    while !path.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let live = own(&["--live", path.to_str().expect("a plain path"), &seconds.to_string()]);
    program.kill().and_then(|()| program.wait()).expect("the load can be ended");
    let (rate, behind, cores) = (live("events_per_second") / 1e6, live("behind_ms"), live("cores"));
    line(
        "behind the program, at most",
        &format!("{behind:.0} ms at {rate:.1} million/s"),
        "under 500 ms",
        behind < 500.0,
    );
    line("the window's own CPU meanwhile", &format!("{cores:.2} cores"), "under 1", cores < 1.0);
}
