//! Blocks that somebody watches, by address: a table without locks that says of most addresses at once that they are
//! not in it.
#![allow(unsafe_code, reason = "a mapping that is made once and read as atomics")]

use crate::sys::memory;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicPtr, AtomicU16, AtomicU64};

/// Places: 16 MiB of address space, of which only what is used takes memory.
const PLACES: usize = 1 << 20;
/// Places looked at for an address. With half of the table full, one in 2^60 finds none of them free.
const PROBES: usize = 64;
/// Counters of how many entries an address may be one of: 128 KiB, so that they stay in a processor's own cache.
const COUNTERS: usize = 1 << 16;

#[repr(C)]
struct Place {
    /// 0 for none.
    key: AtomicU64,
    value: AtomicU64,
}

/// The table. The calls about one address are in order: who inserts has just been given the block, who removes is
/// giving it back.
pub(crate) struct Table {
    places: AtomicPtr<Place>,
    counters: [AtomicU16; COUNTERS],
}

impl Table {
    pub(crate) const fn new() -> Table {
        Table { places: AtomicPtr::new(null_mut()), counters: [const { AtomicU16::new(0) }; COUNTERS] }
    }

    /// Takes the memory, once. False where there is none.
    pub(crate) fn prepare(&self) -> bool {
        if !self.places.load(Acquire).is_null() {
            return true;
        }
        let bytes = memory::whole_pages(PLACES * size_of::<Place>());
        let Some(new) = memory::map_private(bytes) else { return false };
        if self.places.compare_exchange(null_mut(), new.as_ptr().cast(), AcqRel, Acquire).is_err() {
            // SAFETY: the mapping just made, which nobody else has seen.
            unsafe { memory::unmap(new, bytes) };
        }
        true
    }

    /// Empties it. Nobody uses it meanwhile.
    pub(crate) fn clear(&self) {
        for place in self.all() {
            if place.key.load(Relaxed) != 0 {
                place.key.store(0, Relaxed);
            }
        }
        self.counters.iter().for_each(|counter| counter.store(0, Relaxed));
    }

    fn all(&self) -> impl Iterator<Item = &Place> {
        let places = self.places.load(Acquire);
        let count = if places.is_null() { 0 } else { PLACES };
        // SAFETY: as in `places`.
        (0..count).map(move |index| unsafe { &*places.add(index) })
    }

    /// Puts `key`, which is not 0 and not in it, into the table. False where there is no room.
    pub(crate) fn insert(&self, key: u64, value: u64) -> bool {
        let free = self
            .places(first_place(key))
            .find(|place| place.key.load(Relaxed) == 0 && place.key.compare_exchange(0, key, Acquire, Relaxed).is_ok());
        let Some(place) = free else { return false };
        place.value.store(value, Relaxed);
        self.counters[counter(key)].fetch_add(1, Relaxed);
        true
    }

    /// Whether `key` may be in it; where it says no, it is not.
    #[inline(always)]
    pub(crate) fn may_have(&self, key: u64) -> bool {
        self.counters[counter(key)].load(Relaxed) != 0
    }

    /// Takes `key` out; gives its value.
    #[inline]
    pub(crate) fn remove(&self, key: u64) -> Option<u64> {
        if self.may_have(key) { self.look_and_remove(key) } else { None }
    }

    #[cold]
    fn look_and_remove(&self, key: u64) -> Option<u64> {
        let place = self.places(first_place(key)).find(|place| place.key.load(Relaxed) == key)?;
        let value = place.value.load(Relaxed);
        place.key.store(0, std::sync::atomic::Ordering::Release);
        self.counters[counter(key)].fetch_sub(1, Relaxed);
        Some(value)
    }

    /// The places where a key may be whose first is `first`.
    fn places(&self, first: usize) -> impl Iterator<Item = &Place> {
        let places = self.places.load(Acquire);
        let count = if places.is_null() { 0 } else { PROBES };
        // SAFETY: the mapping has PLACES places, is never unmapped once it is here, and zeros are valid.
        (0..count).map(move |offset| unsafe { &*places.add((first + offset) % PLACES) })
    }
}

/// Where to begin to look for `key`.
fn first_place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize % PLACES
}

/// Which counter is that of `key`. Neighbours share one, and their neighbours have the next: a program works on few places
/// at a time, so their counters stay in the nearest cache. The C library's heaps of threads begin at multiples of
/// 64 MiB, and these must not all have the same.
#[inline(always)]
fn counter(key: u64) -> usize {
    ((key >> 10) ^ (key >> 26).wrapping_mul(0x9e37)) as usize % COUNTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> &'static Table {
        static TABLE: Table = Table::new();
        assert!(TABLE.prepare());
        &TABLE
    }

    #[test]
    fn what_is_put_in_comes_out_once() {
        let table = table();
        for key in (16..1_600_000).step_by(16) {
            assert!(table.insert(key, key + 1));
        }
        assert_eq!(table.remove(8), None);
        for key in (16..1_600_000).step_by(16) {
            assert_eq!(table.remove(key), Some(key + 1), "{key}");
            assert_eq!(table.remove(key), None, "{key}");
        }
    }

    #[test]
    fn threads_do_not_mix_up_their_keys() {
        let table = table();
        std::thread::scope(|scope| {
            for thread in 1..5_u64 {
                scope.spawn(move || {
                    for round in 0..20_000_u64 {
                        let key = 1 << 40 | (round % 64) << 8 | thread;
                        assert!(table.insert(key, round));
                        assert_eq!(table.remove(key), Some(round));
                    }
                });
            }
        });
    }
}
