//! The JVM's logs: unified logging (`-Xlog:gc*`, JDK 9 and newer) and what `-XX:+PrintGCDetails` wrote before.

mod collector;
mod decorations;
mod legacy;
mod legacy_phases;
mod run;
mod safepoint;
mod unified;

use super::lines::Line;
use super::log::{Finished, GcSource, LineSample, Verdict};
use collector::Collector;
use decorations::{Decorated, Stamp};
use legacy::Legacy;
use run::Run;

/// A clock of ns that shows more than this in the first line began with the machine, not with the JVM.
const MAX_FIRST_UPTIME_NS: u64 = 10_000_000_000;

/// Where the times of a log begin.
#[derive(Clone, Copy, Default, Debug)]
struct Zero {
    wall_ns: Option<u64>,
    unsure_ns: Option<u64>,
}

/// Reads the JVM's logs.
#[derive(Default, Debug)]
pub(super) struct JvmReader {
    run: Run,
    zero: Zero,
    legacy: Legacy,
    /// Whether a line with one of the collector's tags was read, or one that says that there is such a log.
    has_tag: bool,
    runs_before: u64,
    understood_of_others: u64,
    /// Legacy lines that were never completed.
    broken: Vec<LineSample>,
}

impl JvmReader {
    pub(super) fn line(&mut self, line: Line<'_>) -> Verdict {
        let verdict = self.verdict(line);
        self.run.part.understood += u64::from(verdict == Verdict::Understood);
        verdict
    }

    fn verdict(&mut self, line: Line<'_>) -> Verdict {
        let text = line.text;
        if let Some(decorated) = Decorated::parse(text) {
            return self.decorated(&decorated);
        }
        // Before JDK 9 a log begins with the command line; a program started by hand prints no such thing.
        self.has_tag |= text.starts_with("CommandLine flags: ") && text.contains("-XX:+PrintGC");
        if let Some(verdict) = self.legacy.line(&mut self.run, &mut self.zero, line) {
            return verdict;
        }
        // Without decorations (`-Xlog:gc::none`), or after output of the program that has no line end.
        if text.starts_with("GC(") || text.starts_with("Using ") || text.starts_with("Safepoint \"") {
            let verdict = unified::message(&mut self.run, &Decorated::bare(text), None);
            let is_sentence = verdict == Verdict::Ignored && !text.starts_with("GC(");
            return if is_sentence { Verdict::Other } else { verdict };
        }
        if let Some(decorated) = Decorated::find_within(text) {
            return self.decorated(&decorated);
        }
        if looks_cut(text) { Verdict::NotUnderstood } else { Verdict::Other }
    }

    fn decorated(&mut self, line: &Decorated<'_>) -> Verdict {
        let now_ns = self.zero.now_ns(&line.stamp, &mut self.run.counts_from_first_line);
        let is_introduction = line.message.strip_prefix("Using ").is_some_and(Collector::is_name);
        if is_introduction && self.is_new_run(now_ns) {
            self.begin_run();
            self.zero = Zero::default();
            return self.decorated(line);
        }
        let is_ours = line.subsystem().is_none_or(|tag| matches!(tag, "gc" | "safepoint" | "arguments"));
        if !is_ours {
            if let Some(now_ns) = now_ns {
                self.run.part.saw_time(now_ns);
            }
            return Verdict::Ignored;
        }
        self.has_tag |= line.subsystem() == Some("gc");
        self.run.collector.infer_from_spaces(line.message);
        unified::message(&mut self.run, line, now_ns)
    }

    /// Whether a JVM introduces itself although another one has already worked.
    fn is_new_run(&self, now_ns: Option<u64>) -> bool {
        let has_worked = !self.run.part.phases.is_empty() || !self.run.cycles.is_empty();
        has_worked && now_ns.is_some_and(|now_ns| now_ns < self.run.part.last_ns || self.run.counts_from_first_line)
    }

    fn begin_run(&mut self) {
        self.runs_before += 1;
        let before = std::mem::take(&mut self.run);
        self.understood_of_others += before.part.understood;
    }

    /// Which collector wrote the lines read so far.
    pub(super) fn source(&self) -> GcSource {
        self.run.collector.source().0
    }

    /// Whether a line with one of the collector's tags was read.
    pub(super) fn has_tag(&self) -> bool {
        self.has_tag
    }

    pub(super) fn finish(mut self) -> Finished {
        self.broken.extend(self.legacy.left_over());
        self.run.part.understood = self.run.part.understood.saturating_sub(self.broken.len() as u64);
        let mut notes = self.run.close();
        if self.runs_before > 0 {
            let runs = self.runs_before + 1;
            notes.push(format!("{runs} runs of a JVM wrote into this log one after another. Shown is the last."));
        }
        let (source, collector) = self.run.collector.source();
        Finished {
            collector,
            program: self.run.program,
            understood_of_others: self.understood_of_others,
            broken: self.broken,
            tells_pauses: !self.run.hides_pauses,
            notes,
            ..Finished::new(source, std::mem::take(&mut self.run.part))
        }
    }
}

impl Zero {
    /// The time from the JVM's start or, where the log does not tell that, from its first line.
    fn now_ns(&mut self, stamp: &Stamp, counts_from_first_line: &mut bool) -> Option<u64> {
        if let Some(uptime_ns) = stamp.uptime_ns {
            return Some(uptime_ns);
        }
        if let Some(clock_ns) = stamp.unsure_ns {
            let began_with_jvm = clock_ns <= MAX_FIRST_UPTIME_NS;
            let zero_ns = *self.unsure_ns.get_or_insert(if began_with_jvm { 0 } else { clock_ns });
            *counts_from_first_line = zero_ns > 0;
            return Some(clock_ns.saturating_sub(zero_ns));
        }
        let wall_ns = stamp.wall_ns?;
        *counts_from_first_line = true;
        Some(wall_ns.saturating_sub(*self.wall_ns.get_or_insert(wall_ns)))
    }
}

/// A line that begins as one of the JVM's and breaks off within its decorations.
fn looks_cut(text: &str) -> bool {
    text.contains("][gc") || text.contains("] GC(")
}
