//! Requested against usable: what an allocator gives beyond what it was asked for.

use dropscope_format::UsableSize;
use std::collections::BTreeMap;

/// Of larger blocks nothing is known, whatever a file says.
const MOST_BYTES: usize = 64 << 10;
/// Instead of what is added to a size: that is not known.
const UNKNOWN: u16 = u16::MAX;

/// What the allocator gives for each size, as far as the recorder has asked it.
#[derive(Default)]
pub struct UsableSizes {
    asked: BTreeMap<u32, u32>,
    /// By requested size: how many bytes more are given, or [`UNKNOWN`].
    added: Vec<u16>,
}

impl UsableSizes {
    /// For how many sizes it was asked; 0 where nothing is known of it.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }

    /// What may be used of a block of `size_bytes`, where that is known.
    #[inline]
    pub fn of(&self, size_bytes: u64) -> Option<u64> {
        let added = *self.added.get(usize::try_from(size_bytes).ok()?)?;
        (added != UNKNOWN).then(|| size_bytes + u64::from(added))
    }

    /// Takes in what a recording says. Costs the same however much that is, so it is called once for much.
    pub(crate) fn learn(&mut self, sizes: &[UsableSize]) {
        let is_kept = |size: &&UsableSize| size.requested_bytes as usize <= MOST_BYTES;
        self.asked.extend(sizes.iter().filter(is_kept).map(|size| (size.requested_bytes, size.usable_bytes)));
        self.added.clear();
        self.added.resize(MOST_BYTES + 1, UNKNOWN);
        let mut asked = self.asked.iter().map(|(&requested, &usable)| (requested as usize, usable as usize)).peekable();
        while let Some((requested, usable)) = asked.next() {
            let next = asked.peek().map_or(MOST_BYTES + 1, |next| next.0);
            for size in requested..next.min(usable.saturating_add(1)) {
                let added = u16::try_from(usable - size).unwrap_or(UNKNOWN);
                if let Some(place) = self.added.get_mut(size) {
                    *place = added;
                }
            }
        }
    }
}

/// Sums over some blocks, each with the size that it was last asked for with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rounding {
    /// Requested bytes of the blocks whose usable size is known.
    pub known_bytes: u64,
    /// What may be used of these.
    pub usable_bytes: u64,
    /// Requested bytes of the others: at least as much may be used of them.
    pub other_bytes: u64,
}

impl Rounding {
    /// Counts a block of `size_bytes`.
    #[inline]
    pub fn add(&mut self, sizes: &UsableSizes, size_bytes: u64) {
        match sizes.of(size_bytes) {
            Some(usable_bytes) => {
                self.known_bytes = self.known_bytes.saturating_add(size_bytes);
                self.usable_bytes = self.usable_bytes.saturating_add(usable_bytes);
            }
            None => self.other_bytes = self.other_bytes.saturating_add(size_bytes),
        }
    }

    /// Counts what `other` has counted.
    pub fn merge(&mut self, other: Rounding) {
        self.known_bytes = self.known_bytes.saturating_add(other.known_bytes);
        self.usable_bytes = self.usable_bytes.saturating_add(other.usable_bytes);
        self.other_bytes = self.other_bytes.saturating_add(other.other_bytes);
    }

    /// What was asked for.
    pub fn requested_bytes(&self) -> u64 {
        self.known_bytes.saturating_add(self.other_bytes)
    }

    /// What may be used, at least.
    pub fn total_usable_bytes(&self) -> u64 {
        self.usable_bytes.saturating_add(self.other_bytes)
    }

    /// What was given beyond what was asked for.
    pub fn added_bytes(&self) -> u64 {
        self.usable_bytes.saturating_sub(self.known_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(requested_bytes: u32, usable_bytes: u32) -> UsableSize {
        UsableSize { requested_bytes, usable_bytes }
    }

    #[test]
    fn an_answer_is_for_all_sizes_up_to_the_usable_one() {
        let mut sizes = UsableSizes::default();
        assert_eq!((sizes.of(1), sizes.asked()), (None, 0));
        sizes.learn(&[size(1, 24), size(100, 104), size(90, 104)]);
        sizes.learn(&[size(25, 40)]);
        let given = [1, 24, 25, 40, 41, 90, 99, 100, 104, 105].map(|bytes| sizes.of(bytes));
        let expected = [Some(24), Some(24), Some(40), Some(40), None, Some(104), Some(104), Some(104), Some(104), None];
        assert_eq!(given, expected);
        assert_eq!(sizes.asked(), 4);
    }

    #[test]
    fn what_no_allocator_says_does_no_harm() {
        let mut sizes = UsableSizes::default();
        sizes.learn(&[size(u32::MAX, u32::MAX), size(0, u32::MAX), size(9, 3), size(65_536, 65_544)]);
        assert_eq!((sizes.of(5), sizes.of(9), sizes.of(65_536), sizes.of(65_537)), (None, None, Some(65_544), None));
        assert_eq!(sizes.of(u64::MAX), None);
    }

    #[test]
    fn what_is_not_known_counts_as_it_was_asked_for() {
        let mut sizes = UsableSizes::default();
        sizes.learn(&[size(1, 24)]);
        let mut rounding = Rounding::default();
        for bytes in [10, 20, 1000] {
            rounding.add(&sizes, bytes);
        }
        assert_eq!(rounding, Rounding { known_bytes: 30, usable_bytes: 48, other_bytes: 1000 });
        let both = [rounding.requested_bytes(), rounding.total_usable_bytes(), rounding.added_bytes()];
        assert_eq!(both, [1030, 1048, 18]);
    }
}
