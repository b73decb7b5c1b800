//! The tables: what everything costs, and whether Dropscope keeps its promises.

use crate::costs::Costs;
use crate::in_turns::{Comparison, Estimate};
use crate::measure::Numbers;
use crate::recorders::Recorder;
use dropscope_peers::Workload;

type Of = fn(&Numbers) -> f64;
const WORK: Of = |numbers| numbers.work_ns;
const CPU: Of = |numbers| numbers.cpu_ns;
const START: Of = |numbers| numbers.start_ns;

/// Prints both.
pub fn print(all: &[(&Workload, Costs)], comparisons: &[Comparison], rounds: usize) {
    println!("{}", machine());
    println!("medians of {rounds} interleaved runs; `added` against nothing, in ns per event; an event is an alloc, a");
    println!("realloc or a free; a profile (dhat, heapscope) holds sums, its bytes are in all\n");
    for (workload, costs) in all {
        costs_of(workload, costs);
    }
    println!("{:62} {:>10} {:>9}", "against heaptrack in the same run", "is", "at most");
    for promise in promises(all) {
        println!("{promise}");
    }
    if !comparisons.is_empty() {
        println!(
            "\ntokio server, in turns in one process on one processor: the ratios' median, and where it lies with 95 %"
        );
    }
    for comparison in comparisons {
        let (own, base) = (comparison.own.name(), comparison.base.name());
        println!("{}", bound(format!("{own} against {base}, CPU time, {} turns", comparison.turns), comparison.cpu));
        println!("{}", bound(format!("{own} against {base}, program time"), comparison.work));
    }
}

/// One line about what is to cost less than 2 %.
fn bound(what: String, is: Estimate) -> String {
    const AT_MOST: f64 = 1.02;
    let Estimate { median, low, high } = is;
    let verdict = match () {
        () if high <= AT_MOST => "pass",
        () if low > AT_MOST => "MISS",
        () if median <= AT_MOST => "pass, but more turns would be surer",
        () => "not told apart from it: more turns are needed",
    };
    format!("{what:62} {median:>10.3} {AT_MOST:>9.3} [{low:.3}, {high:.3}] {verdict}")
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{count} of {}, Linux {}", model.trim_start_matches([' ', '\t', ':']), kernel.trim())
}

fn costs_of(workload: &Workload, costs: &Costs) {
    let events = costs.events().unwrap_or(f64::NAN);
    println!("{}: {:.2} million events", workload.title, events / 1e6);
    println!("  {:12} {:>9} {:>12} {:>12} {:>9} {:>12}", "", "work ms", "added time", "added CPU", "peak MiB", "bytes");
    for recorder in Recorder::ALL {
        if let Some(why) = costs.why_not(recorder) {
            println!("  {:12} {why}", recorder.name());
            continue;
        }
        let Some(work) = costs.median(recorder, WORK) else { continue };
        let is_base = recorder == recorder.baseline();
        let added = |of: Of| match costs.added(recorder, of) {
            Some(added) if !is_base => format!("{added:.1}"),
            _ => String::new(),
        };
        let peak = costs.median(recorder, |numbers| numbers.peak_bytes).unwrap_or(0.0) / f64::from(1 << 20);
        let work_ms = work * f64::from(recorder.divisor()) / 1e6;
        println!(
            "  {:12} {work_ms:>9.1} {:>12} {:>12} {peak:>9.1} {:>12}",
            recorder.name(),
            added(WORK),
            added(CPU),
            bytes(costs, recorder)
        );
    }
    if let Some(bytes) = costs.median(Recorder::Dropscope, |numbers| numbers.time_bytes) {
        println!("  times alone take {bytes:.2} bytes an event in any encoding (entropy of the steps)");
    }
    let lost = costs.median(Recorder::Dropscope, |numbers| numbers.lost).unwrap_or(0.0);
    println!("{}", if lost > 0.0 { format!("  {lost} events LOST\n") } else { String::new() });
}

fn bytes(costs: &Costs, recorder: Recorder) -> String {
    match recorder {
        Recorder::Dropscope | Recorder::Preload | Recorder::Spans | Recorder::Heaptrack => {
            costs.bytes(recorder).map_or_else(String::new, |bytes| format!("{bytes:.2}/event"))
        }
        Recorder::Dhat | Recorder::Heapscope => {
            costs.median(recorder, |numbers| numbers.file_bytes).map_or_else(String::new, |bytes| format!("{bytes}"))
        }
        _ => String::new(),
    }
}

/// One line of the second table.
struct Promise {
    what: String,
    is: Option<f64>,
    at_most: f64,
    unit: &'static str,
}

impl std::fmt::Display for Promise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Promise { what, is, at_most, unit } = self;
        let Some(is) = is else { return write!(f, "{what:62} {:>10} {at_most:>9.3}{unit} not measured", "-") };
        let verdict = if is <= at_most { "pass" } else { "MISS" };
        write!(f, "{what:62} {is:>10.3} {at_most:>9.3}{unit} {verdict}")
    }
}

/// What heaptrack's added time is divided by, by workload.
const SHARES: [(&str, f64); 6] = [
    ("churn-12", 1.0 / 5.0),
    ("churn-40", 1.0 / 9.0),
    ("json", 1.0 / 4.0),
    ("syn", 1.0 / 4.0),
    ("threads-8", 1.0 / 4.0),
    ("realloc", 1.0 / 4.0),
];

fn promises(all: &[(&Workload, Costs)]) -> Vec<Promise> {
    let costs_of = |name: &str| all.iter().find(|(workload, _)| workload.name == name).map(|(_, costs)| costs);
    let mut promises = Vec::new();
    let mut add = |what: String, is: Option<f64>, at_most: f64, unit: &'static str| {
        promises.push(Promise { what, is, at_most, unit });
    };
    for (workload, costs) in all {
        let of_heaptrack = |of: Of| ratio(costs.added(Recorder::Dropscope, of), costs.added(Recorder::Heaptrack, of));
        if let Some((_, share)) = SHARES.iter().find(|(name, _)| *name == workload.name) {
            add(format!("added program time, {}", workload.title), of_heaptrack(WORK), *share, "");
        }
        add(format!("added CPU of everything, {}", workload.title), of_heaptrack(CPU), 1.0 / 3.0, "");
        let bytes = ratio(costs.bytes(Recorder::Dropscope), costs.bytes(Recorder::Heaptrack));
        add(format!("bytes per event, {}", workload.title), bytes, 2.0 / 3.0, "");
        let of_heapscope = ratio(costs.added(Recorder::Dropscope, WORK), costs.added(Recorder::Heapscope, WORK));
        add(format!("added program time against heapscope, {}", workload.title), of_heapscope, 1.0 / 3.0, "");
    }
    if let Some(json) = costs_of("json") {
        let idle = ratio(json.median(Recorder::Idle, WORK), json.median(Recorder::Nothing, WORK));
        add("idle tracker against none, serde_json parse".into(), idle, 1.01, "");
        let start = json.median(Recorder::Dropscope, START).zip(json.median(Recorder::Nothing, START));
        let start_ms = start.map(|(own, base)| (own - base) / 1e6);
        add("start to first instruction of `main`, added".into(), start_ms, 10.0, " ms");
    }
    if let (Some(eight), Some(one)) = (costs_of("threads-8"), costs_of("threads-1")) {
        let flat = ratio(eight.added(Recorder::Dropscope, CPU), one.added(Recorder::Dropscope, CPU));
        add("8 threads against 1: added CPU per event".into(), flat, 1.3, "");
    }
    promises
}

fn ratio(own: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(own? / other?)
}
