//! Blocks as the reading puts them in, in order of time.

use super::{ALIGN, BUCKET_ROWS, Blocks, Bucket, CHANGED, NONE, ReallocRow, ZEROED};
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
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.alive += 1;
        }
        self.born.push(birth.time_ns);
        self.size.push(birth.size_bytes);
        self.birth_stack.push(birth.stack);
        self.address.push(birth.address);
        self.birth_thread.push(birth.thread.0);
        self.flags.push((birth.align_log2 & ALIGN) | if birth.is_zeroed { ZEROED } else { 0 });
        self.death_row.push(NONE);
        BlockId::of_row(row)
    }

    pub(crate) fn death(&mut self, block: BlockId, time_ns: u64, thread: ThreadNumber, stack: StackId) {
        let Some(place) = self.death_row.get_mut(block.row()).filter(|row| **row == NONE) else { return };
        *place = self.dead.len() as u32;
        if let Some(bucket) = self.buckets.get_mut(block.row() / BUCKET_ROWS) {
            bucket.alive -= 1;
            bucket.last_death_ns = bucket.last_death_ns.max(time_ns);
        }
        self.died.push(time_ns);
        self.dead.push(block);
        self.death_stack.push(stack);
        self.death_thread.push(thread.0);
    }

    pub(crate) fn change(&mut self, row: &ReallocRow) {
        let block = row.block;
        let Some(flags) = self.flags.get_mut(block.row()) else { return };
        *flags |= CHANGED;
        let number = self.changed.len() as u32;
        let ends = self.changes.entry(block.0).or_insert((number, number));
        if ends.1 != number {
            self.next_change[ends.1 as usize] = number;
            ends.1 = number;
        }
        self.changed.push(row.time_ns);
        self.changed_block.push(block);
        self.changed_stack.push(row.stack);
        self.changed_thread.push(row.thread.0);
        self.old_size.push(row.old_size_bytes);
        self.old_address.push(row.old_address);
        self.next_change.push(NONE);
        self.size.set(block.row(), row.size_bytes);
        self.address.set(block.row(), row.address);
    }

    pub(crate) fn set_adopted(&mut self, block: BlockId, old_size_bytes: u64, old_address: u64) {
        self.adopted.insert(block.0, (old_size_bytes, old_address));
    }

    pub(crate) fn set_lost(&mut self, block: BlockId) {
        self.lost.insert(block.0, ());
    }
}
