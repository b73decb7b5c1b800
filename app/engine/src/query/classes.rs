//! Classes of sizes and lifetimes.

use std::ops::Range;

/// Sizes of one power of two: class 0 is of 0 bytes, class n of `2^(n-1)` to `2^n - 1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SizeClass(pub u8);

impl SizeClass {
    /// The class of a size.
    pub fn of(size_bytes: u64) -> SizeClass {
        SizeClass((u64::BITS - size_bytes.leading_zeros()) as u8)
    }

    /// Its least size, and the first that is too large, in bytes.
    pub fn bytes(self) -> Range<u64> {
        match self.0 {
            0 => 0..1,
            class => 1 << (class - 1)..1u64.checked_shl(u32::from(class)).unwrap_or(u64::MAX),
        }
    }
}

/// Lifetimes of one power of ten: class n is of `10^n` to `10^(n+1) - 1` ns, class 0 of 0 ns, too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LifetimeClass(pub u8);

impl LifetimeClass {
    /// The class of a lifetime.
    pub fn of(lifetime_ns: u64) -> LifetimeClass {
        LifetimeClass(lifetime_ns.checked_ilog10().unwrap_or(0) as u8)
    }

    /// Its least lifetime, and the first that is too long, in ns.
    pub fn ns(self) -> Range<u64> {
        let power = |exponent: u8| 10u64.checked_pow(u32::from(exponent)).unwrap_or(u64::MAX);
        if self.0 == 0 { 0..10 } else { power(self.0)..power(self.0.saturating_add(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_and_lifetime_is_in_its_class() {
        for value in [0, 1, 2, 3, 4, 9, 10, 11, 99, 100, 1023, 1024, 1 << 40, u64::MAX - 1] {
            assert!(SizeClass::of(value).bytes().contains(&value), "{value} bytes");
            assert!(LifetimeClass::of(value).ns().contains(&value), "{value} ns");
        }
        assert_eq!((SizeClass::of(8), SizeClass::of(7)), (SizeClass(4), SizeClass(3)));
        assert_eq!((SizeClass(4).bytes(), LifetimeClass(3).ns()), (8..16, 1000..10_000));
    }
}
