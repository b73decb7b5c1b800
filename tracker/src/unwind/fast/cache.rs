//! The process's table of rules by return address: one relaxed load a frame, no lock, shared by all threads.

use super::rule::Rule;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A power of two. With two slots each: 512 KiB of zeroed memory, of which only the pages used exist.
const PAIRS: usize = 1 << PAIR_BITS;
const PAIR_BITS: u32 = 15;

/// `tag << 32 | rule`; 0 is empty. Two slots in one cache line, so that two frames of one stack do not throw each
/// other out; the one learnt last comes first.
#[repr(align(16))]
struct Pair([AtomicU64; 2]);
static TABLE: [Pair; PAIRS] = [const { Pair([const { AtomicU64::new(0) }; 2]) }; PAIRS];

/// User addresses end at 2^47 unless a program asks for more. What lies outside is never put: below, a tag would be 0
/// as in an empty slot; above, it would not fit.
const ADDRESSES: std::ops::Range<u64> = 1 << PAIR_BITS..1 << 47;

#[inline(always)]
fn pair(address: u64) -> &'static [AtomicU64; 2] {
    &TABLE[address as usize & (PAIRS - 1)].0
}

/// The address's bits that its pair does not tell.
#[inline(always)]
fn tag(address: u64) -> u64 {
    address >> PAIR_BITS
}

/// The rule learnt for `address`; [`Rule::EMPTY`] for addresses that cannot have one.
#[inline(always)]
pub(super) fn get(address: u64) -> Option<Rule> {
    let [first, second] = pair(address);
    let entry = first.load(Relaxed);
    if entry >> 32 == tag(address) {
        return Some(Rule::of_bits(entry as u32));
    }
    let entry = second.load(Relaxed);
    (entry >> 32 == tag(address)).then_some(Rule::of_bits(entry as u32))
}

/// Learns `rule`; of two others in the same pair the older is forgotten.
pub(super) fn put(address: u64, rule: Rule) {
    if ADDRESSES.contains(&address) {
        let [first, second] = pair(address);
        let old = first.load(Relaxed);
        if old != 0 {
            second.store(old, Relaxed);
        }
        first.store(tag(address) << 32 | u64::from(rule.bits()), Relaxed);
    }
}

/// Forgets the rules of all addresses that `stays` does not claim.
pub(super) fn retain(stays: impl Fn(u64) -> bool) {
    for (index, pair) in TABLE.iter().enumerate() {
        for slot in &pair.0 {
            let entry = slot.load(Relaxed);
            if entry != 0 && !stays(entry >> 32 << PAIR_BITS | index as u64) {
                slot.store(0, Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colliding_addresses_are_kept_in_pairs_and_never_mixed_up() {
        let of = |n: u64| 0x7000_0000_0000 + n * PAIRS as u64 + 0x1234;
        let rule = |n: u64| Rule::from_sp(8 + 8 * n as i64, 0);
        for n in 0..8 {
            put(of(n), rule(n));
            assert_eq!(get(of(n)), Some(rule(n)));
            assert_eq!(get(of(n) ^ 1), None);
        }
        assert_eq!((get(of(6)), get(of(5))), (Some(rule(6)), None), "a pair holds the last two");
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
