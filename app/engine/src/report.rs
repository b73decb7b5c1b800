//! The report on one recording: totals, peak, leaks, sites, owners, operations, pauses. Its JSON is a contract.

mod births;
mod notes;
mod operations;
mod owners;
mod pass;
mod rounding;
mod wrong_frees;

use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::rows::Totals;
use crate::sampling::{Estimate, SamplingJson};
use births::BirthSums;
use dropscope_format::LostCause;
use owners::ReleaseSums;
pub use rounding::{RoundingJson, RoundingSum};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
pub use wrong_frees::WrongFreeJson;

/// A block that lived less than this is short-lived, in ns.
pub const SHORT_LIVED_NS: u64 = 1_000_000;

/// The report. Fields may be added, none taken away.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// 1.
    pub format: u32,
    /// Path of the executable.
    pub program: String,
    /// Whether the recording has an end that the program or its user made (not killed, not cut).
    pub complete: bool,
    /// Whether it was stopped while the program went on: what is in `leaks` may have been released later.
    pub stopped: bool,
    /// Events that could not be recorded.
    pub lost_events: u64,
    /// From start to end.
    pub duration_ns: u64,
    /// Sums over the whole process.
    pub totals: TotalsJson,
    /// Of them what the runtime made for itself.
    pub runtime: RuntimeJson,
    /// Blocks of the program alive at the end, by birth site, most bytes first.
    pub leaks: Vec<LeakJson>,
    /// What the allocator gave beyond what it was asked for; null where that is not known.
    pub rounding: Option<RoundingJson>,
    /// Birth sites, most bytes first. Runtime blocks are not among them.
    pub sites: Vec<SiteJson>,
    /// Outermost owners and where they released, most bytes first. Runtime blocks are not among them.
    pub owners: Vec<OwnerJson>,
    /// What garbage collectors inside the program released, told from the stacks.
    pub collector: CollectorJson,
    /// Operations by name.
    pub operations: Vec<OperationJson>,
    /// Pauses in order of time.
    pub pauses: Vec<PauseJson>,
    /// Threads that made an event.
    pub threads: u32,
    /// Lost events by cause, those causes only that lost any.
    pub lost_by_cause: Vec<LostJson>,
    /// Releases that ended no block: it was released before, or born outside the recording.
    pub unmatched_frees: u64,
    /// What the first of them were: released twice, or never allocated.
    pub wrong_frees: Vec<WrongFreeJson>,
    /// Memory the recorder itself used.
    pub overhead_bytes: u64,
    /// Time threads waited for the recorder.
    pub waited_ns: u64,
    /// Whether owner chains are only nearly right: the program was optimised.
    pub owners_approximate: bool,
    /// Estimates for the whole program where the recording is a sample; null where it has everything. All other sums are
    /// of what was recorded, but for the rows' own estimates, by which they are ordered.
    pub sampling: Option<SamplingJson>,
    /// What to know about names and gaps, in sentences.
    pub notes: Vec<String>,
}

/// [`crate::Totals`] as JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the contract's names, explained at crate::Totals")]
pub struct TotalsJson {
    pub allocs: u64,
    pub reallocs: u64,
    pub frees: u64,
    pub bytes_allocated: u64,
    pub peak_live_bytes: u64,
    pub peak_at_ns: u64,
    pub live_blocks_at_end: u64,
    pub live_bytes_at_end: u64,
}

/// What the runtime made for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RuntimeJson {
    /// Blocks.
    pub allocs: u64,
    /// Of them alive at the end.
    pub live_blocks_at_end: u64,
    /// Their bytes.
    pub live_bytes_at_end: u64,
}

/// What some recorded blocks stand for in the whole program.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct SumEstimate {
    /// How many blocks.
    pub blocks: Estimate,
    /// Their bytes.
    pub bytes: Estimate,
}

/// What a site's recorded blocks stand for in the whole program; the names are [`SiteJson`]'s.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[expect(missing_docs, reason = "explained there")]
pub struct SiteEstimate {
    pub allocs: Estimate,
    pub bytes: Estimate,
    pub peak_bytes: Estimate,
    pub leaked_bytes: Estimate,
    pub short_lived: Estimate,
}

/// Blocks alive at the end that were born at one place.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LeakJson {
    /// How many.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where they were born.
    pub at: Option<At>,
    /// For the whole program, where the recording is a sample; left out where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<SumEstimate>,
}

