//! A column of numbers in runs of 128 rows, each run as narrow as its own numbers allow.
//!
//! A run stores the least of its numbers and, of each, how much more it is, in as few bits as the largest needs; bits
//! that are 0 in all of them (a place's lowest four, say) are left out. Any row is found at once. Numbers of
//! neighbours are alike in every column that we have, which makes 4 bytes of a time 2 and 6 of a place 3.
//!
//! Where a few numbers of a run are much larger than the others ([`Packed::with_outliers`]), the lowest bits of all are
//! stored, one bit for each that says whether there is more, and what there is more, one behind the other.

use crate::segments::Segments;

mod lanes;
mod outliers;
mod window;

use lanes::{LANE_BITS, Lanes};
pub(crate) use window::Window;

/// Rows of a run.
pub(crate) const RUN_ROWS: usize = 128;

/// [`Lanes`] of a piece of memory, 16 KiB. No run is in two of them.
const PIECE_LANES: usize = 1024;
const RUNS_OF_PIECE: usize = 1024;

#[derive(Clone, Copy)]
struct Run {
    /// The least number.
    base: u64,
    /// Where it begins in the pieces, in lanes: 128 numbers always fill whole ones.
    at: u32,
    /// Bits of a number, and how many of them stand together with those of the others.
    width: u8,
    low_width: u8,
    /// Lowest bits that are left out.
    shift: u8,
}

impl Run {
    /// Not put in yet, of numbers that are at least `base` and, of what they are more, have no bits but those of `all`.
    fn of(base: u64, all: u64) -> Run {
        if all == 0 {
            return Run { base, at: 0, width: 0, low_width: 0, shift: 0 };
        }
        let shift = all.trailing_zeros();
        let width = (u64::BITS - (all >> shift).leading_zeros()) as u8;
        Run { base, at: 0, width, low_width: width, shift: shift as u8 }
    }

    fn has_outliers(&self) -> bool {
        self.low_width != self.width
    }

    fn high_width(&self) -> u32 {
        u32::from(self.width - self.low_width)
    }
}

/// The column. Rows are only appended.
pub(crate) struct Packed {
    runs: Segments<Run, RUNS_OF_PIECE>,
    pieces: Vec<Box<[Lanes; PIECE_LANES]>>,
    /// How much of the last piece is in use.
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
            in_piece: PIECE_LANES,
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

    #[cfg(test)]
    pub(crate) fn push(&mut self, number: u64) {
        self.put(self.in_tail, number);
        if self.in_tail == RUN_ROWS {
            self.seal();
        }
    }

    /// Puts `number` in as row `at` of a run, for whoever fills columns side by side and asks once for all of them whether
    /// their runs are full: see [`Packed::seal`].
    #[inline(always)]
    pub(crate) fn put(&mut self, at: usize, number: u64) {
        self.tail[at % RUN_ROWS] = number;
        self.in_tail = at + 1;
    }

    fn tail(&self) -> &[u64] {
        self.tail.get(..self.in_tail).unwrap_or_default()
    }

    /// Packs the run, which is full.
    #[inline(never)]
    pub(crate) fn seal(&mut self) {
        self.in_tail = 0;
        let first = self.tail[0];
        let differing = self.tail.iter().fold(0, |all, number| all | (number ^ first));
        let run = match differing {
            0 => Run::of(first, 0),
            _ if differing >> (LANE_BITS - 1) == 0 => self.seal_near(first),
            _ => self.seal_far(),
        };
        self.runs.push(run);
    }

    /// Puts in what is in the tail, where all numbers have the upper half of the first and one bit more: nearly every run is
    /// one. So the lower ones are enough, and the processor takes four of them at once; since they have the same sign, it
    /// compares them by its one way to compare four.
    fn seal_near(&mut self, first: u64) -> Run {
        let mut numbers: [u32; RUN_ROWS] = std::array::from_fn(|at| self.tail[at] as u32);
        let least = match self.kind {
            Kind::Rising => numbers[0],
            Kind::Any | Kind::WithOutliers => {
                numbers.iter().fold(numbers[0] as i32, |least, &number| least.min(number as i32)) as u32
            }
        };
        let all = numbers.iter().fold(0, |all, number| all | number.wrapping_sub(least));
        let run = Run::of(first & !u64::from(u32::MAX) | u64::from(least), u64::from(all));
        numbers.iter_mut().for_each(|number| *number = number.wrapping_sub(least) >> run.shift);
        self.seal_narrow(run, numbers)
    }

    /// The same with any numbers.
    #[cold]
    fn seal_far(&mut self) -> Run {
        let base = self.tail.iter().copied().fold(u64::MAX, u64::min);
        let all = self.tail.iter().fold(0, |all, number| all | number.wrapping_sub(base));
        let run = Run::of(base, all);
        let numbers = self.tail.map(|number| number.wrapping_sub(base) >> run.shift);
        if u32::from(run.width) > LANE_BITS {
            return self.seal_wide(run, &numbers);
        }
        self.seal_narrow(run, numbers.map(|number| number as u32))
    }

