//! What was released, by outermost owner.

use super::pass::Seen;
use super::{CollectorJson, OwnerJson, SumEstimate};
use crate::blocks::Blocks;
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

/// Sums by stack of what was released, runtime blocks left out.
pub(super) struct ReleaseSums<'a> {
    blocks: &'a Blocks,
    mean_bytes: Option<u64>,
    /// By number of the stack: whether what is born there is the runtime's.
    is_runtime: Vec<bool>,
    by_stack: Vec<Sum>,
}

impl<'a> ReleaseSums<'a> {
    pub(super) fn new(model: &'a Model, names: &Names) -> ReleaseSums<'a> {
        let blocks = model.blocks();
        ReleaseSums {
            blocks,
            mean_bytes: mean_bytes(model),
            is_runtime: blocks.stacks().iter().map(|&stack| names.summary(stack).is_runtime).collect(),
            by_stack: vec![Sum::default(); blocks.stacks().len()],
        }
    }

    #[inline]
    pub(super) fn add(&mut self, seen: &Seen) {
        let Some(death_row) = seen.death_row else { return };
        if self.is_runtime.get(seen.birth_stack) == Some(&true) || self.blocks.is_lost(seen.block) {
            return;
        }
        let stack = self.blocks.columns().death_stack.get(death_row).unwrap_or(0);
        let Some(sum) = self.by_stack.get_mut(stack as usize) else { return };
        sum.frees += 1;
        sum.bytes = sum.bytes.saturating_add(seen.size_bytes);
        if let Some(mean_bytes) = self.mean_bytes {
            sum.estimated.0.add(1.0, seen.size_bytes, mean_bytes);
            sum.estimated.1.add(seen.size_bytes as f64, seen.size_bytes, mean_bytes);
        }
    }

    /// The same by owner.
    pub(super) fn by_owner(self, names: &Names) -> Released {
        let mut is_approximate = false;
        let mut by_collector = CollectorJson::default();
        let mut by_owner: HashMap<(Arc<str>, Option<At>), Sum> = HashMap::new();
        for (&stack, sum) in self.blocks.stacks().iter().zip(self.by_stack).filter(|(_, sum)| sum.frees > 0) {
            let summary = names.summary(stack);
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
            let estimate = self.mean_bytes.map(|_| SumEstimate { blocks: blocks.estimate(), bytes: bytes.estimate() });
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
}
