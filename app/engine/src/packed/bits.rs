//! Numbers of few bits in words, one behind the other.

use super::RUN_ROWS;

/// Bits `width * at` and on of `words`, `width` of them.
#[inline]
pub(super) fn bits_at(words: &[u64], at: usize, width: u32) -> u64 {
    if width == 0 {
        return 0;
    }
    let bit = at * width as usize;
    let (word, offset) = (bit / 64, (bit % 64) as u32);
    let low = words.get(word).map_or(0, |word| word >> offset);
    let end = offset + width;
    let bits = if end > 64 { low | words.get(word + 1).map_or(0, |word| word << (64 - offset)) } else { low };
    bits & (u64::MAX >> (64 - width))
}

/// Puts the numbers of a run, each of `width` bits, into `out`, one behind the other.
pub(super) fn put_run(numbers: &[u64; RUN_ROWS], width: u32, out: &mut [u64]) {
    // Each number waits for where the one before has ended, but two or four that fit into a word can be put together
    // without.
    let two = |&[low, high]: &[u64; 2]| low | high << width;
    let twos = || numbers.as_chunks::<2>().0.iter().map(two);
    match width {
        0..=16 => {
            let fours = numbers.as_chunks::<4>().0.iter();
            put_bits(fours.map(|[a, b, c, d]| two(&[*a, *b]) | two(&[*c, *d]) << (2 * width)), 4 * width, out);
        }
        17..=32 => put_bits(twos(), 2 * width, out),
        _ => put_bits(numbers.iter().copied(), width, out),
    }
}

/// Puts numbers of `width` bits into `out`, one behind the other.
pub(super) fn put_bits(numbers: impl Iterator<Item = u64>, width: u32, out: &mut [u64]) {
    if width == 0 {
        return;
    }
    let mut out = out.iter_mut();
    let (mut word, mut filled) = (0u64, 0u32);
    for bits in numbers {
        word |= bits << filled;
        filled += width;
        if filled >= u64::BITS {
            if let Some(out) = out.next() {
                *out = word;
            }
            filled -= u64::BITS;
            word = if filled == 0 { 0 } else { bits >> (width - filled) };
        }
    }
    if filled > 0
        && let Some(out) = out.next()
    {
        *out = word;
    }
}

/// How many bits of each number are to stand together, and how many words that takes.
pub(super) fn low_width(bits: &[u64; RUN_ROWS], width: u32) -> (u32, usize) {
    // Four counts of each: where the same length comes again and again, one would wait for its own last store.
    let mut counts = [[0u8; 65]; 4];
    for four in bits.as_chunks::<4>().0 {
        for (counts, bits) in counts.iter_mut().zip(four) {
            counts[(u64::BITS - bits.leading_zeros()) as usize] += 1;
        }
    }
    let of_length: [u8; 65] = std::array::from_fn(|length| counts.iter().map(|counts| counts[length]).sum());
    let mut best = (width, 2 * width as usize);
    let mut outliers = 0;
    for low in (0..width).rev() {
        outliers += usize::from(of_length[low as usize + 1]);
        let words = 2 + 2 * low as usize + 2 * (outliers * (width - low) as usize).div_ceil(RUN_ROWS);
        if words < best.1 {
            best = (low, words);
        }
    }
    best
}
