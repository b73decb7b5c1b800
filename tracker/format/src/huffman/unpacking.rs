//! From codes to bytes: a table tells what the next bits begin with.

use super::{MOST_BITS, PLACES, take_lengths};
use crate::error::ReadError;
use crate::varint::Cursor;

/// What the next [`MOST_BITS`] bits begin with: up to three symbols whose codes are all in there. One word, so that one look
/// gets it all: the bits of all of them in the lowest six bits, how many they are in two more, then the symbols. The lowest
/// byte can be added up over some looks, and the processor shifts by its lowest six bits as they are.
#[derive(Clone, Copy, Default)]
struct Found(u32);

impl Found {
    fn one(symbol: u8, bits: usize) -> Found {
        Found(bits as u32 | 1 << 6 | u32::from(symbol) << 8)
    }

    /// One more behind `count` of them.
    fn and(self, symbol: u8, count: u32, bits: usize) -> Found {
        Found(self.0 + (bits as u32 | 1 << 6 | u32::from(symbol) << (8 + 8 * count)))
    }

    #[inline(always)]
    fn first(self) -> u8 {
        (self.0 >> 8) as u8
    }
}

/// A symbol and its code, the first bit the lowest.
#[derive(Clone, Copy, Default)]
struct Coded {
    code: u16,
    symbol: u8,
}

/// The symbols of a code, by the lengths of their codes.
struct ByLength {
    all: [Coded; 256],
    /// Where those of each length end.
    ends: [usize; MOST_BITS as usize + 1],
}

impl ByLength {
    /// Canonical codes, as `codes` makes them.
    fn new(lengths: &[u8; 256]) -> ByLength {
        let mut ends = [0; MOST_BITS as usize + 1];
        for &length in lengths {
            ends[usize::from(length) % (MOST_BITS as usize + 1)] += 1;
        }
        // Shorter ones come first; those of length 0 are none.
        ends[0] = 0;
        let (mut places, mut code) = ([0; MOST_BITS as usize + 1], [0u32; MOST_BITS as usize + 1]);
        for length in 1..ends.len() {
            places[length] = ends[length - 1];
            code[length] = if length > 1 {
                (code[length - 1] + ends[length - 1] as u32 - places[length - 1] as u32) << 1
            } else {
                0
            };
            ends[length] += ends[length - 1];
        }
        let mut all = [Coded::default(); 256];
        for (symbol, &length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let length = usize::from(length) % places.len();
            let (place, next) = (&mut places[length], &mut code[length]);
            all[*place % 256] = Coded { code: ((*next as u16) << (16 - length)).reverse_bits(), symbol: symbol as u8 };
            *place += 1;
            *next += 1;
        }
        ByLength { all, ends }
    }

    /// Those whose codes have so many bits, from 1 on.
    fn of(&self, length: usize) -> &[Coded] {
        self.all.get(self.ends[length - 1]..self.ends[length]).unwrap_or_default()
    }
}

/// Two symbols, and both their codes.
#[derive(Clone, Copy, Default)]
struct Pair {
    code: u16,
    found: Found,
}

/// Pairs that there can be of fewer than [`MOST_BITS`] bits: no two begin alike.
const MOST_PAIRS: usize = PLACES;

/// Where codes are looked up; kept from column to column.
pub(crate) struct Table {
    found: [Found; PLACES],
    /// The bits of each symbol.
    lengths: [u8; 256],
    /// Only in use while the table is filled: pairs by the bits of both their codes.
    pairs: [Pair; MOST_PAIRS],
}

impl Default for Table {
    fn default() -> Self {
        Table { found: [Found::default(); PLACES], lengths: [0; 256], pairs: [Pair::default(); MOST_PAIRS] }
    }
}

impl Table {
    /// Finds several symbols at once where it is worth it, `in_threes`.
    fn fill(&mut self, lengths: [u8; 256], in_threes: bool) -> Result<(), ReadError> {
        let used: u32 =
            lengths.iter().filter(|&&length| length > 0).map(|&length| 1 << (MOST_BITS - u32::from(length))).sum();
        if used != PLACES as u32 {
            return Err(ReadError::Damaged("code lengths that do not make a code"));
        }
        self.lengths = lengths;
        let codes = ByLength::new(&lengths);
        let mut pair_ends = [0; MOST_BITS as usize + 1];
        // A table of all that codes, or rows of them, up to some length begin with is twice the one for one bit less, and the
        // rows of this length. These are fewer than the table has places, and far fewer in uneven columns, where most
        // symbols are found in threes.
        for length in 1..=MOST_BITS as usize {
            let (half, rest) = self.found.split_at_mut(1 << (length - 1));
            rest[..half.len()].copy_from_slice(half);
            for coded in codes.of(length) {
                self.found[usize::from(coded.code) % PLACES] = Found::one(coded.symbol, length);
            }
            if in_threes {
                self.fill_rows(&codes, length, &mut pair_ends);
            }
        }
        Ok(())
    }

