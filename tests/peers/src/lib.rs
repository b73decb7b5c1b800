//! The programs that are measured: each workload once, to be run under whatever allocator the binary brings.
//!
//! A binary of this crate is `PROGRAM WORKLOAD DIVISOR`: it does the workload (a `DIVISOR`th of it) and prints one line
//! of numbers for the harness, see [`Run`].

mod churn;
mod parse;
mod server;
mod threads;
#[cfg(feature = "spans")]
pub mod turns;

use std::time::Instant;

/// One workload: its name for the command line, what it is, and the work.
pub struct Workload {
    /// Name on the command line.
    pub name: &'static str,
    /// For the table.
    pub title: &'static str,
    /// Makes ready to do it, `1 / divisor` of it.
    prepare: fn(divisor: u32) -> Work,
}

/// What is measured.
type Work = Box<dyn FnOnce()>;

/// All of them, in the table's order.
pub const WORKLOADS: [Workload; 9] = [
    Workload {
        name: "churn-12",
        title: "small churn, depth 12",
        prepare: |d| Box::new(move || churn::at_depth(12, d)),
    },
    Workload {
        name: "churn-40",
        title: "small churn, depth 40",
        prepare: |d| Box::new(move || churn::at_depth(40, d)),
    },
    Workload { name: "json", title: "serde_json parse", prepare: parse::json },
    Workload { name: "syn", title: "syn parse", prepare: parse::rust },
    Workload {
        name: "threads-8",
        title: "8 threads passing blocks",
        prepare: |d| Box::new(move || threads::passing(8, d)),
    },
    Workload {
        name: "threads-1",
        title: "1 thread, the same blocks",
        prepare: |d| Box::new(move || threads::passing(1, d)),
    },
    Workload { name: "realloc", title: "growth by realloc", prepare: |d| Box::new(move || churn::growth(d)) },
    Workload { name: "tokio", title: "tokio server", prepare: |d| Box::new(move || server::requests(d)) },
    Workload { name: "grass", title: "grass (Sass compiler)", prepare: parse::sass },
];

/// What a program says about its own run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// `CLOCK_MONOTONIC` at the first line of `main`, in ns.
    pub main_at_ns: u64,
    /// Wall time of the work, in ns.
    pub work_ns: u64,
    /// Most memory that was resident (`VmHWM`), in bytes.
    pub peak_bytes: u64,
}

impl Run {
    /// The line that the program prints.
    pub fn to_line(self) -> String {
        format!("{} {} {}", self.main_at_ns, self.work_ns, self.peak_bytes)
    }

    /// The inverse; none for another line.
    pub fn from_line(line: &str) -> Option<Run> {
        let mut numbers = line.split_whitespace().map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Run { main_at_ns: next()?, work_ns: next()?, peak_bytes: next()? })
    }
}

/// Does what the command line says, and prints the [`Run`]. The first thing in each binary's `main`.
pub fn run_workload(main_at_ns: u64) {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.get(1).map_or("", String::as_str);
    let divisor = arguments.get(2).and_then(|number| number.parse().ok()).unwrap_or(1);
    let Some(workload) = WORKLOADS.iter().find(|workload| workload.name == name) else {
        eprintln!("no workload `{name}`");
        std::process::exit(2);
    };
    // The C library gives the top of its heap back to the kernel and asks for it again, or does not, as small differences
    // between the programs have it: a cost of milliseconds that is nobody's.
    // SAFETY: sets a number.
    unsafe { libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX) };
    let work = (workload.prepare)(divisor);
    let started = Instant::now();
    work();
    let work_ns = started.elapsed().as_nanos() as u64;
    println!("{}", Run { main_at_ns, work_ns, peak_bytes: peak_bytes() }.to_line());
}

/// `CLOCK_MONOTONIC`, in ns: the same clock in the harness and in the programs it starts.
pub fn monotonic_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a place of its own; the clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// SplitMix64: the same numbers everywhere.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
