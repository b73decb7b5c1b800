//! Blocks as the reading puts them in, in order of time.

use super::{ALIGN, BUCKET_ROWS, Blocks, Bucket, LAST, LastChanges, MOST_ROWS, NONE, ZEROED};
use crate::columns::{Pages, Stacks, TimeColumn};
use crate::hash::FastMap;
use crate::ids::{BlockId, StackId, ThreadNumber};
use crate::live_table::Lodger;
use crate::packed::{Packed, RUN_ROWS};
use crate::segments::Segments;

/// A birth, as it is put in. Places are narrow.
pub(crate) struct Birth {
    pub(crate) time_ns: u64,
    pub(crate) size_bytes: u64,
    pub(crate) stack: StackId,
    pub(crate) place: u64,
    pub(crate) thread: ThreadNumber,
    pub(crate) align_log2: u8,
    pub(crate) is_zeroed: bool,
}

/// A realloc, as it is put in: its block's size and place after it. Those before are known.
pub(crate) struct Change {
    pub(crate) block: BlockId,
    pub(crate) time_ns: u64,
    pub(crate) thread: ThreadNumber,
    pub(crate) size_bytes: u64,
    pub(crate) place: u64,
    pub(crate) stack: StackId,
}

impl Default for Blocks {
    fn default() -> Self {
        Self {
            born: TimeColumn::default(),
            // Most blocks are small, and most die young.
            first_size: Packed::with_outliers(),
            // A few stacks make most blocks, and those are numbered early.
            birth_stack: Packed::with_outliers(),
            first_address: Packed::default(),
            birth_thread: Packed::default(),
            flags: Packed::default(),
            death_row: Segments::default(),
            has_changed: Vec::new(),
            is_changed_alive: Vec::new(),
            buckets: Vec::new(),
            died: TimeColumn::default(),
            dead: Packed::with_outliers(),
            death_stack: Packed::with_outliers(),
            death_thread: Packed::default(),
            changed: TimeColumn::default(),
            changed_block: Packed::with_outliers(),
            changed_stack: Packed::with_outliers(),
            changed_thread: Packed::default(),
            new_size: Packed::with_outliers(),
            new_address: Packed::default(),
            change_before: Packed::with_outliers(),
            dead_change: LastChanges::default(),
            pages: Pages::default(),
            stacks: Stacks::default(),
            most_rows: None,
            adopted: FastMap::default(),
            lost: FastMap::default(),
        }
    }
}

/// What the reading puts in.
impl Blocks {
    /// With room for so many: 2^32 of them take a hundred gigabytes.
    #[cfg(test)]
    pub(crate) fn with_room_for(most_rows: u32) -> Blocks {
        Blocks { most_rows: Some(most_rows), ..Blocks::default() }
    }