    /// Rows of two and of three symbols whose codes have `length` bits together.
    fn fill_rows(&mut self, codes: &ByLength, length: usize, pair_ends: &mut [usize; MOST_BITS as usize + 1]) {
        let Table { found: table, pairs, .. } = self;
        let mut count = pair_ends[length - 1];
        for last_bits in 1..length {
            let (bits, lasts) = (length - last_bits, codes.of(last_bits));
            if lasts.is_empty() {
                continue;
            }
            let pairs_of_length = pair_ends[bits - 1]..pair_ends[bits];
            for pair in pairs.get(pairs_of_length).unwrap_or_default() {
                for last in lasts {
                    table[(usize::from(pair.code) | usize::from(last.code) << bits) % PLACES] =
                        pair.found.and(last.symbol, 2, last_bits);
                }
            }
            for first in codes.of(bits) {
                let one = Found::one(first.symbol, bits);
                for last in lasts {
                    let code = (usize::from(first.code) | usize::from(last.code) << bits) % PLACES;
                    let found = one.and(last.symbol, 1, last_bits);
                    table[code] = found;
                    pairs[count % MOST_PAIRS] = Pair { code: code as u16, found };
                    count += 1;
                }
            }
        }
        pair_ends[length] = count;
    }
}

/// Symbols of a column from which on looking several of them up at once saves more than such a table takes to make.
const THREES_FROM: usize = 2 << 10;

/// Looks into the table after one filling up: the codes of five do not use up 56 bits.
const LOOKS: usize = 5;

/// The room they need: what is found is written as a word, and how much of it counts is seen later.
const LOOKS_BYTES: usize = 24;

/// A column on its way from codes to bytes.
pub(crate) struct Unpacking<'a> {
    table: &'a Table,
    bytes: &'a [u8],
    /// How many bits of them have been read.
    bit: usize,
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Unpacking<'a> {
    /// Is to fill `out` from all of `packed`.
    pub(crate) fn begin(packed: &'a [u8], table: &'a mut Table, out: &'a mut [u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(packed);
        table.fill(take_lengths(&mut cursor)?, out.len() >= THREES_FROM)?;
        Ok(Unpacking { table, bytes: cursor.take(cursor.remaining())?, bit: 0, out, at: 0 })
    }

    /// Goes on for some symbols; false where the end is near.
    #[inline(always)]
    fn step(&mut self) -> bool {
        let Some(places) = self.out.get_mut(self.at..).and_then(|left| left.first_chunk_mut::<LOOKS_BYTES>()) else {
            return false;
        };
        let from = self.bit / 8;
        let Some(word) = self.bytes.get(from..from + 8).and_then(|eight| eight.first_chunk::<8>()) else {
            return false;
        };
        let mut bits = u64::from_le_bytes(*word) >> (self.bit % 8);
        // The sum of the lowest bytes: bits, and symbols 64 times.
        let mut sum = 0;
        for _ in 0..LOOKS {
            let Found(found) = self.table.found[bits as usize % PLACES];
            let filled = sum as usize >> 6;
            if let Some(place) = places.get_mut(filled..filled + 4) {
                place.copy_from_slice(&(found >> 8).to_le_bytes());
            }
            bits >>= found & 63;
            sum += found & 0xff;
        }
        self.at += sum as usize >> 6;
        self.bit += sum as usize & 63;
        true
    }

    /// Goes on to the end.
    pub(crate) fn finish(mut self) -> Result<(), ReadError> {
        while self.step() {}
        let most_bits = self.bytes.len() * 8;
        for place in self.out.get_mut(self.at..).unwrap_or(&mut []) {
            let left = self.bytes.get(self.bit / 8..).unwrap_or_default();
            // They hold the longest code, wherever in the first of them it begins.
            let bytes: [u8; 3] = std::array::from_fn(|at| left.get(at).copied().unwrap_or(0));
            let bits = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) >> (self.bit % 8);
            *place = self.table.found[bits as usize % PLACES].first();
            self.bit += usize::from(self.table.lengths[usize::from(*place)]);
            if self.bit > most_bits {
                return Err(ReadError::Damaged("a column ends too early"));
            }
        }
        Ok(())
    }

    /// Both to their ends, by turns: where a code begins is known only when the one before has been looked up, so one
    /// column alone leaves the processor waiting.
    pub(crate) fn finish_both(mut self, mut other: Unpacking<'_>) -> Result<(), ReadError> {
        while self.step() && other.step() {}
        self.finish()?;
        other.finish()
    }
}
