//! Recordings as first inputs of the fuzzer: their first blocks, unpacked, so that what is inside them can be mutated.
//! Each comes as it is, too, and with a ring: its own where its program was killed and left one, else one of two records.

use dropscope_format::ring::{CHUNK_BYTES, DATA_OFFSET, HEADER_BYTES, RING_MAGIC, header};
use dropscope_format::ring_path;
use std::path::Path;

const MENDED: u8 = 1;
const WITH_RING: u8 = 2;
const HEAD_BYTES: usize = 20;
/// Small inputs are quick ones: a packed recording of 40 KB takes 6 ms to read.
const MOST_BYTES: usize = 6000;
/// What of a ring's first chunk is kept.
const CHUNK_BYTES_KEPT: usize = 2000;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/reader");
    std::fs::create_dir_all(&folder).expect("the corpus folder");
    for (number, path) in std::env::args().skip(1).enumerate() {
        let bytes = std::fs::read(&path).expect("a recording");
        let unpacked = unpacked(&bytes);
        for (name, flags, file) in [
            ("plain", 0, &bytes[..bytes.len().min(MOST_BYTES)]),
            ("unpacked", MENDED, &unpacked[..]),
            ("ring", MENDED | WITH_RING, &unpacked[..unpacked.len().min(2500)]),
        ] {
            let mut input = vec![flags];
            input.extend((file.len() as u16).to_le_bytes());
            input.extend(file);
            if flags & WITH_RING != 0 {
                input.extend(ring_of(Path::new(&path)).unwrap_or_else(|| invented_ring(&bytes)));
            }
            std::fs::write(folder.join(format!("{name}{number}")), input).expect("the corpus folder can be written to");
        }
    }
}

/// The file with its blocks stored, one of each kind first come.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes[..bytes.len().min(32)].to_vec();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let mut at = 32;
    while at + HEAD_BYTES <= bytes.len() {
        let end = at + HEAD_BYTES + number(at + 8);
        let Some(stored) = bytes.get(at + HEAD_BYTES..end) else { break };
        let payload = match bytes[at + 5] {
            1 => {
                let mut payload = vec![0; number(at + 12)];
                lz4_flex::block::decompress_into(stored, &mut payload).expect("a whole block");
                payload
            }
            _ => stored.to_vec(),
        };
        if out.len() + HEAD_BYTES + payload.len() <= MOST_BYTES {
            out.extend(&bytes[at..at + 5]);
            out.extend([0; 3]);
            out.extend((payload.len() as u32).to_le_bytes());
            out.extend((payload.len() as u32).to_le_bytes());
            out.extend([0; 4]);
            out.extend(payload);
        }
        at = end;
    }
    out
}

/// The beginning of the ring beside the recording at `path`, as `input` puts it back: of the header, of the slots, and of
/// the first chunk in use.
fn ring_of(path: &Path) -> Option<Vec<u8>> {
    let ring = std::fs::read(ring_path(path)).ok()?;
    let chunks = ring.get(DATA_OFFSET..)?.chunks(CHUNK_BYTES);
    let used = chunks.max_by_key(|chunk| chunk.iter().take(8).rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))?;
    let mut kept = ring.get(..512)?.to_vec();
    kept.extend(ring.get(HEADER_BYTES..HEADER_BYTES + 256)?);
    kept.extend(used.iter().take(CHUNK_BYTES_KEPT));
    Some(kept)
}

fn invented_ring(file: &[u8]) -> Vec<u8> {
    let mut words = [0_u64; 64 + 32 + 20];
    let id = file.get(16..24).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    words[header::MAGIC] = RING_MAGIC;
    words[header::CHUNK_COUNT] = 1;
    words[header::PID] = u64::from(u32::MAX);
    words[header::RECORDING_ID] = id;
    words[header::CLOCK_MULTIPLIER] = 1;
    words[header::STATE] = 1;
    // A slot in use, whose thread writes to the chunk.
    words[64] = 1;
    words[64 + 6] = 1;
    // The chunk: sequence, thread; an alloc with two frames; a free that keeps one and has another.
    words[96..].copy_from_slice(&[
        1 << 40,
        0,
        1 | 2 << 32,
        100,
        0x1000,
        64,
        0x5555,
        0x6666,
        4 | 1 << 16 | 1 << 32,
        200,
        0x1000,
        64,
        0x7777,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]);
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
