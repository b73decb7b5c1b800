//! The frame around everything in the file: what kind, how long, unharmed or not.

use crate::checksum;
use crate::error::ReadError;

/// First four bytes of every block; also what a reader looks for behind damaged bytes.
pub(crate) const BLOCK_MAGIC: [u8; 4] = *b"DSb\x1e";
/// Bytes before a block's payload.
pub(crate) const BLOCK_HEAD_BYTES: usize = 20;
/// No payload is longer, before or after compression. A length beyond it is damage.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 16 << 20;

/// How long a payload may be that is stored in `stored` bytes, compressed: what a file makes its reader take is bounded
/// by the file's own length. What compression makes smaller than that is stored as it is.
pub(crate) fn most_unpacked(stored: usize) -> usize {
    (stored * 4).max(256 << 10)
}

/// What a block holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum BlockKind {
    Process = 1,
    Modules = 2,
    Stacks = 3,
    Texts = 4,
    Thread = 5,
    Events = 6,
    Watermark = 7,
    Status = 8,
    End = 9,
    EventGroup = 10,
    UsableSizes = 11,
}

impl BlockKind {
    fn from_u8(number: u8) -> Option<BlockKind> {
        use BlockKind::*;
        [Process, Modules, Stacks, Texts, Thread, Events, Watermark, Status, End, EventGroup, UsableSizes]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

const STORED: u8 = 0;
const LZ4: u8 = 1;

/// Payloads below this are stored as they are: the head costs more than compression saves.
const COMPRESS_FROM_BYTES: usize = 128;

/// Appends a block to `out`.
pub(crate) fn put_block(out: &mut Vec<u8>, kind: BlockKind, payload: &[u8], scratch: &mut Vec<u8>) {
    // The columns of a group are packed already.
    let (codec, stored): (u8, &[u8]) = if payload.len() < COMPRESS_FROM_BYTES || kind == BlockKind::EventGroup {
        (STORED, payload)
    } else {
        scratch.resize(lz4_flex::block::get_maximum_output_size(payload.len()), 0);
        let is_shorter = |length: usize| match kind {
            // The reader keeps all stacks: for each frame the file has a byte at least.
            BlockKind::Stacks => (payload.len() / 2..payload.len()).contains(&length),
            _ => length < payload.len() && payload.len() <= most_unpacked(length),
        };
        match lz4_flex::block::compress_into(payload, scratch) {
            Ok(length) if is_shorter(length) => (LZ4, scratch.get(..length).unwrap_or(payload)),
            _ => (STORED, payload),
        }
    };
    let start = out.len();
    out.extend_from_slice(&BLOCK_MAGIC);
    out.extend_from_slice(&[kind as u8, codec, 0, 0]);
    out.extend_from_slice(&(stored.len() as u32).to_le_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    let checksum = checksum::of(&[&out[start + 4..start + 16], stored]);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(stored);
}

/// What stands at the beginning of some bytes.
pub(crate) enum Found<'a> {
    /// A whole block and its length in the file.
    Block { kind: Option<BlockKind>, payload: &'a [u8], file_bytes: usize },
    /// The beginning of a block; the rest is not there (yet).
    Partial,
    /// No block, which was seen after looking at this many bytes.
    Damaged { checked_bytes: usize },
}

/// Looks at the block at the beginning of `bytes`; unpacks it into `scratch` where it is compressed.
pub(crate) fn find_block<'a>(bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Found<'a> {
    let magic_length = bytes.len().min(BLOCK_MAGIC.len());
    if bytes[..magic_length] != BLOCK_MAGIC[..magic_length] {
        return Found::Damaged { checked_bytes: 0 };
    }
    let Some((head, rest)) = bytes.split_first_chunk::<BLOCK_HEAD_BYTES>() else { return Found::Partial };
    let stored_length = le_u32(head, 8) as usize;
    let raw_length = le_u32(head, 12) as usize;
    if stored_length > MAX_PAYLOAD_BYTES || raw_length > MAX_PAYLOAD_BYTES {
        return Found::Damaged { checked_bytes: 0 };
    }
    let Some(stored) = rest.get(..stored_length) else { return Found::Partial };
    if checksum::of(&[&head[4..16], stored]) != le_u32(head, 16) {
        return Found::Damaged { checked_bytes: stored_length };
    }
    let file_bytes = BLOCK_HEAD_BYTES + stored_length;
    let kind = BlockKind::from_u8(head[4]);
    match head[5] {
        STORED => Found::Block { kind, payload: stored, file_bytes },
        LZ4 => match unpack(stored, raw_length, scratch) {
            Ok(()) => Found::Block { kind, payload: scratch, file_bytes },
            Err(_) => Found::Damaged { checked_bytes: stored_length },
        },
        // A codec of a later version: the block is whole but says nothing to us.
        _ => Found::Block { kind: None, payload: &[], file_bytes },
    }
}

fn unpack(stored: &[u8], raw_length: usize, scratch: &mut Vec<u8>) -> Result<(), ReadError> {
    // Refused before memory is taken for it.
    if raw_length > most_unpacked(stored.len()) {
        return Err(ReadError::Damaged("a block is compressed more than any writer does"));
    }
    scratch.clear();
    scratch.resize(raw_length, 0);
    match lz4_flex::block::decompress_into(stored, scratch) {
        Ok(length) if length == raw_length => Ok(()),
        _ => Err(ReadError::Damaged("a block does not unpack")),
    }
}

fn le_u32(bytes: &[u8; BLOCK_HEAD_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
