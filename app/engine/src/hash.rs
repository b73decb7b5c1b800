//! A hash for small numbers and addresses: one multiplication, since nobody chooses them to do harm.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// 2^64 divided by the golden ratio: the highest bits of its product with small numbers are well spread.
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads `number` over all bits.
#[inline]
pub(crate) fn spread(number: u64) -> u64 {
    let mixed = number.wrapping_mul(GOLDEN);
    mixed ^ (mixed >> 32)
}

/// The hasher of [`FastMap`].
#[derive(Default)]
pub(crate) struct FastHasher(u64);

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = spread(self.0.rotate_left(5) ^ number);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
