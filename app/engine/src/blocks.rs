//! All blocks of a recording as columns: one row for each birth, one for each release, one for each realloc.

use crate::columns::{AddressColumn, SizeColumn, ThreadColumn, TimeColumn};
use crate::hash::FastMap;
use crate::ids::{BlockId, StackId, ThreadNumber};
use std::ops::Range;

mod put;

pub(crate) use put::Birth;

/// A change of a block's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReallocRow {
    /// The block.
    pub block: BlockId,
    /// When it was done, in ns.
    pub time_ns: u64,
    /// Who did it.
    pub thread: ThreadNumber,
    /// Bytes before.
    pub old_size_bytes: u64,
    /// Bytes from then on.
    pub size_bytes: u64,
    /// Its place before.
    pub old_address: u64,
    /// Its place from then on.
    pub address: u64,
    /// Where it was asked for.
    pub stack: StackId,
}

impl ReallocRow {
    /// Whether the block changed its place.
    pub fn moved(&self) -> bool {
        self.address != self.old_address
    }
}

/// Flag of a block: asked for with zeros in it.
pub(crate) const ZEROED: u8 = 1 << 6;
/// Flag of a block: it has reallocs.
const CHANGED: u8 = 1 << 7;
const ALIGN: u8 = (1 << 6) - 1;

/// In the column of releases: still alive. In a chain of reallocs: no further one.
const NONE: u32 = u32::MAX;

/// Rows of births that share one entry of the coarse table.
const BUCKET_ROWS: usize = 4096;

/// What is known of [`BUCKET_ROWS`] blocks at once, so that searches pass them over.
#[derive(Clone, Copy, Default)]
struct Bucket {
    alive: u32,
    last_death_ns: u64,
}

/// All blocks. Ids run from 1 to [`Blocks::count`], in order of birth.
#[derive(Default)]
pub struct Blocks {
    // One row for each birth, 25 bytes.
    born: TimeColumn,
    size: SizeColumn,
    birth_stack: Vec<StackId>,
    address: AddressColumn,
    birth_thread: ThreadColumn,
    flags: Vec<u8>,
    death_row: Vec<u32>,
    buckets: Vec<Bucket>,
    // One row for each release, in order of time, 14 bytes.
    died: TimeColumn,
    dead: Vec<BlockId>,
    death_stack: Vec<StackId>,
    death_thread: ThreadColumn,
    // One row for each realloc, in order of time, 28 bytes. What it made of the block is the old size and place of the
    // block's next one, or the block's last.
    changed: TimeColumn,
    changed_block: Vec<BlockId>,
    changed_stack: Vec<StackId>,
    changed_thread: ThreadColumn,
    old_size: SizeColumn,
    old_address: AddressColumn,
    next_change: Vec<u32>,
    /// The first and the last realloc of each block that has one.
    changes: FastMap<u32, (u32, u32)>,
    /// Size and place before the first realloc of blocks whose birth is not in the recording.
    adopted: FastMap<u32, (u64, u64)>,
    lost: FastMap<u32, ()>,
}

impl Blocks {
    /// How many blocks there are; also the last one's id.
    pub fn count(&self) -> u32 {
        self.death_row.len() as u32
    }

    /// How many have been released.
    pub fn released_count(&self) -> u32 {
        self.dead.len() as u32
    }

    /// Whether there is such a block.
    pub fn contains(&self, block: BlockId) -> bool {
        block.row() < self.death_row.len()
    }

