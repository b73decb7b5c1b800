//! The process's table of rules by return address: one relaxed load a frame, no lock, shared by all threads.

use super::rule::Rule;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// 512 KiB of zeroed memory, of which only the pages used exist.
const SLOTS: usize = 1 << 16;

/// Tagged rules; 0 is empty. An address may be in the slot of its lowest 16 bits or in that slot's partner, so that two
/// frames of one stack do not throw each other out.
static TABLE: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];
const PARTNER: usize = SLOTS / 2;

/// User addresses end at 2^47 unless a program asks for more. What lies outside is never put: below, a tag would be 0
/// as in an empty slot; above, it would not fit.
const ADDRESSES: std::ops::Range<u64> = 1 << TAG_SHIFT..1 << 47;

/// A slot and its partner tell all lower bits.
const TAG_SHIFT: u32 = 15;

#[inline(always)]
fn index(address: u64) -> usize {
    usize::from(address as u16)
}

#[inline(always)]
fn tag(address: u64) -> u32 {
    (address >> TAG_SHIFT) as u32
}

/// The rule learnt for `address`. (Addresses that are never put may find the empty slot's unknown rule.)
#[inline(always)]
pub(super) fn get(address: u64) -> Option<Rule> {
    let entry = TABLE[index(address)].load(Relaxed);
    if Rule::tag_of(entry) == tag(address) {
        return Some(Rule::of_tagged(entry));
    }
    let entry = TABLE[index(address) ^ PARTNER].load(Relaxed);
    (Rule::tag_of(entry) == tag(address)).then_some(Rule::of_tagged(entry))
}

/// Learns `rule`; what was in the slot moves to its partner.
pub(super) fn put(address: u64, rule: Rule) {
    if ADDRESSES.contains(&address) {
        let slot = &TABLE[index(address)];
        let old = slot.load(Relaxed);
        if old != 0 {
            TABLE[index(address) ^ PARTNER].store(old, Relaxed);
        }
        slot.store(rule.tagged(tag(address)), Relaxed);
    }
}

/// Forgets the rules of all addresses that `stays` does not claim.
pub(super) fn retain(stays: impl Fn(u64) -> bool) {
    for (index, slot) in TABLE.iter().enumerate() {
        let entry = slot.load(Relaxed);
        let low_bits = (index & (PARTNER - 1)) as u64;
        if entry != 0 && !stays(u64::from(Rule::tag_of(entry)) << TAG_SHIFT | low_bits) {
            slot.store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colliding_addresses_are_kept_in_pairs_and_never_mixed_up() {
        let of = |n: u64| 0x7000_0000_0000 + n * SLOTS as u64 + 0x1234;
        let rule = |n: u64| Rule::from_sp(8 + 8 * n as i64, 0);
        for n in 0..8 {
            put(of(n), rule(n));
            assert_eq!(get(of(n)), Some(rule(n)));
            assert_eq!(get(of(n) ^ 1), None);
        }
        assert_eq!((get(of(6)), get(of(5))), (Some(rule(6)), None), "a slot and its partner hold the last two");
        retain(|address| address == of(7));
        assert_eq!((get(of(7)).is_some(), get(of(6))), (true, None));
    }

    #[test]
    fn addresses_without_code_are_not_put() {
        for address in [0, 1, 0x7fff, 1 << 47, u64::MAX] {
            put(address, Rule::ROOT);
            assert_ne!(get(address), Some(Rule::ROOT));
        }
    }
}
