//! Several programs side by side: recordings, and the logs of other languages' collectors.

mod align;
mod difference;
mod log;
mod pauses;
mod recording;
mod release;

pub use align::Alignment;
pub use difference::{Amount, DifferenceJson, OwnerDifference, SiteDifference};
pub use log::LogJson;
pub use pauses::{ComparedPause, MOST_PAUSES, PauseSum};
pub use release::ReleaseJson;

use crate::gclog::Log;
use crate::model::Model;
use crate::names::Names;
use crate::report::{CollectorJson, OperationJson, Percentiles};
use crate::rows::Totals;
use serde::Serialize;

/// Several programs side by side; the first is the base.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Comparison {
    /// 1.
    pub format: u32,
    /// What was put above what.
    pub align: Alignment,
    /// One for each recording or log, in the order given.
    pub recordings: Vec<ComparedJson>,
    /// Every other recording against the first one of them; logs know no sites.
    pub differences: Vec<DifferenceJson>,
}

/// What a row was read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComparedKind {
    /// A recording of Dropscope.
    #[default]
    Recording,
    /// The log of a garbage collector.
    GcLog,
}

/// One among several. What a log does not tell is null.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct ComparedJson {
    /// What it is called: its file's name.
    pub name: String,
    /// What it was read from.
    pub kind: ComparedKind,
    /// Path of the executable, or the program as its log calls it.
    pub program: String,
    /// Whether it has an end that the program or its user made; of a log, whether all lines of the collector could be
    /// read.
    pub complete: bool,
    /// Whether the recording was stopped while the program went on.
    pub stopped: bool,
    /// Events that could not be recorded.
    pub lost_events: u64,
    /// From start to end.
    pub duration_ns: u64,
    /// Which of its moments stands at the common zero; null where it has no such mark or scope and stands by its start.
    pub origin_ns: Option<u64>,
    /// Sums over the whole process.
    pub totals: ComparedTotals,
    /// Blocks of the program alive at the end; null where it was stopped before: they may have been released later.
    pub leaked_blocks: Option<u64>,
    /// Their bytes.
    pub leaked_bytes: Option<u64>,
    /// What garbage collectors inside the program released.
    pub collector: Option<CollectorJson>,
    /// Operations by name.
    pub operations: Vec<ComparedOperation>,
    /// Stop-the-world pauses.
    pub stop_the_world: PauseSum,
    /// Concurrent and incremental collector work.
    pub concurrent: PauseSum,
    /// Single pauses in order of time, the [`MOST_PAUSES`] longest of each kind.
    pub pauses: Vec<ComparedPause>,
    /// How many more there are.
    pub pauses_left_out: u64,
    /// The longest time in which a thread did nothing but release, no collector being at work.
    pub longest_release: Option<ReleaseJson>,
    /// The same for what a collector released.
    pub longest_collector_release: Option<ReleaseJson>,
    /// What only a log has.
    pub log: Option<LogJson>,
}

/// [`Totals`], as far as they are known. Of a log, live bytes are the heap that the collector tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names of the report, explained at crate::Totals")]
pub struct ComparedTotals {
    pub allocs: Option<u64>,
    pub reallocs: Option<u64>,
    pub frees: Option<u64>,
    pub bytes_allocated: Option<u64>,
    pub peak_live_bytes: Option<u64>,
    pub peak_at_ns: Option<u64>,
    pub live_blocks_at_end: Option<u64>,
    pub live_bytes_at_end: Option<u64>,
}

impl From<Totals> for ComparedTotals {
    fn from(totals: Totals) -> Self {
        Self {
            allocs: Some(totals.allocs),
            reallocs: Some(totals.reallocs),
            frees: Some(totals.frees),
            bytes_allocated: Some(totals.bytes_allocated),
            peak_live_bytes: Some(totals.peak_live_bytes),
            peak_at_ns: Some(totals.peak_at_ns),
            live_blocks_at_end: Some(totals.live_blocks),
            live_bytes_at_end: Some(totals.live_bytes),
        }
    }
}

/// Operations of one name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ComparedOperation {
    /// Their name.
    pub name: String,
    /// How many have ended.
    pub count: u64,
    /// Wall time of one.
    pub wall_ns: Percentiles,
    /// CPU time of one.
    pub cpu_ns: Option<Percentiles>,
    /// Most blocks released in one.
    pub max_frees_in_one: Option<u64>,
    /// Most bytes released in one.
    pub max_bytes_freed_in_one: Option<u64>,
}

impl From<OperationJson> for ComparedOperation {
    fn from(operation: OperationJson) -> Self {
        Self {
            name: operation.name,
            count: operation.count,
            wall_ns: operation.wall_ns,
            cpu_ns: Some(operation.cpu_ns),
            max_frees_in_one: operation.frees_counted.then_some(operation.max_frees_in_one),
            max_bytes_freed_in_one: Some(operation.max_bytes_freed_in_one),
        }
    }
}

impl ComparedJson {
    /// The operation that is done most, for which the program is there; of those done equally often the first.
    pub fn main_operation(&self) -> Option<&ComparedOperation> {
        self.operations.iter().reduce(|most, one| if one.count > most.count { one } else { most })
    }

    /// The operations called `name`.
    pub fn operation(&self, name: &str) -> Option<&ComparedOperation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// Whether it is known which work stopped the program: not every log says so.
    pub fn tells_pauses(&self) -> bool {
        self.log.as_ref().is_none_or(|log| log.tells_pauses)
    }

    /// The longest pause of the whole program.
    pub fn longest_stop(&self) -> Option<&ComparedPause> {
        let stops = self.pauses.iter().filter(|pause| pause.kind == crate::PauseKind::StopTheWorld.as_str());
        stops.reduce(|longest, pause| if pause.duration_ns > longest.duration_ns { pause } else { longest })
    }
}

/// What a row is read from.
#[derive(Clone, Copy)]
pub enum CompareSource<'a> {
    /// A recording and its names.
    Recording(&'a Model, &'a Names),
    /// A log.
    Log(&'a Log),
}

/// One to compare.
pub struct Compared<'a> {
    /// What to call it.
    pub name: String,
    /// Where it is from.
    pub source: CompareSource<'a>,
}

impl Comparison {
    /// Compares these. Looks all names up: takes a second or more for large programs.
    pub fn new(compared: &[Compared<'_>], align: Alignment) -> Comparison {
        let mut reports = Vec::new();
        let row = |one: &Compared<'_>| {
            let mut row = match one.source {
                CompareSource::Recording(model, names) => {
                    let (row, report) = recording::row(model, names);
                    reports.push((one.name.clone(), report));
                    row
                }
                CompareSource::Log(log) => log::row(log),
            };
            row.name.clone_from(&one.name);
            row.origin_ns = align.origin_ns(one.source);
            row
        };
        let recordings = compared.iter().map(row).collect();
        Comparison { format: 1, recordings, differences: difference::to_first(&reports), align }
    }
}
