//! Columns of numbers that are nearly always small: narrow rows, and a table for the few that do not fit.

use std::collections::HashMap;

/// Times in ns that never fall, 4 bytes each: the low halves, and where the high half changes.
#[derive(Default)]
pub(crate) struct TimeColumn {
    low: Vec<u32>,
    /// From this row on, this high half. Rows before the first have 0. One for each 4.3 s of the recording.
    high: Vec<(u32, u32)>,
}

impl TimeColumn {
    /// Appends `time_ns`; a time before the last one is taken for the last one.
    #[inline]
    pub(crate) fn push(&mut self, time_ns: u64) {
        let time_ns = time_ns.max(self.last().unwrap_or(0));
        let high = (time_ns >> 32) as u32;
        if high != self.high.last().map_or(0, |last| last.1) {
            self.high.push((self.low.len() as u32, high));
        }
        self.low.push(time_ns as u32);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.low.len()
    }

    #[inline]
    pub(crate) fn last(&self) -> Option<u64> {
        self.low.last().map(|&low| u64::from(self.high.last().map_or(0, |last| last.1)) << 32 | u64::from(low))
    }

    /// The time in `row`, if there is such a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        let low = *self.low.get(row)?;
        let high = match self.high.as_slice() {
            [] => 0,
            [.., last] if row >= last.0 as usize => last.1,
            changes => match changes.partition_point(|change| change.0 as usize <= row) {
                0 => 0,
                behind => changes[behind - 1].1,
            },
        };
        Some(u64::from(high) << 32 | u64::from(low))
    }

    /// How many rows are before `time_ns`: the first row at or after it.
    pub(crate) fn rows_before(&self, time_ns: u64) -> usize {
        let (from, to) = self.rows_of_high((time_ns >> 32) as u32);
        from + self.low[from..to].partition_point(|&low| low < time_ns as u32)
    }

    /// How many rows are at or before `time_ns`.
    pub(crate) fn rows_until(&self, time_ns: u64) -> usize {
        time_ns.checked_add(1).map_or(self.len(), |next_ns| self.rows_before(next_ns))
    }

    /// The rows whose high half is `high`; an empty range at their place where there are none.
    fn rows_of_high(&self, high: u32) -> (usize, usize) {
        let behind = self.high.partition_point(|change| change.1 <= high);
        let to = self.high.get(behind).map_or(self.low.len(), |change| change.0 as usize);
        let from = match behind.checked_sub(1) {
            Some(at) if self.high[at].1 == high => self.high[at].0 as usize,
            Some(_) => to,
            None if high == 0 => 0,
            None => to,
        };
        (from, to)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.low.capacity() * 4 + self.high.capacity() * 8
    }
}

/// Sizes in bytes, 4 bytes each; larger ones stand in a table.
#[derive(Default)]
pub(crate) struct SizeColumn {
    narrow: Vec<u32>,
    wide: HashMap<u32, u64>,
}

