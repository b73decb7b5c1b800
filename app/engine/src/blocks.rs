//! All blocks of a recording as columns: one row for each birth, one for each release, one for each realloc.

use crate::columns::{Pages, Stacks, TimeColumn};
use crate::death_rows::{DeathRows, SMALL_ROWS};
use crate::hash::FastMap;
use crate::ids::{BlockId, StackId, ThreadNumber};
use crate::packed::Packed;

mod history;
mod in_order;
mod put;
mod search;

pub(crate) use history::History;
use history::LastChanges;
pub(crate) use in_order::{BlockColumns, block_of_dead};
pub(crate) use put::{Birth, Change};

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
const ZEROED: u64 = 1 << 6;
const ALIGN: u64 = (1 << 6) - 1;

/// In the column of releases: alive, and no realloc.
const NONE: u32 = DeathRows::NONE;

/// Released blocks with reallocs that wait for their rows to be fetched.
const CLOSING: usize = 16;

/// What the numbers of released blocks are counted down from.
const LAST: u64 = u32::MAX as u64;

/// Blocks and reallocs that can be numbered.
const MOST_ROWS: u32 = u32::MAX - 1;

/// Rows of births that share one entry of the coarse table.
const BUCKET_ROWS: usize = SMALL_ROWS;

/// What is known of [`BUCKET_ROWS`] blocks at once, so that searches pass them over.
#[derive(Clone, Copy, Default)]
struct Bucket {
    dead: u32,
    last_death_ns: u64,
}

