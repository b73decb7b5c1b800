//! Variable-length integers (LEB128, 7 bits a byte, least significant first) and a checked cursor over bytes.

use crate::error::ReadError;

/// Appends `value`.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Maps small negative numbers to small positive ones.
#[inline]
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
#[inline]
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads from a slice; every read is checked against what is left.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, ReadError> {
        let (&first, rest) = self.bytes.split_first().ok_or(ReadError::Damaged("a block ends too early"))?;
        self.bytes = rest;
        Ok(first)
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, ReadError> {
        // Numbers of one and two bytes come in no order: whatever asks how long one is guesses wrong. So both are put
        // together without asking; longer ones are few.
        if let Some(&[low, high]) = self.bytes.first_chunk::<2>()
            && low & high < 0x80
        {
            let has_more = low >> 7;
            self.bytes = self.bytes.get(1 + usize::from(has_more)..).unwrap_or_default();
            let high = high & 0u8.wrapping_sub(has_more);
            return Ok(u64::from(low & 0x7f) | u64::from(high) << 7);
        }
        // Up to eight bytes are taken at once, for the same reason.
        if let Some(bytes) = self.bytes.first_chunk::<8>() {
            let word = u64::from_le_bytes(*bytes);
            let ends = !word & 0x8080_8080_8080_8080;
            if ends != 0 {
                let last_bit = ends.trailing_zeros();
                self.bytes = self.bytes.get(last_bit as usize / 8 + 1..).unwrap_or_default();
                let sevens = word & (u64::MAX >> (63 - last_bit)) & 0x7f7f_7f7f_7f7f_7f7f;
                let pairs = (sevens & 0x007f_007f_007f_007f) | (sevens & 0x7f00_7f00_7f00_7f00) >> 1;
                let fours = (pairs & 0x0000_3fff_0000_3fff) | (pairs & 0x3fff_0000_3fff_0000) >> 2;
                return Ok((fours & 0x0fff_ffff) | (fours & 0x0fff_ffff_0000_0000) >> 4);
            }
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(ReadError::Damaged("a number is longer than 64 bits"))
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, ReadError> {
        u32::try_from(self.varint()?).map_err(|_| ReadError::Damaged("a number is out of range"))
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        if length > self.bytes.len() {
            return Err(ReadError::Damaged("a length points past its block"));
        }
        let (taken, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ReadError> {
        let length = self.varint()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    pub(crate) fn string(&mut self) -> Result<String, ReadError> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }
}

/// Bytes in which numbers are read, and beside each byte what would begin there: so to read a number of one or two bytes,
/// which nearly all have, is to look it up. All of these are made at once, several to an instruction, and take less than
/// what each number asked for itself.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) bytes: &'a [u8],
    /// As [`begins`] makes them.
    pub(crate) begins: &'a [Begin],
}

/// A number of one or two bytes in the lowest 14 bits, and above how many bytes it has; or [`Begin::LONG`] and more.
#[derive(Clone, Copy, Default)]
pub(crate) struct Begin(u16);

impl Begin {
    const LENGTH: u32 = 14;
    /// A number of three bytes or more.
    const LONG: u16 = 3 << Begin::LENGTH;
    const ONE: u16 = 1 << Begin::LENGTH;

    /// The number that begins with these two bytes.
    #[inline(always)]
    fn of(byte: u8, next: u8) -> Begin {
        let (byte, next) = (u16::from(byte), u16::from(next));
        // All bits where there is more. What says so in the next byte comes to stand where lengths are counted.
        let has_more = ((byte << 8) as i16 >> 15) as u16;
        Begin((byte & 0x7f) + Begin::ONE + (((next << 7) + Begin::ONE) & has_more))
    }
}

/// What would begin at each of `bytes` but the first `others`, which are no numbers.
pub(crate) fn begins(bytes: &[u8], others: usize, begins: &mut Vec<Begin>) {
    // All that is looked at is written over: only what it grows by has to be filled before.
    begins.resize(bytes.len(), Begin::default());
    let (firsts, nexts) = (bytes.get(others..).unwrap_or_default(), bytes.get(others + 1..).unwrap_or_default());
    let places = begins.get_mut(others..).unwrap_or_default();
    for ((begin, &byte), &next) in places.iter_mut().zip(firsts).zip(nexts) {
        *begin = Begin::of(byte, next);
    }
    if let (Some(begin), Some(&last)) = (begins.last_mut(), bytes.last()) {
        *begin = Begin::of(last, 0);
    }
}

/// Where in a [`Row`] the next number is. The row goes on behind the numbers that are there, for [`Numbers::PADDING`] at
/// least, and whether all numbers were there is only asked at the end: then this is not behind it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Numbers(u32);

impl Numbers {
    /// More than the longest number has.
    pub(crate) const PADDING: usize = 16;
    /// Behind any end.
    const NOWHERE: Numbers = Numbers(u32::MAX);

    /// Begins there.
    pub(crate) fn at(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// The next number; any number behind the last one.
    #[inline(always)]
    pub(crate) fn next(&mut self, row: Row<'_>) -> u64 {
        let Some(&Begin(begin)) = row.begins.get(self.0 as usize) else { return 0 };
        if begin >= Begin::LONG {
            let number;
            (*self, number) = self.long(row.bytes);
            return number;
        }
        self.0 += u32::from(begin >> Begin::LENGTH);
        u64::from(begin & (Begin::ONE - 1))
    }

    /// A number of more than two bytes, and where the next one is. Up to eight are taken at once: whatever asks how long one
    /// is guesses wrong. By value and by itself, so that the places of many columns stay in the processor's registers.
    #[inline(never)]
    fn long(self, bytes: &[u8]) -> (Self, u64) {
        let at = self.0 as usize;
        let Some(word) = bytes.get(at..at + 8).and_then(|eight| eight.first_chunk::<8>()) else { return (self, 0) };
        let word = u64::from_le_bytes(*word);
        let ends = !word & 0x8080_8080_8080_8080;
        if ends == 0 {
            return self.longest(bytes);
        }
        let last_bit = ends.trailing_zeros();
        let next = Self(self.0 + last_bit / 8 + 1);
        let sevens = word & (u64::MAX >> (63 - last_bit)) & 0x7f7f_7f7f_7f7f_7f7f;
        let pairs = (sevens & 0x007f_007f_007f_007f) | (sevens & 0x7f00_7f00_7f00_7f00) >> 1;
        let fours = (pairs & 0x0000_3fff_0000_3fff) | (pairs & 0x3fff_0000_3fff_0000) >> 2;
        (next, (fours & 0x0fff_ffff) | (fours & 0x0fff_ffff_0000_0000) >> 4)
    }

    #[cold]
    fn longest(self, bytes: &[u8]) -> (Self, u64) {
        let mut cursor = Cursor::new(bytes.get(self.0 as usize..).unwrap_or_default());
        match cursor.long_varint() {
            Ok(number) => (Self::at(bytes.len() - cursor.remaining()), number),
            Err(_) => (Self::NOWHERE, 0),
        }
    }

    /// The next byte; any byte behind the last one.
    #[inline(always)]
    pub(crate) fn byte(&mut self, row: Row<'_>) -> u8 {
        let Some(&byte) = row.bytes.get(self.0 as usize) else { return 0 };
        self.0 += 1;
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back_alone_and_among_others() {
        let edges = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        let numbers: Vec<u64> = edges.chain([u64::MAX - 1, u64::MAX]).collect();
        let mut all = Vec::new();
        for &number in &numbers {
            let mut alone = Vec::new();
            put(&mut alone, number);
            let mut cursor = Cursor::new(&alone);
            assert_eq!(cursor.varint().ok(), Some(number));
            assert_eq!(cursor.remaining(), 0);
            assert!(Cursor::new(&alone[..alone.len() - 1]).varint().is_err(), "{number} cut");
            put(&mut all, number);
        }
        let mut cursor = Cursor::new(&all);
        assert_eq!(numbers.iter().map(|_| cursor.varint().unwrap()).collect::<Vec<_>>(), numbers);
        assert_eq!(cursor.remaining(), 0);
        all.extend([0; Numbers::PADDING]);
        let (mut column, end) = (Numbers::at(0), Numbers::at(all.len() - Numbers::PADDING));
        let mut made = Vec::new();
        let mut row = |bytes: &[u8]| -> Row<'static> {
            begins(bytes, 0, &mut made);
            Row { bytes: bytes.to_vec().leak(), begins: made.clone().leak() }
        };
        let all = row(&all);
        assert_eq!(numbers.iter().map(|_| column.next(all)).collect::<Vec<_>>(), numbers);
        assert_eq!(column, end);
        for _ in 0..Numbers::PADDING {
            assert_eq!(column.next(all), 0);
            assert!(column > end, "there are no more");
        }
        assert!(Cursor::new(&[0xff; 16]).varint().is_err(), "no number is so long");
        let mut column = Numbers::at(0);
        assert_eq!(
            (column.next(row(&[0xff; 2 * Numbers::PADDING])), column),
            (0, Numbers::NOWHERE),
            "no number is so long"
        );
        assert_eq!((column.next(row(&[1; 32])), column.byte(row(&[1; 32])), column), (0, 0, Numbers::NOWHERE));
        let mut cut = [0; 1 + Numbers::PADDING];
        cut[0] = 0x80;
        let mut column = Numbers::at(0);
        assert!(column.next(row(&cut)) == 0 && column > Numbers::at(1), "cut");
    }
}