impl SizeColumn {
    #[inline]
    pub(crate) fn push(&mut self, size_bytes: u64) {
        let row = self.narrow.len();
        self.narrow.push(0);
        self.set(row, size_bytes);
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, size_bytes: u64) {
        let Some(place) = self.narrow.get_mut(row) else { return };
        let was_wide = *place == u32::MAX;
        *place = u32::try_from(size_bytes).unwrap_or(u32::MAX);
        if *place == u32::MAX {
            self.wide.insert(row as u32, size_bytes);
        } else if was_wide {
            self.wide.remove(&(row as u32));
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        match *self.narrow.get(row)? {
            u32::MAX => self.wide.get(&(row as u32)).copied(),
            narrow => Some(u64::from(narrow)),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.narrow.capacity() * 4 + self.wide.capacity() * 17
    }
}

/// Thread numbers, 2 bytes each; larger ones stand in a table.
#[derive(Default)]
pub(crate) struct ThreadColumn {
    narrow: Vec<u16>,
    wide: HashMap<u32, u32>,
}

impl ThreadColumn {
    #[inline]
    pub(crate) fn push(&mut self, thread: u32) {
        let narrow = u16::try_from(thread).unwrap_or(u16::MAX);
        if narrow == u16::MAX {
            self.wide.insert(self.narrow.len() as u32, thread);
        }
        self.narrow.push(narrow);
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u32> {
        match *self.narrow.get(row)? {
            u16::MAX => self.wide.get(&(row as u32)).copied(),
            narrow => Some(u32::from(narrow)),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.narrow.capacity() * 2 + self.wide.capacity() * 9
    }
}

/// Addresses, 6 bytes each; those above 2^48 - 1 (never seen on today's systems unless asked for) stand in a table.
#[derive(Default)]
pub(crate) struct AddressColumn {
    narrow: Vec<[u16; 3]>,
    wide: HashMap<u32, u64>,
}

/// Says that the address stands in the table. An address that looks like it stands there, too.
const WIDE: [u16; 3] = [u16::MAX; 3];

impl AddressColumn {
    #[inline]
    pub(crate) fn push(&mut self, address: u64) {
        let row = self.narrow.len();
        self.narrow.push([0; 3]);
        self.set(row, address);
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, address: u64) {
        let Some(place) = self.narrow.get_mut(row) else { return };
        let was_wide = *place == WIDE;
        *place = [address as u16, (address >> 16) as u16, (address >> 32) as u16];
        if address >> 48 != 0 || *place == WIDE {
            *place = WIDE;
            self.wide.insert(row as u32, address);
        } else if was_wide {
            self.wide.remove(&(row as u32));
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        match *self.narrow.get(row)? {
            WIDE => self.wide.get(&(row as u32)).copied(),
            [low, middle, high] => Some(u64::from(low) | u64::from(middle) << 16 | u64::from(high) << 32),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.narrow.capacity() * 6 + self.wide.capacity() * 17
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_and_are_found_across_changes_of_the_high_half() {
        let times = [0, 5, 5, u64::from(u32::MAX), 1 << 32, (1 << 32) + 7, 9 << 32, (9 << 32) + 1, u64::MAX];
        let mut column = TimeColumn::default();
        for time_ns in times {
            column.push(time_ns);
        }
        for (row, time_ns) in times.into_iter().enumerate() {
            assert_eq!(column.get(row), Some(time_ns));
            assert_eq!(column.rows_before(time_ns), times.iter().filter(|&&other| other < time_ns).count());
            assert_eq!(column.rows_until(time_ns), times.iter().filter(|&&other| other <= time_ns).count());
        }
        assert_eq!(column.get(times.len()), None);
        assert_eq!((column.rows_before(3 << 32), column.rows_until(3 << 32)), (6, 6));
        assert_eq!(column.rows_before(1 << 63), 8);
        assert_eq!(TimeColumn::default().rows_until(7), 0);
    }

    #[test]
    fn a_time_before_the_last_is_taken_for_the_last() {
        let mut column = TimeColumn::default();
        column.push(10);
        column.push(3);
        assert_eq!((column.get(0), column.get(1), column.last()), (Some(10), Some(10), Some(10)));
    }

    #[test]
    fn wide_values_survive_and_can_become_narrow_again() {
        let mut sizes = SizeColumn::default();
        for size_bytes in [0, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 40] {
            sizes.push(size_bytes);
        }
        assert_eq!(
            (0..5).filter_map(|row| sizes.get(row)).collect::<Vec<_>>(),
            [0, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 40]
        );
        sizes.set(4, 3);
        assert_eq!((sizes.get(4), sizes.wide.len()), (Some(3), 1));

        let mut addresses = AddressColumn::default();
        for address in [0x5581, (1 << 48) - 1, 1 << 52, 0x7fff_ffff_fff0] {
            addresses.push(address);
        }
        assert_eq!(
            (0..4).filter_map(|row| addresses.get(row)).collect::<Vec<_>>(),
            [0x5581, (1 << 48) - 1, 1 << 52, 0x7fff_ffff_fff0]
        );

        let mut threads = ThreadColumn::default();
        for thread in [0, 65_534, 65_535, 70_000] {
            threads.push(thread);
        }
        assert_eq!((0..4).filter_map(|row| threads.get(row)).collect::<Vec<_>>(), [0, 65_534, 65_535, 70_000]);
    }
}
