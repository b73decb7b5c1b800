//! Blocks as the reading puts them in, in order of time.

use super::{ALIGN, BUCKET_ROWS, Blocks, Bucket, CLOSING, LAST, LastChanges, MOST_ROWS, NONE, ZEROED};
use crate::columns::{Pages, Stacks, TimeColumn};
use crate::death_rows::DeathRows;
use crate::hash::FastMap;
use crate::ids::{BlockId, ThreadNumber};
use crate::live_table::Lodger;
use crate::packed::{Packed, RUN_ROWS};

/// A birth, as it is put in. Places are narrow, and stacks as [`Stacks`] numbers them.
pub(crate) struct Birth {
    pub(crate) time_ns: u64,
    pub(crate) size_bytes: u64,
    pub(crate) stack: u32,
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
    pub(crate) stack: u32,
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
            death_row: DeathRows::default(),
            has_changed: Vec::new(),
            is_changed_alive: Vec::new(),
            buckets: Vec::new(),
            closing: Vec::with_capacity(CLOSING),
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
            most_rows: MOST_ROWS,
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
        Blocks { most_rows, ..Blocks::default() }
    }

    /// Room for another block.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.death_row.len() >= self.most_rows as usize
    }

    /// Room for another realloc.
    #[inline]
    pub(crate) fn is_full_of_changes(&self) -> bool {
        self.changed.len() >= self.most_rows as usize
    }

    #[inline(always)]
    pub(crate) fn birth(&mut self, birth: &Birth) -> BlockId {
        let row = self.death_row.len();
        if row.is_multiple_of(BUCKET_ROWS) {
            self.begin_bucket();
        }
        let at = row % RUN_ROWS;
        self.born.put(at, birth.time_ns);
        self.first_size.put(at, birth.size_bytes);
        self.birth_stack.put(at, u64::from(birth.stack));
        self.first_address.put(at, birth.place);
        self.birth_thread.put(at, u64::from(birth.thread.0));
        self.flags.put(at, (u64::from(birth.align_log2) & ALIGN) | if birth.is_zeroed { ZEROED } else { 0 });
        self.death_row.push();
        if at + 1 == RUN_ROWS {
            self.seal_births();
        }
        BlockId::of_row(row)
    }

    /// All that has room for so many blocks at once.
    #[cold]
    fn begin_bucket(&mut self) {
        self.buckets.push(Bucket::default());
        self.death_row.make_room();
        for bits in [&mut self.has_changed, &mut self.is_changed_alive] {
            bits.resize(self.buckets.len() * BUCKET_ROWS / 64, 0);
        }
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
    pub(crate) fn death(&mut self, lodger: Lodger, time_ns: u64, thread: ThreadNumber, stack: u32) {
        let (block, row) = (lodger.block(), self.died.len());
        if lodger.has_changed() {
            self.close_soon(block, row as u32);
        } else {
            // Only written to: to read it would be to wait for memory, for most releases the only time. To have it fetched
            // and write it sixteen releases later takes as long.
            self.death_row.set(block.row(), row as u32);
        }
        if let Some(bucket) = self.buckets.get_mut(block.row() / BUCKET_ROWS) {
            bucket.dead += 1;
            bucket.last_death_ns = bucket.last_death_ns.max(time_ns);
        }
        let at = row % RUN_ROWS;
        self.died.put(at, time_ns);
        self.dead.put(at, LAST - u64::from(block.0));
        self.death_stack.put(at, u64::from(stack));
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

    /// A block with reallocs has been released: its row says which was the last, so it has to be read and not only written,
    /// and is fetched for that.
    #[inline(never)]
    fn close_soon(&mut self, block: BlockId, death: u32) {
        self.death_row.foresee(block.row());
        self.closing.push((block, death));
        if self.closing.len() >= CLOSING {
            self.settle();
        }
    }

    /// Before anybody looks: writes what waits to be written.
    pub(crate) fn settle(&mut self) {
        for (block, death) in self.closing.drain(..) {
            let row = block.row();
            if let (Some(bits), Some(last)) = (self.is_changed_alive.get_mut(row / 64), self.death_row.get(row)) {
                *bits &= !(1 << (row % 64));
                self.dead_change.insert(row, last);
            }
            self.death_row.set(row, death);
        }
    }

    /// Takes in a realloc of a block that is alive.
    pub(crate) fn change(&mut self, change: &Change) {
        let (block, bit) = (change.block, 1 << (change.block.row() % 64));
        let row = self.changed.len();
        let Some(before) = self.death_row.get(block.row()) else { return };
        self.death_row.set(block.row(), row as u32);
        for bits in [&mut self.has_changed, &mut self.is_changed_alive] {
            if let Some(bits) = bits.get_mut(block.row() / 64) {
                *bits |= bit;
            }
        }
        let at = row % RUN_ROWS;
        self.changed.put(at, change.time_ns);
        self.changed_block.put(at, LAST - u64::from(block.0));
        self.changed_stack.put(at, u64::from(change.stack));
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
