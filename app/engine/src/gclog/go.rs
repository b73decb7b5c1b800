//! Go's `GODEBUG=gctrace=1`, from Go 1.5 on.
//!
//! `gc 4 @1.234s 11%: 0.025+562+0.060 ms clock, 0.050+0/290/356+0.12 ms cpu, 239->253->212 MB, 281 MB goal, … 2 P`: the
//! line is written at the end, `@` is the start, and the clock times are sweep termination (stopped), marking (beside
//! the program) and mark termination (stopped).

use super::lines::Line;
use super::log::{Finished, GcSource, HeapSample, Part, Phase, Verdict};
use super::scan::{MB, MS, SECOND, Scan};
use crate::PauseKind;
use std::collections::VecDeque;

/// Starts of lines that other debug settings of the runtime write.
const KNOWN: [&str; 8] = ["scvg", "scav ", "pacer: ", "scan: ", "GC forced", "SCHED ", "init ", "total "];

/// More processes than this are not told apart at a time.
const MAX_RUNS: usize = 64;

/// One process. The tools that `go run` starts write the same log to the same place as the program.
#[derive(Default, Debug)]
struct Run {
    part: Part,
    last_number: u64,
    last_start_ns: u64,
}

/// Reads Go's log.
#[derive(Default, Debug)]
pub(super) struct GoReader {
    /// In order of their starts.
    runs: VecDeque<Run>,
    /// Processes that are no longer in `runs`, and lines understood of them.
    forgotten: u64,
    understood_of_forgotten: u64,
}

impl GoReader {
    pub(super) fn line(&mut self, line: Line<'_>) -> Verdict {
        let mut verdict = Verdict::Other;
        let mut last = None;
        // The runtime writes a line in pieces, so the program's output can stand before it, and a cut line too.
        for start in starts(line.text) {
            let text = &line.text[start..];
            if let Some(cycle) = Cycle::parse(text) {
                verdict = verdict.max(Verdict::Understood);
                last = Some(self.add(&cycle));
            } else if looks_cut(text) {
                verdict = Verdict::NotUnderstood;
            }
        }
        // Once, however many cycles are in it, and as what the whole line is.
        if verdict == Verdict::Understood
            && let Some(run) = last.and_then(|index| self.runs.get_mut(index))
        {
            run.part.understood += 1;
        }
        if verdict == Verdict::Other && KNOWN.iter().any(|known| line.text.starts_with(known)) && is_known(line.text) {
            verdict = Verdict::Ignored;
        }
        verdict
    }

    /// Gives the number of the run that it is added to.
    fn add(&mut self, cycle: &Cycle) -> usize {
        // A cycle belongs to the process whose last cycle it follows best.
        let follows = |run: &Run| run.last_number < cycle.number && run.last_start_ns <= cycle.start_ns;
        let candidates = self.runs.iter().enumerate().filter(|(_, run)| cycle.number > 1 && follows(run));
        let index = candidates.max_by_key(|(_, run)| run.last_number).map(|(index, _)| index);
        let index = index.unwrap_or_else(|| self.begin_run());
        let run = &mut self.runs[index];
        run.last_number = cycle.number;
        run.last_start_ns = cycle.start_ns;
        cycle.write(&mut run.part);
        index
    }

    fn begin_run(&mut self) -> usize {
        if self.runs.len() == MAX_RUNS
            && let Some(oldest) = self.runs.pop_front()
        {
            self.forgotten += 1;
            self.understood_of_forgotten += oldest.part.understood;
        }
        self.runs.push_back(Run::default());
        self.runs.len() - 1
    }

    pub(super) fn finish(mut self) -> Finished {
        let runs = self.forgotten + self.runs.len() as u64;
        let shown = self.runs.pop_back().unwrap_or_default();
        let cycles = shown.part.heap.len();
        let mut finished = Finished::new(GcSource::Go, shown.part);
        let understood_of_others: u64 = self.runs.iter().map(|run| run.part.understood).sum();
        finished.understood_of_others = understood_of_others + self.understood_of_forgotten;
        if runs > 1 {
            finished.notes.push(format!(
                "{runs} Go processes wrote into this log (the tools of `go run` do). Shown is the one that started \
                 last, with {cycles} collections. Build the program first and run it alone to be sure."
            ));
        }
        finished
    }
}

