//! A column of numbers in runs of 128 rows, each run as narrow as its own numbers allow.
//!
//! A run stores the least of its numbers and, of each, how much more it is, in as few bits as the largest needs; bits
//! that are 0 in all of them (a place's lowest four, say) are left out. Any row is found at once. Numbers of
//! neighbours are alike in every column that we have, which makes 4 bytes of a time 2 and 6 of a place 3.
//!
//! Where a few numbers of a run are much larger than the others ([`Packed::with_outliers`]), the lowest bits of all are
//! stored, one bit for each that says whether there is more, and what there is more, one behind the other.

use crate::segments::Segments;

mod bits;

use bits::{bits_at, low_width, put_bits, put_run};

/// Rows of a run.
pub(crate) const RUN_ROWS: usize = 128;

/// Words of a piece of memory. No run is in two of them.
const PIECE_WORDS: usize = 2048;
const RUNS_OF_PIECE: usize = 1024;

#[derive(Clone, Copy)]
struct Run {
    /// The least number.
    base: u64,
    /// Where it begins in the words, in pairs: 128 numbers always fill whole pairs.
    pair: u32,
    /// Bits of a number, and how many of them stand together with those of the others.
    width: u8,
    low_width: u8,
    /// Lowest bits that are left out.
    shift: u8,
}

impl Run {
    fn has_outliers(&self) -> bool {
        self.low_width != self.width
    }

    /// Words of which a run begins: which of its numbers are outliers.
    fn mask_words(&self) -> usize {
        if self.has_outliers() { 2 } else { 0 }
    }

    fn high_width(&self) -> u8 {
        self.width - self.low_width
    }
}

/// The column. Rows are only appended.
pub(crate) struct Packed {
    runs: Segments<Run, RUNS_OF_PIECE>,
    pieces: Vec<Box<[u64; PIECE_WORDS]>>,
    /// Words in use of the last piece.
    in_piece: usize,
    /// The rows behind the last whole run, and how many they are.
    tail: Box<[u64; RUN_ROWS]>,
    in_tail: usize,
    kind: Kind,
}

/// What is known of a column's numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    /// Some are much larger than their neighbours.
    WithOutliers,
    /// They never fall.
    Rising,
}

impl Default for Packed {
    fn default() -> Self {
        Self {
            runs: Segments::default(),
            pieces: Vec::new(),
            in_piece: PIECE_WORDS,
            tail: Box::new([0; RUN_ROWS]),
            in_tail: 0,
            kind: Kind::Any,
        }
    }
}

impl Packed {
    /// A column in which some numbers are much larger than their neighbours. Takes longer to pack.
    pub(crate) fn with_outliers() -> Packed {
        Packed { kind: Kind::WithOutliers, ..Packed::default() }
    }

    /// A column whose numbers never fall.
    pub(crate) fn rising() -> Packed {
        Packed { kind: Kind::Rising, ..Packed::default() }
    }

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

    #[inline(never)]
    fn seal(&mut self) {
        let base = match self.kind {
            Kind::Rising => self.tail[0],
            Kind::Any | Kind::WithOutliers => least(&self.tail),
        };
        let mut all = 0;
        for number in &mut *self.tail {
            *number -= base;
            all |= *number;
        }
        self.in_tail = 0;
        if all == 0 {
            self.runs.push(Run { base, pair: 0, width: 0, low_width: 0, shift: 0 });
            return;
        }
        let shift = all.trailing_zeros();
        if shift > 0 {
            self.tail.iter_mut().for_each(|number| *number >>= shift);
        }
        let width = u64::BITS - (all >> shift).leading_zeros();
        let (low, words) = match self.kind {
            Kind::WithOutliers => low_width(&self.tail, width),
            Kind::Any | Kind::Rising => (width, 2 * width as usize),
        };
        let [width, low_width, shift] = [width, low, shift].map(|bits| bits as u8);
        let mut run = Run { base, pair: 0, width, low_width, shift };
        run.pair = self.put(&run, words);
        self.runs.push(run);
    }

    /// Puts what is in the tail, as `run` says, into so many words of the pieces. Where that is, in pairs.
    fn put(&mut self, run: &Run, words: usize) -> u32 {
        if words == 0 {
            return 0;
        }
        if PIECE_WORDS - self.in_piece < words {
            self.pieces.push(Box::new([0; PIECE_WORDS]));
            self.in_piece = 0;
        }
        let from = self.in_piece;
        let pair = (self.pieces.len().saturating_sub(1) * PIECE_WORDS + from) / 2;
        self.in_piece += words;
        let place = self.pieces.last_mut().and_then(|piece| piece.get_mut(from..from + words));
        let Some(place) = place else { return 0 };
        let low = u32::from(run.low_width);
        if !run.has_outliers() {
            put_run(&self.tail, low, place);
            return pair as u32;
        }
        let (masks, place) = place.split_at_mut(run.mask_words());
        let (lows, highs) = place.split_at_mut(2 * low as usize);
        // Which numbers are outliers comes in no order, so nobody asks each: what is above is put down, and stays if there
        // is something.
        let (mut outliers, mut count) = ([0; RUN_ROWS], 0);
        for (mask, numbers) in masks.iter_mut().zip(self.tail.as_chunks::<64>().0) {
            for (at, number) in numbers.iter().enumerate() {
                let high = number >> low;
                let is_outlier = high != 0;
                *mask |= u64::from(is_outlier) << at;
                outliers[count % RUN_ROWS] = high;
                count += usize::from(is_outlier);
            }
        }
        let outliers = outliers.get(..count).unwrap_or(&outliers);
        put_bits(outliers.iter().copied(), u32::from(run.high_width()), highs);
        self.tail.iter_mut().for_each(|number| *number &= !(u64::MAX << low));
        put_run(&self.tail, low, lows);
        pair as u32
    }