/// What was born at one place.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SiteJson {
    /// Where.
    pub at: Option<At>,
    /// Blocks.
    pub allocs: u64,
    /// Their bytes, each with its last size.
    pub bytes: u64,
    /// Of them alive at the process's peak.
    pub peak_bytes: u64,
    /// Of them alive at the end.
    pub leaked_bytes: u64,
    /// Blocks that lived less than [`SHORT_LIVED_NS`].
    pub short_lived: u64,
    /// What the allocator gave for all of them; left out where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<RoundingSum>,
    /// For the whole program, where the recording is a sample; left out where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<SiteEstimate>,
}

/// What one outermost owner released at one place.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OwnerJson {
    /// The owner's type.
    pub owner: Arc<str>,
    /// Blocks.
    pub frees: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where.
    pub at: Option<At>,
    /// For the whole program, where the recording is a sample; left out where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<SumEstimate>,
}

/// What garbage collectors inside the program released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct CollectorJson {
    /// Blocks.
    pub frees: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Percentiles of a duration in ns: the least value that so many values do not exceed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Percentiles {
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub p9999: u64,
    pub max: u64,
}

/// Operations of one name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OperationJson {
    /// Their name.
    pub name: String,
    /// How many have ended.
    pub count: u64,
    /// Wall time of one.
    pub wall_ns: Percentiles,
    /// CPU time of one.
    pub cpu_ns: Percentiles,
    /// Most blocks released in one.
    pub max_frees_in_one: u64,
    /// Whether releases were counted: not of operations that move between threads, which are `tracing` spans.
    pub frees_counted: bool,
    /// Most bytes released in one.
    pub max_bytes_freed_in_one: u64,
}

/// A pause.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PauseJson {
    /// When it began.
    pub t_ns: u64,
    /// How long it took.
    pub duration_ns: u64,
    /// `stop-the-world` or `concurrent`.
    pub kind: &'static str,
    /// Its scope's name.
    pub name: String,
}

/// Events lost for one cause.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LostJson {
    /// Why, in a few words.
    pub cause: &'static str,
    /// How many.
    pub events: u64,
}

impl Report {
    /// The report on `model`. Looks all names up: takes a second or more for a large program.
    pub fn new(model: &Model, names: &Names) -> Report {
        let oddities = model.oddities();
        let status = model.status();
        let (mut births, mut released) = (BirthSums::new(model), ReleaseSums::new(model, names));
        pass::each_block(model, |seen| {
            births.add(seen);
            released.add(seen);
        });
        let births = births.by_site(model.blocks().stacks(), names);
        let released = released.by_owner(names);
        let lost = LostCause::ALL.into_iter().zip(status.lost_events).filter(|(_, events)| *events > 0);
        Report {
            format: 1,
            program: model.process().program.clone(),
            complete: model.state().is_complete(),
            stopped: model.state().is_stopped(),
            lost_events: status.lost_total(),
            duration_ns: model.duration_ns(),
            totals: TotalsJson::from(model.totals()),
            runtime: births.runtime,
            leaks: births.leaks(),
            rounding: births.rounding(),
            sites: births.sites(),
            owners: released.owners,
            collector: released.by_collector,
            operations: operations::operations(model),
            pauses: operations::pauses(model),
            threads: model.threads().len() as u32,
            lost_by_cause: lost.map(|(cause, events)| LostJson { cause: cause.words(), events }).collect(),
            unmatched_frees: oddities.unmatched_frees,
            wrong_frees: wrong_frees::wrong_frees(model, names),
            overhead_bytes: status.overhead_bytes,
            waited_ns: status.waited_ns,
            owners_approximate: released.is_approximate,
            sampling: SamplingJson::new(model),
            notes: notes::notes(model, names),
        }
    }
}

impl From<Totals> for TotalsJson {
    fn from(totals: Totals) -> TotalsJson {
        TotalsJson {
            allocs: totals.allocs,
            reallocs: totals.reallocs,
            frees: totals.frees,
            bytes_allocated: totals.bytes_allocated,
            peak_live_bytes: totals.peak_live_bytes,
            peak_at_ns: totals.peak_at_ns,
            live_blocks_at_end: totals.live_blocks,
            live_bytes_at_end: totals.live_bytes,
        }
    }
}