/// Where a collection's line may begin.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices("gc ").map(|(at, _)| at).filter(move |&at| {
        let is_word = text[..at].chars().next_back().is_none_or(|c| !c.is_alphabetic());
        is_word && text[at + 3..].starts_with(|c: char| c.is_ascii_digit())
    })
}

/// A line of this form that could not be read, and no sentence of the program such as `gc 5 done`.
fn looks_cut(text: &str) -> bool {
    let mut scan = Scan(text);
    let is_start = scan.literal("gc ").and_then(|()| scan.integer()).is_some();
    is_start && (scan.0.starts_with(" @") || scan.is_done())
}

fn is_known(text: &str) -> bool {
    match text.split_once(' ') {
        Some(("init", rest)) => rest.contains(" @"),
        Some(("total", rest)) => rest.contains(" objs"),
        _ => true,
    }
}

/// What one line says.
struct Cycle {
    number: u64,
    start_ns: u64,
    /// Three phases, or five from Go 1.5; the first and the last stop the world.
    wall_ns: Vec<u64>,
    cpu_ns: Vec<u64>,
    before_bytes: u64,
    end_bytes: u64,
    live_bytes: u64,
    is_forced: bool,
}

impl Cycle {
    fn parse(text: &str) -> Option<Self> {
        let mut scan = Scan(text);
        scan.literal("gc ")?;
        let number = scan.integer()?;
        scan.literal(" @")?;
        let start_ns = scan.decimal()?.times(SECOND);
        scan.literal("s ")?;
        scan.integer()?;
        scan.literal("%: ")?;
        let wall_ns = sum_list(&mut scan)?;
        scan.literal(" ms clock, ")?;
        let cpu_ns = sum_list(&mut scan)?;
        scan.literal(" ms cpu, ")?;
        let before_bytes = scan.integer()?.saturating_mul(MB);
        scan.literal("->")?;
        let end_bytes = scan.integer()?.saturating_mul(MB);
        scan.literal("->")?;
        let live_bytes = scan.integer()?.saturating_mul(MB);
        scan.literal(" MB")?;
        let is_forced = scan.0.contains("(forced)");
        let is_whole = wall_ns.len() >= 2;
        is_whole.then_some(Self { number, start_ns, wall_ns, cpu_ns, before_bytes, end_bytes, live_bytes, is_forced })
    }

    fn write(&self, part: &mut Part) {
        let last = self.wall_ns.len() - 1;
        let mut start_ns = self.start_ns;
        for (index, &duration_ns) in self.wall_ns.iter().enumerate() {
            let (name, kind) = match index {
                0 => ("sweep termination", PauseKind::StopTheWorld),
                _ if index == last => ("mark termination", PauseKind::StopTheWorld),
                _ => (concurrent_name(last, index), PauseKind::Concurrent),
            };
            part.phases.push(Phase {
                start_ns,
                duration_ns,
                kind,
                name: name.to_owned(),
                cause: self.is_forced.then(|| "forced".to_owned()),
                cpu_ns: self.cpu_ns.get(index).copied().filter(|_| self.cpu_ns.len() == self.wall_ns.len()),
                collection: Some(self.number),
            });
            start_ns = start_ns.saturating_add(duration_ns);
        }
        part.heap.push(HeapSample {
            before_at_ns: self.start_ns,
            t_ns: start_ns,
            before_bytes: self.before_bytes,
            end_bytes: Some(self.end_bytes),
            after_bytes: self.live_bytes,
            capacity_bytes: None, // the goal is what the collector aims at, not what the heap holds
        });
        part.saw_time(start_ns);
    }
}

/// Go 1.5 told three phases that run beside the program, later versions one.
fn concurrent_name(last: usize, index: usize) -> &'static str {
    match (last, index) {
        (4, 1) => "scan",
        (4, 2) => "install write barrier",
        _ => "mark",
    }
}

/// `0.050+0/290/356+0.12`: times in ms, whose parts between slashes are added up.
fn sum_list(scan: &mut Scan<'_>) -> Option<Vec<u64>> {
    let mut sums_ns = vec![scan.decimal()?.times(MS)];
    loop {
        if scan.literal("+").is_some() {
            sums_ns.push(scan.decimal()?.times(MS));
        } else if scan.literal("/").is_some() {
            let part_ns = scan.decimal()?.times(MS);
            let last = sums_ns.last_mut()?;
            *last = last.saturating_add(part_ns);
        } else {
            return Some(sums_ns);
        }
    }
}
