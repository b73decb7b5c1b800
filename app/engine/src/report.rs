//! The report on one recording: totals, peak, leaks, sites, owners, operations, pauses. Its JSON is a contract.

use crate::hash::FastMap;
use crate::ids::{StackId, TextId};
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::rows::{OperationRow, Totals};
use dropscope_format::LostCause;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// A block that lived less than this is short-lived, in ns.
pub const SHORT_LIVED_NS: u64 = 1_000_000;

/// The report. Fields may be added, none taken away.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// 1.
    pub format: u32,
    /// Path of the executable.
    pub program: String,
    /// Whether the recording has an end that the program made itself (not killed, not cut).
    pub complete: bool,
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
    /// Birth sites, most bytes first. Runtime blocks are not among them.
    pub sites: Vec<SiteJson>,
    /// Outermost owners and where they released, most bytes first.
    pub owners: Vec<OwnerJson>,
    /// Operations by name.
    pub operations: Vec<OperationJson>,
    /// Pauses in order of time.
    pub pauses: Vec<PauseJson>,
    /// Threads that made an event.
    pub threads: u32,
    /// Lost events by cause, those causes only that lost any.
    pub lost_by_cause: Vec<LostJson>,
    /// Releases of blocks born before or outside the recording.
    pub unmatched_frees: u64,
    /// Memory the recorder itself used.
    pub overhead_bytes: u64,
    /// Time threads waited for the recorder.
    pub waited_ns: u64,
    /// Whether owner chains are only nearly right: the program was optimised.
    pub owners_approximate: bool,
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

/// Blocks alive at the end that were born at one place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeakJson {
    /// How many.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where they were born.
    pub at: Option<At>,
}

/// What was born at one place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
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
}

/// What one outermost owner released at one place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OwnerJson {
    /// The owner's type.
    pub owner: Arc<str>,
    /// Blocks.
    pub frees: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where.
    pub at: Option<At>,
}

