//! A recording as a whole: the file and, while it is being written or after a killed program, the ring beside it, with
//! each event once and stack and text ids of its own.

use crate::error::{OpenError, ReadError};
use crate::event::{Event, EventBatch};
use crate::ids::{ChunkSequence, StackId, StringId, ThreadId};
use crate::info::{End, Module, Process, Status, Thread, UsableSize};
use crate::packed_group::PackedGroup;
use crate::reader::{Block, BlockReader};
use crate::ring::Texts;
use crate::ring_file::RingFile;
use crate::stack_tree::StackTree;
use crate::writer::TextTable;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

/// Where a recording stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// There may be more to read right now.
    Reading,
    /// All there is has been read; the program still runs.
    Following,
    /// All has been read, and it has an end.
    Ended(End),
    /// All has been read; the program was killed or the file was cut, so the end is missing.
    Cut,
}

/// What comes out of a recording.
pub enum Item<'a> {
    /// The process.
    Process(&'a Process),
    /// New modules.
    Modules(&'a [Module]),
    /// A thread, new or changed.
    Thread(&'a Thread),
    /// Events of one thread; stacks are in [`Recording::stacks`], texts in [`Recording::texts`]. Whoever keeps them may
    /// take them out and leave another batch to be filled.
    Events(&'a mut EventBatch),
    /// Events that are not decoded yet, of a recording that was opened so. Ids in them are the file's, see
    /// [`Recording::own_ids`]. Whoever keeps it may take it out and leave another to be filled.
    Group(&'a mut PackedGroup),
    /// Every event before this time in ns has been given.
    Watermark(u64),
    /// The recorder's state.
    Status(&'a Status),
    /// What the allocator gives, besides what has been given of that before.
    UsableSizes(&'a [UsableSize]),
}

/// The numbers that stacks and texts of a recording's file have for who reads it.
#[derive(Clone, Copy)]
pub struct OwnIds<'a> {
    stacks: &'a [StackId],
    texts: &'a [StringId],
    numbering: u32,
}

impl OwnIds<'_> {
    /// Another one where numbers that were there before stand for something else now, as they only do in damaged files.
    pub fn numbering(self) -> u32 {
        self.numbering
    }

    /// The stack that has this number in the file, as far as it has been read.
    pub fn stack(self, in_file: StackId) -> Option<StackId> {
        self.stacks.get(in_file.0 as usize).copied()
    }

    /// Gives an event's stack and text their numbers.
    #[inline]
    pub fn give(self, event: &mut Event) {
        event.stack = self.stack(event.stack).unwrap_or_default();
        if event.kind.is_text() {
            event.extra = self.texts.get(event.extra as usize).map_or(u32::MAX, |id| id.0);
        }
    }
}

/// A recording being read.
pub struct Recording {
    reader: BlockReader,
    /// All stacks met so far.
    pub stacks: StackTree,
    /// All texts met so far.
    pub texts: TextTable,
    stack_of_file: Vec<StackId>,
    /// How often stacks of the file were given other numbers.
    numbering: u32,
    text_of_file: Vec<StringId>,
    /// Threads that have ended: nothing of theirs can be in the ring.
    threads: HashMap<ThreadId, Thread>,
    read_to: ReadTo,
    batch: EventBatch,
    status: Status,
    end: Option<End>,
    state: State,
    in_ring: bool,
    file_numbers: Option<(usize, usize)>,
}

impl Recording {
    /// Opens the recording at `path`.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(path: &Path) -> Result<Recording, OpenError> {
        Ok(Recording {
            reader: BlockReader::open(path)?,
            stacks: StackTree::new(),
            texts: TextTable::default(),
            stack_of_file: vec![StackId::EMPTY],
            numbering: 0,
            text_of_file: Vec::new(),
            threads: HashMap::new(),
            read_to: ReadTo::default(),
            batch: EventBatch::default(),
            status: Status::default(),
            end: None,
            state: State::Reading,
            in_ring: false,
            file_numbers: None,
        })
    }

    /// The same for whoever needs many events only later: they are given undecoded, as [`Item::Group`], where the file has
    /// them so.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open_packed(path: &Path) -> Result<Recording, OpenError> {
        let mut recording = Recording::open(path)?;
        recording.reader.keep_packed();
        Ok(recording)
    }

    /// Bytes of the file read so far, and its present length.
    pub fn progress(&self) -> (u64, u64) {
        (self.reader.position(), self.reader.file_bytes())
    }

    /// Where the reading stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Bytes passed over as damaged, and in how many places.
    pub fn damaged(&self) -> (u64, u64) {
        self.reader.damaged()
    }

    /// Whether the item being given comes from the ring and not from the file.
    pub fn is_in_ring(&self) -> bool {
        self.in_ring
    }

    /// How many stack nodes and texts the file holds, if it numbers them as this reader does (always, but for damaged
    /// files). Known once all has been read.
    pub(crate) fn numbered_as_file(&self) -> Option<(usize, usize)> {
        self.file_numbers
    }

    /// Where the last whole block of the file ends.
    pub(crate) fn whole_bytes(&self) -> u64 {
        self.reader.whole_bytes()
    }

    fn count_file_numbers(&self) -> Option<(usize, usize)> {
        let (nodes, texts) = (self.stacks.node_count(), self.texts.count());
        let same = self.stack_of_file.len() == nodes
            && self.text_of_file.len() == texts
            && self.stack_of_file.iter().enumerate().all(|(index, id)| id.0 as usize == index)
            && self.text_of_file.iter().enumerate().all(|(index, id)| id.0 as usize == index);
        same.then_some((nodes, texts))
    }

    /// Reads on for about `budget_bytes` of the file and gives what it finds to `take`. Returns the new state:
    /// [`State::Reading`] means call again at once, [`State::Following`] call again in a while, the others: done.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the system refuses to read.
    pub fn poll(&mut self, budget_bytes: u64, take: &mut dyn FnMut(&Recording, Item<'_>)) -> Result<State, ReadError> {
        if matches!(self.state, State::Ended(_) | State::Cut) {
            return Ok(self.state);
        }
        let until = self.reader.position().saturating_add(budget_bytes);
        let mut batch = std::mem::take(&mut self.batch);
        let result = self.read_blocks(until, &mut batch, take);
        self.batch = batch;
        self.state = if result? { State::Reading } else { self.at_file_end(take)? };
        Ok(self.state)
    }

    /// True where the budget ended it, false where the file did.
    fn read_blocks(
        &mut self,
        until: u64,
        batch: &mut EventBatch,
        take: &mut dyn FnMut(&Recording, Item<'_>),
    ) -> Result<bool, ReadError> {
        while let Some(block) = self.reader.next_block(batch)? {
            self.block(block, batch, take);
            if self.reader.position() >= until {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn block(&mut self, block: Block, batch: &mut EventBatch, take: &mut dyn FnMut(&Recording, Item<'_>)) {
        match block {
            Block::Process(process) => take(self, Item::Process(&process)),
            Block::Modules(modules) => take(self, Item::Modules(&modules)),
            Block::Stacks { first, nodes } => {
                if !self.is_plausible(first, nodes.len()) {
                    return self.reader.last_is_damaged();
                }
                self.numbering += u32::from((first as usize) < self.stack_of_file.len());
                // Numbers that a damaged block left out name the empty stack.
                self.stack_of_file.resize(first as usize, StackId::EMPTY);
                for node in nodes {
                    let parent = self.stack_of_file.get(node.parent.0 as usize).copied().unwrap_or_default();
                    let id = self.stacks.intern(parent, node.address);
                    self.stack_of_file.push(id);
                }
            }
            Block::Texts { first, texts } => {
                if !self.is_plausible(first.0, texts.len()) {
                    return self.reader.last_is_damaged();
                }
                self.text_of_file.resize_with(first.0 as usize, || self.texts.intern(""));
                for text in texts {
                    let id = self.texts.intern(&text);
                    self.text_of_file.push(id);
                }
            }
            Block::Thread(thread) => self.thread(thread, take),
            Block::Events => {
                batch.events.iter_mut().for_each(|event| self.own_ids().give(event));
                self.events(batch, take);
            }
            Block::Group(mut group) => {
                for head in &mut group.batches {
                    head.is_fresh = self.read_to.advance(head.chunk, head.words[1], head.chunk_done);
                }
                take(self, Item::Group(&mut group));
                self.reader.spare_group = group;
            }
            Block::Watermark(time_ns) => take(self, Item::Watermark(time_ns)),
            Block::Status(status) => {
                take(self, Item::Status(&status));
                self.status = *status;
            }
            Block::End(end) => self.end = Some(end),
            Block::UsableSizes(sizes) => take(self, Item::UsableSizes(&sizes)),
            Block::Unknown => {}
        }
    }

    /// Whether `count` of anything numbered may follow from `first` on. Each takes a byte of the file at least, so more
    /// are not what blocks that got lost have left out, but made up, and no memory is to be taken for them.
    fn is_plausible(&self, first: u32, count: usize) -> bool {
        u64::from(first) + count as u64 <= NUMBERED_AT_LEAST + self.reader.file_bytes()
    }

    fn thread(&mut self, thread: Thread, take: &mut dyn FnMut(&Recording, Item<'_>)) {
        take(self, Item::Thread(&thread));
        self.threads.insert(thread.thread, thread);
    }

    /// The numbers that stacks and texts have here instead of those in the file.
    #[inline]
    pub fn own_ids(&self) -> OwnIds<'_> {
        OwnIds { stacks: &self.stack_of_file, texts: &self.text_of_file, numbering: self.numbering }
    }

    fn events(&mut self, batch: &mut EventBatch, take: &mut dyn FnMut(&Recording, Item<'_>)) {
        let fresh = self.read_to.advance(batch.chunk, batch.to_word, batch.chunk_done);
        if fresh && !batch.events.is_empty() {
            take(self, Item::Events(batch));
        }
    }

    fn at_file_end(&mut self, take: &mut dyn FnMut(&Recording, Item<'_>)) -> Result<State, ReadError> {
        let ring = RingFile::open(self.reader.path(), self.reader.recording_id());
        if let Some(ring) = &ring
            && ring.process_is_alive()
        {
            return Ok(State::Following);
        }
        // The process may have written its last blocks between our last look at the file and at the process.
        let mut batch = std::mem::take(&mut self.batch);
        let mut result = self.read_blocks(u64::MAX, &mut batch, take);
        let (whole_bytes, damaged) = (self.reader.whole_bytes(), self.reader.damaged());
        while result.is_ok() && self.reader.give_up_partial() {
            result = self.read_blocks(u64::MAX, &mut batch, take);
        }
        self.batch = batch;
        result?;
        // The kill came in the middle of a write: that is no damage, the ring still has what was being written. Behind the end
        // it is a thread's that had still to go on while the process was ending.
        let was_cut = self.end.is_some() || ring.as_ref().is_some_and(|ring| !ring.is_finished());
        if self.reader.whole_bytes() == whole_bytes && was_cut {
            self.reader.set_damaged(damaged);
        }
        if let Some(end) = self.end {
            return Ok(State::Ended(end));
        }
        self.file_numbers = self.count_file_numbers();
        if let Some(ring) = ring.filter(|ring| !ring.is_finished()) {
            self.in_ring = true;
            self.take_ring(&ring, take);
            self.in_ring = false;
        }
        Ok(State::Cut)
    }

    /// What the killed program left in the ring and the file does not have.
    fn take_ring(&mut self, ring: &RingFile, take: &mut dyn FnMut(&Recording, Item<'_>)) {
        let known: HashSet<ThreadId> = self.threads.keys().copied().collect();
        for thread in ring.threads().into_iter().filter(|thread| !known.contains(&thread.thread)) {
            self.thread(thread, take);
        }
        let mut stacks = std::mem::take(&mut self.stacks);
        let mut texts = std::mem::take(&mut self.texts);
        let mut batches = Vec::new();
        let read_to = &self.read_to;
        ring.drain(&mut stacks, &mut texts, |chunk| read_to.of(chunk), |batch| batches.push(std::mem::take(batch)));
        self.stacks = stacks;
        self.texts = texts;
        for mut batch in batches {
            take(self, Item::Events(&mut batch));
        }
        take(self, Item::Watermark(u64::MAX));
        let status = ring.status();
        take(self, Item::Status(&status));
        self.status = status;
    }
}

/// How far each chunk has been read, so that each event is given once though a killed writer leaves the last ones both
/// in the file and in the ring.
#[derive(Default)]
struct ReadTo {
    words: HashMap<ChunkSequence, u32>,
    /// Chunks that the writer was done with, oldest first. It frees a chunk right after writing its last block, so
    /// only the newest of these can still be in the ring.
    done: VecDeque<ChunkSequence>,
}

/// Stack frames and texts that any file may have, however short it is.
const NUMBERED_AT_LEAST: u64 = 1 << 18;

/// More than any ring has chunks.
const REMEMBERED_CHUNKS: usize = 16_384;

impl ReadTo {
    fn of(&self, chunk: ChunkSequence) -> u32 {
        self.words.get(&chunk).copied().unwrap_or(0)
    }

    /// Notes that a chunk has been read up to this word; false where it had been before. The writer never splits a
    /// record, so a batch is wholly new or wholly known.
    fn advance(&mut self, chunk: ChunkSequence, to_word: u32, is_done: bool) -> bool {
        let word = self.words.entry(chunk).or_insert(0);
        let fresh = to_word > *word;
        *word = to_word.max(*word);
        if is_done {
            self.done.push_back(chunk);
            if self.done.len() > REMEMBERED_CHUNKS
                && let Some(oldest) = self.done.pop_front()
            {
                self.words.remove(&oldest);
            }
        }
        fresh
    }
}
