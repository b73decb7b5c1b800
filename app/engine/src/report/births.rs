//! What was born, by site: sites, leaks, and what the runtime made for itself.

use super::rounding::RoundingJson;
use super::{LeakJson, RuntimeJson, SHORT_LIVED_NS, SiteEstimate, SiteJson, SumEstimate};
use crate::hash::FastMap;
use crate::ids::StackId;
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::query::rows::{BirthColumn, DeathColumn, Order, RowReader};
use crate::sampling::{EstimatedSum, mean_bytes};
use crate::usable::Rounding;
use std::collections::HashMap;

/// What was born, by site.
#[derive(Default)]
pub(super) struct Births {
    pub(super) runtime: RuntimeJson,
    /// The stacks on which it was born.
    runtime_stacks: FastMap<u32, ()>,
    by_site: HashMap<Option<At>, SiteSum>,
    rounding_at_peak: Rounding,
    rounding_at_end: Rounding,
    rounding: Rounding,
    knows_rounding: bool,
    is_sample: bool,
}

#[derive(Clone, Copy, Default)]
struct SiteSum {
    allocs: u64,
    bytes: u64,
    peak_bytes: u64,
    leaked_blocks: u64,
    leaked_bytes: u64,
    short_lived: u64,
    rounding: Rounding,
    /// Only of a sample.
    estimated: EstimatedSite,
}

/// The same sums, estimated for the whole program.
#[derive(Clone, Copy, Default)]
struct EstimatedSite {
    allocs: EstimatedSum,
    bytes: EstimatedSum,
    peak_bytes: EstimatedSum,
    leaked_blocks: EstimatedSum,
    leaked_bytes: EstimatedSum,
    short_lived: EstimatedSum,
}

impl EstimatedSite {
    /// A block of `size_bytes`, which has lived so long or is alive.
    fn add(&mut self, size_bytes: u64, lifetime_ns: Option<u64>, mean_bytes: u64) {
        let (one, bytes) = (1.0, size_bytes as f64);
        self.allocs.add(one, size_bytes, mean_bytes);
        self.bytes.add(bytes, size_bytes, mean_bytes);
        match lifetime_ns {
            Some(lifetime_ns) if lifetime_ns < SHORT_LIVED_NS => self.short_lived.add(one, size_bytes, mean_bytes),
            Some(_) => {}
            None => {
                self.leaked_blocks.add(one, size_bytes, mean_bytes);
                self.leaked_bytes.add(bytes, size_bytes, mean_bytes);
            }
        }
    }

    fn merge(&mut self, other: &EstimatedSite) {
        self.allocs.merge(other.allocs);
        self.bytes.merge(other.bytes);
        self.peak_bytes.merge(other.peak_bytes);
        self.leaked_blocks.merge(other.leaked_blocks);
        self.leaked_bytes.merge(other.leaked_bytes);
        self.short_lived.merge(other.short_lived);
    }

    fn of_site(&self) -> SiteEstimate {
        SiteEstimate {
            allocs: self.allocs.estimate(),
            bytes: self.bytes.estimate(),
            peak_bytes: self.peak_bytes.estimate(),
            leaked_bytes: self.leaked_bytes.estimate(),
            short_lived: self.short_lived.estimate(),
        }
    }

    fn of_leak(&self) -> SumEstimate {
        SumEstimate { blocks: self.leaked_blocks.estimate(), bytes: self.leaked_bytes.estimate() }
    }
}

impl SiteSum {
    fn add(&mut self, other: &SiteSum) {
        self.allocs += other.allocs;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.peak_bytes = self.peak_bytes.saturating_add(other.peak_bytes);
        self.leaked_blocks += other.leaked_blocks;
        self.leaked_bytes = self.leaked_bytes.saturating_add(other.leaked_bytes);
        self.short_lived += other.short_lived;
        self.rounding.merge(other.rounding);
        self.estimated.merge(&other.estimated);
    }
}

