//! What the summary of one range of time is made of: its sums, sites and leaks; and operations by name.

mod percentiles;
mod rows;

pub(crate) use percentiles::operations;

use crate::model::document::Data;
use dropscope_engine::query::Cancel;
use dropscope_engine::{BlockId, Location, OperationId};
use std::ops::Range;
use std::sync::Arc;

/// What tables are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablesKey {
    /// The range in ns; none: the whole recording.
    pub range_ns: Option<Range<u64>>,
    /// The model's generation.
    pub generation: u64,
}

/// What was born at one place.
#[derive(Clone, Debug)]
pub struct SiteRow {
    /// The place; none where it is not known.
    pub at: Option<Arc<Location>>,
    /// Whether the runtime made them for itself.
    pub is_runtime: bool,
    /// Blocks born in the range.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of them never released.
    pub left_blocks: u64,
    /// Bytes never released.
    pub left_bytes: u64,
    /// Mean lifetime of those released, in ns.
    pub mean_life_ns: u64,
    /// The largest.
    pub example: BlockId,
    /// The largest of those never released.
    pub left_example: Option<BlockId>,
}

/// Operations of one name.
#[derive(Clone, Debug)]
pub struct OperationsRow {
    /// The name.
    pub name: Arc<str>,
    /// How many ended in the range.
    pub count: u64,
    /// Wall time: half, 99 %, 99.9 % and all took no longer, in ns.
    pub wall_ns: [u64; 4],
    /// CPU time, the same.
    pub cpu_ns: [u64; 4],
    /// The most blocks released in one.
    pub most_frees: Option<u64>,
    /// The slowest.
    pub slowest: OperationId,
}

/// Sums of the range.
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeSums {
    /// Blocks born.
    pub births: u64,
    /// Their bytes.
    pub born_bytes: u64,
    /// Blocks released.
    pub releases: u64,
    /// Their bytes.
    pub released_bytes: u64,
    /// The most live bytes, and when.
    pub peak: (u64, u64),
    /// Live bytes at the end of the range.
    pub live_bytes: u64,
    /// Blocks born in the range, never released and not the runtime's.
    pub left_blocks: u64,
    /// Their bytes.
    pub left_bytes: u64,
    /// Blocks that the runtime made for itself.
    pub runtime_blocks: u64,
}

/// All tables of one range.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Birth sites, most bytes first.
    pub sites: Vec<SiteRow>,
    /// Sites that left something, most bytes first; never the runtime's.
    pub leaks: Vec<SiteRow>,
    /// Threads of the recording.
    pub threads: usize,
    /// Sums.
    pub sums: RangeSums,
    /// Whether what is left is a leak: the recording has ended, and with its program.
    pub tells_leaks: bool,
}

impl Tables {
    /// Computes the tables; none where `cancel` ended it. Looks all names up: call it off the window's thread.
    pub fn compute(data: &Data, key: &TablesKey, cancel: &Cancel) -> Option<Tables> {
        let range = key.range_ns.clone().unwrap_or(0..u64::MAX);
        // Asked before anything is counted: what is read while this counts is not in it.
        let tells_leaks = data.model.read().state().tells_leaks();
        let answers = rows::Answers::get(data, key.range_ns.as_ref(), cancel)?;
        let sites = answers.sites(&data.names);
        let mut leaks: Vec<SiteRow> =
            sites.iter().filter(|site| site.left_blocks > 0 && !site.is_runtime).cloned().collect();
        leaks.sort_by_key(|site| std::cmp::Reverse(site.left_bytes));
        let model = data.model.read();
        let peak = match &key.range_ns {
            Some(range) => model.live().peak_in(range.clone()),
            None => model.live().peak(),
        };
        let sums = RangeSums {
            peak: (peak.bytes, peak.at_ns),
            live_bytes: model.live().value_at(range.end.min(model.duration_ns())),
            left_blocks: leaks.iter().map(|site| site.left_blocks).sum(),
            left_bytes: leaks.iter().fold(0, |sum, site| site.left_bytes.saturating_add(sum)),
            ..answers.sums()
        };
        Some(Tables { sites, leaks, threads: model.threads().len(), sums, tells_leaks })
    }
}
