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
    let (mut at, mut word, mut filled) = (0, 0u64, 0u32);
    for bits in numbers {
        word |= bits << filled;
        // Stored each time, full or not: which it is comes in no order that the processor could guess.
        if let Some(out) = out.get_mut(at) {
            *out = word;
        }
        // What the word has no room for, in two steps, since it may be all or nothing.
        let carried = bits >> 1 >> (63 - filled);
        filled += width;
        let is_full = filled >= u64::BITS;
        word = if is_full { carried } else { word };
        at += usize::from(is_full);
        filled %= u64::BITS;
    }
    // Of the last number.
    if filled > 0
        && let Some(out) = out.get_mut(at)
    {
        *out = word;
    }
}

/// Numbers up to so many bits are odd ones of at most 52 when doubled and 1 added, which an `f64` holds exactly.
const EXACT_BITS: u32 = 51;

/// How many bits `number`, of at most [`EXACT_BITS`], takes: from the exponent of twice as much and 1. Several numbers at
/// once, where the processor's own instruction for it takes one, and long.
#[inline]
fn length(number: u64) -> u8 {
    const TWO_TO_52: f64 = (1u64 << 52) as f64;
    let double = f64::from_bits(TWO_TO_52.to_bits() | number << 1 | 1) - TWO_TO_52;
    ((double.to_bits() >> 52) - 1023) as u8
}

/// How many bits of each number are to stand together, and how many words that takes.
pub(super) fn low_width(bits: &[u64; RUN_ROWS], width: u32) -> (u32, usize) {
    let lengths: [u8; RUN_ROWS] = if width <= EXACT_BITS {
        std::array::from_fn(|at| length(bits[at]))
    } else {
        std::array::from_fn(|at| (u64::BITS - bits[at].leading_zeros()) as u8)
    };
    // Four counts of each: where the same length comes again and again, one would wait for its own last store.
    let mut counts = [[0u8; 65]; 4];
    for four in lengths.as_chunks::<4>().0 {
        for (counts, length) in counts.iter_mut().zip(four) {
            counts[usize::from(*length) % 65] += 1;
        }
    }
    let of_length: [u8; 65] = std::array::from_fn(|length| counts.iter().map(|counts| counts[length]).sum());
    // Words, then bits counted down from 64: the least is the best, and of equal ones that with the fewest outliers.
    let key = |low: u32, words: usize| words as u64 * 128 + u64::from(64 - low);
    let mut best = key(width, 2 * width as usize);
    let mut outliers = 0;
    for low in (0..width).rev() {
        outliers += usize::from(of_length[low as usize + 1]);
        let words = 2 + 2 * low as usize + 2 * (outliers * (width - low) as usize).div_ceil(RUN_ROWS);
        best = best.min(key(low, words));
    }
    (64 - (best % 128) as u32, (best / 128) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_numbers() {
        for bit in 0..=EXACT_BITS {
            for number in [1u64 << bit >> 1, (1 << bit) - 1, (1 << bit >> 1) + 1].into_iter().filter(|n| n >> bit == 0)
            {
                assert_eq!(u32::from(length(number)), u64::BITS - number.leading_zeros(), "{number}");
            }
        }
    }
}
