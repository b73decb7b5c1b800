//! Bytes to facts and events: one block after the other, from a file that may still grow, be cut or be damaged.

use crate::block::{BLOCK_MAGIC, BlockKind, Found, find_block};
use crate::columns;
use crate::error::{OpenError, ReadError};
use crate::event::EventBatch;
use crate::facts;
use crate::group::GroupDecoder;
use crate::ids::StringId;
use crate::info::{End, Module, Process, StackNode, Status, Thread, UsableSize};
use crate::packed_group::PackedGroup;
use crate::writer::{FILE_HEADER_BYTES, FILE_MAGIC};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One block, decoded. Ids of stacks and texts are the file's own.
#[derive(Debug)]
pub enum Block {
    /// The process.
    Process(Box<Process>),
    /// New modules.
    Modules(Vec<Module>),
    /// New stack nodes, numbered from `first` on.
    Stacks {
        /// Number of the first.
        first: u32,
        /// The nodes.
        nodes: Vec<StackNode>,
    },
    /// New texts, numbered from `first` on.
    Texts {
        /// Number of the first.
        first: StringId,
        /// The texts.
        texts: Vec<String>,
    },
    /// A thread, new or changed.
    Thread(Thread),
    /// Events; they are in the batch given to [`BlockReader::next_block`].
    Events,
    /// Events that are not decoded yet; only where that was asked for.
    Group(PackedGroup),
    /// Every event before this time in ns stands above.
    Watermark(u64),
    /// How the recorder was doing.
    Status(Box<Status>),
    /// How it ended.
    End(End),
    /// What the allocator gives.
    UsableSizes(Vec<UsableSize>),
    /// A block of a kind made by a later version, passed over.
    Unknown,
}

/// Reads the blocks of a file in order.
pub struct BlockReader {
    file: File,
    path: PathBuf,
    recording_id: u64,
    /// Where in the file the bytes of `buffer` begin.
    buffer_at: u64,
    buffer: Vec<u8>,
    /// How much of `buffer` has been read.
    consumed: usize,
    unpacked: Vec<u8>,
    born: Vec<(u64, u64)>,
    /// The event group that is being read.
    group: GroupDecoder,
    /// Whether groups are given as they are.
    keeps_packed: bool,
    /// To be filled with the next one.
    pub(crate) spare_group: PackedGroup,
    damaged_bytes: u64,
    damaged_places: u64,
    whole_bytes: u64,
    /// Bytes of the file that the block given last takes.
    last_block_bytes: u64,
    /// Bytes looked at for blocks that were none.
    checked_in_vain_bytes: u64,
}

/// Bytes asked from the file at once.
const READ_BYTES: usize = 256 << 10;
/// How much may be looked at in vain beyond what has been read: damage is searched for blocks byte by byte, but a file
/// made of nothing but beginnings of long blocks must not be looked through again for each of them.
const VAIN_BYTES: u64 = 256 << 20;

