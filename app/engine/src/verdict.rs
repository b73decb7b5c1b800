//! What a release was that ended no block: a second one of the same block, or one of what was never allocated.

use crate::ids::BlockId;
use crate::model::Model;
use crate::rows::UnmatchedFree;

/// The newest blocks that are looked through for one release. With more, an old block may be missed.
const MOST_BLOCKS: usize = 1_000_000;

/// What a release was that ended no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// A double free: this block, the last one at the address, had been released or moved away before.
    Double(BlockId),
    /// A foreign free: the address lies inside this block, which lived then, and is not the one that was given out.
    Inside(BlockId),
    /// A foreign free, or the release of a block from before the recording: no block was ever seen at the address.
    Unknown,
}

impl Verdict {
    /// The verdict in two words, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Double(_) => "double free",
            Verdict::Inside(_) => "foreign free",
            Verdict::Unknown => "unknown block",
        }
    }
}

impl Model {
    /// What the release in row `row` of [`Model::unmatched_frees`] was. Looks through the blocks: not for every frame.
    pub fn verdict(&self, row: usize) -> Option<Verdict> {
        let free = self.unmatched_frees().get(row)?;
        let blocks = self.blocks();
        let mut inside = None;
        for block in blocks.ids().rev().take(MOST_BLOCKS).filter(|&block| blocks.born_ns(block) <= free.time_ns) {
            if has_been_at(self, block, free) {
                return Some(Verdict::Double(block));
            }
            let start = blocks.address(block);
            let is_alive = blocks.died_ns(block).is_none_or(|died_ns| died_ns > free.time_ns);
            if is_alive && free.address > start && free.address - start < blocks.size_bytes(block) {
                inside = inside.or(Some(block));
            }
        }
        Some(inside.map_or(Verdict::Unknown, Verdict::Inside))
    }
}

/// Whether `block` was at the released address before the release.
fn has_been_at(model: &Model, block: BlockId, free: &UnmatchedFree) -> bool {
    let blocks = model.blocks();
    let ended = blocks.died_ns(block).is_some_and(|died_ns| died_ns <= free.time_ns);
    let mut moves = blocks.reallocs(block).filter(|change| change.time_ns <= free.time_ns && change.moved());
    (ended && blocks.address(block) == free.address) || moves.any(|change| change.old_address == free.address)
}
