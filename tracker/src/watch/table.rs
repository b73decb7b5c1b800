//! Blocks that somebody watches, by address: a table without locks that says of most addresses at once that they are
//! not in it.
#![allow(unsafe_code, reason = "a mapping that is made once and read as atomics")]

use crate::sys::memory;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU16, AtomicU64};

/// Places: 16 MiB of address space, of which only what is used takes memory.
const PLACES: usize = 1 << 20;
/// The first of them are used before all others: 16 pages, so that a few thousand entries do not each touch one that is
/// new, which takes the kernel a microsecond or two.
const FIRST_PLACES: usize = 1 << 12;
/// Places looked at for an address in either part. With half of a part full, one in 2^60 finds none of them free.
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
    /// Whether an entry is or was behind the first places.
    is_behind_first: AtomicBool,
    counters: [AtomicU16; COUNTERS],
}

impl Table {
    pub(crate) const fn new() -> Table {
        Table {
            places: AtomicPtr::new(null_mut()),
            is_behind_first: AtomicBool::new(false),
            counters: [const { AtomicU16::new(0) }; COUNTERS],
        }
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
        let used = if self.is_behind_first.load(Relaxed) { PLACES } else { FIRST_PLACES };
        for place in self.places(0, used) {
            if place.key.load(Relaxed) != 0 {
                place.key.store(0, Relaxed);
            }
        }
        self.is_behind_first.store(false, Relaxed);
        self.counters.iter().for_each(|counter| counter.store(0, Relaxed));
    }

    /// Puts `key`, which is not 0 and not in it, into the table. False where there is no room.
    pub(crate) fn insert(&self, key: u64, value: u64) -> bool {
        let take = |place: &&Place| {
            place.key.load(Relaxed) == 0 && place.key.compare_exchange(0, key, Acquire, Relaxed).is_ok()
        };
        let free = self.first_places(key).find(take).or_else(|| {
            // Before it is there: whoever removes it is told of it later.
            self.is_behind_first.store(true, Relaxed);
            self.other_places(key).find(take)
        });
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
        let is_here = |place: &&Place| place.key.load(Relaxed) == key;
        let behind = || self.is_behind_first.load(Relaxed).then(|| self.other_places(key).find(is_here))?;
        let place = self.first_places(key).find(is_here).or_else(behind)?;
        let value = place.value.load(Relaxed);
        place.key.store(0, std::sync::atomic::Ordering::Release);
        self.counters[counter(key)].fetch_sub(1, Relaxed);
        Some(value)
    }

    /// Where `key` is to be looked for first.
    fn first_places(&self, key: u64) -> impl Iterator<Item = &Place> {
        let from = mixed(key) as usize % (FIRST_PLACES - PROBES);
        self.places(from, from + PROBES)
    }

    /// And where else.
    fn other_places(&self, key: u64) -> impl Iterator<Item = &Place> {
        let from = FIRST_PLACES + mixed(key) as usize % (PLACES - FIRST_PLACES - PROBES);
        self.places(from, from + PROBES)
    }

    /// These places, which are less than [`PLACES`]; none before there are any.
    fn places(&self, from: usize, to: usize) -> impl Iterator<Item = &Place> {
        let places = self.places.load(Acquire);
        let to = if places.is_null() { from } else { to.min(PLACES) };
        // SAFETY: the mapping has PLACES places, is never unmapped once it is here, and zeros are valid.
        (from..to).map(move |index| unsafe { &*places.add(index) })
    }
}

/// Equally many keys for each remainder.
fn mixed(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// Which counter is that of `key`. Neighbours share one, and their neighbours have the next: a program works on few places
/// at a time, so their counters stay in the nearest cache. The C library's heaps of threads begin at multiples of
/// 64 MiB, and these must not all have the same: each has that of a place 11 KiB on.
#[inline(always)]
fn counter(key: u64) -> usize {
    // The low half of the KiB's number and eleven times its high half, added by one multiplication.
    let kib = key as u32 >> 10;
    (kib.wrapping_mul(1 << 16 | 11) >> 16) as usize % COUNTERS
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
