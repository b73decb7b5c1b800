//! The ring: where the program's threads put their events until the writer has taken them.
//!
//! A file `NAME.dscope.ring`, mapped shared and preallocated, so that its content outlives a killed process. All
//! fields are 64-bit words in the machine's own byte order (the ring never leaves the machine).
//!
//! | bytes | what |
//! |---|---|
//! | 0 … 4096 | header, words as in [`header`] |
//! | 4096 … | [`SLOT_COUNT`] thread slots of [`SLOT_WORDS`] words, as in [`slot`] |
//! | [`DATA_OFFSET`] … | chunks of [`CHUNK_WORDS`] words, as in [`chunk`]; the file grows by whole chunks |
//!
//! A record in a chunk is a row of words. Its first word says what it is and is stored last (release), after the word
//! behind the record has been set to 0: whatever prefix of a chunk is not 0 is whole.
//!
//! | word | what |
//! |---|---|
//! | 0 | bits 0–7 kind ([`EventKind`]); 8–13 log2 of the alignment; 14–15 [`StackQuality`]; 16–31 frames kept of the stack of the record before; 32–47 frames new; 48–63 words of text |
//! | 1 | time in ticks (see [`Clock`]) |
//! | 2 | address; for texts thread CPU time in ns |
//! | 3 | size in bytes; for texts their length in bytes |
//! | 4–6 | realloc only: old address, old size, ticks at the start |
//! | … | text, padded with zeros to whole words |
//! | … | new frames, outermost first |
//!
//! The first record of a chunk keeps nothing, so each chunk can be read alone.

use crate::event::{Event, EventBatch, EventKind, Realloc, StackQuality};
use crate::ids::{StackId, StringId};
use crate::stack_tree::StackTree;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// First word of every ring: `DSRING` and the version of this layout.
pub const RING_MAGIC: u64 = u64::from_le_bytes(*b"DSRING\0\x01");
/// Bytes of the header.
pub const HEADER_BYTES: usize = 4096;
/// Threads that can be recorded at the same moment.
pub const SLOT_COUNT: usize = 4096;
/// Words of a thread's slot: two cache lines, so that neighbours do not share one.
pub const SLOT_WORDS: usize = 16;
/// Words of a chunk: 64 KiB, about 1,400 events. Larger ones fall out of the L2 cache (measured).
pub const CHUNK_WORDS: usize = 8192;
/// Bytes of a chunk.
pub const CHUNK_BYTES: usize = CHUNK_WORDS * 8;
/// Where the first chunk begins in the file.
pub const DATA_OFFSET: usize = HEADER_BYTES + SLOT_COUNT * SLOT_WORDS * 8;
/// Longest text of a scope, operation or mark, in bytes; longer ones are cut.
pub const MAX_TEXT_BYTES: usize = 1024;
/// Most frames of one stack in a record: what fits a chunk with room for the rest.
pub const MAX_FRAMES: usize = 4096;

/// Word numbers of the ring's header.
pub mod header {
    /// [`RING_MAGIC`](super::RING_MAGIC), stored last.
    pub const MAGIC: usize = 0;
    /// Number of chunks in the file; grows.
    pub const CHUNK_COUNT: usize = 1;
    /// Process id.
    pub const PID: usize = 2;
    /// Start time of the process, field 22 of `/proc/PID/stat`.
    pub const PROCESS_START: usize = 3;
    /// The number in the recording's own header; a ring of another run does not have it.
    pub const RECORDING_ID: usize = 4;
    /// Ticks at the recording's start.
    pub const CLOCK_START: usize = 5;
    /// See [`Clock`](super::Clock).
    pub const CLOCK_MULTIPLIER: usize = 6;
    /// See [`Clock`](super::Clock).
    pub const CLOCK_SHIFT: usize = 7;
    /// 1 while the recording runs, 2 when everything in the ring is also in the file.
    pub const STATE: usize = 8;
    /// How often a thread waited for the writer.
    pub const WAITS: usize = 9;
    /// How long, summed, in ticks.
    pub const WAITED_TICKS: usize = 10;
    /// Bytes of memory of the recorder.
    pub const OVERHEAD_BYTES: usize = 11;
    /// Stacks that differed from the judge's in the cross-check mode.
    pub const DIFFERENT_STACKS: usize = 12;
    /// Lost events by cause: [`LOST_CAUSES`](crate::LOST_CAUSES) words from here.
    pub const LOST: usize = 16;
    /// Stacks of ended threads by quality: 3 words from here.
    pub const ENDED_STACKS: usize = 32;
}

/// Word numbers of a thread's slot.
pub mod slot {
    /// 0 free, 1 in use.
    pub const STATE: usize = 0;
    /// The thread's number in this recording.
    pub const THREAD: usize = 1;
    /// The system's thread id.
    pub const OS_ID: usize = 2;
    /// The thread's name: 2 words, 16 bytes, zero padded.
    pub const NAME: usize = 3;
    /// Number of the chunk the thread writes to, plus 1; 0 for none.
    pub const CHUNK: usize = 6;
    /// Stacks by quality: 3 words from here.
    pub const STACKS: usize = 8;
}

