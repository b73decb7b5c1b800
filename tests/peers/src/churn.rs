//! Small blocks that live shortly, at a given depth of the stack, and vectors that grow.

use std::hint::black_box;

/// Frames of a stack here beside the recursion's own: from `_start` to [`at_depth`], and `churn`.
const OTHER_FRAMES: u32 = 9;
const PAIRS: u32 = 2_000_000;
const SLOTS: usize = 64;

/// Blocks of 16 to 512 bytes in 64 slots, each replaced in turn, at `depth` frames below the thread's first.
pub(crate) fn at_depth(depth: u32, divisor: u32) {
    black_box(descend(depth - OTHER_FRAMES, PAIRS / divisor));
}

#[inline(never)]
fn descend(depth: u32, pairs: u32) -> usize {
    if depth > 0 {
        return black_box(descend(black_box(depth - 1), pairs)) + 1;
    }
    churn(pairs)
}

#[inline(never)]
fn churn(pairs: u32) -> usize {
    let mut slots: [Vec<u8>; SLOTS] = [const { Vec::new() }; SLOTS];
    for number in 0..pairs as usize {
        let bytes = 16 << (number % 6);
        slots[number * 7 % SLOTS] = black_box(Vec::with_capacity(bytes));
    }
    slots.iter().map(Vec::capacity).sum()
}

/// Vectors that grow from 16 bytes to 4 KiB, eight at a time: so little in all that the C library does not give it back
/// to the kernel and ask for it again each time, which would be what is measured.
pub(crate) fn growth(divisor: u32) {
    for _ in 0..40_000 / divisor {
        let mut vectors: [Vec<u8>; 8] = [const { Vec::new() }; 8];
        for power in 4..13 {
            for vector in &mut vectors {
                vector.reserve_exact(black_box(1 << power));
                vector.push(power);
            }
        }
        black_box(&vectors);
    }
}
