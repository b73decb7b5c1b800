//! The row of a collector's log.

use super::pauses::{self, Stretch};
use super::{ComparedJson, ComparedKind, ComparedOperation, ComparedPause, ComparedTotals};
use crate::gclog::{GcLog, LineCounts, Log, OperationSum, Phase};
use crate::rows::PauseKind;
use serde::Serialize;

/// What only a log has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LogJson {
    /// Language and collector, such as `Java (G1)`.
    pub collector: String,
    /// Every line of the log, counted once.
    pub lines: LinesJson,
    /// The first lines of it that could not be read.
    pub not_understood_samples: Vec<LineSampleJson>,
    /// The same for the file of the program's operations beside it; null where there is none.
    pub operation_lines: Option<LinesJson>,
    /// Its first lines that could not be read.
    pub operation_not_understood_samples: Vec<LineSampleJson>,
    /// What has to be known to read the numbers right, in sentences.
    pub notes: Vec<String>,
    /// The heap before and after each collection.
    pub heap: Vec<HeapJson>,
}

/// [`LineCounts`] as JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[expect(missing_docs, reason = "explained at LineCounts")]
pub struct LinesJson {
    pub total: u64,
    pub understood: u64,
    pub ignored: u64,
    pub not_understood: u64,
    pub other: u64,
}

/// A line that could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineSampleJson {
    /// Its number, from 1.
    pub line: u64,
    /// The line, shortened.
    pub text: String,
}

/// The heap before and after one collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct HeapJson {
    /// When the collection had begun and the heap was `before_bytes`.
    pub before_at_ns: u64,
    /// When it was over.
    pub t_ns: u64,
    /// In use when it began.
    pub before_bytes: u64,
    /// In use at the end, before the garbage was given back, where the log tells it apart.
    pub end_bytes: Option<u64>,
    /// In use when it was over.
    pub after_bytes: u64,
    /// What the heap could hold without growing, where the log tells it.
    pub capacity_bytes: Option<u64>,
}

pub(super) fn row(log: &Log) -> ComparedJson {
    let gc = &log.gc;
    let stretches = || gc.phases.iter().map(stretch);
    let (rows, pauses_left_out) = pauses::longest(stretches());
    let operations = log.operations.as_ref();
    let program = gc.program.clone().or_else(|| operations.and_then(|operations| operations.program.clone()));
    ComparedJson {
        kind: ComparedKind::GcLog,
        program: program.unwrap_or_default(),
        complete: gc.lines.not_understood == 0,
        duration_ns: log.duration_ns(),
        totals: totals(log),
        operations: operations.into_iter().flat_map(|operations| &operations.sums).map(operation).collect(),
        stop_the_world: pauses::sum(stretches(), PauseKind::StopTheWorld),
        concurrent: pauses::sum(stretches(), PauseKind::Concurrent),
        pauses: rows.into_iter().map(|row| pause(&gc.phases[row])).collect(),
        pauses_left_out,
        log: Some(LogJson {
            collector: gc.label(),
            lines: LinesJson::from(gc.lines),
            not_understood_samples: samples(&gc.not_understood_samples),
            operation_lines: operations.map(|operations| LinesJson::from(operations.lines)),
            operation_not_understood_samples: operations
                .map(|operations| samples(&operations.not_understood_samples))
                .unwrap_or_default(),
            notes: gc.notes.clone(),
            heap: heap(gc),
        }),
        ..ComparedJson::default()
    }
}

fn stretch(phase: &Phase) -> Stretch {
    Stretch { start_ns: phase.start_ns, duration_ns: phase.duration_ns, kind: phase.kind }
}

fn totals(log: &Log) -> ComparedTotals {
    let peak = log.peak();
    ComparedTotals {
        peak_live_bytes: peak.map(|(bytes, _)| bytes),
        peak_at_ns: peak.map(|(_, at_ns)| at_ns),
        live_bytes_at_end: log.gc.heap.last().map(|sample| sample.after_bytes),
        ..ComparedTotals::default()
    }
}

fn pause(phase: &Phase) -> ComparedPause {
    ComparedPause {
        t_ns: phase.start_ns,
        duration_ns: phase.duration_ns,
        kind: phase.kind.as_str(),
        name: phase.name.clone(),
        cause: phase.cause.clone(),
        cpu_ns: phase.cpu_ns,
    }
}

fn operation(sum: &OperationSum) -> ComparedOperation {
    ComparedOperation {
        name: sum.name.clone(),
        count: sum.count,
        wall_ns: sum.wall_ns,
        cpu_ns: sum.cpu_ns,
        max_frees_in_one: None,
        max_bytes_freed_in_one: None,
    }
}

fn samples(samples: &[(u64, String)]) -> Vec<LineSampleJson> {
    samples.iter().map(|(line, text)| LineSampleJson { line: *line, text: text.clone() }).collect()
}

fn heap(gc: &GcLog) -> Vec<HeapJson> {
    let sample = |sample: &crate::gclog::HeapSample| HeapJson {
        before_at_ns: sample.before_at_ns,
        t_ns: sample.t_ns,
        before_bytes: sample.before_bytes,
        end_bytes: sample.end_bytes,
        after_bytes: sample.after_bytes,
        capacity_bytes: sample.capacity_bytes,
    };
    gc.heap.iter().map(sample).collect()
}

impl From<LineCounts> for LinesJson {
    fn from(counts: LineCounts) -> Self {
        let LineCounts { understood, ignored, not_understood, other } = counts;
        Self { total: counts.total(), understood, ignored, not_understood, other }
    }
}