    /// All ids, in order of birth.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = BlockId> + DoubleEndedIterator + use<> {
        (0..self.death_row.len()).map(BlockId::of_row)
    }

    /// When it was born, in ns.
    #[inline]
    pub fn born_ns(&self, block: BlockId) -> u64 {
        self.born.get(block.row()).unwrap_or(0)
    }

    /// When it was released, in ns; none while it is alive.
    #[inline]
    pub fn died_ns(&self, block: BlockId) -> Option<u64> {
        self.died.get(self.death_row_of(block)?)
    }

    /// Whether it is alive at the end of what has been read.
    #[inline]
    pub fn is_alive(&self, block: BlockId) -> bool {
        self.death_row.get(block.row()) == Some(&NONE)
    }

    /// How long it lived, in ns; none while it is alive.
    #[inline]
    pub fn lifetime_ns(&self, block: BlockId) -> Option<u64> {
        self.died_ns(block).map(|died_ns| died_ns.saturating_sub(self.born_ns(block)))
    }

    /// Its size after its last realloc, in bytes.
    #[inline]
    pub fn size_bytes(&self, block: BlockId) -> u64 {
        self.size.get(block.row()).unwrap_or(0)
    }

    /// The size it was born with, in bytes.
    #[inline]
    pub fn first_size_bytes(&self, block: BlockId) -> u64 {
        match self.first_change(block) {
            Some(row) => self.old_size.get(row).unwrap_or(0),
            None => self.size_bytes(block),
        }
    }

    /// Its size at `time_ns`, in bytes, if it is alive then.
    pub fn size_at(&self, block: BlockId, time_ns: u64) -> u64 {
        let before = self.reallocs(block).take_while(|change| change.time_ns <= time_ns).last();
        before.map_or_else(|| self.first_size_bytes(block), |change| change.size_bytes)
    }

    /// Who bore it.
    #[inline]
    pub fn thread(&self, block: BlockId) -> ThreadNumber {
        ThreadNumber(self.birth_thread.get(block.row()).unwrap_or(0))
    }

    /// Who released it.
    #[inline]
    pub fn freed_by(&self, block: BlockId) -> Option<ThreadNumber> {
        self.death_thread.get(self.death_row_of(block)?).map(ThreadNumber)
    }

    /// Where it was born.
    #[inline]
    pub fn birth_stack(&self, block: BlockId) -> StackId {
        self.birth_stack.get(block.row()).copied().unwrap_or_default()
    }

    /// Where it was released; none while it is alive.
    #[inline]
    pub fn death_stack(&self, block: BlockId) -> Option<StackId> {
        self.death_stack.get(self.death_row_of(block)?).copied()
    }

    /// Its last place. Places are given out again: never an identity.
    #[inline]
    pub fn address(&self, block: BlockId) -> u64 {
        self.address.get(block.row()).unwrap_or(0)
    }

    /// The place it was born at.
    pub fn first_address(&self, block: BlockId) -> u64 {
        match self.first_change(block) {
            Some(row) => self.old_address.get(row).unwrap_or(0),
            None => self.address(block),
        }
    }

    /// The alignment asked for, in bytes.
    #[inline]
    pub fn align_bytes(&self, block: BlockId) -> u64 {
        1 << (self.flags_of(block) & ALIGN)
    }

    /// Whether it was asked for with zeros in it.
    pub fn is_zeroed(&self, block: BlockId) -> bool {
        self.flags_of(block) & ZEROED != 0
    }

    /// Whether its birth is older than the recording: it is known from a realloc on, which is taken for its birth.
    pub fn is_adopted(&self, block: BlockId) -> bool {
        self.adopted.contains_key(&block.0)
    }

    /// Size in bytes and place before the realloc it is known from, if [`Blocks::is_adopted`].
    pub fn adopted_from(&self, block: BlockId) -> Option<(u64, u64)> {
        self.adopted.get(&block.0).copied()
    }

    /// Whether its release was not recorded: it is taken as released when its place was given out again.
    pub fn is_lost(&self, block: BlockId) -> bool {
        self.lost.contains_key(&block.0)
    }

    /// Its reallocs, in order of time.
    pub fn reallocs(&self, block: BlockId) -> impl Iterator<Item = ReallocRow> + '_ {
        let next = |&row: &usize| self.next_change.get(row).filter(|&&next| next != NONE).map(|&next| next as usize);
        std::iter::successors(self.first_change(block), next).filter_map(|row| self.realloc(row))
    }

    /// How many reallocs of all blocks there are.
    pub fn realloc_count(&self) -> usize {
        self.changed.len()
    }

    /// The realloc in this row, in order of time over all blocks.
    pub fn realloc(&self, row: usize) -> Option<ReallocRow> {
        let block = *self.changed_block.get(row)?;
        let next = *self.next_change.get(row)? as usize;
        Some(ReallocRow {
            block,
            time_ns: self.changed.get(row)?,
            thread: ThreadNumber(self.changed_thread.get(row)?),
            old_size_bytes: self.old_size.get(row)?,
            size_bytes: self.old_size.get(next).unwrap_or_else(|| self.size_bytes(block)),
            old_address: self.old_address.get(row)?,
            address: self.old_address.get(next).unwrap_or_else(|| self.address(block)),
            stack: *self.changed_stack.get(row)?,
        })
    }

    /// Blocks born in the range, in order of birth.
    pub fn born_in(
        &self,
        range_ns: Range<u64>,
    ) -> impl ExactSizeIterator<Item = BlockId> + DoubleEndedIterator + use<> {
        let from = self.born.rows_before(range_ns.start);
        (from..self.born.rows_before(range_ns.end).max(from)).map(BlockId::of_row)
    }

    /// Blocks released in the range, in order of release.
    pub fn died_in(&self, range_ns: Range<u64>) -> &[BlockId] {
        let from = self.died.rows_before(range_ns.start);
        self.dead.get(from..self.died.rows_before(range_ns.end)).unwrap_or_default()
    }

    /// Blocks alive at `time_ns` (born at or before it, not released by then), in order of birth.
    pub fn live_at(&self, time_ns: u64) -> impl Iterator<Item = BlockId> + '_ {
        let until = self.born.rows_until(time_ns);
        self.not_dead_by(until, time_ns)
    }

    /// Blocks alive at any moment of the range, in order of birth.
    pub fn overlapping(&self, range_ns: Range<u64>) -> impl Iterator<Item = BlockId> + '_ {
        let until = self.born.rows_before(range_ns.end);
        self.not_dead_by(until, range_ns.start)
    }

    /// Of the first `until` births those not released at or before `time_ns`.
    fn not_dead_by(&self, until: usize, time_ns: u64) -> impl Iterator<Item = BlockId> + '_ {
        let buckets = self.buckets.iter().enumerate().take(until.div_ceil(BUCKET_ROWS));
        buckets
            .filter(move |(_, bucket)| bucket.alive > 0 || bucket.last_death_ns > time_ns)
            .flat_map(move |(index, _)| index * BUCKET_ROWS..((index + 1) * BUCKET_ROWS).min(until))
            .map(BlockId::of_row)
            .filter(move |&block| self.died_ns(block).is_none_or(|died_ns| died_ns > time_ns))
    }

    /// Bytes of memory the columns hold.
    pub fn memory_bytes(&self) -> usize {
        let times = [&self.born, &self.died, &self.changed].map(TimeColumn::memory_bytes);
        let sizes = [&self.size, &self.old_size].map(SizeColumn::memory_bytes);
        let addresses = [&self.address, &self.old_address].map(AddressColumn::memory_bytes);
        let threads = [&self.birth_thread, &self.death_thread, &self.changed_thread].map(ThreadColumn::memory_bytes);
        let stacks = [&self.birth_stack, &self.death_stack, &self.changed_stack].map(|column| column.capacity() * 4);
        let rest = self.flags.capacity()
            + (self.death_row.capacity() + self.dead.capacity()) * 4
            + (self.changed_block.capacity() + self.next_change.capacity()) * 4
            + self.buckets.capacity() * size_of::<Bucket>()
            + self.changes.capacity() * 13;
        let columns = [times.iter(), sizes.iter(), addresses.iter(), threads.iter(), stacks.iter()];
        columns.into_iter().flatten().sum::<usize>() + rest
    }

    fn flags_of(&self, block: BlockId) -> u8 {
        self.flags.get(block.row()).copied().unwrap_or(0)
    }

    /// The first row from `row` on that may be of a block alive at `time_ns` or released then or later. Rows are passed
    /// over by the thousand.
    pub(crate) fn skip_dead(&self, row: usize, time_ns: u64) -> usize {
        let number = row / BUCKET_ROWS;
        let behind = self.buckets.iter().skip(number);
        let dead = behind.take_while(|bucket| bucket.alive == 0 && bucket.last_death_ns < time_ns).count();
        if dead == 0 { row } else { (number + dead) * BUCKET_ROWS }
    }

    /// Whether it has reallocs.
    #[inline]
    pub(crate) fn has_changed(&self, block: BlockId) -> bool {
        self.flags_of(block) & CHANGED != 0
    }

    /// The row of its release.
    #[inline]
    pub(crate) fn death_row(&self, block: BlockId) -> Option<usize> {
        self.death_row_of(block)
    }

    /// The stack of the release in this row.
    #[inline]
    pub(crate) fn death_row_stack(&self, row: usize) -> Option<StackId> {
        self.death_stack.get(row).copied()
    }

    /// The thread of the release in this row.
    #[inline]
    pub(crate) fn death_thread(&self, row: usize) -> Option<ThreadNumber> {
        self.death_thread.get(row).map(ThreadNumber)
    }

    #[inline]
    fn death_row_of(&self, block: BlockId) -> Option<usize> {
        self.death_row.get(block.row()).filter(|&&row| row != NONE).map(|&row| row as usize)
    }

    #[inline]
    fn first_change(&self, block: BlockId) -> Option<usize> {
        if self.flags_of(block) & CHANGED == 0 {
            return None;
        }
        self.changes.get(&block.0).map(|&(first, _)| first as usize)
    }
}

/// Rows in order of time, for those that go through all events.
impl Blocks {
    #[inline]
    pub(crate) fn births(&self) -> &TimeColumn {
        &self.born
    }

    #[inline]
    pub(crate) fn deaths(&self) -> &TimeColumn {
        &self.died
    }

    #[inline]
    pub(crate) fn changes(&self) -> &TimeColumn {
        &self.changed
    }

    /// The block released in this row.
    #[inline]
    pub(crate) fn dead(&self, row: usize) -> Option<BlockId> {
        self.dead.get(row).copied()
    }

    /// The block changed in this row.
    #[inline]
    pub(crate) fn changed(&self, row: usize) -> Option<BlockId> {
        self.changed_block.get(row).copied()
    }
}
