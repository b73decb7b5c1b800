//! Where a block is likely to be born: allocators give what was freed last first, or go on behind the last block. Small
//! numbers for what comes true; both sides of the file keep the same memory.

use crate::varint::{put, unzigzag, zigzag};
use std::hint::select_unpredictable;

/// Classes of sizes, as most C libraries have them: a word of their own and steps of 16 bytes. Larger ones share.
const CLASSES: usize = 64;
/// Freed places remembered of each class, as a ring.
const REMEMBERED: usize = 8;

/// The block begins behind the one born before.
const BEHIND: u64 = REMEMBERED as u64;
/// A realloc left the block where it was.
const STAYED: u64 = BEHIND + 1;
/// The address follows: its difference does not fit behind these numbers, as no address of a program's does.
const GIVEN: u64 = STAYED + 1;
/// A bit for each number that is none of the three places where most blocks are born.
const RARE: u64 = (1 << ELSEWHERE) - 1 - (1 << 0) - (1 << BEHIND);
/// From here on: zigzag difference to the birth before.
const ELSEWHERE: u64 = GIVEN + 1;

/// The places that have become free, and the last birth.
pub(crate) struct Places {
    freed: [[u64; REMEMBERED]; CLASSES],
    /// By class, the place in the ring of what was freed last.
    newest: [u8; CLASSES],
    /// Where the last block was born, and where the next one is if it follows it.
    born: u64,
    behind: u64,
}

impl Default for Places {
    fn default() -> Self {
        Places { freed: [[0; REMEMBERED]; CLASSES], newest: [0; CLASSES], born: 0, behind: 0 }
    }
}

/// Bytes of a block in 16ths, with the C library's word.
#[inline]
fn steps(size_bytes: u64) -> u64 {
    (size_bytes.saturating_add(23) >> 4).max(2)
}

#[inline]
fn class(size_bytes: u64) -> usize {
    steps(size_bytes) as usize % CLASSES
}

impl Places {
    /// As before the first event.
    pub(crate) fn forget(&mut self) {
        *self = Places::default();
    }

    /// A block of this size has left `address`.
    #[inline]
    pub(crate) fn freed(&mut self, address: u64, size_bytes: u64) {
        let class = class(size_bytes);
        let newest = (self.newest[class] + 1) % REMEMBERED as u8;
        self.newest[class] = newest;
        self.freed[class][usize::from(newest)] = address;
    }

    /// Appends where a block is born; `stays` is where a realloc had it.
    #[inline]
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, address: u64, size_bytes: u64, stays: Option<u64>) {
        let number = self.number(address, size_bytes, stays);
        put(out, number);
        if number == GIVEN {
            put(out, address);
        }
        self.born(address, size_bytes);
    }

    #[inline]
    fn number(&mut self, address: u64, size_bytes: u64, stays: Option<u64>) -> u64 {
        if stays == Some(address) {
            return STAYED;
        }
        let class = class(size_bytes);
        // All of them, without asking which is the newest: mostly none is it.
        if let Some(place) = self.freed[class].iter().position(|&freed| freed == address) {
            let back = (usize::from(self.newest[class]) + REMEMBERED - place) % REMEMBERED;
            self.take_out(class, back);
            return back as u64;
        }
        if address == self.behind {
            return BEHIND;
        }
        zigzag(address.wrapping_sub(self.born) as i64).checked_add(ELSEWHERE).unwrap_or(GIVEN)
    }

    /// Where the next block is born, as its `number` says; `given` has the address that may follow it.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        number: u64,
        size_bytes: u64,
        stays: Option<u64>,
        given: impl FnOnce() -> u64,
    ) -> u64 {
        // Which of the three places it mostly is comes in no order, so all are there before anybody asks.
        let class = class(size_bytes);
        let newest = usize::from(self.newest[class]) % REMEMBERED;
        let (place, is_freed) = (&mut self.freed[class][newest], number == 0);
        let freed = *place;
        *place = select_unpredictable(is_freed, 0, freed);
        self.newest[class] = (newest.wrapping_sub(usize::from(is_freed)) % REMEMBERED) as u8;
        let elsewhere = self.born.wrapping_add(unzigzag(number.wrapping_sub(ELSEWHERE)) as u64);
        let behind = select_unpredictable(number == BEHIND, self.behind, elsewhere);
        let mut address = select_unpredictable(is_freed, freed, behind);
        if number < ELSEWHERE && RARE >> number & 1 > 0 {
            address = match number {
                STAYED => stays.unwrap_or(0),
                GIVEN => given(),
                back => {
                    let address = *self.freed_back(class, back as usize);
                    self.take_out(class, back as usize);
                    address
                }
            };
        }
        self.born(address, size_bytes);
        address
    }

    #[inline]
    fn born(&mut self, address: u64, size_bytes: u64) {
        self.born = address;
        self.behind = address.wrapping_add(steps(size_bytes).wrapping_mul(16));
    }

    /// The place that was freed so many before the last of its class.
    #[inline]
    fn freed_back(&mut self, class: usize, back: usize) -> &mut u64 {
        &mut self.freed[class][(usize::from(self.newest[class]) + REMEMBERED - back) % REMEMBERED]
    }

    /// Takes that place out.
    #[inline]
    fn take_out(&mut self, class: usize, back: usize) {
        for back in (0..back).rev() {
            let newer = *self.freed_back(class, back);
            *self.freed_back(class, back + 1) = newer;
        }
        *self.freed_back(class, 0) = 0;
        self.newest[class] = (self.newest[class] + REMEMBERED as u8 - 1) % REMEMBERED as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::varint::Cursor;

    #[test]
    fn what_was_freed_is_found_again_and_all_others_come_back_whole() {
        let (mut to, mut from) = (Places::default(), Places::default());
        let mut both = |address, size, stays| {
            let mut bytes = Vec::new();
            to.put(&mut bytes, address, size, stays);
            let mut cursor = Cursor::new(&bytes);
            let number = cursor.varint().unwrap();
            assert_eq!(from.take(number, size, stays, || cursor.varint().unwrap()), address);
            assert_eq!(cursor.remaining(), 0);
            if size % 3 == 0 {
                to.freed(address, size);
                from.freed(address, size);
            }
            Cursor::new(&bytes).varint().unwrap()
        };
        assert!(both(0x1000, 24, None) >= ELSEWHERE);
        assert_eq!(both(0x1020, 40, None), BEHIND);
        assert_eq!(both(0x1000, 24, None), 0);
        assert_eq!(both(0x5000, 400, Some(0x5000)), STAYED);
        for address in [0, 1, 8, u64::MAX, 1 << 63, u64::MAX / 2] {
            both(address, address, None);
        }
        for n in 0..if cfg!(miri) { 200 } else { 2000u64 } {
            both(0x7000 + (n * n % 37) * 16, n % 50, None);
        }
    }
}
