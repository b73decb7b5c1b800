//! What a collector's log says, whichever collector wrote it.

use super::lines::shortened;
use super::scan::MS;
use crate::PauseKind;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::ops::AddAssign;

/// Which family of log it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GcSource {
    /// Go, `GODEBUG=gctrace=1`.
    Go,
    /// The JVM with G1.
    JvmG1,
    /// The JVM with Serial.
    JvmSerial,
    /// The JVM with Parallel.
    JvmParallel,
    /// The JVM with ZGC, generational or not.
    JvmZ,
    /// The JVM with another collector, or one that the log does not tell.
    JvmOther,
    /// V8, `--trace-gc`: Node, Deno, Electron, Chrome.
    V8,
    /// CPython: `gc_recorder.py` of the demos, or `gc.set_debug(gc.DEBUG_STATS)`.
    Python,
}

impl GcSource {
    /// A name for people, such as `Java (G1)`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::JvmG1 => "Java (G1)",
            Self::JvmSerial => "Java (Serial)",
            Self::JvmParallel => "Java (Parallel)",
            Self::JvmZ => "Java (ZGC)",
            Self::JvmOther => "Java",
            Self::V8 => "JavaScript (V8)",
            Self::Python => "Python",
        }
    }
}

/// The heap before and after one collection. For Python it is the resident memory: no other size is known there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct HeapSample {
    /// When the collection had begun and the heap was `before_bytes`, in ns.
    pub before_at_ns: u64,
    /// When the collection was over and the heap was `after_bytes`, in ns.
    pub t_ns: u64,
    /// In use when the collection began.
    pub before_bytes: u64,
    /// In use at the end, before the garbage that had been found was given back, where the log tells it apart: the
    /// program went on allocating.
    pub end_bytes: Option<u64>,
    /// In use when it was over. A collector that works beside the program can end with more than it began with.
    pub after_bytes: u64,
    /// What the heap could hold at the end without growing, where the log tells it.
    pub capacity_bytes: Option<u64>,
}

/// A stretch in which the collector worked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phase {
    /// When it began, in ns from the program's start (or as the log's notes say).
    pub start_ns: u64,
    /// How long it took on the clock on the wall, exactly as the log says; where it says only when the phase began and
    /// when it was aborted, the time between.
    pub duration_ns: u64,
    /// Whether the program stood still.
    pub kind: PauseKind,
    /// What the collector calls it.
    pub name: String,
    /// Why it happened, in the collector's words.
    pub cause: Option<String>,
    /// Processor time of all threads that worked in it.
    pub cpu_ns: Option<u64>,
    /// The number of the collection it belongs to.
    pub collection: Option<u64>,
}

impl Phase {
    /// When it was over, in ns.
    pub fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// Every line of the file, counted once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LineCounts {
    /// Lines whose numbers are in the log.
    pub understood: u64,
    /// Lines of the collector that are known and say nothing needed here, and empty lines.
    pub ignored: u64,
    /// Lines that look like the collector's but could not be read.
    pub not_understood: u64,
    /// Lines of something else, most likely the program's own output.
    pub other: u64,
}

impl LineCounts {
    /// All lines of the file.
    pub fn total(&self) -> u64 {
        self.understood + self.ignored + self.not_understood + self.other
    }
}

/// Written with their sum.
impl Serialize for LineCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LineCounts", 5)?;
        object.serialize_field("total", &self.total())?;
        object.serialize_field("understood", &self.understood)?;
        object.serialize_field("ignored", &self.ignored)?;
        object.serialize_field("not_understood", &self.not_understood)?;
        object.serialize_field("other", &self.other)?;
        object.end()
    }
}

/// A line that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct LineSample {
    /// Its number, from 1.
    pub line: u64,
    /// The line, shortened.
    pub text: String,
}

impl LineSample {
    pub(super) fn new(line: u64, text: &str) -> Self {
        Self { line, text: shortened(text) }
    }
}

/// A collector's log, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GcLog {
    /// Which family of log it is.
    pub source: GcSource,
    /// The collector's own name where the log tells it and `source` does not, such as `Shenandoah`.
    pub collector: Option<String>,
    /// The program, where the log names it.
    pub program: Option<String>,
    /// Heap sizes in order of time.
    pub heap: Vec<HeapSample>,
    /// Stretches of the collector's work, in order of their starts. Concurrent ones may lie within one another.
    pub phases: Vec<Phase>,
    /// Whether its lines say which work stopped the program; without, no pause in `phases` means nothing.
    pub tells_pauses: bool,
    /// How many lines of which sort the file has.
    pub lines: LineCounts,
    /// The first lines that could not be read.
    pub not_understood_samples: Vec<LineSample>,
    /// The last time that the log knows of, in ns.
    pub duration_ns: u64,
    /// What has to be known to read the numbers right, in sentences.
    pub notes: Vec<String>,
}