    /// The number in `row`, if there is such a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        match self.runs.get(row / RUN_ROWS) {
            Some(run) => Some(self.unpack(run, row % RUN_ROWS)),
            None => self.tail().get(row - self.runs.len() * RUN_ROWS).copied(),
        }
    }

    /// The words from the run's first on.
    #[inline]
    fn words(&self, run: &Run) -> &[u64] {
        let word = run.pair as usize * 2;
        self.pieces.get(word / PIECE_WORDS).and_then(|piece| piece.get(word % PIECE_WORDS..)).unwrap_or_default()
    }

    #[inline]
    fn unpack(&self, run: &Run, at: usize) -> u64 {
        if run.width == 0 {
            return run.base;
        }
        let words = self.words(run);
        let bits = match run.has_outliers() {
            false => bits_at(words, at, u32::from(run.width)),
            true => unpack_outlier(run, words, at),
        };
        run.base + (bits << run.shift)
    }

    /// Of a column that never falls: how many rows are less than `number`.
    pub(crate) fn rows_below(&self, number: u64) -> usize {
        let behind = self.runs.partition_point(0, self.runs.len(), |run| run.base < number);
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
        let words = if run.width == 0 { &[] } else { self.words(run) };
        let low_width = u32::from(run.low_width);
        if low_width == 0 {
            into.fill(0);
        } else {
            let lows = words.get(run.mask_words()..).unwrap_or_default();
            let lows = lows.get(..2 * low_width as usize).unwrap_or_default();
            let mask = u64::MAX >> (64 - low_width);
            let (mut word, mut offset) = (0, 0);
            for to in &mut *into {
                let low = lows.get(word).map_or(0, |word| word >> offset);
                let end = offset + low_width;
                let bits =
                    if end > 64 { low | lows.get(word + 1).map_or(0, |word| word << (64 - offset)) } else { low };
                *to = bits & mask;
                word += (end / 64) as usize;
                offset = end % 64;
            }
        }
        if run.has_outliers() {
            add_outliers(run, words, into);
        }
        for number in into {
            *number = run.base + (*number << run.shift);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.runs.memory_bytes()
            + self.pieces.len() * (PIECE_WORDS * size_of::<u64>() + size_of::<usize>())
            + RUN_ROWS * size_of::<u64>()
    }
}

/// The least of them. Four at a time: each alone would wait for the one before.
fn least(numbers: &[u64; RUN_ROWS]) -> u64 {
    let mut least = [u64::MAX; 4];
    for four in numbers.as_chunks::<4>().0 {
        for (least, number) in least.iter_mut().zip(four) {
            *least = (*least).min(*number);
        }
    }
    least.into_iter().fold(u64::MAX, u64::min)
}

/// What a number of a run with outliers is more than the least.
fn unpack_outlier(run: &Run, words: &[u64], at: usize) -> u64 {
    let low_width = u32::from(run.low_width);
    let Some((masks, words)) = words.split_first_chunk::<2>() else { return 0 };
    let low = bits_at(words, at, low_width);
    let mask = masks[at / 64 % 2];
    if mask >> (at % 64) & 1 == 0 {
        return low;
    }
    let before = (mask & !(u64::MAX << (at % 64))).count_ones() + if at < 64 { 0 } else { masks[0].count_ones() };
    let highs = words.get(2 * low_width as usize..).unwrap_or_default();
    low | bits_at(highs, before as usize, u32::from(run.high_width())) << low_width
}

/// Adds what the outliers are more than their lowest bits.
fn add_outliers(run: &Run, words: &[u64], into: &mut [u64; RUN_ROWS]) {
    let Some((masks, words)) = words.split_first_chunk::<2>() else { return };
    let highs = words.get(2 * usize::from(run.low_width)..).unwrap_or_default();
    let mut number = 0;
    for (half, mut mask) in masks.iter().copied().enumerate() {
        while mask != 0 {
            let at = half * 64 + mask.trailing_zeros() as usize;
            into[at % RUN_ROWS] |= bits_at(highs, number, u32::from(run.high_width())) << run.low_width;
            number += 1;
            mask &= mask - 1;
        }
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
mod tests;
