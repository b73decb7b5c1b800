//! The process's table of rules by return address: one relaxed load a frame, no lock, shared by all threads.

use super::rule::Rule;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A power of two. 512 KiB of zeroed memory, of which only the pages used exist.
const SLOTS: usize = 1 << 16;

/// `tag << 32 | rule`; 0 is empty. An address may be in its own slot or in the neighbour in the same cache line, so
/// that two frames of one stack do not throw each other out.
static TABLE: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];

/// User addresses end at 2^47 unless a program asks for more; what lies above is never cached.
const ADDRESS_END: u64 = 1 << 47;

#[inline(always)]
fn index(address: u64) -> usize {
    address as usize & (SLOTS - 1)
}

/// The address's bits that its two possible slots do not tell.
#[inline(always)]
fn tag(address: u64) -> u32 {
    ((address >> 15) & !1) as u32 | (address & 1) as u32
}

/// The rule learnt for `address`.
#[inline(always)]
pub(super) fn get(address: u64) -> Option<Rule> {
    let index = index(address);
    let tag = tag(address);
    let entry = TABLE.get(index)?.load(Relaxed);
    if (entry >> 32) as u32 == tag && entry != 0 {
        return Some(Rule::of_bits(entry as u32));
    }
    let entry = TABLE.get(index ^ 1)?.load(Relaxed);
    ((entry >> 32) as u32 == tag && entry != 0).then_some(Rule::of_bits(entry as u32))
}

/// Learns `rule`; an older one for another address moves to the neighbour slot and out.
pub(super) fn put(address: u64, rule: Rule) {
    if address >= ADDRESS_END {
        return;
    }
    let (Some(own), Some(neighbour)) = (TABLE.get(index(address)), TABLE.get(index(address) ^ 1)) else { return };
    let old = own.load(Relaxed);
    if old != 0 {
        // Both slots of a pair accept the same addresses: a tag means the same in either.
        neighbour.store(old, Relaxed);
    }
    own.store((u64::from(tag(address)) << 32) | u64::from(rule.bits()), Relaxed);
}

/// Forgets the rules of all addresses that `stays` does not claim.
pub(super) fn retain(stays: impl Fn(u64) -> bool) {
    for (index, slot) in TABLE.iter().enumerate() {
        let entry = slot.load(Relaxed);
        if entry != 0 && !stays(address_of(index, (entry >> 32) as u32)) {
            slot.store(0, Relaxed);
        }
    }
}

fn address_of(index: usize, tag: u32) -> u64 {
    let low = (index as u64 & !1) | u64::from(tag & 1);
    (u64::from(tag & !1) << 15) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colliding_addresses_are_kept_in_pairs_and_never_mixed_up() {
        let of = |n: u64| 0x7000_0000_0000 + n * SLOTS as u64 + 0x1234;
        for n in 0..8 {
            put(of(n), Rule::from_sp(8 + 8 * n as i64, 0));
            assert_eq!(get(of(n)), Some(Rule::from_sp(8 + 8 * n as i64, 0)));
            if n > 0 {
                assert_eq!(get(of(n - 1)), Some(Rule::from_sp(8 * n as i64, 0)), "the pair holds the last two");
            }
            assert_eq!(get(of(n) ^ 1), None);
        }
        assert_eq!(get(of(0)), None);
        for address in [of(3), of(3) ^ 1, 0x5555_5555_4321] {
            assert_eq!(address_of(index(address), tag(address)), address);
            assert_eq!(address_of(index(address) ^ 1, tag(address)), address);
        }
        retain(|address| address == of(7));
        assert_eq!((get(of(7)).is_some(), get(of(6))), (true, None));
    }
}
