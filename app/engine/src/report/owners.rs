//! What was released, by outermost owner.

use super::births::Births;
use super::{CollectorJson, OwnerJson};
use crate::hash::FastMap;
use crate::ids::StackId;
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
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

/// What was released, runtime blocks left out.
pub(super) fn released(model: &Model, names: &Names, births: &Births) -> Released {
    let blocks = model.blocks();
    let mut by_stack: FastMap<u32, (u64, u64)> = FastMap::default();
    for block in blocks.ids() {
        let is_counted = !blocks.is_lost(block) && !births.is_runtime(blocks.birth_stack(block));
        if let Some(stack) = blocks.death_stack(block).filter(|_| is_counted) {
            let sum = by_stack.entry(stack.0).or_default();
            sum.0 += 1;
            sum.1 = sum.1.saturating_add(blocks.size_bytes(block));
        }
    }
    let mut is_approximate = false;
    let mut by_collector = CollectorJson::default();
    let mut by_owner: HashMap<(Arc<str>, Option<At>), (u64, u64)> = HashMap::new();
    for (stack, (frees, bytes)) in by_stack {
        let summary = names.summary(StackId(stack));
        if summary.is_collector {
            by_collector.frees += frees;
            by_collector.bytes = by_collector.bytes.saturating_add(bytes);
        }
        let Some(owner) = summary.owners.first() else { continue };
        is_approximate |= summary.is_approximate;
        let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
        let sum = by_owner.entry((Arc::clone(owner), at)).or_default();
        sum.0 += frees;
        sum.1 = sum.1.saturating_add(bytes);
    }
    let mut owners: Vec<OwnerJson> =
        by_owner.into_iter().map(|((owner, at), (frees, bytes))| OwnerJson { owner, frees, bytes, at }).collect();
    owners.sort_by(|a, b| {
        (b.bytes, b.frees).cmp(&(a.bytes, a.frees)).then_with(|| (&a.owner, &a.at).cmp(&(&b.owner, &b.at)))
    });
    Released { owners, by_collector, is_approximate }
}
