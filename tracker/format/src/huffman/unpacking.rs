//! From codes to bytes: a table tells what the next bits begin with.

use super::{MOST_BITS, PLACES, codes, take_lengths};
use crate::error::ReadError;
use crate::varint::Cursor;

/// What the next [`MOST_BITS`] bits begin with: one symbol, or two where both their codes are in there. One word, so that
/// one look gets it all: the symbols in its lower half, then the bits of all of them, how many they are, and the bits of
/// the first.
#[derive(Clone, Copy, Default)]
struct Found(u32);

impl Found {
    fn one(symbol: u8, bits: u8) -> Found {
        Found(u32::from(symbol) | u32::from(bits) << 16 | 1 << 20 | u32::from(bits) << 24)
    }

    fn two(self, second: Found) -> Found {
        let symbols = u32::from_le_bytes([self.symbols()[0], second.symbols()[0], 0, 0]);
        Found(symbols | (self.first_bits() + second.first_bits()) << 16 | 2 << 20 | self.first_bits() << 24)
    }

    #[inline(always)]
    fn symbols(self) -> [u8; 2] {
        (self.0 as u16).to_le_bytes()
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.0 >> 16 & 15
    }

    #[inline(always)]
    fn count(self) -> usize {
        (self.0 >> 20 & 3) as usize
    }

    #[inline(always)]
    fn first_bits(self) -> u32 {
        self.0 >> 24
    }
}

/// Where codes are looked up; kept from column to column.
pub(crate) struct Table([Found; PLACES]);

impl Default for Table {
    fn default() -> Self {
        Table([Found::default(); PLACES])
    }
}

impl Table {
    /// Finds two symbols at once where it is worth it, `in_pairs`.
    fn fill(&mut self, lengths: &[u8; 256], in_pairs: bool) -> Result<(), ReadError> {
        let used: u32 =
            lengths.iter().filter(|&&length| length > 0).map(|&length| 1 << (MOST_BITS - u32::from(length))).sum();
        if used != PLACES as u32 {
            return Err(ReadError::Damaged("code lengths that do not make a code"));
        }
        let codes = codes(lengths);
        // A table of all that codes up to some length begin with is twice the one for one bit less, and the codes of this
        // length.
        let mut of_length = [[0u8; 256]; MOST_BITS as usize + 1];
        let mut counts = [0usize; MOST_BITS as usize + 1];
        for (symbol, (_, length)) in codes.iter().enumerate().filter(|(_, (_, length))| *length > 0) {
            let (symbols, count) = (&mut of_length[usize::from(*length)], &mut counts[usize::from(*length)]);
            symbols[*count % 256] = symbol as u8;
            *count += 1;
        }
        let Table(table) = self;
        for length in 1..=MOST_BITS as usize {
            let (half, rest) = table.split_at_mut(1 << (length - 1));
            rest[..half.len()].copy_from_slice(half);
            for &symbol in &of_length[length][..counts[length]] {
                table[usize::from(codes[usize::from(symbol)].0) % PLACES] = Found::one(symbol, length as u8);
            }
        }
        if !in_pairs {
            return Ok(());
        }
        // From the end: what is behind a code stands further in front, and has to be a single one yet.
        for place in (0..PLACES).rev() {
            let first = table[place];
            let second = table[place >> first.bits()];
            // Whether both fit comes in no order: chosen without a branch.
            let two = first.two(second);
            table[place] = if first.bits() + second.first_bits() <= MOST_BITS { two } else { first };
        }
        Ok(())
    }
}

/// The next bits of a row of bytes.
struct Bits<'a> {
    bytes: &'a [u8],
    bits: u64,
    count: u32,
}

impl Bits<'_> {
    /// Fills up to 56 bits at least, if there are 8 bytes.
    #[inline(always)]
    fn fill(&mut self) -> bool {
        let Some((word, _)) = self.bytes.split_first_chunk::<8>() else { return false };
        self.bits |= u64::from_le_bytes(*word) << self.count;
        let taken = (63 - self.count) / 8;
        self.bytes = self.bytes.get(taken as usize..).unwrap_or(&[]);
        self.count += taken * 8;
        true
    }

    /// The same with what there is.
    fn fill_slowly(&mut self) {
        while self.count <= 56
            && let Some((&byte, rest)) = self.bytes.split_first()
        {
            self.bits |= u64::from(byte) << self.count;
            (self.bytes, self.count) = (rest, self.count + 8);
        }
    }

    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.bits >>= count & 63;
        self.count = self.count.wrapping_sub(count);
    }
}

/// Symbols of a column from which on looking two of them up at once saves more than such a table takes to make.
const PAIRS_FROM: usize = 8 << 10;

/// Looks into the table after one filling up: the codes of five do not use up 56 bits.
const LOOKS: usize = 5;

/// A column on its way from codes to bytes.
pub(crate) struct Unpacking<'a> {
    table: &'a Table,
    bits: Bits<'a>,
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Unpacking<'a> {
    /// Is to fill `out` from all of `packed`.
    pub(crate) fn begin(packed: &'a [u8], table: &'a mut Table, out: &'a mut [u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::new(packed);
        table.fill(&take_lengths(&mut cursor)?, out.len() >= PAIRS_FROM)?;
        let bits = Bits { bytes: cursor.take(cursor.remaining())?, bits: 0, count: 0 };
        Ok(Unpacking { table, bits, out, at: 0 })
    }

    /// Goes on for some symbols; false where the end is near.
    #[inline(always)]
    fn step(&mut self) -> bool {
        let Some(places) = self.out.get_mut(self.at..).and_then(|left| left.first_chunk_mut::<{ 2 * LOOKS }>()) else {
            return false;
        };
        if !self.bits.fill() {
            return false;
        }
        let mut filled = 0;
        for _ in 0..LOOKS {
            let found = self.table.0[self.bits.bits as usize % PLACES];
            if let Some(pair) = places.get_mut(filled..filled + 2) {
                pair.copy_from_slice(&found.symbols());
            }
            filled += found.count();
            self.bits.skip(found.bits());
        }
        self.at += filled;
        true
    }

    /// Goes on to the end.
    pub(crate) fn finish(mut self) -> Result<(), ReadError> {
        while self.step() {}
        for place in self.out.get_mut(self.at..).unwrap_or(&mut []) {
            self.bits.fill_slowly();
            let found = self.table.0[self.bits.bits as usize % PLACES];
            *place = found.symbols()[0];
            self.bits.skip(found.first_bits());
            if self.bits.count > 64 {
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
