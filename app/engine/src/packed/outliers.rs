//! Runs of which a few numbers are much larger than the others: how many bits of each are to stand together, which are the
//! larger ones, and where what these have more is put.

use super::RUN_ROWS;
use super::lanes::Lanes;

/// A bit for each number of a run: whether it is an outlier.
pub(super) type Mask = [u64; 2];

/// How many bits each number takes.
pub(super) type Lengths = [u8; RUN_ROWS];

/// Numbers up to so many bits stand for themselves as an `f32` when they are doubled, with a sign.
const EXACT_BITS: u32 = 30;

/// How many bits `number` takes, of at most [`EXACT_BITS`]: the exponent of twice as much and 1. The bit behind the highest is
/// taken away, so that nothing is rounded up to the next power. Several numbers at once, where the processor's own
/// instruction for it takes one, and long.
#[inline]
fn length(number: u32) -> u8 {
    let odd = number << 1 | 1;
    let exponent = ((odd & !(odd >> 1)) as i32 as f32).to_bits() >> 23;
    exponent.wrapping_sub(127) as u8
}

/// Of numbers the widest of which has `width` bits.
pub(super) fn lengths(numbers: &[u32; RUN_ROWS], width: u32) -> Lengths {
    if width <= EXACT_BITS {
        numbers.map(length)
    } else {
        numbers.map(|number| (u32::BITS - number.leading_zeros()) as u8)
    }
}

/// How many bits of each number are to stand together, and how many [`Lanes`] that takes.
pub(super) fn low_width(lengths: &Lengths, width: u32) -> (u32, usize) {
    // Lanes, then bits counted down from 64: the least is the best, and of equal ones that with the fewest outliers.
    let key = |low: u32, lanes: usize| lanes as u32 * 128 + (64 - low);
    let mut best = key(width, width as usize);
    for low in 0..width {
        // So much it takes at least, and more from here on.
        if low as usize + 2 > (best / 128) as usize {
            break;
        }
        // There are fewer than fit into a byte, and bytes are compared and counted 16 at once.
        let outliers = lengths.iter().map(|&length| u8::from(length > low as u8)).sum::<u8>();
        let highs = highs_lanes(usize::from(outliers), width - low);
        best = best.min(key(low, 1 + low as usize + highs));
    }
    (64 - best % 128, (best / 128) as usize)
}

/// How much of a run is taken by what so many outliers have more.
pub(super) fn highs_lanes(outliers: usize, high_width: u32) -> usize {
    (outliers * high_width as usize).div_ceil(RUN_ROWS)
}

/// Which numbers take more than `low` bits.
pub(super) fn mask(lengths: &Lengths, low: u32) -> Mask {
    let mut mask = Mask::default();
    for (mask, lengths) in mask.iter_mut().zip(lengths.as_chunks::<64>().0) {
        for (at, eight) in lengths.as_chunks::<8>().0.iter().enumerate() {
            // The eight bytes, each 0 or 1, as a number times one that brings each to its own bit of the highest byte.
            let bytes = u64::from_le_bytes(eight.map(|length| u8::from(length > low as u8)));
            *mask |= bytes.wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * at);
        }
    }
    mask
}

/// The numbers of those in `mask`, in order.
pub(super) fn of_mask(mask: Mask) -> impl Iterator<Item = usize> {
    (0..).zip(mask).flat_map(|(half, mut mask)| {
        std::iter::from_fn(move || {
            let at = (mask != 0).then(|| half * 64 + mask.trailing_zeros() as usize);
            mask &= mask.wrapping_sub(1);
            at
        })
    })
}

/// How many of `mask` are before `at`, if that is one.
#[inline]
pub(super) fn rank(mask: Mask, at: usize) -> Option<usize> {
    let half = mask[at / 64 % 2];
    if half >> (at % 64) & 1 == 0 {
        return None;
    }
    let before = (half & !(u64::MAX << (at % 64))).count_ones() + if at < 64 { 0 } else { mask[0].count_ones() };
    Some(before as usize)
}

pub(super) fn lanes_of_mask(mask: Mask) -> Lanes {
    let [low, high] = mask;
    [low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32]
}

#[inline]
pub(super) fn mask_of_lanes(lanes: Lanes) -> Mask {
    let [a, b, c, d] = lanes.map(u64::from);
    [a | b << 32, c | d << 32]
}

/// Bits `width * at` and on of `words`, `width` of them, at most 64.
#[inline]
pub(super) fn bits_at(words: &[u32], at: usize, width: u32) -> u64 {
    let bit = at * width as usize;
    let word = |number: usize| words.get(bit / 32 + number).map_or(0, |&word| u128::from(word));
    let bits = (word(0) | word(1) << 32 | word(2) << 64) >> (bit % 32);
    bits as u64 & u64::MAX.checked_shr(64 - width).unwrap_or(0)
}

/// Puts numbers of `width` bits into `words`, which are 0, one behind the other.
pub(super) fn put_bits(numbers: impl Iterator<Item = u64>, width: u32, words: &mut [u32]) {
    for (at, number) in numbers.enumerate() {
        let bit = at * width as usize;
        let bits = u128::from(number) << (bit % 32);
        let place = words.get_mut(bit / 32..).unwrap_or_default();
        for (word, bits) in place.iter_mut().zip([bits, bits >> 32, bits >> 64]) {
            *word |= bits as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_numbers() {
        for bit in 0..=u32::BITS {
            let edge = (1u64 << bit >> 1) as u32;
            for number in [edge, edge.wrapping_mul(2).wrapping_sub(1), edge | 1, edge | edge >> 1] {
                let width = u32::BITS - number.leading_zeros();
                let lengths = lengths(&[number; RUN_ROWS], width);
                assert_eq!(lengths, [width as u8; RUN_ROWS], "{number}");
            }
        }
    }

    #[test]
    fn masks_say_who_is_longer() {
        let lengths: Lengths = std::array::from_fn(|at| (at * at % 33) as u8);
        for low in 0..=33 {
            let (mask, larger) = (mask(&lengths, low), |&at: &usize| u32::from(lengths[at]) > low);
            let expected: Vec<usize> = (0..RUN_ROWS).filter(larger).collect();
            assert_eq!(of_mask(mask).collect::<Vec<_>>(), expected);
            assert_eq!(mask_of_lanes(lanes_of_mask(mask)), mask);
            let ranks: Vec<usize> = (0..RUN_ROWS).filter_map(|at| rank(mask, at)).collect();
            assert_eq!(ranks, (0..expected.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn bits_of_every_width_come_back() {
        for width in 1..=64 {
            let number = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - width);
            let mut words = vec![0; (RUN_ROWS * width as usize).div_ceil(32)];
            put_bits((0..RUN_ROWS as u64).map(number), width, &mut words);
            for at in 0..RUN_ROWS {
                assert_eq!(bits_at(&words, at, width), number(at as u64), "{at} of {width}");
            }
        }
        assert_eq!(bits_at(&[7], 0, 0), 0);
    }
}