/// All blocks. Ids run from 1 to [`Blocks::count`], in order of birth.
///
/// On a program of four threads and four hundred sites a birth takes 14 bytes, a release 8, a realloc 16.
pub struct Blocks {
    // One row for each birth.
    born: TimeColumn,
    first_size: Packed,
    birth_stack: Packed,
    first_address: Packed,
    birth_thread: Packed,
    flags: Packed,
    /// Its release; while it is alive its last realloc, or [`NONE`]. The only number of a row that is not known from the
    /// beginning.
    death_row: DeathRows,
    /// One bit for each: whether it has reallocs.
    has_changed: Vec<u64>,
    /// One bit for each: whether it has reallocs and is alive.
    is_changed_alive: Vec<u64>,
    buckets: Vec<Bucket>,
    /// Released blocks with reallocs whose rows still say that they are alive, and the rows of their releases.
    closing: Vec<(BlockId, u32)>,
    // One row for each release, in order of time.
    died: TimeColumn,
    /// Counted down from [`LAST`], so that most, which were born lately, are little more than the least.
    dead: Packed,
    death_stack: Packed,
    death_thread: Packed,
    // One row for each realloc, in order of time.
    changed: TimeColumn,
    /// Counted down, too.
    changed_block: Packed,
    changed_stack: Packed,
    changed_thread: Packed,
    new_size: Packed,
    new_address: Packed,
    /// How many rows ago the block's realloc before is; 0 where it is the first.
    change_before: Packed,
    /// The row of the last realloc of those that have one and are released.
    dead_change: LastChanges,
    pages: Pages,
    stacks: Stacks,
    /// Rows there may be of each kind.
    most_rows: u32,
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
        self.died.len() as u32
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
        self.died.get(self.death_row(block)?)
    }

    /// Whether it is alive at the end of what has been read.
    #[inline]
    pub fn is_alive(&self, block: BlockId) -> bool {
        self.contains(block) && self.death_row(block).is_none()
    }

    /// How long it lived, in ns; none while it is alive.
    #[inline]
    pub fn lifetime_ns(&self, block: BlockId) -> Option<u64> {
        self.died_ns(block).map(|died_ns| died_ns.saturating_sub(self.born_ns(block)))
    }

    /// Its size after its last realloc, in bytes.
    #[inline]
    pub fn size_bytes(&self, block: BlockId) -> u64 {
        match self.last_change(block) {
            Some(row) => self.new_size.get(row).unwrap_or(0),
            None => self.first_size_bytes(block),
        }
    }

    /// The size it was born with, in bytes.
    #[inline]
    pub fn first_size_bytes(&self, block: BlockId) -> u64 {
        self.first_size.get(block.row()).unwrap_or(0)
    }

    /// Its size at `time_ns`, in bytes, if it is alive then.
    pub fn size_at(&self, block: BlockId, time_ns: u64) -> u64 {
        let is_before = |&row: &usize| self.changed.get(row).is_some_and(|change_ns| change_ns <= time_ns);
        match self.changes_of(block).find(is_before) {
            Some(row) => self.new_size.get(row).unwrap_or(0),
            None => self.first_size_bytes(block),
        }
    }

    /// Who bore it.
    #[inline]
    pub fn thread(&self, block: BlockId) -> ThreadNumber {
        ThreadNumber(self.birth_thread.get(block.row()).unwrap_or(0) as u32)
    }

    /// Who released it.
    #[inline]
    pub fn freed_by(&self, block: BlockId) -> Option<ThreadNumber> {
        self.death_thread(self.death_row(block)?)
    }

    /// Where it was born.
    #[inline]
    pub fn birth_stack(&self, block: BlockId) -> StackId {
        self.birth_stack.get(block.row()).map_or(StackId::EMPTY, |narrow| self.stacks.wide(narrow))
    }

    /// Where it was released; none while it is alive.
    #[inline]
    pub fn death_stack(&self, block: BlockId) -> Option<StackId> {
        self.death_row_stack(self.death_row(block)?)
    }

    /// `address` as the live table knows it.
    #[inline(always)]
    pub(crate) fn narrow(&mut self, address: u64) -> u64 {
        self.pages.narrow(address)
    }

    /// The stacks as columns number them.
    #[inline(always)]
    pub(crate) fn stacks_mut(&mut self) -> &mut Stacks {
        &mut self.stacks
    }

    /// The stack of this number.
    pub(crate) fn wide_stack(&self, number: u32) -> StackId {
        self.stacks.wide(u64::from(number))
    }

    /// The address that was made narrow.
    pub(crate) fn wide(&self, place: u64) -> u64 {
        self.pages.wide(place)
    }

    /// The narrow form of its last place.
    pub(crate) fn place(&self, block: BlockId) -> u64 {
        let place = match self.last_change(block) {
            Some(row) => self.new_address.get(row),
            None => self.first_address.get(block.row()),
        };
        place.unwrap_or(0)
    }

    /// Its last place. Places are given out again: never an identity.
    #[inline]
    pub fn address(&self, block: BlockId) -> u64 {
        if self.contains(block) { self.pages.wide(self.place(block)) } else { 0 }
    }

    /// The place it was born at.
    pub fn first_address(&self, block: BlockId) -> u64 {
        self.first_address.get(block.row()).map_or(0, |narrow| self.pages.wide(narrow))
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
        let mut rows: Vec<usize> = self.changes_of(block).collect();
        rows.reverse();
        rows.into_iter().filter_map(|row| self.realloc(row))
    }

    /// How many reallocs of all blocks there are.
    pub fn realloc_count(&self) -> usize {
        self.changed.len()
    }

    /// The realloc in this row, in order of time over all blocks.
    pub fn realloc(&self, row: usize) -> Option<ReallocRow> {
        let block = self.changed(row)?;
        let before = self.change_before(row);
        let (old_size, old_address) = match before {
            Some(before) => (self.new_size.get(before)?, self.new_address.get(before)?),
            None => (self.first_size.get(block.row())?, self.first_address.get(block.row())?),
        };
        Some(ReallocRow {
            block,
            time_ns: self.changed.get(row)?,
            thread: ThreadNumber(self.changed_thread.get(row)? as u32),
            old_size_bytes: old_size,
            size_bytes: self.new_size.get(row)?,
            old_address: self.pages.wide(old_address),
            address: self.pages.wide(self.new_address.get(row)?),
            stack: self.stacks.wide(self.changed_stack.get(row)?),
        })
    }

    /// Bytes of memory the columns hold.
    pub fn memory_bytes(&self) -> usize {
        let times = [&self.born, &self.died, &self.changed].map(TimeColumn::memory_bytes);
        let packed = [
            &self.first_size,
            &self.birth_stack,
            &self.first_address,
            &self.birth_thread,
            &self.flags,
            &self.dead,
            &self.death_stack,
            &self.death_thread,
            &self.changed_block,
            &self.changed_stack,
            &self.changed_thread,
            &self.new_size,
            &self.new_address,
            &self.change_before,
        ];
        let rest = self.death_row.memory_bytes()
            + (self.has_changed.len() + self.is_changed_alive.len()) * size_of::<u64>()
            + self.buckets.len() * size_of::<Bucket>()
            + self.dead_change.memory_bytes()
            + self.stacks.memory_bytes();
        times.iter().sum::<usize>() + packed.iter().map(|column| column.memory_bytes()).sum::<usize>() + rest
    }

    fn flags_of(&self, block: BlockId) -> u64 {
        self.flags.get(block.row()).unwrap_or(0)
    }

    /// Whether it has reallocs.
    #[inline]
    pub(crate) fn has_changed(&self, block: BlockId) -> bool {
        has_bit(&self.has_changed, block.row())
    }

    /// The row of its release.
    #[inline]
    pub(crate) fn death_row(&self, block: BlockId) -> Option<usize> {
        let row = self.death_row.get(block.row())?;
        (row != NONE && !has_bit(&self.is_changed_alive, block.row())).then_some(row as usize)
    }

    /// The stack of the release in this row.
    #[inline]
    pub(crate) fn death_row_stack(&self, row: usize) -> Option<StackId> {
        self.death_stack.get(row).map(|narrow| self.stacks.wide(narrow))
    }

    /// The thread of the release in this row.
    #[inline]
    pub(crate) fn death_thread(&self, row: usize) -> Option<ThreadNumber> {
        self.death_thread.get(row).map(|thread| ThreadNumber(thread as u32))
    }

    /// The row of its last realloc.
    #[inline]
    fn last_change(&self, block: BlockId) -> Option<usize> {
        if !self.has_changed(block) {
            return None;
        }
        if has_bit(&self.is_changed_alive, block.row()) {
            return self.death_row.get(block.row()).map(|row| row as usize);
        }
        self.dead_change.get(block.row())
    }

    /// The row of the same block's realloc before that in `row`.
    #[inline]
    fn change_before(&self, row: usize) -> Option<usize> {
        self.change_before.get(row).filter(|&ago| ago > 0).map(|ago| row - ago as usize)
    }

    /// The rows of its reallocs, the last one first.
    fn changes_of(&self, block: BlockId) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.last_change(block), |&row| self.change_before(row))
    }
}

#[inline]
fn has_bit(bits: &[u64], row: usize) -> bool {
    bits.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
}
