//! A lesson's blocks: what they are, how long they live, and which of them lies in which.

use super::frames::FrameFinder;
use dropscope_engine::{BlockId, Model, Names, StepKey, ThreadNumber};
use std::collections::HashMap;
use std::sync::Arc;

/// A block of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonBlock {
    /// Which.
    pub id: BlockId,
    /// The type that owns it, as far as the recording knows: the last of its owners at its release, else what made it.
    pub kind: Option<Arc<str>>,
    /// The type that it was released with, the outermost of its owners: the colour of its bar.
    pub owner: Option<Arc<str>>,
    /// The block that its owner lies in, which the owners at the release tell.
    pub inside: Option<BlockId>,
    /// Whether it has no release.
    pub is_leaked: bool,
}

/// What is known of `own` blocks, in order of birth.
pub(super) fn blocks(model: &Model, names: &Names, finder: &FrameFinder<'_>, own: &[BlockId]) -> Vec<LessonBlock> {
    let table = model.blocks();
    let mut releases: Vec<Release> = own.iter().filter_map(|&block| release(model, names, block)).collect();
    releases.sort_by_key(|release| release.order);
    let inside = inside(&releases);
    let owners: HashMap<BlockId, Arc<[Arc<str>]>> =
        releases.into_iter().map(|release| (release.block, release.owners)).collect();
    let kind = |block| match owners.get(&block).and_then(|owners| owners.last()) {
        Some(kind) => Some(Arc::clone(kind)),
        None => finder.made_type(table.birth_stack(block)),
    };
    let fact = |&block: &BlockId| LessonBlock {
        id: block,
        kind: kind(block),
        owner: owners.get(&block).and_then(|owners| owners.first()).map(Arc::clone),
        inside: inside.get(&block).copied(),
        is_leaked: table.is_alive(block),
    };
    own.iter().map(fact).collect()
}

/// How a block was released.
struct Release {
    block: BlockId,
    /// Among all releases.
    order: (u64, u32),
    /// By whom, and at which place: the parts of one value are released together.
    drop: (ThreadNumber, Option<(u32, u32)>),
    owners: Arc<[Arc<str>]>,
}

fn release(model: &Model, names: &Names, block: BlockId) -> Option<Release> {
    let blocks = model.blocks();
    let stack = blocks.death_stack(block)?;
    let summary = names.summary(stack);
    let place = summary.site.as_ref().map(|(_, location)| (location.line, location.column));
    let thread = blocks.freed_by(block)?;
    let time_ns = blocks.died_ns(block)?;
    let same_time =
        model.events(time_ns..time_ns + 1).position(|step| step.kind == dropscope_engine::StepKind::Free(block));
    let order = (StepKey::before(time_ns).time_ns(), same_time.unwrap_or(0) as u32);
    Some(Release { block, order, drop: (thread, place), owners: Arc::clone(&summary.owners) })
}

/// The block around each: of the releases that follow in the same drop, the first whose owners are the beginning of its
/// own, since what is inside is released before what it is in.
fn inside(releases: &[Release]) -> HashMap<BlockId, BlockId> {
    let mut inside = HashMap::new();
    for (index, release) in releases.iter().enumerate() {
        let same_drop = releases[index + 1..].iter().take_while(|later| later.drop == release.drop);
        let mut around = same_drop.filter(|later| is_around(&later.owners, &release.owners));
        if let Some(around) = around.next() {
            inside.insert(release.block, around.block);
        }
    }
    inside
}

fn is_around(outer: &[Arc<str>], inner: &[Arc<str>]) -> bool {
    !outer.is_empty() && outer.len() < inner.len() && inner.starts_with(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(block: u32, place: u32, owners: &[&str]) -> Release {
        let owners: Vec<Arc<str>> = owners.iter().map(|&owner| owner.into()).collect();
        Release {
            block: BlockId(block),
            order: (u64::from(block), 0),
            drop: (ThreadNumber(0), Some((place, 5))),
            owners: owners.into(),
        }
    }

    #[test]
    fn owners_at_the_release_tell_what_lies_in_what() {
        let releases = [
            release(1, 9, &["Order", "String"]),
            release(2, 9, &["Order", "Vec<Item>", "Item", "String"]),
            release(3, 9, &["Order", "Vec<Item>", "Item", "String"]),
            release(4, 9, &["Order", "Vec<Item>"]),
            release(5, 9, &["Order", "Option<Box<Note>>", "Box<Note>", "Note", "String"]),
            release(6, 9, &["Order", "Option<Box<Note>>", "Box<Note>"]),
            // Another drop, though its owners begin alike.
            release(7, 12, &["Order"]),
        ];
        let mut found: Vec<_> = inside(&releases).into_iter().map(|(a, b)| (a.0, b.0)).collect();
        found.sort_unstable();
        assert_eq!(found, [(2, 4), (3, 4), (5, 6)]);
    }
}
