//! The reallocs of single blocks: where they are found, and what they come to.

use super::Blocks;
use crate::ids::BlockId;

/// Rows of births that share one list.
const LIST_ROWS: usize = 512;

/// The row of the last realloc of each block that has one and is released: by block, so that whoever goes through
/// blocks in order finds their reallocs near each other. 6 bytes each.
#[derive(Default)]
pub(super) struct LastChanges {
    /// Sorted by the row within the list's, then the two halves of the realloc's row.
    lists: Vec<Vec<[u16; 3]>>,
}

impl LastChanges {
    pub(super) fn insert(&mut self, row: usize, change: u32) {
        let number = row / LIST_ROWS;
        if self.lists.len() <= number {
            self.lists.resize_with(number + 1, Vec::new);
        }
        let (list, key) = (&mut self.lists[number], (row % LIST_ROWS) as u16);
        let at = list.partition_point(|entry| entry[0] < key);
        if list.len() == list.capacity() {
            // Not twice as much as there is: most lists stay as they are now.
            list.reserve_exact(8 + list.len() / 4);
        }
        list.insert(at, [key, change as u16, (change >> 16) as u16]);
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<usize> {
        let (list, key) = (self.lists.get(row / LIST_ROWS)?, (row % LIST_ROWS) as u16);
        let at = list.binary_search_by_key(&key, |entry| entry[0]).ok()?;
        let [_, low, high] = *list.get(at)?;
        Some(usize::from(high) << 16 | usize::from(low))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let entries: usize = self.lists.iter().map(Vec::capacity).sum();
        entries * size_of::<[u16; 3]>() + self.lists.len() * size_of::<Vec<[u16; 3]>>()
    }
}

/// What a block's reallocs come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    /// The last size.
    pub(crate) last_bytes: u64,
    /// The sizes after all events at or before the moments asked for.
    pub(crate) bytes_at: [u64; 2],
    pub(crate) reallocs: u64,
    pub(crate) moves: u64,
    /// By the moves: the lesser of the sizes before and after.
    pub(crate) copied_bytes: u64,
}

impl Blocks {
    /// All of a block's reallocs in one go.
    pub(crate) fn history(&self, block: BlockId, moments_ns: [u64; 2]) -> History {
        let (first_bytes, first_place) = (self.first_size_bytes(block), self.first_address.get(block.row()));
        let mut history = History { last_bytes: first_bytes, bytes_at: [first_bytes; 2], ..History::default() };
        let mut is_found = [false; 2];
        let after = |row: usize| (self.new_size.get(row).unwrap_or(0), self.new_address.get(row));
        let mut next = self.last_change(block).map(|row| (row, after(row)));
        if let Some((_, (bytes, _))) = next {
            history.last_bytes = bytes;
        }
        while let Some((row, (bytes, place))) = next {
            next = self.change_before(row).map(|before| (before, after(before)));
            let (old_bytes, old_place) = next.map_or((first_bytes, first_place), |(_, before)| before);
            history.reallocs += 1;
            if place != old_place {
                history.moves += 1;
                history.copied_bytes = history.copied_bytes.saturating_add(bytes.min(old_bytes));
            }
            let time_ns = if is_found == [true; 2] { 0 } else { self.changed.get(row).unwrap_or(0) };
            for ((found, at), moment_ns) in is_found.iter_mut().zip(&mut history.bytes_at).zip(moments_ns) {
                if !*found && time_ns <= moment_ns {
                    (*found, *at) = (true, bytes);
                }
            }
        }
        history
    }
}
