//! The row of a collector's log.

use super::pauses::{self, Stretch};
use super::{ComparedJson, ComparedKind, ComparedOperation, ComparedPause, ComparedTotals};
use crate::gclog::{HeapSample, LineCounts, LineSample, Log, OperationSum, Phase};
use crate::rows::PauseKind;
use serde::Serialize;

/// What only a log has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LogJson {
    /// Language and collector, such as `Java (G1)`.
    pub collector: String,
    /// Whether its lines say which work stopped the program; without, `stop_the_world` is not known, and 0.
    pub tells_pauses: bool,
    /// Every line of the log, counted once.
    pub lines: LineCounts,
    /// The first lines of it that could not be read.
    pub not_understood_samples: Vec<LineSample>,
    /// The same for the file of the program's operations beside it; null where there is none.
    pub operation_lines: Option<LineCounts>,
    /// Its first lines that could not be read.
    pub operation_not_understood_samples: Vec<LineSample>,
    /// What has to be known to read the numbers right, in sentences.
    pub notes: Vec<String>,
    /// The heap before and after each collection.
    pub heap: Vec<HeapSample>,
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
        stopped: false,
        duration_ns: log.duration_ns(),
        totals: totals(log),
        operations: operations.into_iter().flat_map(|operations| &operations.sums).map(operation).collect(),
        stop_the_world: pauses::sum(stretches(), PauseKind::StopTheWorld),
        concurrent: pauses::sum(stretches(), PauseKind::Concurrent),
        pauses: rows.into_iter().map(|row| pause(&gc.phases[row])).collect(),
        pauses_left_out,
        log: Some(LogJson {
            collector: gc.label(),
            tells_pauses: gc.tells_pauses,
            lines: gc.lines,
            not_understood_samples: gc.not_understood_samples.clone(),
            operation_lines: operations.map(|operations| operations.lines),
            operation_not_understood_samples: operations
                .map(|operations| operations.not_understood_samples.clone())
                .unwrap_or_default(),
            notes: gc.notes.clone(),
            heap: gc.heap.clone(),
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