impl GcLog {
    /// A name for people, such as `Java (Shenandoah)`.
    pub fn label(&self) -> String {
        match &self.collector {
            Some(collector) => format!("{} ({collector})", self.source.label()),
            None => self.source.label().to_owned(),
        }
    }

    /// The phases of one kind, in order of their starts.
    pub fn phases_of(&self, kind: PauseKind) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(move |phase| phase.kind == kind)
    }

    /// The time covered by phases of one kind, in ns; what lies within one another counts once.
    pub fn covered_ns(&self, kind: PauseKind) -> u64 {
        let mut covered_to_ns = 0;
        self.phases_of(kind).fold(0, |sum: u64, phase| {
            let fresh_ns = phase.end_ns().saturating_sub(phase.start_ns.max(covered_to_ns));
            covered_to_ns = covered_to_ns.max(phase.end_ns());
            sum.saturating_add(fresh_ns)
        })
    }

    /// The longest phase of one kind.
    pub fn longest(&self, kind: PauseKind) -> Option<&Phase> {
        // Of equals the first, unlike `max_by_key`.
        self.phases_of(kind)
            .reduce(|longest, phase| if phase.duration_ns > longest.duration_ns { phase } else { longest })
    }
}

/// The coarsest clock of a log counts in ms.
const CLOCK_NS: u64 = MS;

/// Puts phases in the order of their starts, and pauses that only a coarse clock put into each other one after the
/// other: a pause of 1.08 ms that ended in ms 70 and one of 0.97 ms that ended in ms 71 would else share a little of
/// their time, and their sum be less than the log says. What lies within another by more than the clock's step does so.
pub(super) fn apart(phases: &mut [Phase]) {
    phases.sort_by_key(|phase| phase.start_ns);
    let (mut told_end_ns, mut end_ns) = (0, 0);
    for pause in phases.iter_mut().filter(|phase| phase.kind == PauseKind::StopTheWorld) {
        let this_told_end_ns = pause.end_ns();
        let shared_ns = told_end_ns.min(this_told_end_ns).saturating_sub(pause.start_ns);
        if shared_ns > CLOCK_NS {
            continue;
        }
        pause.start_ns = pause.start_ns.max(end_ns);
        told_end_ns = this_told_end_ns.max(told_end_ns);
        end_ns = pause.end_ns();
    }
    phases.sort_by_key(|phase| phase.start_ns);
}

/// What a reader makes of one line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Verdict {
    /// Most likely the program's own output.
    Other,
    /// The collector's, and not needed.
    Ignored,
    /// Its numbers are taken.
    Understood,
    /// The collector's, but broken or new.
    NotUnderstood,
}

impl AddAssign<Verdict> for LineCounts {
    fn add_assign(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Other => self.other += 1,
            Verdict::Ignored => self.ignored += 1,
            Verdict::Understood => self.understood += 1,
            Verdict::NotUnderstood => self.not_understood += 1,
        }
    }
}

/// One process (or one V8 isolate) of those that wrote into the file; only one of them is shown.
#[derive(Default, Debug)]
pub(super) struct Part {
    pub(super) heap: Vec<HeapSample>,
    pub(super) phases: Vec<Phase>,
    /// Lines counted as understood for it.
    pub(super) understood: u64,
    /// The last time seen.
    pub(super) last_ns: u64,
}

impl Part {
    /// Takes note that the program still ran at `time_ns`.
    pub(super) fn saw_time(&mut self, time_ns: u64) {
        self.last_ns = self.last_ns.max(time_ns);
    }
}

/// What a reader knows when the file is at its end.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) source: GcSource,
    pub(super) collector: Option<String>,
    pub(super) program: Option<String>,
    /// The part to show.
    pub(super) part: Part,
    /// Lines understood of parts that are not shown: they become ignored ones.
    pub(super) understood_of_others: u64,
    /// Lines first taken as understood that proved to be broken.
    pub(super) broken: Vec<LineSample>,
    pub(super) tells_pauses: bool,
    pub(super) notes: Vec<String>,
}

impl Finished {
    /// A log with nothing to add.
    pub(super) fn new(source: GcSource, part: Part) -> Self {
        Self {
            source,
            collector: None,
            program: None,
            part,
            understood_of_others: 0,
            broken: Vec::new(),
            tells_pauses: true,
            notes: Vec::new(),
        }
    }
}
