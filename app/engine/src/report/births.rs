//! What was born, by site: sites, leaks, and what the runtime made for itself.

use super::pass::Seen;
use super::rounding::RoundingJson;
use super::{LeakJson, RuntimeJson, SiteEstimate, SiteJson, SumEstimate};
use crate::ids::StackId;
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::sampling::{EstimatedSum, mean_bytes};
use crate::usable::{Rounding, UsableSizes};
use std::collections::HashMap;

/// What was born, by site.
#[derive(Default)]
pub(super) struct Births {
    pub(super) runtime: RuntimeJson,
    by_site: HashMap<Option<At>, SiteSum>,
    rounding_at_peak: Rounding,
    rounding_at_end: Rounding,
    rounding: Rounding,
    /// For how many sizes the allocator was asked.
    asked_sizes: usize,
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
    #[cold]
    fn add(&mut self, seen: &Seen, mean_bytes: u64) {
        let (one, size_bytes) = (1.0, seen.size_bytes);
        let bytes = size_bytes as f64;
        self.allocs.add(one, size_bytes, mean_bytes);
        self.bytes.add(bytes, size_bytes, mean_bytes);
        if seen.is_short_lived {
            self.short_lived.add(one, size_bytes, mean_bytes);
        }
        if seen.death_row.is_none() {
            self.leaked_blocks.add(one, size_bytes, mean_bytes);
            self.leaked_bytes.add(bytes, size_bytes, mean_bytes);
        }
        if let Some(peak_bytes) = seen.peak_bytes {
            self.peak_bytes.add(peak_bytes as f64, peak_bytes, mean_bytes);
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

/// Sums by stack, since there are far fewer stacks than blocks and each needs its name once.
pub(super) struct BirthSums<'a> {
    sizes: &'a UsableSizes,
    mean_bytes: Option<u64>,
    /// By number of the stack.
    by_stack: Vec<SiteSum>,
    rounding_at_peak: Rounding,
    rounding_at_end: Rounding,
}

impl<'a> BirthSums<'a> {
    pub(super) fn new(model: &'a Model) -> BirthSums<'a> {
        BirthSums {
            sizes: model.usable_sizes(),
            mean_bytes: mean_bytes(model),
            by_stack: vec![SiteSum::default(); model.blocks().stacks().len()],
            rounding_at_peak: Rounding::default(),
            rounding_at_end: Rounding::default(),
        }
    }

    #[inline]
    pub(super) fn add(&mut self, seen: &Seen) {
        let Some(sum) = self.by_stack.get_mut(seen.birth_stack) else { return };
        let size_bytes = seen.size_bytes;
        sum.allocs += 1;
        sum.bytes = sum.bytes.saturating_add(size_bytes);
        sum.short_lived += u64::from(seen.is_short_lived);
        sum.rounding.add(self.sizes, size_bytes);
        if seen.death_row.is_none() {
            sum.leaked_blocks += 1;
            sum.leaked_bytes = sum.leaked_bytes.saturating_add(size_bytes);
            self.rounding_at_end.add(self.sizes, size_bytes);
        }
        if let Some(peak_bytes) = seen.peak_bytes {
            sum.peak_bytes = sum.peak_bytes.saturating_add(peak_bytes);
            self.rounding_at_peak.add(self.sizes, peak_bytes);
        }
        if let Some(mean_bytes) = self.mean_bytes {
            sum.estimated.add(seen, mean_bytes);
        }
    }

    /// The same by site.
    pub(super) fn by_site(self, stacks: &[StackId], names: &Names) -> Births {
        let mut births = Births {
            is_sample: self.mean_bytes.is_some(),
            asked_sizes: self.sizes.asked(),
            rounding_at_peak: self.rounding_at_peak,
            rounding_at_end: self.rounding_at_end,
            ..Births::default()
        };
        let of_stack = stacks.iter().zip(self.by_stack).filter(|(_, sum)| sum.allocs > 0);
        for (&stack, sum) in of_stack {
            births.rounding.merge(sum.rounding);
            let summary = names.summary(stack);
            if summary.is_runtime {
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
}

impl Births {
    /// What the allocator gave beyond what it was asked for, where anything is known of it.
    pub(super) fn rounding(&self) -> Option<RoundingJson> {
        self.knows_rounding().then(|| RoundingJson {
            asked_sizes: self.asked_sizes as u64,
            at_peak: self.rounding_at_peak.into(),
            at_end: self.rounding_at_end.into(),
            allocated: self.rounding.into(),
        })
    }

    fn knows_rounding(&self) -> bool {
        self.asked_sizes > 0
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
            rounding: self.knows_rounding().then(|| sum.rounding.into()),
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
