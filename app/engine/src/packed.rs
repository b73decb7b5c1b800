//! A column of numbers in runs of 128 rows, each run as narrow as its own numbers allow.
//!
//! A run stores the least of its numbers and, of each, how much more it is, in as few bits as the largest needs; bits
//! that are 0 in all of them (a place's lowest four, say) are left out. Any row is found at once. Numbers of
//! neighbours are alike in every column that we have, which makes 4 bytes of a time 2 and 6 of a place 3.

/// Rows of a run.
pub(crate) const RUN_ROWS: usize = 128;

#[derive(Clone, Copy)]
struct Run {
    /// The least number.
    base: u64,
    /// Where it begins in the words, in pairs: 128 numbers always fill whole pairs.
    pair: u32,
    /// Bits of a number.
    width: u8,
    /// Lowest bits that are left out.
    shift: u8,
}

/// The column. Rows are only appended.
pub(crate) struct Packed {
    runs: Vec<Run>,
    words: Vec<u64>,
    /// The rows behind the last whole run, and how many they are.
    tail: Box<[u64; RUN_ROWS]>,
    in_tail: usize,
}

impl Default for Packed {
    fn default() -> Self {
        Self { runs: Vec::new(), words: Vec::new(), tail: Box::new([0; RUN_ROWS]), in_tail: 0 }
    }
}

impl Packed {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.runs.len() * RUN_ROWS + self.in_tail
    }

    #[inline]
    pub(crate) fn push(&mut self, number: u64) {
        self.tail[self.in_tail % RUN_ROWS] = number;
        self.in_tail += 1;
        if self.in_tail == RUN_ROWS {
            self.seal();
        }
    }

    fn tail(&self) -> &[u64] {
        self.tail.get(..self.in_tail).unwrap_or_default()
    }

    fn seal(&mut self) {
        let base = self.tail.iter().copied().min().unwrap_or(0);
        let all = self.tail.iter().fold(0, |all, number| all | (number - base));
        let shift = if all == 0 { 0 } else { all.trailing_zeros() };
        let width = u64::BITS - (all >> shift).leading_zeros();
        let pair = (self.words.len() / 2) as u32;
        if width > 0 {
            let start = self.words.len();
            self.words.resize(start + 2 * width as usize, 0);
            let mut out = self.words[start..].iter_mut();
            let (mut word, mut filled) = (0u64, 0u32);
            for number in &*self.tail {
                let bits = (number - base) >> shift;
                word |= bits << filled;
                filled += width;
                if filled >= u64::BITS {
                    if let Some(out) = out.next() {
                        *out = word;
                    }
                    filled -= u64::BITS;
                    word = if filled == 0 { 0 } else { bits >> (width - filled) };
                }
            }
        }
        self.runs.push(Run { base, pair, width: width as u8, shift: shift as u8 });
        self.in_tail = 0;
    }

    /// The number in `row`, if there is such a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        match self.runs.get(row / RUN_ROWS) {
            Some(run) => Some(self.unpack(run, row % RUN_ROWS)),
            None => self.tail().get(row - self.runs.len() * RUN_ROWS).copied(),
        }
    }

    #[inline]
    fn unpack(&self, run: &Run, at: usize) -> u64 {
        let width = u32::from(run.width);
        if width == 0 {
            return run.base;
        }
        let bit = at * width as usize;
        let word = run.pair as usize * 2 + bit / 64;
        let offset = (bit % 64) as u32;
        let low = self.words.get(word).map_or(0, |word| word >> offset);
        let bits = if offset + width > 64 {
            low | self.words.get(word + 1).map_or(0, |word| word << (64 - offset))
        } else {
            low
        };
        run.base + ((bits & (u64::MAX >> (64 - width))) << run.shift)
    }

    /// Of a column that never falls: how many rows are less than `number`.
    pub(crate) fn rows_below(&self, number: u64) -> usize {
        let behind = self.runs.partition_point(|run| run.base < number);
        let last_run = behind.checked_sub(1).and_then(|last| self.runs.get(last).map(|run| (last, run)));
        let (mut low, end) = match last_run {
            Some((last, run)) => {
                let (mut low, mut high) = (0, RUN_ROWS);
                while low < high {
                    let middle = low.midpoint(high);
                    if self.unpack(run, middle) < number { low = middle + 1 } else { high = middle }
                }
                (last * RUN_ROWS + low, behind * RUN_ROWS)
            }
            None => (0, 0),
        };
        if low == end && behind == self.runs.len() {
            low += self.tail().partition_point(|&value| value < number);
        }
        low
    }

    /// Unpacks the run that `row` is in; the rows behind the last whole run for one of them.
    fn unpack_run(&self, row: usize, into: &mut [u64; RUN_ROWS]) {
        let Some(run) = self.runs.get(row / RUN_ROWS) else {
            into.copy_from_slice(&*self.tail);
            return;
        };
        let width = u32::from(run.width);
        if width == 0 {
            into.fill(run.base);
            return;
        }
        let first = run.pair as usize * 2;
        let words = self.words.get(first..first + 2 * width as usize).unwrap_or_default();
        let mask = u64::MAX >> (64 - width);
        let (mut word, mut offset) = (0, 0);
        for to in into {
            let low = words.get(word).map_or(0, |word| word >> offset);
            let end = offset + width;
            let bits = if end > 64 { low | words.get(word + 1).map_or(0, |word| word << (64 - offset)) } else { low };
            *to = run.base + ((bits & mask) << run.shift);
            word += (end / 64) as usize;
            offset = end % 64;
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.runs.len() * size_of::<Run>() + (self.words.len() + RUN_ROWS) * size_of::<u64>()
    }
}

