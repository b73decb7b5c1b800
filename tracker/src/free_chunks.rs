//! The chunks that nobody uses: a stack without locks, last in first out, because what was just emptied is still in the
//! processor's cache.

use crate::atomics::{AtomicU32, AtomicU64, Ordering};
use crate::ring::MOST_CHUNKS;

/// The stack. Many take (the program's threads), one at a time gives (whoever drains).
///
/// The head is a chunk's number + 1 (0: none) with a tag above it that changes with every take. Without the tag, a
/// thread that read head A and its next B, slept while A and B were taken and A came back, would make B the head
/// although somebody holds it. The tag has 32 bits: for the mistake to happen a thread would have to sleep for exactly
/// 2^32 takes in the middle of three instructions.
pub(crate) struct FreeChunks {
    head: AtomicU64,
    /// By chunk: number + 1 of the one below it.
    below: Box<[AtomicU32]>,
}

impl FreeChunks {
    pub(crate) fn new() -> FreeChunks {
        FreeChunks { head: AtomicU64::new(0), below: (0..MOST_CHUNKS).map(|_| AtomicU32::new(0)).collect() }
    }

    /// Takes a chunk. Everything its last user did to it is visible.
    pub(crate) fn take(&self) -> Option<u32> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let number = (head as u32).checked_sub(1)?;
            // May be stale when somebody else was faster; then the tag is, too, and the exchange fails.
            let below = self.below.get(number as usize)?.load(Ordering::Relaxed);
            let next = ((head >> 32).wrapping_add(1) << 32) | u64::from(below);
            match self.head.compare_exchange_weak(head, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(number),
                Err(now) => head = now,
            }
        }
    }

    /// Gives a chunk back.
    pub(crate) fn give(&self, number: u32) {
        let Some(below) = self.below.get(number as usize) else { return };
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            below.store(head as u32, Ordering::Relaxed);
            let next = (head >> 32 << 32) | u64::from(number + 1);
            match self.head.compare_exchange_weak(head, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed) as u32 == 0
    }
}

// Not where the atomics are loom's, see `tests/hand_over.rs`.
#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn the_last_given_is_the_first_taken() {
        let free = FreeChunks::new();
        assert_eq!(free.take(), None);
        free.give(7);
        free.give(3);
        assert!(!free.is_empty());
        assert_eq!((free.take(), free.take(), free.take()), (Some(3), Some(7), None));
    }

    #[test]
    fn no_chunk_is_ever_held_twice() {
        const CHUNKS: u32 = 5;
        let free = FreeChunks::new();
        let held: Vec<AtomicBool> = (0..CHUNKS).map(|_| AtomicBool::new(false)).collect();
        (0..CHUNKS).for_each(|number| free.give(number));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..if cfg!(miri) { 100 } else { 200_000 } {
                        if let Some(number) = free.take() {
                            assert!(!held[number as usize].swap(true, Ordering::SeqCst), "chunk {number} held twice");
                            held[number as usize].store(false, Ordering::SeqCst);
                            free.give(number);
                        }
                    }
                });
            }
        });
        let mut left: Vec<u32> = std::iter::from_fn(|| free.take()).collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3, 4]);
    }
}
