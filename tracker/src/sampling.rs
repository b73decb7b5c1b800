//! Sampling: a few blocks stand for all of them.
//!
//! Every byte that the program asks for has the same chance of being chosen, one in *mean* (a Poisson process over the
//! bytes, as tcmalloc and jemalloc sample): a block is recorded if one of its bytes is. So a block of `size` bytes is in
//! the recording with probability `1 - exp(-size / mean)`, and whoever reads it counts it as so many blocks as that is
//! the reciprocal of, which makes all sums right on average ([Horvitz and Thompson][1]). The releases of chosen blocks are
//! recorded, all others are turned away by one look at a counter. Both are done in the program's own call of the allocator
//! ([`crate::hook::concerns_birth`]): a sample costs little because nothing of ours is called for what it does not take.
//!
//! [1]: https://en.wikipedia.org/wiki/Horvitz%E2%80%93Thompson_estimator

use crate::state::LOOKED;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// The smallest mean: below, nearly everything is chosen, and recording everything costs less.
pub(crate) const LEAST_MEAN_BYTES: u64 = 256;

static MEAN_BYTES: AtomicU64 = AtomicU64::new(0);
/// Changes with each recording: what a thread remembers of an earlier one is void.
static SEED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Bytes to the next chosen one.
    static TO_NEXT: Cell<u64> = const { Cell::new(0) };
    /// The random numbers' state, and of which recording it is.
    static RANDOM: Cell<[u64; 2]> = const { Cell::new([0, 0]) };
}

/// Begins to choose. Nobody chooses meanwhile. False where there is no memory for it.
pub(crate) fn begin(mean_bytes: u64, seed: u64) -> bool {
    LOOKED.chosen.clear();
    if !LOOKED.chosen.prepare() {
        return false;
    }
    MEAN_BYTES.store(mean_bytes.max(LEAST_MEAN_BYTES), Relaxed);
    SEED.store(seed | 1, Relaxed);
    true
}

/// Whether a block of `size_bytes` that is about to be born will not be chosen; then its bytes are counted. Where this
/// says no, nothing has changed, and [`chooses`] is to be asked.
#[inline(always)]
pub(crate) fn passes_over(size_bytes: usize) -> bool {
    let left = TO_NEXT.get().checked_sub(size_bytes as u64);
    left.map(|left| TO_NEXT.set(left)).is_some()
}

/// Whether the block at `address` may have been chosen. Nearly always right where it says yes, and always where no.
#[inline(always)]
pub(crate) fn may_have_chosen(address: usize) -> bool {
    LOOKED.chosen.may_have(address as u64)
}

/// Whether the block of `size_bytes` that has just been born at `address` is chosen.
#[inline]
pub(crate) fn chooses(address: usize, size_bytes: usize) -> bool {
    !passes_over(size_bytes) && choose(address, size_bytes)
}

#[cold]
#[inline(never)]
fn choose(address: usize, size_bytes: usize) -> bool {
    let seed = SEED.load(Relaxed);
    if RANDOM.get()[1] != seed {
        // Each thread has its own numbers: its place in memory tells them apart.
        let own = RANDOM.with(|place| std::ptr::from_ref(place).addr() as u64);
        RANDOM.set([mix(seed ^ own) | 1, seed]);
        TO_NEXT.set(next_distance());
        // The distance counts from here: was this block reached?
        if passes_over(size_bytes) {
            return false;
        }
    }
    // What is left of this block behind its chosen byte has no memory of it: the next distance counts from its end.
    TO_NEXT.set(next_distance());
    LOOKED.chosen.insert(address as u64, 0)
}

/// Whether the block at `address`, which is about to be released, was chosen; then it is forgotten.
#[inline]
pub(crate) fn was_chosen(address: usize) -> bool {
    LOOKED.chosen.remove(address as u64).is_some()
}

/// The block at `address` was chosen, and lives on though it was about to be released.
#[cold]
pub(crate) fn keep(address: usize) {
    // There is room: it has just been taken out.
    LOOKED.chosen.insert(address as u64, 0);
}

/// Bytes from one chosen byte to the next: exponential, by the mean.
fn next_distance() -> u64 {
    let [state, seed] = RANDOM.get();
    let next = xorshift(state);
    RANDOM.set([next, seed]);
    // In (0, 1]: 53 bits.
    let uniform = ((next >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    let distance = -uniform.ln() * MEAN_BYTES.load(Relaxed) as f64;
    distance as u64
}

/// Marsaglia's xorshift64.
fn xorshift(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ state << 17
}

/// The finisher of splitmix64.
fn mix(mut value: u64) -> u64 {
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_chosen_as_often_as_their_bytes_say() {
        assert!(begin(1000, 12345));
        let blocks = 200_000;
        for size in [10_usize, 700, 5000] {
            let mut chosen = 0_u64;
            for number in 1..=blocks {
                let address = number as usize * 16;
                if !passes_over(size) && chooses(address, size) {
                    chosen += 1;
                    assert!(may_have_chosen(address));
                    assert!(was_chosen(address));
                    assert!(!was_chosen(address));
                }
            }
            let expected = 1.0 - (-(size as f64) / 1000.0).exp();
            let found = chosen as f64 / f64::from(blocks);
            // Five standard deviations; the seed is fixed but for the thread's place.
            let deviation = (expected * (1.0 - expected) / f64::from(blocks)).sqrt();
            assert!((found - expected).abs() < 5.0 * deviation, "{size}: {found} of {expected}");
        }
    }
}