    /// The numbers of `run`, the widest of which fits into a lane.
    fn seal_narrow(&mut self, mut run: Run, mut numbers: [u32; RUN_ROWS]) -> Run {
        let width = u32::from(run.width);
        if self.kind != Kind::WithOutliers {
            let (at, place) = self.room(width as usize);
            lanes::put_run(&numbers, width, place);
            return Run { at, ..run };
        }
        let lengths = outliers::lengths(&numbers, width);
        let (low, count) = outliers::low_width(&lengths, width);
        run.low_width = low as u8;
        let (at, place) = self.room(count);
        run.at = at;
        if !run.has_outliers() {
            lanes::put_run(&numbers, width, place);
            return run;
        }
        let mask = outliers::mask(&lengths, low);
        let Some((first, rest)) = place.split_first_mut() else { return run };
        let Some((lows, highs)) = rest.split_at_mut_checked(low as usize) else { return run };
        *first = outliers::lanes_of_mask(mask);
        let more = outliers::of_mask(mask).map(|at| u64::from(numbers[at % RUN_ROWS] >> low));
        outliers::put_bits(more, run.high_width(), highs.as_flattened_mut());
        numbers.iter_mut().for_each(|number| *number &= !(u32::MAX << low));
        lanes::put_run(&numbers, low, lows);
        run
    }

    /// Numbers that take two lanes, the upper halves behind the lower ones. Such runs are few: none has outliers.
    fn seal_wide(&mut self, run: Run, numbers: &[u64; RUN_ROWS]) -> Run {
        let (at, place) = self.room(usize::from(run.width));
        if let Some((lows, highs)) = place.split_at_mut_checked(LANE_BITS as usize) {
            lanes::put_run(&numbers.map(|number| number as u32), LANE_BITS, lows);
            lanes::put_run(
                &numbers.map(|number| (number >> LANE_BITS) as u32),
                u32::from(run.width) - LANE_BITS,
                highs,
            );
        }
        Run { at, ..run }
    }

    /// Room for so many lanes, which are 0, and where it is.
    fn room(&mut self, count: usize) -> (u32, &mut [Lanes]) {
        if PIECE_LANES - self.in_piece < count {
            // Not `Box::new`, which makes it on the stack and copies it; and memory that is new is 0 already.
            self.pieces.extend(vec![[0; 4]; PIECE_LANES].into_boxed_slice().try_into().ok());
            self.in_piece = 0;
        }
        let from = self.in_piece;
        self.in_piece += count;
        let at = self.pieces.len().saturating_sub(1) * PIECE_LANES + from;
        let place = self.pieces.last_mut().and_then(|piece| piece.get_mut(from..from + count));
        (at as u32, place.unwrap_or_default())
    }

    /// The number in `row`, if there is such a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        match self.runs.get(row / RUN_ROWS) {
            Some(run) => Some(self.unpack(run, row % RUN_ROWS)),
            None => self.tail().get(row - self.runs.len() * RUN_ROWS).copied(),
        }
    }

    /// The lanes from the run's first on.
    #[inline]
    fn lanes(&self, run: &Run) -> &[Lanes] {
        let at = run.at as usize;
        self.pieces.get(at / PIECE_LANES).and_then(|piece| piece.get(at % PIECE_LANES..)).unwrap_or_default()
    }

    #[inline]
    fn unpack(&self, run: &Run, at: usize) -> u64 {
        if run.width == 0 {
            return run.base;
        }
        let (lanes, width) = (self.lanes(run), u32::from(run.width));
        let more = match run.has_outliers() {
            true => unpack_outlier(run, lanes, at),
            false if width <= LANE_BITS => u64::from(lanes::number_at(lanes, at, width)),
            false => unpack_wide(lanes, at, width),
        };
        run.base + (more << run.shift)
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

    pub(crate) fn memory_bytes(&self) -> usize {
        self.runs.memory_bytes()
            + self.pieces.len() * (PIECE_LANES * size_of::<Lanes>() + size_of::<usize>())
            + RUN_ROWS * size_of::<u64>()
    }
}

/// What a number of a run with outliers is more than the least.
fn unpack_outlier(run: &Run, lanes: &[Lanes], at: usize) -> u64 {
    let Some((mask, lanes)) = lanes.split_first() else { return 0 };
    let low = u64::from(lanes::number_at(lanes, at, u32::from(run.low_width)));
    let Some(number) = outliers::rank(outliers::mask_of_lanes(*mask), at) else { return low };
    let highs = lanes.get(usize::from(run.low_width)..).unwrap_or_default();
    low | outliers::bits_at(highs.as_flattened(), number, run.high_width()) << run.low_width
}

#[cold]
fn unpack_wide(lanes: &[Lanes], at: usize, width: u32) -> u64 {
    let highs = lanes.get(LANE_BITS as usize..).unwrap_or_default();
    let low = u64::from(lanes::number_at(lanes, at, LANE_BITS));
    low | u64::from(lanes::number_at(highs, at, width - LANE_BITS)) << LANE_BITS
}

#[cfg(test)]
mod tests;
