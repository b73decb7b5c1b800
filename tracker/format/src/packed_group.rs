//! A group of batches as it stands in the file: what of it is known before its events are decoded.

use crate::error::ReadError;
use crate::event::EventBatch;
use crate::ids::{ChunkSequence, ThreadId};
use crate::varint::{Cursor, unzigzag};

/// More than any group has of them, as a reader sees it.
const MOST_BATCHES: u64 = 64;
const MOST_EVENTS: u64 = 1 << 17;

/// A batch of a group, its events left out.
#[derive(Clone, Copy, Debug)]
pub struct BatchHead {
    /// Whose.
    pub thread: ThreadId,
    /// The chunk they travelled in.
    pub chunk: ChunkSequence,
    pub(crate) words: [u32; 2],
    pub(crate) chunk_done: bool,
    /// How many events.
    pub events: usize,
    /// When the first of them is, in ns.
    pub first_ns: u64,
    /// Whether nothing of it has been given before.
    pub is_fresh: bool,
}

impl BatchHead {
    /// Puts in `batch` what is known of it. The events there are still those of another.
    pub(crate) fn begin(&self, batch: &mut EventBatch) {
        batch.reallocs.clear();
        (batch.thread, batch.chunk, batch.chunk_done) = (self.thread, self.chunk, self.chunk_done);
        [batch.from_word, batch.to_word] = self.words;
    }
}

/// Reads the heads at the beginning of a group's payload.
pub(crate) fn heads(cursor: &mut Cursor<'_>, heads: &mut Vec<BatchHead>) -> Result<(), ReadError> {
    let count = cursor.varint()?;
    if count > MOST_BATCHES {
        return Err(ReadError::Damaged("a group of more batches than there are"));
    }
    let (mut first_ns, mut events) = (0u64, 0u64);
    for _ in 0..count {
        let thread = ThreadId(cursor.u32()?);
        let chunk = ChunkSequence(cursor.varint()?);
        let words = [cursor.u32()?, cursor.u32()?];
        let chunk_done = cursor.varint()? != 0;
        let own_events = cursor.varint()?;
        events = events.saturating_add(own_events);
        if events > MOST_EVENTS {
            return Err(ReadError::Damaged("a group of more events than there are"));
        }
        first_ns = first_ns.wrapping_add(unzigzag(cursor.varint()?) as u64);
        let events = own_events as usize;
        heads.push(BatchHead { thread, chunk, words, chunk_done, events, first_ns, is_fresh: true });
    }
    Ok(())
}

/// Batches that are not decoded yet: 4 bytes an event, where a decoded one takes 40. [`crate::GroupDecoder`] decodes them.
#[derive(Debug, Default)]
pub struct PackedGroup {
    /// Its batches, in order.
    pub batches: Vec<BatchHead>,
    /// Bytes of the file that it takes.
    pub file_bytes: u64,
    pub(crate) payload: Vec<u8>,
}

impl PackedGroup {
    /// Takes a group's payload; keeps its buffers.
    pub(crate) fn fill(&mut self, payload: &[u8], file_bytes: usize) -> Result<(), ReadError> {
        self.batches.clear();
        self.payload.clear();
        heads(&mut Cursor::new(payload), &mut self.batches)?;
        self.file_bytes = file_bytes as u64;
        self.payload.extend_from_slice(payload);
        Ok(())
    }
}