/// Rows of a column read one after the other: unpacks a run at a time, which is several times as fast.
pub(crate) struct Window {
    run: usize,
    numbers: [u64; RUN_ROWS],
}

impl Default for Window {
    fn default() -> Self {
        Self { run: usize::MAX, numbers: [0; RUN_ROWS] }
    }
}

impl Window {
    /// The number in `row` of `column`, which must be the same one each time, and there.
    #[inline]
    pub(crate) fn get(&mut self, column: &Packed, row: usize) -> u64 {
        let run = row / RUN_ROWS;
        if run != self.run {
            column.unpack_run(row, &mut self.numbers);
            self.run = run;
        }
        self.numbers[row % RUN_ROWS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers of one width, so that whole runs can be narrow, and now and then an odd one.
    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        (0u32..=64, 0u32..5, any::<u64>()).prop_flat_map(|(width, shift, base)| {
            let narrow = any::<u64>().prop_map(move |bits| {
                let bits = if width == 0 { 0 } else { bits >> (64 - width) };
                (base >> (64 - width.clamp(1, 63))).wrapping_add(bits) >> shift << shift
            });
            proptest::collection::vec(prop_oneof![200 => narrow, 1 => any::<u64>()], 0..600)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_number_comes_back(numbers in numbers()) {
            let mut column = Packed::default();
            for &number in &numbers {
                column.push(number);
            }
            let got: Vec<u64> = (0..column.len()).filter_map(|row| column.get(row)).collect();
            prop_assert_eq!(&got, &numbers);
            let mut window = Window::default();
            let in_order: Vec<u64> = (0..column.len()).map(|row| window.get(&column, row)).collect();
            prop_assert_eq!(&in_order, &numbers);
            prop_assert_eq!(column.get(column.len()), None);
        }

        #[test]
        fn rows_are_found_in_a_column_that_never_falls(mut numbers in numbers(), other: u64) {
            numbers.sort_unstable();
            let mut column = Packed::default();
            for &number in &numbers {
                column.push(number);
            }
            for number in numbers.iter().copied().chain([0, other, u64::MAX]).take(100) {
                let below = numbers.iter().filter(|&&value| value < number).count();
                prop_assert_eq!(column.rows_below(number), below);
            }
        }
    }

    #[test]
    fn neighbours_that_are_alike_take_few_bits() {
        let mut column = Packed::default();
        for row in 0..128 * 100u64 {
            column.push(0x7f00_0000_0000 + row % 1000 * 16);
        }
        // 7 to 10 bits of each, and a run's own 16 bytes.
        assert!(column.memory_bytes() < 128 * 100 * 2, "{} bytes", column.memory_bytes());
    }
}
