//! What a process spends, from the system's own books.

use std::process::Command;
use std::time::{Duration, Instant};

/// What a process has spent from its beginning to its end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) cpu_seconds: f64,
    pub(crate) wall_seconds: f64,
    /// The most memory that it held at once.
    pub(crate) peak_bytes: f64,
}

/// Runs `command` and looks at it every 2 ms: what it spent behind the last look is not seen.
pub(crate) fn watch(command: &mut Command) -> Spent {
    let began = Instant::now();
    let mut child = command.spawn().expect("it can be started");
    let mut spent = Spent::default();
    let pid = child.id().to_string();
    loop {
        if let Some(cpu_seconds) = cpu_seconds(&pid) {
            spent.cpu_seconds = spent.cpu_seconds.max(cpu_seconds);
        }
        if let Some(bytes) = memory(&pid, "VmHWM:") {
            spent.peak_bytes = spent.peak_bytes.max(bytes);
        }
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            assert!(status.success(), "{command:?} ends well");
            spent.wall_seconds = began.elapsed().as_secs_f64();
            return spent;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// CPU time of a process with all its threads, in s, to the clock tick of 10 ms.
pub(crate) fn cpu_seconds(pid: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// CPU time of the calling process's first thread, in s, to the ns.
pub(crate) fn thread_cpu_seconds() -> f64 {
    // The books are brought up to date when the thread gives way.
    std::thread::yield_now();
    let stat = std::fs::read_to_string("/proc/self/schedstat").expect("the scheduler's books");
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).expect("a number of ns") / 1e9
}

/// A line of `/proc/PID/status`, in bytes.
pub(crate) fn memory(pid: &str, key: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok().map(|kib| kib * 1024.0)
}
