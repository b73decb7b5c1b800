//! Rows that are only appended, in pieces of some KiB that never move. A row of them as long as a recording would be
//! moved whenever it is outgrown, and what it leaves behind stays with the process in holes that little else fits into:
//! that was 2 bytes a block.

/// Rows by number, `ROWS` in each piece.
pub(crate) struct Segments<T, const ROWS: usize> {
    segments: Vec<Box<[T; ROWS]>>,
    len: usize,
}

impl<T, const ROWS: usize> Default for Segments<T, ROWS> {
    fn default() -> Self {
        Self { segments: Vec::new(), len: 0 }
    }
}

impl<T: Copy, const ROWS: usize> Segments<T, ROWS> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn push(&mut self, row: T) {
        let at = self.len % ROWS;
        if at == 0 {
            // Not `Box::new`, which makes it on the stack and copies it.
            self.segments.extend(vec![row; ROWS].into_boxed_slice().try_into().ok());
        } else if let Some(segment) = self.segments.last_mut() {
            segment[at] = row;
        }
        self.len += 1;
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&T> {
        if row < self.len { self.segments.get(row / ROWS).map(|segment| &segment[row % ROWS]) } else { None }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, row: usize) -> Option<&mut T> {
        if row < self.len { self.segments.get_mut(row / ROWS).map(|segment| &mut segment[row % ROWS]) } else { None }
    }

    #[inline]
    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len.wrapping_sub(1))
    }

    /// The first of the rows `low..high` that `is_before` says no to; those it says yes to must come first.
    pub(crate) fn partition_point(&self, mut low: usize, high: usize, is_before: impl Fn(&T) -> bool) -> usize {
        let mut high = high.min(self.len).max(low);
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(&is_before) { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.segments.len() * (ROWS * size_of::<T>() + size_of::<usize>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_are_found() {
        let mut rows: Segments<u32, 8> = Segments::default();
        assert_eq!((rows.get(0), rows.partition_point(0, 9, |_| true)), (None, 0));
        assert_eq!(rows.last_mut(), None);
        for row in 0..21 {
            rows.push(row * 2);
            assert_eq!(rows.last_mut(), Some(&mut (row * 2)));
        }
        assert_eq!((rows.len(), rows.get(20), rows.get(21), rows.get(23)), (21, Some(&40), None, None));
        if let Some(row) = rows.get_mut(7) {
            *row = 15;
        }
        assert_eq!(rows.get(7), Some(&15));
        for limit in 0..50 {
            let expected = (0..21).filter(|&row| *rows.get(row).unwrap() < limit).count();
            assert_eq!(rows.partition_point(0, usize::MAX, |&row| row < limit), expected);
            assert_eq!(rows.partition_point(3, 12, |&row| row < limit), expected.clamp(3, 12));
        }
    }
}
