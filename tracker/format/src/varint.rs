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
        // Most values of a column take one byte: look at that first.
        if let Some((&first, rest)) = self.bytes.split_first()
            && first < 0x80
        {
            self.bytes = rest;
            return Ok(u64::from(first));
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
