//! The fuzzer's bytes as the two files of a recording.
//!
//! A byte of flags, two bytes that say how long the file is (little-endian), the file, the ring. With [`MENDED`] the
//! blocks' checksums are mended first, or nothing behind them would ever be reached; with [`WITH_RING`] there is a ring:
//! its first 512 bytes are the header's beginning, the next 256 two thread slots, the rest a chunk.

use dropscope_format::ring::{CHUNK_BYTES, DATA_OFFSET, HEADER_BYTES};
use dropscope_format::ring_path;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const MENDED: u8 = 1;
const WITH_RING: u8 = 2;

/// Writes both files; gives the recording's path and how many bytes there are. None where the bytes say nothing.
pub fn write(input: &[u8]) -> Option<(PathBuf, usize)> {
    let [flags, low, high, bytes @ ..] = input else { return None };
    let file_bytes = usize::from(u16::from_le_bytes([*low, *high])).min(bytes.len());
    let (file, ring) = bytes.split_at(file_bytes);
    let mut file = file.to_vec();
    if flags & MENDED != 0 {
        mend(&mut file);
    }
    let path = folder().join("in.dscope");
    write_parts(&path, &[(0, &file)], file.len());
    let ring_file = ring_path(&path);
    if flags & WITH_RING == 0 {
        let _ = std::fs::remove_file(&ring_file);
        return Some((path, file.len()));
    }
    let (head, rest) = ring.split_at(ring.len().min(512));
    let (slots, records) = rest.split_at(rest.len().min(256));
    let parts = [(0, head), (HEADER_BYTES, slots), (DATA_OFFSET, records)];
    write_parts(&ring_file, &parts, DATA_OFFSET + CHUNK_BYTES);
    Some((path, file.len() + DATA_OFFSET + CHUNK_BYTES))
}

/// In memory where there is a file system of that kind.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = parent.join(format!("dropscope-fuzz-{}", std::process::id()));
        let _ = std::fs::create_dir_all(&folder);
        folder
    })
}

fn write_parts(path: &Path, parts: &[(usize, &[u8])], length: usize) {
    let open = || -> std::io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.set_len(length as u64)?;
        for (at, bytes) in parts {
            file.write_all_at(&bytes[..bytes.len().min(length - at)], *at as u64)?;
        }
        Ok(file)
    };
    open().expect("the fuzzer's own folder can be written to");
}

/// Gives each block that is whole the checksum it should have.
fn mend(file: &mut [u8]) {
    const HEAD_BYTES: usize = 20;
    let mut at = 32;
    while at + HEAD_BYTES <= file.len() {
        file[at..at + 4].copy_from_slice(b"DSb\x1e");
        let stored = u32::from_le_bytes([file[at + 8], file[at + 9], file[at + 10], file[at + 11]]) as usize;
        // A length that leads out of the file leads to its end instead.
        let stored = stored.min(file.len() - at - HEAD_BYTES);
        file[at + 8..at + 12].copy_from_slice(&(stored as u32).to_le_bytes());
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&file[at + 4..at + 16]);
        hasher.update(&file[at + HEAD_BYTES..at + HEAD_BYTES + stored]);
        file[at + 16..at + 20].copy_from_slice(&hasher.finalize().to_le_bytes());
        at += HEAD_BYTES + stored;
    }
}
