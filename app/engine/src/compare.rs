//! Several recordings side by side.

use crate::model::Model;
use crate::names::Names;
use crate::report::{OperationJson, Report, TotalsJson};
use crate::rows::{Pause, PauseKind};
use serde::Serialize;

/// Several recordings side by side; the first is the base.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Comparison {
    /// 1.
    pub format: u32,
    /// One for each recording, in the order given.
    pub recordings: Vec<ComparedJson>,
}

/// One recording among several.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct ComparedJson {
    /// What it is called: its file's name.
    pub name: String,
    /// Path of the executable.
    pub program: String,
    /// Whether the recording has an end that the program made itself.
    pub complete: bool,
    /// Events that could not be recorded.
    pub lost_events: u64,
    /// From start to end.
    pub duration_ns: u64,
    /// Sums over the whole process.
    pub totals: TotalsJson,
    /// Blocks of the program alive at the end.
    pub leaked_blocks: u64,
    /// Their bytes.
    pub leaked_bytes: u64,
    /// Operations by name.
    pub operations: Vec<OperationJson>,
    /// Stop-the-world pauses.
    pub stop_the_world: PauseSum,
    /// Concurrent and incremental collector work.
    pub concurrent: PauseSum,
}

/// Pauses of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PauseSum {
    /// How many.
    pub count: u64,
    /// All of them.
    pub total_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// One recording to compare.
pub struct Compared<'a> {
    /// What to call it.
    pub name: String,
    /// What was read of it.
    pub model: &'a Model,
    /// Its names.
    pub names: &'a Names,
}

impl Comparison {
    /// Compares these.
    pub fn new(recordings: &[Compared<'_>]) -> Comparison {
        Comparison { format: 1, recordings: recordings.iter().map(ComparedJson::new).collect() }
    }
}

impl ComparedJson {
    fn new(compared: &Compared<'_>) -> ComparedJson {
        let (name, report) = (compared.name.clone(), Report::new(compared.model, compared.names));
        let pauses = |kind| PauseSum::of(compared.model.pauses().filter(|pause| pause.kind == kind));
        ComparedJson {
            name,
            program: report.program,
            complete: report.complete,
            lost_events: report.lost_events,
            duration_ns: report.duration_ns,
            totals: report.totals,
            leaked_blocks: report.leaks.iter().map(|leak| leak.blocks).sum(),
            leaked_bytes: report.leaks.iter().fold(0, |sum, leak| leak.bytes.saturating_add(sum)),
            operations: report.operations,
            stop_the_world: pauses(PauseKind::StopTheWorld),
            concurrent: pauses(PauseKind::Concurrent),
        }
    }
}

impl PauseSum {
    fn of(pauses: impl Iterator<Item = Pause>) -> PauseSum {
        pauses.fold(PauseSum::default(), |sum, pause| {
            let duration_ns = pause.end_ns.saturating_sub(pause.start_ns);
            PauseSum { count: sum.count + 1, total_ns: sum.total_ns + duration_ns, max_ns: sum.max_ns.max(duration_ns) }
        })
    }
}