impl BlockReader {
    /// Opens the recording at `path`.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(path: &Path) -> Result<BlockReader, OpenError> {
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let mut head = Vec::new();
        read_up_to(&file, 0, FILE_HEADER_BYTES, &mut head).map_err(io)?;
        if head.is_empty() {
            return Err(OpenError::Empty(path.to_owned()));
        }
        let known = head.len().min(FILE_MAGIC.len());
        if head[..known] != FILE_MAGIC[..known] {
            return Err(OpenError::Foreign(path.to_owned()));
        }
        let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let cut = || OpenError::Cut(path.to_owned());
        let version = number(8).ok_or_else(cut)?;
        if version > crate::VERSION {
            return Err(OpenError::Newer { path: path.to_owned(), version });
        }
        let header_bytes = number(12).ok_or_else(cut)?;
        let low = number(16).ok_or_else(cut)?;
        let high = number(20).ok_or_else(cut)?;
        if head.len() < FILE_HEADER_BYTES || (header_bytes as usize) < FILE_HEADER_BYTES {
            return Err(cut());
        }
        Ok(BlockReader {
            file,
            path: path.to_owned(),
            recording_id: u64::from(high) << 32 | u64::from(low),
            buffer_at: u64::from(header_bytes),
            buffer: Vec::new(),
            consumed: 0,
            unpacked: Vec::new(),
            born: Vec::new(),
            group: GroupDecoder::default(),
            keeps_packed: false,
            spare_group: PackedGroup::default(),
            damaged_bytes: 0,
            damaged_places: 0,
            whole_bytes: u64::from(header_bytes),
            last_block_bytes: 0,
            checked_in_vain_bytes: 0,
        })
    }

    /// Gives groups of events as they are from now on.
    pub(crate) fn keep_packed(&mut self) {
        self.keeps_packed = true;
    }

    /// The number that the ring of the same recording has, too.
    pub fn recording_id(&self) -> u64 {
        self.recording_id
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where in the file the next block begins: everything before it has been read.
    pub fn position(&self) -> u64 {
        self.buffer_at + self.consumed as u64
    }

    /// Where the last whole block read so far ends.
    pub(crate) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// Present length of the file in bytes; 0 where the system does not tell.
    pub fn file_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Bytes passed over because they are no block, and in how many places.
    pub fn damaged(&self) -> (u64, u64) {
        (self.damaged_bytes, self.damaged_places)
    }

    /// The next block; none where the file (so far) ends. Damaged bytes are passed over and counted.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the system refuses to read.
    pub fn next_block(&mut self, batch: &mut EventBatch) -> Result<Option<Block>, ReadError> {
        match self.group.next(batch) {
            Ok(true) => return Ok(Some(Block::Events)),
            Ok(false) => {}
            Err(_) => self.last_is_damaged(),
        }
        let mut was_damaged = false;
        loop {
            let bytes = &self.buffer[self.consumed..];
            let found = if bytes.is_empty() { Found::Partial } else { find_block(bytes, &mut self.unpacked) };
            match found {
                Found::Block { kind, payload, file_bytes } => {
                    let block = match kind {
                        Some(BlockKind::Events) => {
                            columns::decode(payload, &mut self.born, batch).map(|()| Some(Block::Events))
                        }
                        Some(BlockKind::EventGroup) if self.keeps_packed => {
                            let mut group = std::mem::take(&mut self.spare_group);
                            group.fill(payload, file_bytes).map(|()| Some(Block::Group(group)))
                        }
                        Some(BlockKind::EventGroup) => {
                            let begun = self.group.begin(payload);
                            begun.and_then(|()| Ok(self.group.next(batch)?.then_some(Block::Events)))
                        }
                        _ => facts::decode(kind, payload).map(Some),
                    };
                    self.consumed += file_bytes;
                    self.whole_bytes = self.buffer_at + self.consumed as u64;
                    self.last_block_bytes = file_bytes as u64;
                    match block {
                        Ok(Some(block)) => return Ok(Some(block)),
                        // A group without events.
                        Ok(None) => {}
                        Err(ReadError::Io(error)) => return Err(ReadError::Io(error)),
                        Err(ReadError::Damaged(_)) => self.last_is_damaged(),
                    }
                }
                Found::Partial => {
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
                Found::Damaged { checked_bytes } => {
                    self.damaged_places += u64::from(!was_damaged);
                    was_damaged = true;
                    let is_searched = self.checked_in_vain_bytes <= VAIN_BYTES + self.position();
                    let skip = if is_searched { next_magic(bytes) } else { next_magic(bytes).max(checked_bytes) };
                    self.checked_in_vain_bytes += checked_bytes as u64;
                    self.consumed += skip;
                    self.damaged_bytes += skip as u64;
                }
            }
        }
    }

    /// Puts back what [`BlockReader::damaged`] said.
    pub(crate) fn set_damaged(&mut self, (bytes, places): (u64, u64)) {
        (self.damaged_bytes, self.damaged_places) = (bytes, places);
    }

    /// The block given last says what cannot be: it counts as damaged.
    pub(crate) fn last_is_damaged(&mut self) {
        self.damaged_bytes += self.last_block_bytes;
        self.damaged_places += 1;
    }

    /// Steps over one byte of a block that will never be whole (the file does not grow any more) and looks for more
    /// behind it. False where nothing is left.
    pub(crate) fn give_up_partial(&mut self) -> bool {
        let left = self.buffer.len() - self.consumed;
        if left == 0 {
            return false;
        }
        self.damaged_places += 1;
        let skip = next_magic(&self.buffer[self.consumed..]);
        self.consumed += skip;
        self.damaged_bytes += skip as u64;
        true
    }

    /// Reads on; false where the file has no more bytes.
    fn fill(&mut self) -> Result<bool, ReadError> {
        // Not for a few bytes at a time: what is behind them has to be moved.
        if self.consumed > self.buffer.len() / 2 {
            self.buffer.drain(..self.consumed);
            self.buffer_at += self.consumed as u64;
            self.consumed = 0;
        }
        let before = self.buffer.len();
        let at = self.buffer_at + before as u64;
        let wanted = self.file_bytes().saturating_sub(at).min(READ_BYTES as u64) as usize;
        read_up_to(&self.file, at, wanted, &mut self.buffer)?;
        Ok(self.buffer.len() > before)
    }
}

/// Appends up to `length` bytes of `file` from `at` on to `out`.
pub(crate) fn read_up_to(file: &File, at: u64, length: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    let start = out.len();
    out.resize(start + length, 0);
    let mut filled = start;
    let result = loop {
        match file.read_at(&mut out[filled..], at + (filled - start) as u64) {
            Ok(0) => break Ok(()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
        if filled == out.len() {
            break Ok(());
        }
    };
    out.truncate(filled);
    result
}

/// How many bytes to pass over to get to the next place that may be a block; at least one.
fn next_magic(bytes: &[u8]) -> usize {
    let tail = bytes.get(1..).unwrap_or_default();
    match tail.windows(BLOCK_MAGIC.len()).position(|window| window == BLOCK_MAGIC) {
        Some(place) => place + 1,
        // The magic may begin in the last bytes and go on behind them.
        None => bytes.len().saturating_sub(BLOCK_MAGIC.len() - 1).max(1),
    }
}
