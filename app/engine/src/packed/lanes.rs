//! The numbers of a run, each of the same few bits, in four lanes: number *n* stands in lane *n* mod 4, behind that of four
//! numbers before. So four neighbours are shifted by the same and go through one instruction, with the processor's
//! registers of four; any number is still found at once.

use super::RUN_ROWS;

/// A word of each lane.
pub(super) type Lanes = [u32; 4];

/// Bits of a lane's word: the widest number.
pub(super) const LANE_BITS: u32 = u32::BITS;

/// Puts in the four numbers of `ROW`: all that depends on their width is known when this is compiled.
#[inline(always)]
fn put_row<const WIDTH: usize, const ROW: usize>(four: Lanes, words: &mut Lanes, out: &mut [Lanes; WIDTH]) {
    let (at, offset) = (ROW * WIDTH / 32, ROW * WIDTH % 32);
    for (word, number) in words.iter_mut().zip(four) {
        *word |= number << offset;
    }
    let end = offset + WIDTH;
    if end >= 32
        && let Some(place) = out.get_mut(at)
    {
        *place = *words;
        *words = if end > 32 { four.map(|number| number >> (32 - offset)) } else { [0; 4] };
    }
}

fn put_wide<const WIDTH: usize>(numbers: &[u32; RUN_ROWS], out: &mut [Lanes]) {
    let Some(out) = out.first_chunk_mut::<WIDTH>() else { return };
    let (fours, words) = (numbers.as_chunks::<4>().0, &mut [0; 4]);
    macro_rules! rows {
        ($($row:literal)*) => { $(if let Some(four) = fours.get($row) {
            put_row::<WIDTH, $row>(*four, words, out);
        })* };
    }
    rows!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
}

/// Puts the numbers of a run, each of `width` bits and no more, into the first `width` of `out`.
pub(super) fn put_run(numbers: &[u32; RUN_ROWS], width: u32, out: &mut [Lanes]) {
    macro_rules! widths {
        ($($width:literal)*) => { match width {
            $($width => put_wide::<$width>(numbers, out),)*
            _ => {}
        } };
    }
    widths!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

/// Of `lanes`, a run's: number `at`, of `width` bits.
#[inline]
pub(super) fn number_at(lanes: &[Lanes], at: usize, width: u32) -> u32 {
    let bit = at / 4 * width as usize;
    let word = |number: usize| lanes.get(number).map_or(0, |words| u64::from(words[at % 4]));
    let both = word(bit / 32) | word(bit / 32 + 1) << 32;
    (both >> (bit % 32)) as u32 & mask(width)
}

/// All of them, each added to what is in its place.
pub(super) fn add_run(lanes: &[Lanes], width: u32, shift: u32, into: &mut [u64; RUN_ROWS]) {
    if width == 0 {
        return;
    }
    let mut bit = 0;
    for four in into.as_chunks_mut::<4>().0 {
        let low = lanes.get(bit / 32).copied().unwrap_or_default();
        let high = lanes.get(bit / 32 + 1).copied().unwrap_or_default();
        for ((number, low), high) in four.iter_mut().zip(low).zip(high) {
            let both = u64::from(low) | u64::from(high) << 32;
            *number += (both >> (bit % 32) & u64::from(mask(width))) << shift;
        }
        bit += width as usize;
    }
}

#[inline]
fn mask(width: u32) -> u32 {
    if width == 0 { 0 } else { u32::MAX >> (LANE_BITS - width) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back_and_take_no_more() {
        for width in 0..=LANE_BITS {
            let number = |at: usize| (at as u32).wrapping_mul(0x9e37_79b9).rotate_left(at as u32) & mask(width);
            let numbers: [u32; RUN_ROWS] = std::array::from_fn(number);
            let mut lanes = vec![[u32::MAX; 4]; width as usize + 1];
            put_run(&numbers, width, &mut lanes);
            assert_eq!(lanes.pop(), Some([u32::MAX; 4]));
            let mut into = [7; RUN_ROWS];
            add_run(&lanes, width, 3, &mut into);
            for (at, &number) in numbers.iter().enumerate() {
                assert_eq!(number_at(&lanes, at, width), number, "{at} of {width}");
                assert_eq!(into[at], 7 + (u64::from(number) << 3), "{at} of {width}");
            }
        }
    }
}
