//! For each block one number, written when it is released: nobody knows where that will be, and by then the row is in no
//! cache. In a long recording the numbers lie on large pages, so that at least its page is found at once.

use crate::large_pages::LargePages;
use crate::prefetch::prefetch;

/// Numbers by row: 4 bytes each. A row that has not been set is [`DeathRows::NONE`].
#[derive(Default)]
pub(crate) struct DeathRows {
    /// The numbers' complements: what is new is 0, and need not be written to before there is something to say.
    small: Vec<Box<[u32; SMALL_ROWS]>>,
    /// All of them instead, from [`LARGE_FROM`] on.
    large: Vec<LargePages<4>>,
    len: usize,
}

/// Rows of 16 KiB: room is made for so many at once.
pub(crate) const SMALL_ROWS: usize = 1 << 12;
/// Rows of a large page.
const LARGE_ROWS: usize = 1 << 19;
/// Rows from which on one large page that is hardly in use takes less than a byte a block.
const LARGE_FROM: usize = if cfg!(test) { 3 * SMALL_ROWS } else { 1 << 21 };

impl DeathRows {
    pub(crate) const NONE: u32 = u32::MAX;

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// One more row, which is not set. There must be room.
    #[inline(always)]
    pub(crate) fn push(&mut self) {
        self.len += 1;
    }

    /// Makes room for [`SMALL_ROWS`] more, when there is no more.
    pub(crate) fn make_room(&mut self) {
        if self.len < LARGE_FROM {
            self.small.extend(vec![0; SMALL_ROWS].into_boxed_slice().try_into().ok());
            return;
        }
        if self.len >= self.large.len() * LARGE_ROWS {
            let needed = (self.len + 1).div_ceil(LARGE_ROWS);
            self.large.resize_with(needed, || LargePages::zeroed(LARGE_ROWS));
        }
        for (number, rows) in std::mem::take(&mut self.small).into_iter().enumerate() {
            let at = number * SMALL_ROWS;
            let page = self.large.get_mut(at / LARGE_ROWS);
            if let Some(place) = page.and_then(|page| page.get_mut(at % LARGE_ROWS..)?.first_chunk_mut()) {
                *place = rows.map(u32::to_ne_bytes);
            }
        }
    }

    #[inline]
    fn place(&self, row: usize) -> Option<&[u8; 4]> {
        match self.large.get(row / LARGE_ROWS) {
            Some(page) => page.get(row % LARGE_ROWS),
            None => self.small.get(row / SMALL_ROWS).map(|rows| bytemuck::must_cast_ref(&rows[row % SMALL_ROWS])),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u32> {
        if row < self.len { self.place(row).map(|&number| !u32::from_ne_bytes(number)) } else { None }
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, number: u32) {
        let place = match self.large.get_mut(row / LARGE_ROWS) {
            Some(page) => page.get_mut(row % LARGE_ROWS),
            None => {
                self.small.get_mut(row / SMALL_ROWS).map(|rows| bytemuck::must_cast_mut(&mut rows[row % SMALL_ROWS]))
            }
        };
        if let Some(place) = place {
            *place = (!number).to_ne_bytes();
        }
    }

    /// Has the processor fetch it.
    #[inline]
    pub(crate) fn foresee(&self, row: usize) {
        self.place(row).into_iter().for_each(prefetch);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let small = self.small.len() * (SMALL_ROWS * size_of::<u32>() + size_of::<usize>());
        small + self.large.len() * LARGE_ROWS * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_on_small_pages_and_on_large_ones() {
        let mut rows = DeathRows::default();
        let number = |row: usize| if row.is_multiple_of(3) { DeathRows::NONE } else { row as u32 * 7 };
        for row in 0..LARGE_ROWS + 2 {
            assert_eq!((rows.len(), rows.get(row)), (row, None));
            if row.is_multiple_of(SMALL_ROWS) {
                rows.make_room();
            }
            rows.push();
            assert_eq!(rows.get(row), Some(DeathRows::NONE));
            // When those behind it are there, too.
            if let Some(before) = row.checked_sub(1) {
                rows.foresee(before);
                rows.set(before, number(before));
            }
        }
        for row in 0..=LARGE_ROWS {
            assert_eq!(rows.get(row), Some(number(row)), "{row}");
        }
        assert!(rows.memory_bytes() >= rows.len() * 4 && rows.memory_bytes() <= 2 * LARGE_ROWS * 4);
    }
}