    /// Room for another block.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.death_row.len() >= self.most_rows.unwrap_or(MOST_ROWS) as usize
    }

    /// Room for another realloc.
    #[inline]
    pub(crate) fn is_full_of_changes(&self) -> bool {
        self.changed.len() >= self.most_rows.unwrap_or(MOST_ROWS) as usize
    }

    #[inline(always)]
    pub(crate) fn birth(&mut self, birth: &Birth) -> BlockId {
        let row = self.death_row.len();
        if row.is_multiple_of(BUCKET_ROWS) {
            self.buckets.push(Bucket::default());
        }
        if row.is_multiple_of(64) {
            self.has_changed.push(0);
            self.is_changed_alive.push(0);
        }
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.alive += 1;
        }
        let at = row % RUN_ROWS;
        self.born.put(at, birth.time_ns);
        self.first_size.put(at, birth.size_bytes);
        self.birth_stack.put(at, self.stacks.narrow(birth.stack));
        self.first_address.put(at, birth.place);
        self.birth_thread.put(at, u64::from(birth.thread.0));
        self.flags.put(at, (u64::from(birth.align_log2) & ALIGN) | if birth.is_zeroed { ZEROED } else { 0 });
        self.death_row.push(NONE);
        if at + 1 == RUN_ROWS {
            self.seal_births();
        }
        BlockId::of_row(row)
    }

    #[cold]
    fn seal_births(&mut self) {
        self.born.seal();
        let others = [
            &mut self.first_size,
            &mut self.birth_stack,
            &mut self.first_address,
            &mut self.birth_thread,
            &mut self.flags,
        ];
        others.into_iter().for_each(Packed::seal);
    }

    /// Takes in a release of a block that is alive.
    #[inline(always)]
    pub(crate) fn death(&mut self, lodger: Lodger, time_ns: u64, thread: ThreadNumber, stack: StackId) {
        let (block, row) = (lodger.block(), self.died.len());
        if lodger.has_changed() {
            self.close_changes(block);
        }
        // Only written to: to read it would be to wait for memory, for most releases the only time. To have it fetched and
        // write it sixteen releases later takes as long.
        if let Some(place) = self.death_row.get_mut(block.row()) {
            *place = row as u32;
        }
        if let Some(bucket) = self.buckets.get_mut(block.row() / BUCKET_ROWS) {
            bucket.alive -= 1;
            bucket.last_death_ns = bucket.last_death_ns.max(time_ns);
        }
        let at = row % RUN_ROWS;
        self.died.put(at, time_ns);
        self.dead.put(at, LAST - u64::from(block.0));
        self.death_stack.put(at, self.stacks.narrow(stack));
        self.death_thread.put(at, u64::from(thread.0));
        if at + 1 == RUN_ROWS {
            self.seal_deaths();
        }
    }

    #[cold]
    fn seal_deaths(&mut self) {
        self.died.seal();
        [&mut self.dead, &mut self.death_stack, &mut self.death_thread].into_iter().for_each(Packed::seal);
    }

    /// A block with reallocs is about to be released.
    #[inline(never)]
    fn close_changes(&mut self, block: BlockId) {
        let row = block.row();
        if let (Some(bits), Some(&last)) = (self.is_changed_alive.get_mut(row / 64), self.death_row.get(row)) {
            *bits &= !(1 << (row % 64));
            self.dead_change.insert(row, last);
        }
    }

    /// Takes in a realloc of a block that is alive.
    pub(crate) fn change(&mut self, change: &Change) {
        let (block, bit) = (change.block, 1 << (change.block.row() % 64));
        let row = self.changed.len();
        let Some(place) = self.death_row.get_mut(block.row()) else { return };
        let before = std::mem::replace(place, row as u32);
        for bits in [&mut self.has_changed, &mut self.is_changed_alive] {
            if let Some(bits) = bits.get_mut(block.row() / 64) {
                *bits |= bit;
            }
        }
        let at = row % RUN_ROWS;
        self.changed.put(at, change.time_ns);
        self.changed_block.put(at, LAST - u64::from(block.0));
        self.changed_stack.put(at, self.stacks.narrow(change.stack));
        self.changed_thread.put(at, u64::from(change.thread.0));
        self.new_size.put(at, change.size_bytes);
        self.new_address.put(at, change.place);
        let ago = if before == NONE { 0 } else { row - before as usize };
        self.change_before.put(at, ago as u64);
        if at + 1 == RUN_ROWS {
            self.seal_changes();
        }
    }

    #[cold]
    fn seal_changes(&mut self) {
        self.changed.seal();
        let sizes = [&mut self.new_size, &mut self.new_address, &mut self.change_before];
        let others = [&mut self.changed_block, &mut self.changed_stack, &mut self.changed_thread];
        sizes.into_iter().chain(others).for_each(Packed::seal);
    }

    pub(crate) fn set_adopted(&mut self, block: BlockId, old_size_bytes: u64, old_address: u64) {
        self.adopted.insert(block.0, (old_size_bytes, old_address));
    }

    pub(crate) fn set_lost(&mut self, block: BlockId) {
        self.lost.insert(block.0, ());
    }
}