impl Births {
    /// Sums by stack first, since there are far fewer stacks than blocks and each needs its name once.
    pub(super) fn gather(model: &Model, names: &Names) -> Births {
        let blocks = model.blocks();
        let peak_ns = model.totals().peak_at_ns;
        let mean_bytes = mean_bytes(model);
        let sizes = model.usable_sizes();
        let mut births =
            Births { is_sample: mean_bytes.is_some(), knows_rounding: sizes.asked() > 0, ..Births::default() };
        // By number of the stack.
        let mut by_stack = vec![SiteSum::default(); blocks.stacks().len()];
        let mut rows = RowReader::new(blocks, Order::Births);
        for block in blocks.ids() {
            let Some(sum) = by_stack.get_mut(rows.birth(BirthColumn::Stack, block) as usize) else { continue };
            let size_bytes = rows.size_bytes(blocks, block);
            let (_, death_row) = rows.block(blocks, block.row());
            let born_ns = rows.birth(BirthColumn::Born, block);
            let lifetime_ns = death_row.map(|row| rows.death(DeathColumn::Died, row).saturating_sub(born_ns));
            sum.allocs += 1;
            sum.bytes = sum.bytes.saturating_add(size_bytes);
            sum.rounding.add(sizes, size_bytes);
            if let Some(mean_bytes) = mean_bytes {
                sum.estimated.add(size_bytes, lifetime_ns, mean_bytes);
            }
            match lifetime_ns {
                Some(lifetime_ns) => sum.short_lived += u64::from(lifetime_ns < SHORT_LIVED_NS),
                None => {
                    sum.leaked_blocks += 1;
                    sum.leaked_bytes = sum.leaked_bytes.saturating_add(size_bytes);
                    births.rounding_at_end.add(sizes, size_bytes);
                }
            }
        }
        for block in blocks.live_at(peak_ns) {
            let Some(sum) = by_stack.get_mut(rows.birth(BirthColumn::Stack, block) as usize) else { continue };
            let size_bytes = blocks.size_at(block, peak_ns);
            sum.peak_bytes = sum.peak_bytes.saturating_add(size_bytes);
            births.rounding_at_peak.add(sizes, size_bytes);
            if let Some(mean_bytes) = mean_bytes {
                sum.estimated.peak_bytes.add(size_bytes as f64, size_bytes, mean_bytes);
            }
        }
        let of_stack = blocks.stacks().iter().zip(by_stack).filter(|(_, sum)| sum.allocs > 0);
        for (&stack, sum) in of_stack {
            births.rounding.merge(sum.rounding);
            let summary = names.summary(stack);
            if summary.is_runtime {
                births.runtime_stacks.insert(stack.0, ());
                births.runtime.allocs += sum.allocs;
                births.runtime.live_blocks_at_end += sum.leaked_blocks;
                births.runtime.live_bytes_at_end = births.runtime.live_bytes_at_end.saturating_add(sum.leaked_bytes);
            } else {
                let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
                births.by_site.entry(at).or_default().add(&sum);
            }
        }
        births
    }

    /// Whether what is born there belongs to the runtime.
    pub(super) fn is_runtime(&self, birth_stack: StackId) -> bool {
        self.runtime_stacks.contains_key(&birth_stack.0)
    }

    /// What the allocator gave beyond what it was asked for, where anything is known of it.
    pub(super) fn rounding(&self, model: &Model) -> Option<RoundingJson> {
        self.knows_rounding.then(|| RoundingJson {
            asked_sizes: model.usable_sizes().asked() as u64,
            at_peak: self.rounding_at_peak.into(),
            at_end: self.rounding_at_end.into(),
            allocated: self.rounding.into(),
        })
    }

    pub(super) fn leaks(&self) -> Vec<LeakJson> {
        let leaking = self.by_site.iter().filter(|(_, sum)| sum.leaked_blocks > 0);
        let mut leaks: Vec<LeakJson> = leaking
            .map(|(at, sum)| LeakJson {
                blocks: sum.leaked_blocks,
                bytes: sum.leaked_bytes,
                at: at.clone(),
                estimate: self.is_sample.then(|| sum.estimated.of_leak()),
            })
            .collect();
        let estimated = |leak: &LeakJson| leak.estimate.map_or(0.0, |estimate| estimate.bytes.value);
        leaks.sort_by(|a, b| {
            let by_estimate = estimated(b).total_cmp(&estimated(a));
            by_estimate.then_with(|| (b.bytes, b.blocks).cmp(&(a.bytes, a.blocks))).then_with(|| a.at.cmp(&b.at))
        });
        leaks
    }

    pub(super) fn sites(&self) -> Vec<SiteJson> {
        let site = |(at, sum): (&Option<At>, &SiteSum)| SiteJson {
            at: at.clone(),
            allocs: sum.allocs,
            bytes: sum.bytes,
            peak_bytes: sum.peak_bytes,
            leaked_bytes: sum.leaked_bytes,
            short_lived: sum.short_lived,
            rounding: self.knows_rounding.then(|| sum.rounding.into()),
            estimate: self.is_sample.then(|| sum.estimated.of_site()),
        };
        let mut sites: Vec<SiteJson> = self.by_site.iter().map(site).collect();
        let estimated = |site: &SiteJson| site.estimate.map_or(0.0, |estimate| estimate.bytes.value);
        sites.sort_by(|a, b| {
            let by_estimate = estimated(b).total_cmp(&estimated(a));
            by_estimate.then_with(|| (b.bytes, b.allocs).cmp(&(a.bytes, a.allocs))).then_with(|| a.at.cmp(&b.at))
        });
        sites
    }
}
