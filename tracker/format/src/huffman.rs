//! Bytes as bits, the frequent ones in fewer: canonical Huffman codes of at most [`MOST_BITS`] bits.
//!
//! Layout: how many symbols have a length given (varint), the code length of each, from symbol 0 on, as half bytes (the
//! lower half first; 15 and a number *n* behind it stand for *n* + 2 zeros), then the codes, least significant bit first.

use crate::error::ReadError;
use crate::varint::{Cursor, put};

mod unpacking;

pub(crate) use unpacking::{Table, Unpacking};

/// Longest code: the reader's table has 2^11 places, which stay in the processor's nearest cache.
const MOST_BITS: u32 = 11;
const PLACES: usize = 1 << MOST_BITS;
const ZEROS: u8 = 15;

/// How often each byte is there.
pub(crate) type Counts = [u32; 256];

/// Counts `bytes`.
pub(crate) fn count(bytes: &[u8]) -> Counts {
    // Four of each: where the same byte comes again and again, one would wait for its own last store.
    let mut counts = [[0u32; 256]; 4];
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for (counts, byte) in counts.iter_mut().zip(four) {
            counts[usize::from(*byte)] += 1;
        }
    }
    for byte in rest {
        counts[0][usize::from(*byte)] += 1;
    }
    std::array::from_fn(|symbol| counts.iter().map(|counts| counts[symbol]).sum())
}

/// Code lengths for bytes that were counted.
pub(crate) struct Code {
    lengths: [u8; 256],
    /// Bytes of the packed form.
    pub(crate) packed_bytes: usize,
}

impl Code {
    /// The best for `counts`; none for fewer than two different bytes.
    pub(crate) fn best(counts: &Counts) -> Option<Code> {
        let mut symbols: Vec<u8> = (0..=u8::MAX).filter(|&symbol| counts[usize::from(symbol)] > 0).collect();
        if symbols.len() < 2 {
            return None;
        }
        symbols.sort_by_key(|&symbol| counts[usize::from(symbol)]);
        let weights: Vec<u32> = symbols.iter().map(|&symbol| counts[usize::from(symbol)]).collect();
        let mut lengths = [0u8; 256];
        for (&symbol, length) in symbols.iter().zip(limited(depths(&weights))) {
            lengths[usize::from(symbol)] = length;
        }
        let bits: u64 = (0..256).map(|symbol| u64::from(counts[symbol]) * u64::from(lengths[symbol])).sum();
        let mut head = Vec::new();
        put_lengths(&mut head, &lengths);
        Some(Code { lengths, packed_bytes: head.len() + bits.div_ceil(8) as usize })
    }

    /// Appends `bytes`, which are the ones that were counted.
    pub(crate) fn pack(&self, bytes: &[u8], out: &mut Vec<u8>) {
        put_lengths(out, &self.lengths);
        let codes = codes(&self.lengths).map(|(code, length)| (u64::from(code), u32::from(length)));
        let (mut bits, mut count) = (0u64, 0u32);
        let mut add = |(code, length): (u64, u32)| {
            bits |= code << count;
            count += length;
            // A word at once: as many of its bytes stay as are full.
            let full = (count / 8) as usize;
            out.extend_from_slice(&bits.to_le_bytes());
            out.truncate(out.len() - 8 + full);
            bits = if full < 8 { bits >> (full * 8) } else { 0 };
            count %= 8;
        };
        let both = |first: (u64, u32), second: (u64, u32)| (first.0 | second.0 << first.1, first.1 + second.1);
        let of = |byte: u8| codes[usize::from(byte)];
        // Four codes of at most 11 bits behind at most 7 bits. Made in pairs, so that they do not wait for each other.
        let (fours, rest) = bytes.as_chunks::<4>();
        for [a, b, c, d] in fours {
            add(both(both(of(*a), of(*b)), both(of(*c), of(*d))));
        }
        rest.iter().for_each(|&byte| add(of(byte)));
        if count > 0 {
            out.push(bits as u8);
        }
    }
}

/// Depths in the tree of least weight; `weights` rise.
fn depths(weights: &[u32]) -> Vec<u8> {
    let leaves = weights.len();
    let mut weight: Vec<u64> = weights.iter().map(|&weight| u64::from(weight)).collect();
    let mut parent = vec![0usize; 2 * leaves - 1];
    let (mut leaf, mut inner) = (0, leaves);
    for made in leaves..2 * leaves - 1 {
        let mut take = |weight: &[u64]| {
            let is_leaf = leaf < leaves && (inner >= made || weight[leaf] <= weight[inner]);
            let taken = if is_leaf { &mut leaf } else { &mut inner };
            parent[*taken] = made;
            *taken += 1;
            weight[*taken - 1]
        };
        let sum = take(&weight) + take(&weight);
        weight.push(sum);
    }
    let mut depth = vec![0u8; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        depth[node] = depth[parent[node]] + 1;
    }
    depth.truncate(leaves);
    depth
}

/// The same with none deeper than [`MOST_BITS`]; the first are the rarest.
fn limited(mut depths: Vec<u8>) -> Vec<u8> {
    let share = |depth: u8| 1u32 << (MOST_BITS - u32::from(depth));
    depths.iter_mut().for_each(|depth| *depth = (*depth).min(MOST_BITS as u8));
    let mut sum: u32 = depths.iter().map(|&depth| share(depth)).sum();
    // The rarest lose least by longer codes.
    for depth in &mut depths {
        while sum > PLACES as u32 && u32::from(*depth) < MOST_BITS {
            *depth += 1;
            sum -= share(*depth);
        }
    }
    // That may have made more room than was needed. All shares are multiples of the smallest, and so is what is left.
    for depth in depths.iter_mut().rev() {
        while *depth > 1 && share(*depth) <= PLACES as u32 - sum {
            sum += share(*depth);
            *depth -= 1;
        }
    }
    depths
}

