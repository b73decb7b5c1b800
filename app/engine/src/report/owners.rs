//! What was released, by outermost owner.

use super::births::Births;
use super::{CollectorJson, OwnerJson, SumEstimate};
use crate::hash::FastMap;
use crate::ids::StackId;
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::sampling::{EstimatedSum, mean_bytes};
use std::collections::HashMap;
use std::sync::Arc;

/// What was released.
pub(super) struct Released {
    /// By outermost owner, most bytes first.
    pub(super) owners: Vec<OwnerJson>,
    /// By garbage collectors.
    pub(super) by_collector: CollectorJson,
    /// Whether the owners' names are only nearly right.
    pub(super) is_approximate: bool,
}

/// Blocks, and what they stand for where they are a sample.
#[derive(Clone, Copy, Default)]
struct Sum {
    frees: u64,
    bytes: u64,
    estimated: (EstimatedSum, EstimatedSum),
}

impl Sum {
    fn merge(&mut self, other: &Sum) {
        self.frees += other.frees;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.estimated.0.merge(other.estimated.0);
        self.estimated.1.merge(other.estimated.1);
    }
}

/// What was released, runtime blocks left out.
pub(super) fn released(model: &Model, names: &Names, births: &Births) -> Released {
    let blocks = model.blocks();
    let mean_bytes = mean_bytes(model);
    let mut by_stack: FastMap<u32, Sum> = FastMap::default();
    for block in blocks.ids() {
        let is_counted = !blocks.is_lost(block) && !births.is_runtime(blocks.birth_stack(block));
        if let Some(stack) = blocks.death_stack(block).filter(|_| is_counted) {
            let size_bytes = blocks.size_bytes(block);
            let mut one = Sum { frees: 1, bytes: size_bytes, ..Sum::default() };
            if let Some(mean_bytes) = mean_bytes {
                one.estimated.0.add(1.0, size_bytes, mean_bytes);
                one.estimated.1.add(size_bytes as f64, size_bytes, mean_bytes);
            }
            by_stack.entry(stack.0).or_default().merge(&one);
        }
    }
    let mut is_approximate = false;
    let mut by_collector = CollectorJson::default();
    let mut by_owner: HashMap<(Arc<str>, Option<At>), Sum> = HashMap::new();
    for (stack, sum) in by_stack {
        let summary = names.summary(StackId(stack));
        if summary.is_collector {
            by_collector.frees += sum.frees;
            by_collector.bytes = by_collector.bytes.saturating_add(sum.bytes);
        }
        let Some(owner) = summary.owners.first() else { continue };
        is_approximate |= summary.is_approximate;
        let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
        by_owner.entry((Arc::clone(owner), at)).or_default().merge(&sum);
    }
    let of_owner = |((owner, at), sum): ((Arc<str>, Option<At>), Sum)| {
        let (blocks, bytes) = sum.estimated;
        let estimate = mean_bytes.map(|_| SumEstimate { blocks: blocks.estimate(), bytes: bytes.estimate() });
        OwnerJson { owner, frees: sum.frees, bytes: sum.bytes, at, estimate }
    };
    let mut owners: Vec<OwnerJson> = by_owner.into_iter().map(of_owner).collect();
    let estimated = |owner: &OwnerJson| owner.estimate.map_or(0.0, |estimate| estimate.bytes.value);
    owners.sort_by(|a, b| {
        let by_estimate = estimated(b).total_cmp(&estimated(a));
        let by_sums = by_estimate.then_with(|| (b.bytes, b.frees).cmp(&(a.bytes, a.frees)));
        by_sums.then_with(|| (&a.owner, &a.at).cmp(&(&b.owner, &b.at)))
    });
    Released { owners, by_collector, is_approximate }
}
