//! Sums by what needs no name: stacks, threads, classes. There are far fewer of these than blocks.

use super::Sums;
use super::estimated::Estimated;
use crate::hash::FastMap;
use crate::ids::BlockId;

/// Instead of a stack: not released.
pub(super) const ALIVE: u32 = u32::MAX;
/// Instead of a thread, class or name: there is none.
pub(super) const NOTHING: u64 = u64::MAX;

/// What blocks are told apart by; 0 in what the question does not need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) struct RawKey {
    /// The stack of the birth.
    pub(super) birth: u32,
    /// The stack of the release, or [`ALIVE`].
    pub(super) death: u32,
    /// A thread, two threads, a class, a scope's name, or [`NOTHING`].
    pub(super) other: u64,
}

/// Sums, and the largest blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    pub(super) sums: Sums,
    /// Bytes and number.
    pub(super) largest: (u64, u32),
    pub(super) largest_left: Option<(u64, u32)>,
    /// Reallocs and number.
    pub(super) most_reallocated: Option<(u64, u32)>,
    /// Set where the names of the releases are known.
    pub(super) is_approximate: bool,
}

impl Tally {
    /// Adds one block, of which `sums` are.
    #[inline]
    pub(super) fn add_block(&mut self, sums: &Sums, block: BlockId) {
        let own = &mut self.sums;
        own.blocks += 1;
        own.bytes = own.bytes.saturating_add(sums.bytes);
        own.peak_bytes = own.peak_bytes.saturating_add(sums.peak_bytes);
        own.left_blocks += sums.left_blocks;
        own.left_bytes = own.left_bytes.saturating_add(sums.left_bytes);
        own.lifetime_ns += sums.lifetime_ns;
        own.reallocs += sums.reallocs;
        own.moves += sums.moves;
        own.copied_bytes = own.copied_bytes.saturating_add(sums.copied_bytes);
        own.usable_bytes = own.usable_bytes.saturating_add(sums.usable_bytes);
        self.largest = self.largest.max((sums.bytes, block.0));
        if sums.left_blocks > 0 {
            self.largest_left = self.largest_left.max(Some((sums.bytes, block.0)));
        }
        if sums.reallocs > 0 {
            self.most_reallocated = self.most_reallocated.max(Some((sums.reallocs, block.0)));
        }
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.sums.add(&other.sums);
        self.largest = self.largest.max(other.largest);
        self.largest_left = self.largest_left.max(other.largest_left);
        self.most_reallocated = self.most_reallocated.max(other.most_reallocated);
        self.is_approximate |= other.is_approximate;
    }

    pub(super) fn example(&self) -> BlockId {
        BlockId(self.largest.1)
    }

    pub(super) fn left_example(&self) -> Option<BlockId> {
        self.largest_left.map(|(_, block)| BlockId(block))
    }

    pub(super) fn most_reallocated(&self) -> Option<(u64, BlockId)> {
        self.most_reallocated.map(|(reallocs, block)| (reallocs, BlockId(block)))
    }
}

/// The sums of all keys.
#[derive(Default)]
pub(super) struct Tallies {
    /// Of a sample, also what they stand for.
    estimated: FastMap<RawKey, Estimated>,
    /// By birth stack, where that is all of the key: most questions are of this kind.
    dense: Vec<Tally>,
    sparse: FastMap<RawKey, Tally>,
}

impl Tallies {
    #[inline]
    pub(super) fn of(&mut self, key: RawKey) -> &mut Tally {
        let RawKey { birth, death, other } = key;
        if death == 0 && other == 0 && birth < DENSE_STACKS {
            let at = birth as usize;
            if at >= self.dense.len() {
                self.dense.resize(at + 1, Tally::default());
            }
            return &mut self.dense[at];
        }
        self.sparse.entry(key).or_default()
    }

    /// Counts `sums`, which are one block's, as what it stands for.
    pub(super) fn estimate(&mut self, key: RawKey, sums: &Sums, mean_bytes: u64) {
        self.estimated.entry(key).or_default().add(sums, mean_bytes);
    }

    /// All keys that any block has. Of a sample: with what is estimated from it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RawKey, Tally)> {
        let dense = self.dense.iter().enumerate().filter(|(_, tally)| tally.sums.blocks > 0);
        let dense = dense.map(|(birth, tally)| (RawKey { birth: birth as u32, ..RawKey::default() }, tally));
        dense.chain(self.sparse.iter().map(|(key, tally)| (*key, tally))).map(|(key, tally)| {
            let sums = self.estimated.get(&key).map_or(tally.sums, Estimated::sums);
            (key, Tally { sums, ..*tally })
        })
    }
}

/// Stacks with a larger number are in the table.
const DENSE_STACKS: u32 = 1 << 16;
