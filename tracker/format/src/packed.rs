//! One column in as few bytes as its kind of numbers allows: what repeats by LZ4, what is only unevenly spread by Huffman
//! codes, or both, one after the other. Whichever is shortest, column by column.
//!
//! Layout: how (a byte), length unpacked, length packed, the bytes; both with their LZ4 length in front.

use crate::block::most_unpacked;
use crate::error::ReadError;
use crate::huffman::{self, Code, Table, Unpacking};
use crate::varint::{Cursor, put, put_bytes};

const STORED: u8 = 0;
const LZ4: u8 = 1;
const HUFFMAN: u8 = 2;
const BOTH: u8 = 3;

/// Columns below this are stored: there is nothing to gain.
const PACK_FROM_BYTES: usize = 48;

/// Packs columns; keeps its buffers.
#[derive(Default)]
pub(crate) struct Packer {
    lz4: Vec<u8>,
    codes: Vec<u8>,
}

/// What has been seen of one kind of column, group after group.
#[derive(Default)]
pub(crate) struct Habit {
    /// So many are not tried with LZ4 any more.
    without_lz4: u8,
}

/// Where LZ4 was of no use, so many of the next columns are not tried with it: of most kinds (times, stacks) it never is,
/// and it took a seventh of the writer's time.
const REST: u8 = 3;

impl Packer {
    /// Appends `column`, of which kind `habit` knows more.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, column: &[u8], habit: &mut Habit) {
        let (how, packed) = self.pack(column, habit);
        out.push(how);
        put(out, column.len() as u64);
        put_bytes(out, packed);
    }

    fn pack<'a>(&'a mut self, column: &'a [u8], habit: &mut Habit) -> (u8, &'a [u8]) {
        if column.len() < PACK_FROM_BYTES {
            return (STORED, column);
        }
        let is_tried = habit.without_lz4 == 0;
        let mut length = 0;
        if is_tried {
            self.lz4.resize(lz4_flex::block::get_maximum_output_size(column.len()), 0);
            length = lz4_flex::block::compress_into(column, &mut self.lz4).unwrap_or(usize::MAX);
        }
        let lz4 = self.lz4.get(..length).filter(|lz4| lz4.len() < column.len()).unwrap_or(&[]);
        let (how, packed) = if lz4.is_empty() { (STORED, column) } else { (LZ4, lz4) };
        // A reader goes through codes more slowly than through what is copied, so they have to save something.
        let is_worth = |code: &Code| code.packed_bytes + code.packed_bytes / 8 < packed.len();
        let is_long = packed.len() >= PACK_FROM_BYTES;
        let of_packed = if is_long { Code::best(&huffman::count(packed)).filter(is_worth) } else { None };
        // Where LZ4 does not find much, what it makes of the rest may be harder to code than what was there.
        let may_be_shorter = how == LZ4 && lz4.len() > column.len() / 5;
        let of_column = if may_be_shorter { Code::best(&huffman::count(column)).filter(is_worth) } else { None };
        let most = of_packed.as_ref().map_or(usize::MAX, |code| code.packed_bytes);
        self.codes.clear();
        let how = match (of_column.filter(|code| code.packed_bytes <= most), of_packed) {
            (Some(code), _) => {
                code.pack(column, &mut self.codes);
                HUFFMAN
            }
            (None, Some(code)) if how == LZ4 => {
                put(&mut self.codes, packed.len() as u64);
                code.pack(packed, &mut self.codes);
                BOTH
            }
            (None, Some(code)) => {
                code.pack(packed, &mut self.codes);
                HUFFMAN
            }
            (None, None) => how,
        };
        habit.without_lz4 = match how {
            LZ4 | BOTH => 0,
            _ if is_tried => REST,
            _ => habit.without_lz4 - 1,
        };
        let packed = if matches!(how, HUFFMAN | BOTH) { &self.codes } else { packed };
        if column.len() > most_unpacked(packed.len()) { (STORED, column) } else { (how, packed) }
    }
}

/// Unpacks columns; keeps its buffers.
#[derive(Default)]
pub(crate) struct Unpacker {
    tables: Box<[Table; 2]>,
    between: [Vec<u8>; 2],
}

/// A column as it is in the file.
#[derive(Clone, Copy, Default)]
pub(crate) struct Head<'a> {
    how: u8,
    /// Bytes unpacked.
    pub(crate) length: usize,
    packed: &'a [u8],
    /// What codes come to, where LZ4 comes behind them.
    lz4_length: usize,
}

impl<'a> Head<'a> {
    pub(crate) fn take(cursor: &mut Cursor<'a>) -> Result<Head<'a>, ReadError> {
        let how = cursor.u8()?;
        let length = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
        let mut packed = cursor.bytes()?;
        let most = most_unpacked(packed.len());
        let mut lz4_length = 0;
        if how == BOTH {
            let mut inner = Cursor::new(packed);
            lz4_length = usize::try_from(inner.varint()?).unwrap_or(usize::MAX);
            packed = inner.take(inner.remaining())?;
        }
        // Refused before memory is taken for it.
        if length > most || lz4_length > most {
            return Err(ReadError::Damaged("a column is packed more than any writer does"));
        }
        if how > BOTH {
            return Err(ReadError::Damaged("a column is packed in an unknown way"));
        }
        Ok(Head { how, length, packed, lz4_length })
    }

    /// Begins with the codes, if it has any. `out` has its length.
    fn codes<'b>(
        &self,
        table: &'b mut Table,
        between: &'b mut Vec<u8>,
        out: &'b mut [u8],
    ) -> Result<Option<Unpacking<'b>>, ReadError>
    where
        'a: 'b,
    {
        let to = match self.how {
            HUFFMAN => out,
            BOTH => {
                // All of it is written over: only what it grows by has to be filled before.
                between.resize(self.lz4_length, 0);
                between
            }
            _ => return Ok(None),
        };
        Unpacking::begin(self.packed, table, to).map(Some)
    }

