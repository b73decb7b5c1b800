//! A recording's row.

use super::pauses::{self, Stretch};
use super::{ComparedJson, ComparedKind, ComparedOperation, ComparedPause, ComparedTotals, release};
use crate::model::Model;
use crate::names::Names;
use crate::report::{LeakJson, Report};
use crate::rows::{Pause, PauseKind};

/// The row, and the report that the differences are taken from.
pub(super) fn row(model: &Model, names: &Names) -> (ComparedJson, Report) {
    let report = Report::new(model, names);
    let all: Vec<Pause> = model.pauses().collect();
    let stretches = || all.iter().map(|&pause| stretch(pause));
    let (rows, pauses_left_out) = pauses::longest(stretches());
    let pause = |row: usize| {
        let pause = all[row];
        ComparedPause {
            t_ns: pause.start_ns,
            duration_ns: stretch(pause).duration_ns,
            kind: pause.kind.as_str(),
            name: model.text(pause.name).to_owned(),
            cause: None,
            cpu_ns: None,
        }
    };
    let longest = release::longest(model, names);
    let leaked = |of: fn(&LeakJson) -> u64| {
        // What was alive at a stop may have been released later.
        (!report.stopped).then(|| report.leaks.iter().fold(0, |sum: u64, leak| sum.saturating_add(of(leak))))
    };
    let row = ComparedJson {
        name: String::new(),
        kind: ComparedKind::Recording,
        program: report.program.clone(),
        complete: report.complete,
        stopped: report.stopped,
        lost_events: report.lost_events,
        duration_ns: report.duration_ns,
        origin_ns: None,
        totals: ComparedTotals::from(model.totals()),
        leaked_blocks: leaked(|leak| leak.blocks),
        leaked_bytes: leaked(|leak| leak.bytes),
        collector: Some(report.collector),
        operations: report.operations.iter().cloned().map(ComparedOperation::from).collect(),
        stop_the_world: pauses::sum(stretches(), PauseKind::StopTheWorld),
        concurrent: pauses::sum(stretches(), PauseKind::Concurrent),
        pauses: rows.into_iter().map(pause).collect(),
        pauses_left_out,
        longest_release: longest.by_program,
        longest_collector_release: longest.by_collector,
        log: None,
    };
    (row, report)
}

fn stretch(pause: Pause) -> Stretch {
    let duration_ns = pause.end_ns.saturating_sub(pause.start_ns);
    Stretch { start_ns: pause.start_ns, duration_ns, kind: pause.kind }
}