/// Word numbers of a chunk's head, and where its records begin.
pub mod chunk {
    /// Sequence number of this life of the chunk; 0 while it is free.
    pub const SEQUENCE: usize = 0;
    /// The writing thread's number.
    pub const THREAD: usize = 1;
    /// First word of the first record.
    pub const RECORDS: usize = 2;
}

/// From ticks to ns: `((ticks - start) * multiplier) >> shift`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// Ticks at the recording's start.
    pub start: u64,
    /// Numerator.
    pub multiplier: u64,
    /// Binary logarithm of the denominator, below 64.
    pub shift: u32,
}

impl Clock {
    /// A clock whose ticks are ns.
    pub fn nanoseconds(start: u64) -> Clock {
        Clock { start, multiplier: 1, shift: 0 }
    }

    /// ns since the start; 0 for ticks before it.
    #[inline]
    pub fn ns(&self, ticks: u64) -> u64 {
        ((u128::from(ticks.saturating_sub(self.start)) * u128::from(self.multiplier)) >> (self.shift & 63)) as u64
    }
}

/// Words that may still be written to by their thread.
pub trait Words {
    /// The word at `index`, with everything that was stored before it; 0 past the end.
    fn acquire(&self, index: usize) -> u64;
    /// The word at `index`; 0 past the end.
    fn get(&self, index: usize) -> u64;
    /// The three words from `index` on, of which none is past the end.
    #[inline]
    fn three(&self, index: usize) -> [u64; 3] {
        [self.get(index), self.get(index + 1), self.get(index + 2)]
    }
    /// How many there are.
    fn count(&self) -> usize;
}

impl Words for [AtomicU64] {
    #[inline]
    fn acquire(&self, index: usize) -> u64 {
        <[AtomicU64]>::get(self, index).map_or(0, |word| word.load(Ordering::Acquire))
    }
    #[inline]
    fn get(&self, index: usize) -> u64 {
        <[AtomicU64]>::get(self, index).map_or(0, |word| word.load(Ordering::Relaxed))
    }
    #[inline]
    fn three(&self, index: usize) -> [u64; 3] {
        let three = <[AtomicU64]>::get(self, index..).and_then(<[AtomicU64]>::first_chunk);
        three.map_or([0; 3], |[a, b, c]| [a, b, c].map(|word| word.load(Ordering::Relaxed)))
    }
    fn count(&self) -> usize {
        self.len()
    }
}

impl Words for [u64] {
    #[inline]
    fn acquire(&self, index: usize) -> u64 {
        <[u64]>::get(self, index).copied().unwrap_or(0)
    }
    #[inline]
    fn get(&self, index: usize) -> u64 {
        <[u64]>::get(self, index).copied().unwrap_or(0)
    }
    #[inline]
    fn three(&self, index: usize) -> [u64; 3] {
        <[u64]>::get(self, index..).and_then(<[u64]>::first_chunk).copied().unwrap_or([0; 3])
    }
    fn count(&self) -> usize {
        self.len()
    }
}

/// The parts of a record's first word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordHead {
    /// What happened.
    pub kind: EventKind,
    /// Binary logarithm of the alignment.
    pub align_log2: u8,
    /// How far the stack can be believed.
    pub quality: StackQuality,
    /// Outer frames that are those of the record before.
    pub kept_frames: usize,
    /// Frames in this record.
    pub new_frames: usize,
    /// Words of text.
    pub text_words: usize,
}

impl RecordHead {
    /// The word that goes first in the record (and is stored last). Never 0.
    #[inline]
    pub fn to_word(self) -> u64 {
        self.kind as u64
            | u64::from(self.align_log2 & 63) << 8
            | (self.quality as u64) << 14
            | (self.kept_frames as u64 & 0xffff) << 16
            | (self.new_frames as u64 & 0xffff) << 32
            | (self.text_words as u64) << 48
    }

    /// The inverse of [`RecordHead::to_word`]; none for a word that is no record's.
    #[inline]
    pub fn from_word(word: u64) -> Option<RecordHead> {
        Some(RecordHead {
            kind: EventKind::from_u8(word as u8)?,
            align_log2: (word >> 8) as u8 & 63,
            quality: quality_from(word >> 14),
            kept_frames: (word >> 16) as usize & 0xffff,
            new_frames: (word >> 32) as usize & 0xffff,
            text_words: (word >> 48) as usize,
        })
    }

    /// Words before text and frames.
    #[inline]
    pub fn fixed_words(&self) -> usize {
        if self.kind == EventKind::Realloc { 7 } else { 4 }
    }

    /// Words of the whole record.
    #[inline]
    pub fn record_words(&self) -> usize {
        self.fixed_words() + self.text_words + self.new_frames
    }
}

