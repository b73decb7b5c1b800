//! Which block is at an address now: a table of block ids alone, since the address stands in the block's row.

use crate::blocks::Blocks;
use crate::hash::spread;
use crate::ids::BlockId;
use hashbrown::HashTable;

/// The blocks alive now, found by their address. 5 to 10 bytes a block.
#[derive(Default)]
pub(crate) struct LiveTable {
    table: HashTable<u32>,
}

impl LiveTable {
    /// Notes that `block` is at the address that its row says. There must be none there.
    pub(crate) fn insert(&mut self, blocks: &Blocks, block: BlockId) {
        let rehash = |&id: &u32| spread(blocks.address(BlockId(id)));
        self.table.insert_unique(spread(blocks.address(block)), block.0, rehash);
    }

    /// Takes out the block at `address`.
    pub(crate) fn remove(&mut self, blocks: &Blocks, address: u64) -> Option<BlockId> {
        let found = self.table.find_entry(spread(address), |&id| blocks.address(BlockId(id)) == address);
        found.ok().map(|entry| BlockId(entry.remove().0))
    }
}
