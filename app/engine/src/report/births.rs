//! What was born, by site: sites, leaks, and what the runtime made for itself.

use super::{LeakJson, RuntimeJson, SHORT_LIVED_NS, SiteJson};
use crate::hash::FastMap;
use crate::ids::StackId;
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use std::collections::HashMap;

/// What was born, by site.
#[derive(Default)]
pub(super) struct Births {
    pub(super) runtime: RuntimeJson,
    /// The stacks on which it was born.
    runtime_stacks: FastMap<u32, ()>,
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
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.peak_bytes = self.peak_bytes.saturating_add(other.peak_bytes);
        self.leaked_blocks += other.leaked_blocks;
        self.leaked_bytes = self.leaked_bytes.saturating_add(other.leaked_bytes);
        self.short_lived += other.short_lived;
    }
}

impl Births {
    /// Sums by stack first, since there are far fewer stacks than blocks and each needs its name once.
    pub(super) fn gather(model: &Model, names: &Names) -> Births {
        let blocks = model.blocks();
        let peak_ns = model.totals().peak_at_ns;
        let mut by_stack: FastMap<u32, SiteSum> = FastMap::default();
        for block in blocks.ids() {
            let sum = by_stack.entry(blocks.birth_stack(block).0).or_default();
            let size_bytes = blocks.size_bytes(block);
            sum.allocs += 1;
            sum.bytes = sum.bytes.saturating_add(size_bytes);
            match blocks.lifetime_ns(block) {
                Some(lifetime_ns) => sum.short_lived += u64::from(lifetime_ns < SHORT_LIVED_NS),
                None => {
                    sum.leaked_blocks += 1;
                    sum.leaked_bytes = sum.leaked_bytes.saturating_add(size_bytes);
                }
            }
        }
        for block in blocks.live_at(peak_ns) {
            let sum = by_stack.entry(blocks.birth_stack(block).0).or_default();
            sum.peak_bytes = sum.peak_bytes.saturating_add(blocks.size_at(block, peak_ns));
        }
        let mut births = Births::default();
        for (stack, sum) in by_stack {
            let summary = names.summary(StackId(stack));
            if summary.is_runtime {
                births.runtime_stacks.insert(stack, ());
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

    pub(super) fn leaks(&self) -> Vec<LeakJson> {
        let leaking = self.by_site.iter().filter(|(_, sum)| sum.leaked_blocks > 0);
        let mut leaks: Vec<LeakJson> = leaking
            .map(|(at, sum)| LeakJson { blocks: sum.leaked_blocks, bytes: sum.leaked_bytes, at: at.clone() })
            .collect();
        leaks.sort_by(|a, b| (b.bytes, b.blocks).cmp(&(a.bytes, a.blocks)).then_with(|| a.at.cmp(&b.at)));
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
        };
        let mut sites: Vec<SiteJson> = self.by_site.iter().map(site).collect();
        sites.sort_by(|a, b| (b.bytes, b.allocs).cmp(&(a.bytes, a.allocs)).then_with(|| a.at.cmp(&b.at)));
        sites
    }
}