#[inline]
pub(crate) fn quality_from(number: u64) -> StackQuality {
    use StackQuality::{Complete, Suspect, Truncated};
    [Complete, Truncated, Suspect, Suspect][number as usize & 3]
}

/// Gives a text its number.
pub trait Texts {
    /// The number of `text`, the same for the same text.
    fn intern(&mut self, text: &str) -> StringId;
}

/// Turns the words of one chunk into events; keeps its place, so that a chunk can be read in parts as it fills.
#[derive(Default)]
pub struct ChunkDecoder {
    next_word: usize,
    /// The stack of the record before, outermost first, as nodes: a kept frame needs no look-up.
    stack: Vec<StackId>,
    last_time_ns: u64,
}

impl ChunkDecoder {
    /// Begins a new chunk.
    pub fn restart(&mut self) {
        self.next_word = chunk::RECORDS;
        self.stack.clear();
        self.last_time_ns = 0;
    }

    /// The word that is read next.
    pub fn next_word(&self) -> usize {
        self.next_word.max(chunk::RECORDS)
    }

    /// Time of the last event read, 0 before the first.
    pub fn last_time_ns(&self) -> u64 {
        self.last_time_ns
    }

    /// Appends every whole record from where the last call stopped; sets `batch.from_word` and `to_word`.
    ///
    /// Words that are no record end the reading there, as an unfinished record does.
    pub fn decode<W: Words + ?Sized>(
        &mut self,
        words: &W,
        clock: &Clock,
        tree: &mut StackTree,
        texts: &mut dyn Texts,
        batch: &mut EventBatch,
    ) {
        self.next_word = self.next_word();
        batch.from_word = self.next_word as u32;
        while let Some(head) = RecordHead::from_word(words.acquire(self.next_word)) {
            let end = self.next_word + head.record_words();
            if end > words.count() || head.text_words * 8 > MAX_TEXT_BYTES + 8 || head.kept_frames > self.stack.len() {
                break;
            }
            self.record(words, head, clock, tree, texts, batch);
            self.next_word = end;
        }
        batch.to_word = self.next_word as u32;
    }

    fn record<W: Words + ?Sized>(
        &mut self,
        words: &W,
        head: RecordHead,
        clock: &Clock,
        tree: &mut StackTree,
        texts: &mut dyn Texts,
        batch: &mut EventBatch,
    ) {
        let at = self.next_word;
        let text_at = at + head.fixed_words();
        let frames_at = text_at + head.text_words;
        self.stack.truncate(head.kept_frames);
        let mut node = self.stack.last().copied().unwrap_or(StackId::EMPTY);
        for index in frames_at..frames_at + head.new_frames {
            node = tree.intern(node, words.get(index));
            self.stack.push(node);
        }
        let [ticks, address, size_bytes] = words.three(at + 1);
        // The thread's own clock does not go back; if the hardware's did, order wins.
        let time_ns = clock.ns(ticks).max(self.last_time_ns);
        self.last_time_ns = time_ns;
        let RecordHead { kind, align_log2, quality, .. } = head;
        let mut event = Event { time_ns, address, size_bytes, stack: node, extra: 0, kind, align_log2, quality };
        if kind == EventKind::Realloc {
            let [old_address, old_size_bytes, started] = words.three(at + 4);
            event.extra = batch.reallocs.len() as u32;
            batch.reallocs.push(Realloc { old_address, old_size_bytes, started_ns: clock.ns(started).min(time_ns) });
        } else if kind.is_text() {
            event.extra = text_at_words(words, text_at, head.text_words, size_bytes, texts).0;
            event.size_bytes = 0;
        }
        batch.events.push(event);
    }
}

/// Apart: few events have a text, and the place for it makes everything else here slower.
#[inline(never)]
fn text_at_words<W: Words + ?Sized>(
    words: &W,
    at: usize,
    count: usize,
    length_bytes: u64,
    texts: &mut dyn Texts,
) -> StringId {
    let mut bytes = [0u8; MAX_TEXT_BYTES + 8];
    for (index, target) in bytes.chunks_exact_mut(8).take(count).enumerate() {
        target.copy_from_slice(&words.get(at + index).to_le_bytes());
    }
    let length = (length_bytes as usize).min(count * 8).min(MAX_TEXT_BYTES);
    texts.intern(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()))
}

/// Where the ring of the recording at `recording` lies.
pub fn ring_path(recording: &Path) -> PathBuf {
    let mut name = recording.as_os_str().to_owned();
    name.push(".ring");
    PathBuf::from(name)
}

/// A thread's name out of the two words of its slot.
pub fn name_from_words(words: [u64; 2]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Start time of the process `pid` in clock ticks since boot, field 22 of `/proc/PID/stat`; none where it is not there
/// or only waits to be reaped.
pub fn process_start(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name stands in parentheses and may hold blanks and parentheses itself.
    let mut fields = stat.get(stat.rfind(')')? + 2..)?.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}
