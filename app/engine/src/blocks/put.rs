//! Blocks as the reading puts them in, in order of time.

use super::{ALIGN, BUCKET_ROWS, Blocks, Bucket, NONE, ReallocRow, ZEROED};
use crate::ids::{BlockId, StackId, ThreadNumber};

/// A birth, as it is put in.
pub(crate) struct Birth {
    pub(crate) time_ns: u64,
    pub(crate) size_bytes: u64,
    pub(crate) stack: StackId,
    pub(crate) address: u64,
    pub(crate) thread: ThreadNumber,
    pub(crate) align_log2: u8,
    pub(crate) is_zeroed: bool,
}

/// What the reading puts in.
impl Blocks {
    /// Room for another block.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.death_row.len() >= (u32::MAX - 1) as usize
    }

    pub(crate) fn birth(&mut self, birth: &Birth) -> BlockId {
        let row = self.death_row.len();
        if row.is_multiple_of(BUCKET_ROWS) {
            self.buckets.push(Bucket::default());
        }
        if row.is_multiple_of(64) {
            self.has_changed.push(0);
        }
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.alive += 1;
        }
        self.born.push(birth.time_ns);
        self.first_size.push(birth.size_bytes);
        self.birth_stack.push(self.stacks.narrow(birth.stack));
        self.first_address.push(self.pages.narrow(birth.address));
        self.birth_thread.push(u64::from(birth.thread.0));
        self.flags.push((u64::from(birth.align_log2) & ALIGN) | if birth.is_zeroed { ZEROED } else { 0 });
        self.death_row.push(NONE);
        BlockId::of_row(row)
    }

    /// Takes in a release, and says of how many bytes.
    pub(crate) fn death(&mut self, block: BlockId, time_ns: u64, thread: ThreadNumber, stack: StackId) -> u64 {
        let Some(place) = self.death_row.get_mut(block.row()).filter(|row| **row == NONE) else { return 0 };
        *place = self.died.len() as u32;
        if let Some(bucket) = self.buckets.get_mut(block.row() / BUCKET_ROWS) {
            bucket.alive -= 1;
            bucket.last_death_ns = bucket.last_death_ns.max(time_ns);
        }
        self.died.push(time_ns);
        self.dead.push(u64::from(block.0));
        self.death_stack.push(self.stacks.narrow(stack));
        self.death_thread.push(u64::from(thread.0));
        if !self.has_changed(block) {
            return self.first_size_bytes(block);
        }
        let Some(row) = self.live_change.remove(&block.0) else { return 0 };
        self.dead_change.insert(block.row(), row);
        self.new_size.get(row as usize).unwrap_or(0)
    }

    /// Takes in a realloc: the block's size and place after it. Those before are known.
    pub(crate) fn change(&mut self, change: &ReallocRow) {
        let block = change.block;
        let Some(bits) = self.has_changed.get_mut(block.row() / 64) else { return };
        *bits |= 1 << (block.row() % 64);
        let row = self.changed.len();
        self.changed.push(change.time_ns);
        self.changed_block.push(u64::from(block.0));
        self.changed_stack.push(self.stacks.narrow(change.stack));
        self.changed_thread.push(u64::from(change.thread.0));
        self.new_size.push(change.size_bytes);
        self.new_address.push(self.pages.narrow(change.address));
        let before = self.live_change.insert(block.0, row as u32);
        let ago = before.map_or(0, |before| row - before as usize);
        self.change_before.push(ago as u64);
    }

    pub(crate) fn set_adopted(&mut self, block: BlockId, old_size_bytes: u64, old_address: u64) {
        self.adopted.insert(block.0, (old_size_bytes, old_address));
    }

    pub(crate) fn set_lost(&mut self, block: BlockId) {
        self.lost.insert(block.0, ());
    }
}
