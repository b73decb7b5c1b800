//! What was released, by outermost owner.

use super::births::Births;
use super::{CollectorJson, OwnerJson, SumEstimate};
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::query::rows::{BirthColumn, DeathColumn, Order, RowReader};
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
    let stacks = blocks.stacks();
    let is_runtime: Vec<bool> = stacks.iter().map(|stack| births.is_runtime(*stack)).collect();
    // By number of the stack.
    let mut by_stack = vec![Sum::default(); stacks.len()];
    let mut rows = RowReader::new(blocks, Order::Births);
    for block in blocks.ids() {
        let (_, Some(death_row)) = rows.block(blocks, block.row()) else { continue };
        let birth_stack = rows.birth(BirthColumn::Stack, block) as usize;
        if is_runtime.get(birth_stack) == Some(&true) || blocks.is_lost(block) {
            continue;
        }
        let size_bytes = rows.size_bytes(blocks, block);
        let Some(sum) = by_stack.get_mut(rows.death(DeathColumn::Stack, death_row) as usize) else { continue };
        sum.frees += 1;
        sum.bytes = sum.bytes.saturating_add(size_bytes);
        if let Some(mean_bytes) = mean_bytes {
            sum.estimated.0.add(1.0, size_bytes, mean_bytes);
            sum.estimated.1.add(size_bytes as f64, size_bytes, mean_bytes);
        }
    }
    let mut is_approximate = false;
    let mut by_collector = CollectorJson::default();
    let mut by_owner: HashMap<(Arc<str>, Option<At>), Sum> = HashMap::new();
    for (&stack, sum) in stacks.iter().zip(by_stack).filter(|(_, sum)| sum.frees > 0) {
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
