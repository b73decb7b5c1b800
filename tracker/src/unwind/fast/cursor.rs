//! Numbers as DWARF writes them, read one after the other from memory that is mapped at a known address.

/// A place in some bytes. Reading past their end gives `None`.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the first byte is mapped.
    mapped_at: u64,
}

/// How a pointer is written (`DW_EH_PE_*`): the lower four bits say as what number, the next three relative to what, the
/// highest that it is the address of the pointer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding(pub(super) u8);

impl Encoding {
    /// An address as it is.
    pub(super) const ABSOLUTE: Self = Self(0);
    /// Relative to the section's start, in four bytes: what all linkers make the index of.
    pub(super) const FROM_SECTION_4: Self = Self(0x3b);

    const FROM_ITSELF: u8 = 0x10;

    /// The same number, relative to nothing.
    pub(super) fn plain(self) -> Self {
        Self(self.0 & 0xf)
    }
}

impl<'a> Cursor<'a> {
    /// At offset `at` of `bytes`, of which the first is mapped at `mapped_at`.
    pub(super) fn new(bytes: &'a [u8], at: usize, mapped_at: u64) -> Self {
        Self { bytes, at, mapped_at }
    }

    /// The same bytes, at that address.
    pub(super) fn at_address(&self, address: u64) -> Option<Self> {
        let at = usize::try_from(address.checked_sub(self.mapped_at)?).ok()?;
        (at <= self.bytes.len()).then_some(Self { at, ..*self })
    }

    pub(super) fn address(&self) -> u64 {
        self.mapped_at.wrapping_add(self.at as u64)
    }

    #[cfg(test)]
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next `length` bytes alone; goes on behind them.
    pub(super) fn split(&mut self, length: u64) -> Option<Self> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        let part = Self { bytes: self.bytes.get(..end)?, ..*self };
        self.at = end;
        Some(part)
    }

    pub(super) fn skip(&mut self, length: u64) -> Option<()> {
        self.split(length).map(|_| ())
    }

    /// The bytes up to a zero; goes on behind that.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().position(|byte| *byte == 0)?;
        self.at += length + 1;
        rest.get(..length)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.bytes.get(self.at..)?.first_chunk().copied()?;
        self.at += N;
        Some(bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The bits of an `LEB128` number of at most 64, and how many bits it was written with.
    fn leb128(&mut self) -> Option<(u64, u32)> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.u8()?;
            if shift >= u64::BITS {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some((value, shift));
            }
        }
    }

    pub(super) fn unsigned(&mut self) -> Option<u64> {
        self.leb128().map(|(value, _)| value)
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let (value, bits) = self.leb128()?;
        let unused = u64::BITS.saturating_sub(bits);
        Some((value << unused).cast_signed() >> unused)
    }

    /// The pointer that is written here; none where it is written in a way that no linker uses for code.
    pub(super) fn pointer(&mut self, encoding: Encoding) -> Option<u64> {
        let here = self.address();
        let number = match encoding.0 & 0xf {
            0 | 4 | 0xc => self.u64()?,
            1 => self.unsigned()?,
            2 => u64::from(self.u16()?),
            3 => u64::from(self.u32()?),
            9 => self.signed()?.cast_unsigned(),
            0xa => i64::from(self.u16()?.cast_signed()).cast_unsigned(),
            0xb => i64::from(self.u32()?.cast_signed()).cast_unsigned(),
            _ => return None,
        };
        match encoding.0 & 0xf0 {
            0 => Some(number),
            Encoding::FROM_ITSELF => Some(here.wrapping_add(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_kind() {
        let bytes = [0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff];
        let mut cursor = Cursor::new(&bytes, 0, 0x1000);
        assert_eq!((cursor.unsigned(), cursor.signed(), cursor.signed()), (Some(624_485), Some(-1), Some(-128)));
        assert_eq!(cursor.pointer(Encoding(0x1b)), Some(0x1006 - 2), "relative to where it is written");
        assert_eq!(cursor.pointer(Encoding(0x0a)), Some(u64::MAX - 1));
        assert!(cursor.is_at_end() && cursor.u8().is_none());
    }

    #[test]
    fn a_number_without_an_end_is_none() {
        for length in [0, 5, 30] {
            assert_eq!(Cursor::new(&vec![0x80; length], 0, 0).unsigned(), None);
        }
        assert_eq!(Cursor::new(&[0; 4], 2, 0).split(u64::MAX).map(|part| part.address()), None);
    }
}