    /// The rest of the way, when codes have been unpacked.
    fn finish(&self, between: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
        match self.how {
            HUFFMAN => Ok(()),
            LZ4 => unpack_lz4(self.packed, out),
            BOTH => unpack_lz4(between, out),
            _ if self.packed.len() == out.len() => {
                out.copy_from_slice(self.packed);
                Ok(())
            }
            _ => Err(ReadError::Damaged("a column is not as long as it says")),
        }
    }
}

impl Unpacker {
    /// Unpacks two columns, each into as many bytes as it has. Side by side, see [`Unpacking::finish_both`].
    pub(crate) fn unpack(&mut self, columns: &[Head<'_>; 2], out: [&mut [u8]; 2]) -> Result<(), ReadError> {
        let ([table, other_table], [between, other_between]) = (&mut *self.tables, &mut self.between);
        let ([first, second], [out, other_out]) = (columns, out);
        let codes = first.codes(table, between, out)?;
        let other_codes = second.codes(other_table, other_between, other_out)?;
        match (codes, other_codes) {
            (Some(codes), Some(other)) => codes.finish_both(other)?,
            (Some(codes), None) | (None, Some(codes)) => codes.finish()?,
            (None, None) => {}
        }
        first.finish(between, out)?;
        second.finish(other_between, other_out)
    }
}

fn unpack_lz4(packed: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
    match lz4_flex::block::decompress_into(packed, out) {
        Ok(unpacked) if unpacked == out.len() => Ok(()),
        _ => Err(ReadError::Damaged("a column does not unpack")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: u32) -> u32 {
        let mixed = (n.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995).wrapping_mul(0x85eb_ca6b);
        (mixed ^ mixed >> 15).wrapping_mul(0xc2b2_ae35) >> 7
    }

    /// Two columns, and how many bytes are left behind them.
    fn unpack(unpacker: &mut Unpacker, bytes: &[u8]) -> Result<([Vec<u8>; 2], usize), ReadError> {
        let mut cursor = Cursor::new(bytes);
        let heads = [Head::take(&mut cursor)?, Head::take(&mut cursor)?];
        assert!(heads.iter().all(|head| head.length < 1 << 20));
        let [mut first, mut second] = heads.map(|head| vec![0; head.length]);
        unpacker.unpack(&heads, [&mut first, &mut second])?;
        Ok(([first, second], cursor.remaining()))
    }

    #[test]
    fn each_kind_of_column_comes_back_and_takes_its_own_way() {
        let mut packer = Packer::default();
        let (few, many) = if cfg!(miri) { (1000, 2000) } else { (5000, 20_000) };
        let columns: [(u8, Vec<u8>); 4] = [
            (STORED, vec![1, 2, 3]),
            (LZ4, vec![0; few as usize]),
            (HUFFMAN, (0..few).map(|n| (noise(n).trailing_zeros() * 3) as u8).collect()),
            (
                BOTH,
                (0..many)
                    .map(|n| if noise(n / 64).is_multiple_of(3) { (noise(n) % 40) as u8 } else { n as u8 % 64 })
                    .collect(),
            ),
        ];
        let mut unpacker = Unpacker::default();
        // Each with each; Miri, which takes its time, each with the next.
        let pairs = (0..16).filter(|pair| !cfg!(miri) || pair % 4 == (pair / 4 + 1) % 4);
        for pair in pairs {
            let ((how, column), (_, other)) = (&columns[pair / 4], &columns[pair % 4]);
            let mut packed = Vec::new();
            packer.put(&mut packed, column, &mut Habit::default());
            assert_eq!(packed[0], *how);
            packer.put(&mut packed, other, &mut Habit::default());
            let (out, left) = unpack(&mut unpacker, &packed).unwrap();
            assert_eq!((&out, left), (&[column.clone(), other.clone()], 0));
        }
    }

    #[test]
    fn what_begins_to_repeat_is_found_though_it_did_not_before() {
        let (mut packer, mut habit) = (Packer::default(), Habit::default());
        let mut how = |column: &[u8]| {
            let mut packed = Vec::new();
            packer.put(&mut packed, column, &mut habit);
            packed[0]
        };
        let uneven: Vec<u8> = (0..1000).map(|n| (noise(n).trailing_zeros() * 3) as u8).collect();
        let repeats = vec![0; 1000];
        assert_eq!(how(&repeats), LZ4);
        assert_eq!(how(&uneven), HUFFMAN);
        let until_found = (0..10).take_while(|_| how(&repeats) != LZ4).count();
        assert_eq!(until_found, usize::from(REST));
        assert_eq!(how(&repeats), LZ4);
    }

    #[test]
    fn a_column_that_claims_too_much_is_refused() {
        let mut unpacker = Unpacker::default();
        for bytes in [&[STORED, 4, 3, 1, 2, 3][..], &[LZ4, 0xff, 0xff, 0xff, 1, 1, 0], &[9, 1, 1, 1]] {
            let beside = [&[STORED, 1, 1, 7][..], bytes, &[STORED, 1, 1, 7]].concat();
            for two in [&beside[..], &beside[4..]] {
                assert!(unpack(&mut unpacker, two).is_err());
                assert!(unpacker.between.iter().all(|between| between.capacity() < 1 << 20));
            }
        }
    }
}