/// Percentiles of a duration in ns: the least value that so many values do not exceed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Percentiles {
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
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
        let births = Births::gather(model, names);
        let (owners, owners_approximate) = owners(model, names);
        let lost = LostCause::ALL.into_iter().zip(status.lost_events).filter(|(_, events)| *events > 0);
        Report {
            format: 1,
            program: model.process().program.clone(),
            complete: model.state().is_complete(),
            lost_events: status.lost_total(),
            duration_ns: model.duration_ns(),
            totals: TotalsJson::from(model.totals()),
            runtime: births.runtime,
            leaks: births.leaks(),
            sites: births.sites(),
            owners,
            operations: operations(model),
            pauses: pauses(model),
            threads: model.threads().len() as u32,
            lost_by_cause: lost.map(|(cause, events)| LostJson { cause: cause.words(), events }).collect(),
            unmatched_frees: oddities.unmatched_frees,
            overhead_bytes: status.overhead_bytes,
            waited_ns: status.waited_ns,
            owners_approximate,
            notes: notes(model, names),
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

/// What was born, by site.
#[derive(Default)]
struct Births {
    runtime: RuntimeJson,
    by_site: HashMap<Option<At>, SiteSum>,
}

#[derive(Clone, Copy, Default)]
struct SiteSum {
    allocs: u64,
    bytes: u64,
    peak_bytes: u64,
    leaked_blocks: u64,
    leaked_bytes: u64,
    short_lived: u64,
}

impl SiteSum {
    fn add(&mut self, other: &SiteSum) {
        self.allocs += other.allocs;
        self.bytes += other.bytes;
        self.peak_bytes += other.peak_bytes;
        self.leaked_blocks += other.leaked_blocks;
        self.leaked_bytes += other.leaked_bytes;
        self.short_lived += other.short_lived;
    }
}

impl Births {
    /// Sums by stack first, since there are far fewer stacks than blocks and each needs its name once.
    fn gather(model: &Model, names: &Names) -> Births {
        let blocks = model.blocks();
        let peak_ns = model.totals().peak_at_ns;
        let mut by_stack: FastMap<u32, SiteSum> = FastMap::default();
        for block in blocks.ids() {
            let sum = by_stack.entry(blocks.birth_stack(block).0).or_default();
            let size_bytes = blocks.size_bytes(block);
            sum.allocs += 1;
            sum.bytes += size_bytes;
            match blocks.lifetime_ns(block) {
                Some(lifetime_ns) => sum.short_lived += u64::from(lifetime_ns < SHORT_LIVED_NS),
                None => {
                    sum.leaked_blocks += 1;
                    sum.leaked_bytes += size_bytes;
                }
            }
        }
        for block in blocks.live_at(peak_ns) {
            let sum = by_stack.entry(blocks.birth_stack(block).0).or_default();
            sum.peak_bytes += blocks.size_at(block, peak_ns);
        }
        let mut births = Births::default();
        for (stack, sum) in by_stack {
            let summary = names.summary(StackId(stack));
            if summary.is_runtime {
                births.runtime.allocs += sum.allocs;
                births.runtime.live_blocks_at_end += sum.leaked_blocks;
                births.runtime.live_bytes_at_end += sum.leaked_bytes;
            } else {
                let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
                births.by_site.entry(at).or_default().add(&sum);
            }
        }
        births
    }

    fn leaks(&self) -> Vec<LeakJson> {
        let leaking = self.by_site.iter().filter(|(_, sum)| sum.leaked_blocks > 0);
        let mut leaks: Vec<LeakJson> = leaking
            .map(|(at, sum)| LeakJson { blocks: sum.leaked_blocks, bytes: sum.leaked_bytes, at: at.clone() })
            .collect();
        leaks.sort_by(|a, b| (b.bytes, b.blocks).cmp(&(a.bytes, a.blocks)).then_with(|| a.at.cmp(&b.at)));
        leaks
    }

    fn sites(&self) -> Vec<SiteJson> {
        let site = |(at, sum): (&Option<At>, &SiteSum)| SiteJson {
            at: at.clone(),
            allocs: sum.allocs,
            bytes: sum.bytes,
            peak_bytes: sum.peak_bytes,
            leaked_bytes: sum.leaked_bytes,
            short_lived: sum.short_lived,
        };
        let mut sites: Vec<SiteJson> = self.by_site.iter().map(site).collect();
        sites.sort_by(|a, b| (b.bytes, b.allocs).cmp(&(a.bytes, a.allocs)).then_with(|| a.at.cmp(&b.at)));
        sites
    }
}

/// What outermost owners released, most bytes first, and whether their names are only nearly right.
fn owners(model: &Model, names: &Names) -> (Vec<OwnerJson>, bool) {
    let blocks = model.blocks();
    let mut by_stack: FastMap<u32, (u64, u64)> = FastMap::default();
    for block in blocks.ids() {
        if let Some(stack) = blocks.death_stack(block).filter(|_| !blocks.is_lost(block)) {
            let sum = by_stack.entry(stack.0).or_default();
            sum.0 += 1;
            sum.1 += blocks.size_bytes(block);
        }
    }
    let mut is_approximate = false;
    let mut by_owner: HashMap<(Arc<str>, Option<At>), (u64, u64)> = HashMap::new();
    for (stack, (frees, bytes)) in by_stack {
        let summary = names.summary(StackId(stack));
        let Some(owner) = summary.owners.first() else { continue };
        is_approximate |= summary.is_approximate;
        let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
        let sum = by_owner.entry((Arc::clone(owner), at)).or_default();
        sum.0 += frees;
        sum.1 += bytes;
    }
    let mut owners: Vec<OwnerJson> =
        by_owner.into_iter().map(|((owner, at), (frees, bytes))| OwnerJson { owner, frees, bytes, at }).collect();
    owners.sort_by(|a, b| {
        (b.bytes, b.frees).cmp(&(a.bytes, a.frees)).then_with(|| (&a.owner, &a.at).cmp(&(&b.owner, &b.at)))
    });
    (owners, is_approximate)
}

/// Ended operations by name, in order of first appearance.
pub(crate) fn operations(model: &Model) -> Vec<OperationJson> {
    let mut names: Vec<TextId> = Vec::new();
    let mut rows: FastMap<u32, Vec<&OperationRow>> = FastMap::default();
    for operation in model.operations().iter().filter(|operation| operation.end_ns.is_some()) {
        let of_name = rows.entry(operation.name.0).or_default();
        if of_name.is_empty() {
            names.push(operation.name);
        }
        of_name.push(operation);
    }
    let summary = |name: TextId| {
        let rows = rows.get(&name.0).map(Vec::as_slice).unwrap_or_default();
        OperationJson {
            name: model.text(name).to_owned(),
            count: rows.len() as u64,
            wall_ns: Percentiles::of(rows.iter().filter_map(|row| row.wall_ns())),
            cpu_ns: Percentiles::of(rows.iter().map(|row| row.cpu_ns)),
            max_frees_in_one: rows.iter().map(|row| row.frees).max().unwrap_or(0),
            max_bytes_freed_in_one: rows.iter().map(|row| row.bytes_freed).max().unwrap_or(0),
        }
    };
    names.into_iter().map(summary).collect()
}

fn pauses(model: &Model) -> Vec<PauseJson> {
    let pause = |pause: crate::rows::Pause| PauseJson {
        t_ns: pause.start_ns,
        duration_ns: pause.end_ns.saturating_sub(pause.start_ns),
        kind: pause.kind.as_str(),
        name: model.text(pause.name).to_owned(),
    };
    model.pauses().map(pause).collect()
}

/// What to know about names and gaps.
fn notes(model: &Model, names: &Names) -> Vec<String> {
    let oddities = model.oddities();
    let status = model.status();
    let mut notes = names.notes();
    let mut say = |count: u64, sentence: String| {
        if count > 0 {
            notes.push(sentence);
        }
    };
    for (cause, events) in LostCause::ALL.into_iter().zip(status.lost_events) {
        say(events, format!("{events} events were lost: {}.", cause.words()));
    }
    say(
        oddities.unmatched_frees,
        format!(
            "{} releases are of blocks born before or outside the recording.",
            oddities.unmatched_frees
        ),
    );
    say(
        oddities.lost_frees,
        format!(
            "{} blocks are taken as released because their place was given out again; their releases were not recorded.",
            oddities.lost_frees
        ),
    );
    say(
        oddities.damaged_places,
        format!(
            "{} bytes in {} places of the file are damaged and were passed over.",
            oddities.damaged_bytes, oddities.damaged_places
        ),
    );
    say(
        oddities.late_events,
        format!("{} events came too late for their place in time.", oddities.late_events),
    );
    say(
        status.suspect_stacks,
        format!("{} stacks could not be walked to their end.", status.suspect_stacks),
    );
    say(
        status.truncated_stacks,
        format!("{} stacks are deeper than is kept: their outermost frames are missing.", status.truncated_stacks),
    );
    say(
        oddities.beyond_limit,
        format!("{} births are beyond the 4294967294 blocks that can be looked at.", oddities.beyond_limit),
    );
    notes
}

impl Percentiles {
    /// Of these values, in any order; all 0 where there are none.
    pub fn of(values: impl Iterator<Item = u64>) -> Percentiles {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        let at = |per_mille: u64| {
            let rank = (values.len() as u64 * per_mille).div_ceil(1000);
            values.get(rank.saturating_sub(1) as usize).copied().unwrap_or(0)
        };
        Percentiles { p50: at(500), p99: at(990), p999: at(999), max: at(1000) }
    }
}
