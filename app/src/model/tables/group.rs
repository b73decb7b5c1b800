//! Groups blocks by stack first, which needs no names, then stacks by place and owner.

use super::{OwnerRow, RangeSums, SiteRow, ThreadTableRow};
use crate::model::document::Data;
use dropscope_engine::{BlockId, Location, Model, Names, StackId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Blocks looked at while the model is held, so that the reading never waits long.
const SLICE: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Groups {
    births: HashMap<StackId, Births>,
    releases: HashMap<StackId, Releases>,
    by_thread: HashMap<u32, PerThread>,
    pub(super) sums: RangeSums,
}

#[derive(Clone, Copy, Default)]
struct Births {
    blocks: u64,
    bytes: u64,
    left_blocks: u64,
    left_bytes: u64,
    life_ns: u128,
    example: (u64, u32),
    left_example: Option<(u64, u32)>,
}

#[derive(Clone, Copy, Default)]
struct Releases {
    blocks: u64,
    bytes: u64,
    example: (u64, u32),
}

#[derive(Clone, Copy, Default)]
struct PerThread {
    births: u64,
    born_bytes: u64,
    releases: u64,
    from_others: u64,
}

pub(super) fn births(data: &Data, range: &Range<u64>, groups: &mut Groups) {
    let all: Vec<BlockId> = {
        let model = data.model.read();
        let born = model.blocks().born_in(range.clone());
        drop(model);
        born.collect()
    };
    for slice in all.chunks(SLICE) {
        let model = data.model.read();
        let blocks = model.blocks();
        for &block in slice {
            let size_bytes = blocks.size_bytes(block);
            let group = groups.births.entry(blocks.birth_stack(block)).or_default();
            group.blocks += 1;
            group.bytes = group.bytes.saturating_add(size_bytes);
            group.example = group.example.max((size_bytes, block.0));
            match blocks.lifetime_ns(block) {
                Some(life_ns) => group.life_ns += u128::from(life_ns),
                None => {
                    group.left_blocks += 1;
                    group.left_bytes = group.left_bytes.saturating_add(size_bytes);
                    group.left_example = group.left_example.max(Some((size_bytes, block.0)));
                }
            }
            let thread = groups.by_thread.entry(blocks.thread(block).0).or_default();
            thread.births += 1;
            thread.born_bytes = thread.born_bytes.saturating_add(size_bytes);
            groups.sums.births += 1;
            groups.sums.born_bytes = groups.sums.born_bytes.saturating_add(size_bytes);
        }
    }
}

pub(super) fn releases(data: &Data, range: &Range<u64>, groups: &mut Groups) {
    let all: Vec<BlockId> = data.model.read().blocks().died_in(range.clone()).to_vec();
    for slice in all.chunks(SLICE) {
        let model = data.model.read();
        let blocks = model.blocks();
        for &block in slice {
            let (Some(stack), Some(thread)) = (blocks.death_stack(block), blocks.freed_by(block)) else { continue };
            let size_bytes = blocks.size_bytes(block);
            let group = groups.releases.entry(stack).or_default();
            group.blocks += 1;
            group.bytes = group.bytes.saturating_add(size_bytes);
            group.example = group.example.max((size_bytes, block.0));
            let is_from_other = blocks.thread(block) != thread;
            let thread = groups.by_thread.entry(thread.0).or_default();
            thread.releases += 1;
            thread.from_others += u64::from(is_from_other);
            groups.sums.releases += 1;
            groups.sums.released_bytes = groups.sums.released_bytes.saturating_add(size_bytes);
        }
    }
}

/// Birth sites, most bytes first, and how many blocks are the runtime's.
pub(super) fn sites(names: &Names, groups: &Groups) -> (Vec<SiteRow>, u64) {
    let mut by_place: HashMap<(Option<Arc<Location>>, bool), Births> = HashMap::new();
    for (&stack, births) in &groups.births {
        let summary = names.summary(stack);
        let place = summary.site.as_ref().map(|(_, location)| Arc::clone(location));
        let group = by_place.entry((place, summary.is_runtime)).or_default();
        group.blocks += births.blocks;
        group.bytes = group.bytes.saturating_add(births.bytes);
        group.left_blocks += births.left_blocks;
        group.left_bytes = group.left_bytes.saturating_add(births.left_bytes);
        group.life_ns += births.life_ns;
        group.example = group.example.max(births.example);
        group.left_example = group.left_example.max(births.left_example);
    }
    let runtime_blocks =
        by_place.iter().filter(|((_, is_runtime), _)| *is_runtime).map(|(_, births)| births.blocks).sum();
    let row = |((at, is_runtime), births): ((Option<Arc<Location>>, bool), Births)| SiteRow {
        at,
        is_runtime,
        blocks: births.blocks,
        bytes: births.bytes,
        left_blocks: births.left_blocks,
        left_bytes: births.left_bytes,
        mean_life_ns: mean(births.life_ns, births.blocks - births.left_blocks),
        example: BlockId(births.example.1),
        left_example: births.left_example.map(|(_, block)| BlockId(block)),
    };
    let mut rows: Vec<SiteRow> = by_place.into_iter().map(row).collect();
    rows.sort_by(|a, b| (b.bytes, &a.at, a.is_runtime).cmp(&(a.bytes, &b.at, b.is_runtime)));
    (rows, runtime_blocks)
}

fn mean(sum: u128, number: u64) -> u64 {
    sum.checked_div(u128::from(number)).and_then(|mean| u64::try_from(mean).ok()).unwrap_or(0)
}

/// One owner's releases, and how much of them at each place.
#[derive(Default)]
struct Owner {
    releases: Releases,
    places: HashMap<Option<Arc<Location>>, u64>,
    is_approximate: bool,
}

/// Outermost owners, most bytes first.
pub(super) fn owners(names: &Names, groups: &Groups) -> Vec<OwnerRow> {
    let mut by_owner: HashMap<Option<Arc<str>>, Owner> = HashMap::new();
    for (&stack, releases) in &groups.releases {
        let summary = names.summary(stack);
        let owner = by_owner.entry(summary.owners.first().cloned()).or_default();
        owner.releases.blocks += releases.blocks;
        owner.releases.bytes = owner.releases.bytes.saturating_add(releases.bytes);
        owner.releases.example = owner.releases.example.max(releases.example);
        owner.is_approximate |= summary.is_approximate;
        let place = summary.site.as_ref().map(|(_, location)| Arc::clone(location));
        *owner.places.entry(place).or_default() += releases.bytes;
    }
    let row = |(name, owner): (Option<Arc<str>>, Owner)| OwnerRow {
        owner: name,
        at: owner.places.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0))).and_then(|(place, _)| place),
        blocks: owner.releases.blocks,
        bytes: owner.releases.bytes,
        is_approximate: owner.is_approximate,
        example: BlockId(owner.releases.example.1),
    };
    let mut rows: Vec<OwnerRow> = by_owner.into_iter().map(row).collect();
    rows.sort_by(|a, b| (b.bytes, &a.owner).cmp(&(a.bytes, &b.owner)));
    rows
}

impl Groups {
    /// Threads that bore or released something, by number.
    pub(super) fn threads(&self, model: &Model) -> Vec<ThreadTableRow> {
        let mut rows: Vec<ThreadTableRow> = Vec::new();
        for (number, thread) in model.threads().iter().enumerate() {
            let sums = self.by_thread.get(&(number as u32)).copied().unwrap_or_default();
            rows.push(ThreadTableRow {
                number: number as u32,
                name: Arc::clone(&thread.name),
                births: sums.births,
                born_bytes: sums.born_bytes,
                releases: sums.releases,
                from_others: sums.from_others,
                first_ns: thread.first_ns,
            });
        }
        rows
    }
}