/// The code of each symbol, its first bit the lowest, and its length.
fn codes(lengths: &[u8; 256]) -> [(u16, u8); 256] {
    let mut of_length = [0u32; MOST_BITS as usize + 1];
    for &length in lengths {
        of_length[usize::from(length)] += 1;
    }
    // Shorter codes come first, those of one length in the order of their symbols.
    let mut next = [0u32; MOST_BITS as usize + 1];
    for length in 2..next.len() {
        next[length] = (next[length - 1] + of_length[length - 1]) << 1;
    }
    let mut codes = [(0, 0); 256];
    for (code, &length) in codes.iter_mut().zip(lengths).filter(|(_, length)| **length > 0) {
        let next = &mut next[usize::from(length)];
        *code = (((*next as u16) << (16 - length)).reverse_bits(), length);
        *next += 1;
    }
    codes
}

fn put_lengths(out: &mut Vec<u8>, lengths: &[u8; 256]) {
    let count = lengths.iter().rposition(|&length| length > 0).map_or(0, |last| last + 1);
    put(out, count as u64);
    let mut halves = Vec::with_capacity(256);
    let mut rest = &lengths[..count];
    while let Some((&length, behind)) = rest.split_first() {
        let zeros = rest.iter().take(17).take_while(|&&length| length == 0).count();
        if zeros >= 2 {
            halves.extend([ZEROS, zeros as u8 - 2]);
            rest = &rest[zeros..];
        } else {
            halves.push(length);
            rest = behind;
        }
    }
    out.extend(halves.chunks(2).map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0) << 4));
}

fn take_lengths(cursor: &mut Cursor<'_>) -> Result<[u8; 256], ReadError> {
    let damaged = ReadError::Damaged("code lengths that cannot be");
    let count = cursor.varint()?;
    let mut lengths = [0u8; 256];
    let Some(places) = lengths.get_mut(..usize::try_from(count).unwrap_or(usize::MAX)) else { return Err(damaged) };
    let mut upper = None;
    let mut half = |cursor: &mut Cursor<'_>| match upper.take() {
        Some(half) => Ok(half),
        None => cursor.u8().map(|byte| {
            upper = Some(byte >> 4);
            byte & 15
        }),
    };
    let mut next = 0;
    while next < places.len() {
        let length = half(cursor)?;
        if length == ZEROS {
            next += usize::from(half(cursor)?) + 2;
        } else if u32::from(length) <= MOST_BITS {
            places[next] = length;
            next += 1;
        } else {
            return Err(damaged);
        }
    }
    Ok(lengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(packed: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
        Unpacking::begin(packed, &mut Table::default(), out)?.finish()
    }

    fn there_and_back(bytes: &[u8]) -> usize {
        let code = Code::best(&count(bytes)).unwrap();
        let mut packed = Vec::new();
        code.pack(bytes, &mut packed);
        assert_eq!(packed.len(), code.packed_bytes);
        let mut back = vec![0; bytes.len()];
        unpack(&packed, &mut back).unwrap();
        assert_eq!(back, bytes);
        // Beside another column, which is shorter.
        let (mut tables, mut backs) = ([Table::default(), Table::default()], [vec![0; bytes.len()], vec![0; 2]]);
        let ([first, second], [back_of_first, back_of_second]) = (&mut tables, &mut backs);
        let first = Unpacking::begin(&packed, first, back_of_first).unwrap();
        let second = Unpacking::begin(&[2, 0x11, 0b10], second, back_of_second).unwrap();
        first.finish_both(second).unwrap();
        assert_eq!(backs, [bytes.to_vec(), vec![0, 1]]);
        for cut in [0, 1, packed.len() / 2] {
            // Not a panic, whatever it says.
            let _ = unpack(&packed[..cut], &mut back);
        }
        packed.len()
    }

    #[test]
    fn bytes_come_back_whatever_their_shares() {
        there_and_back(&[1, 2]);
        there_and_back(&(0..=255).collect::<Vec<u8>>());
        // Shares of Fibonacci: the longest codes there can be, which are cut.
        let mut bytes = Vec::new();
        let (mut before, mut now) = (1usize, 1usize);
        for symbol in 0..if cfg!(miri) { 14 } else { 20u8 } {
            bytes.extend(std::iter::repeat_n(symbol * 12, now));
            (before, now) = (now, before + now);
        }
        there_and_back(&bytes);
        // Codes that have to be cut, in many ways.
        for seed in 1..if cfg!(miri) { 4 } else { 200 } {
            let mut random: u64 = seed;
            let mut next = |below: u64| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 33) % below
            };
            let mut bytes = Vec::new();
            for symbol in 0..2 + next(200) {
                bytes.extend(std::iter::repeat_n(symbol as u8, 1 << next(if cfg!(miri) { 4 } else { 14 })));
            }
            there_and_back(&bytes);
        }
        let count = if cfg!(miri) { 2_000u32 } else { 10_000 };
        let skewed: Vec<u8> = (0..count).map(|n| if n % 10 == 0 { (n % 251) as u8 } else { 7 }).collect();
        assert!(there_and_back(&skewed) < count as usize / if cfg!(miri) { 2 } else { 3 });
    }

    #[test]
    fn lengths_that_make_no_code_are_damage() {
        let mut out = [0; 4];
        for packed in [&[2, 0x11][..], &[2, 0x21, 0], &[2, 0xdd, 0], &[200, 2, 1, 2], &[3, 0x11, 1, 0]] {
            let is_code = packed == &[2, 0x11][..];
            assert!(unpack(packed, &mut out).is_err(), "{packed:?} {is_code}");
        }
    }
}
