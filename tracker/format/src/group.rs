//! Batches of events as columns of small numbers, a few batches together, so that what repeats is found and coded once.
//!
//! Layout of an event group's payload (all numbers LEB128 varints unless a byte is named):
//!
//! | field | what |
//! |---|---|
//! | batches, and for each: thread, chunk sequence, from word, to word, done, events, zigzag difference of its first time in ns to that of the batch before | whose, and where in the ring (see [`EventBatch`]) |
//! | column *what*, bytes | kind in bits 0–3, [`StackQuality`] in 4–5; frees and reallocs: bit 6: the (old) block was born in this group, bit 7: the (old) size is not its block's |
//! | column *time* | ns since the event before (a batch's first: since its first time) |
//! | column *stack* | stack id |
//! | column *address* | births: see `places.rs`; frees without bit 6: zigzag difference to the free before that one was; texts: CPU time |
//! | column *age* | frees and reallocs with bit 6: how many births ago |
//! | column *size* | bytes, for births and for frees without bit 6 or with bit 7 |
//! | column *align*, bytes | log2, for births |
//! | column *more* | reallocs: without bit 6 the zigzag difference of the old address to the birth before; without bit 6 or with bit 7 the old size; ns the call took. Texts: string id |
//!
//! Each column is packed by itself, see `packed.rs`, and goes through all batches of the group.
//! Writing and reading stand in this one file, since each column has to be read just as it was written.

use crate::error::ReadError;
use crate::event::{Event, EventBatch, EventKind, Realloc, StackQuality};
use crate::ids::StackId;
use crate::packed::{Habit, Packer, Unpacker};
use crate::packed_group::{self, BatchHead, PackedGroup};
use crate::places::Places;
use crate::varint::{Cursor, put, unzigzag, zigzag};

const BORN_HERE: u8 = 1 << 6;
const OTHER_SIZE: u8 = 1 << 7;

/// Batches of a group, and events after which no more are added.
const FULL_BATCHES: usize = 8;
const FULL_EVENTS: usize = 1 << 14;

const WHAT: usize = 0;
const TIME: usize = 1;
const STACK: usize = 2;
const ADDRESS: usize = 3;
const AGE: usize = 4;
const SIZE: usize = 5;
const ALIGN: usize = 6;
const MORE: usize = 7;
const COLUMNS: usize = 8;

/// Address and size of a birth.
type Born = (u64, u64);

/// Finds the birth in this group that a release ends. Direct mapped: a collision only costs a few bytes.
struct Births {
    /// Address, and number of the birth.
    found_at: Vec<(u64, u64)>,
    /// Births of the groups before: a number up to it is stale. Saves wiping the table for each group.
    base: u64,
}

const FOUND_AT_BITS: u32 = 13;

impl Births {
    fn place(address: u64) -> usize {
        ((address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FOUND_AT_BITS)) as usize
    }
}

/// Gathers batches and encodes them; keeps its buffers.
pub(crate) struct GroupEncoder {
    heads: Vec<u8>,
    batches: usize,
    events: usize,
    first_ns: u64,
    columns: [Vec<u8>; COLUMNS],
    births: Births,
    /// Of each birth of the group, in order.
    born: Vec<Born>,
    places: Box<Places>,
    last_freed: u64,
    packer: Packer,
    habits: [Habit; COLUMNS],
}

impl GroupEncoder {
    pub(crate) fn new() -> Self {
        Self {
            heads: Vec::new(),
            batches: 0,
            events: 0,
            first_ns: 0,
            columns: std::array::from_fn(|_| Vec::new()),
            births: Births { found_at: vec![(0, 0); 1 << FOUND_AT_BITS], base: 0 },
            born: Vec::new(),
            places: Box::default(),
            last_freed: 0,
            packer: Packer::default(),
            habits: Default::default(),
        }
    }

    /// Whether there is nothing to be encoded.
    pub(crate) fn is_empty(&self) -> bool {
        self.batches == 0
    }

    /// Whether [`GroupEncoder::finish`] comes next.
    pub(crate) fn is_full(&self) -> bool {
        self.batches >= FULL_BATCHES || self.events >= FULL_EVENTS
    }

    /// Adds a batch.
    pub(crate) fn add(&mut self, batch: &EventBatch) {
        let first_ns = batch.events.first().map_or(self.first_ns, |event| event.time_ns);
        for number in [
            u64::from(batch.thread.0),
            batch.chunk.0,
            u64::from(batch.from_word),
            u64::from(batch.to_word),
            u64::from(batch.chunk_done),
            batch.events.len() as u64,
            zigzag(first_ns.wrapping_sub(self.first_ns) as i64),
        ] {
            put(&mut self.heads, number);
        }
        self.first_ns = first_ns;
        self.batches += 1;
        self.events += batch.events.len();
        let mut before_ns = first_ns;
        for event in &batch.events {
            put(&mut self.columns[TIME], event.time_ns.saturating_sub(before_ns));
            before_ns = event.time_ns.max(before_ns);
            put(&mut self.columns[STACK], u64::from(event.stack.0));
            let flags = match event.kind {
                EventKind::Alloc | EventKind::AllocZeroed => {
                    self.birth(event, None);
                    0
                }
                EventKind::Realloc => self.realloc(event, batch.realloc(event).copied().unwrap_or_default()),
                EventKind::Free => self.free(event),
                _ => {
                    put(&mut self.columns[ADDRESS], event.address);
                    put(&mut self.columns[MORE], u64::from(event.extra));
                    0
                }
            };
            self.columns[WHAT].push(event.kind as u8 | (event.quality as u8) << 4 | flags);
        }
    }

    /// Appends what was added, and begins anew.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        put(out, self.batches as u64);
        out.extend_from_slice(&self.heads);
        for (column, habit) in self.columns.iter_mut().zip(&mut self.habits) {
            self.packer.put(out, column, habit);
            column.clear();
        }
        self.heads.clear();
        (self.batches, self.events, self.first_ns, self.last_freed) = (0, 0, 0, 0);
        self.births.base += self.born.len() as u64;
        self.born.clear();
        self.places.forget();
    }

    #[inline]
    fn birth(&mut self, event: &Event, stays: Option<u64>) {
        self.places.put(&mut self.columns[ADDRESS], event.address, event.size_bytes, stays);
        put(&mut self.columns[SIZE], event.size_bytes);
        self.columns[ALIGN].push(event.align_log2);
        self.born.push((event.address, event.size_bytes));
        let number = self.births.base + self.born.len() as u64;
        self.births.found_at[Births::place(event.address)] = (event.address, number);
    }

    /// The birth of the block at `address`, if this group has it: how many births ago, and its size.
    #[inline]
    fn born_here(&self, address: u64) -> Option<(u64, u64)> {
        let (found, number) = self.births.found_at[Births::place(address)];
        let index = number.saturating_sub(self.births.base).checked_sub(1)?;
        let &(_, size_bytes) = self.born.get(index as usize).filter(|_| found == address)?;
        Some((self.born.len() as u64 - 1 - index, size_bytes))
    }

    fn realloc(&mut self, event: &Event, old: Realloc) -> u8 {
        let mut flags = 0;
        let mut size_bytes = old.old_size_bytes;
        if let Some((age, born_bytes)) = self.born_here(old.old_address) {
            put(&mut self.columns[AGE], age);
            flags = BORN_HERE | if born_bytes == old.old_size_bytes { 0 } else { OTHER_SIZE };
            size_bytes = born_bytes;
        } else {
            let before = self.born.last().map_or(0, |born| born.0);
            put(&mut self.columns[MORE], zigzag(old.old_address.wrapping_sub(before) as i64));
        }
        if flags != BORN_HERE {
            put(&mut self.columns[MORE], old.old_size_bytes);
        }
        put(&mut self.columns[MORE], event.time_ns.saturating_sub(old.started_ns));
        self.birth(event, Some(old.old_address));
        if old.old_address != event.address {
            self.places.freed(old.old_address, size_bytes);
        }
        flags
    }

    #[inline]
    fn free(&mut self, event: &Event) -> u8 {
        let Some((age, born_bytes)) = self.born_here(event.address) else {
            put(&mut self.columns[ADDRESS], zigzag(event.address.wrapping_sub(self.last_freed) as i64));
            put(&mut self.columns[SIZE], event.size_bytes);
            self.last_freed = event.address;
            self.places.freed(event.address, event.size_bytes);
            return 0;
        };
        put(&mut self.columns[AGE], age);
        self.places.freed(event.address, born_bytes);
        if born_bytes == event.size_bytes {
            return BORN_HERE;
        }
        put(&mut self.columns[SIZE], event.size_bytes);
        BORN_HERE | OTHER_SIZE
    }
}

/// A group that is being read, batch by batch; keeps its buffers.
pub struct GroupDecoder {
    /// Of the batches to come, the next one last.
    heads: Vec<BatchHead>,
    columns: [Vec<u8>; COLUMNS],
    /// How far each has been read.
    at: [usize; COLUMNS],
    unpacker: Unpacker,
    born: Vec<Born>,
    places: Box<Places>,
    last_freed: u64,
}

impl Default for GroupDecoder {
    fn default() -> Self {
        Self {
            heads: Vec::new(),
            columns: std::array::from_fn(|_| Vec::new()),
            at: [0; COLUMNS],
            unpacker: Unpacker::default(),
            born: Vec::new(),
            places: Box::default(),
            last_freed: 0,
        }
    }
}

impl GroupDecoder {
    /// Begins with `group`.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] where its columns do not unpack.
    pub fn open(&mut self, group: &PackedGroup) -> Result<(), ReadError> {
        self.begin(&group.payload)
    }

    /// Begins with `payload`, whose events never outnumber the bytes of its *what* column.
    pub(crate) fn begin(&mut self, payload: &[u8]) -> Result<(), ReadError> {
        self.heads.clear();
        let begun = self.try_begin(payload);
        if begun.is_err() {
            self.heads.clear();
        }
        begun
    }

    fn try_begin(&mut self, payload: &[u8]) -> Result<(), ReadError> {
        let mut cursor = Cursor::new(payload);
        packed_group::heads(&mut cursor, &mut self.heads)?;
        self.heads.reverse();
        let events: usize = self.heads.iter().map(|head| head.events).sum();
        for two in self.columns.as_chunks_mut::<2>().0 {
            self.unpacker.take(&mut cursor, two)?;
        }
        if self.columns[WHAT].len() != events {
            return Err(ReadError::Damaged("a group does not hold as many events as it says"));
        }
        self.at = [0; COLUMNS];
        self.born.clear();
        self.places.forget();
        self.last_freed = 0;
        Ok(())
    }

    /// The next batch; false where there is none.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] where its events cannot be read; there are no more then.
    pub fn next(&mut self, batch: &mut EventBatch) -> Result<bool, ReadError> {
        let Some(head) = self.heads.pop() else { return Ok(false) };
        head.begin(batch);
        let columns: [_; COLUMNS] =
            std::array::from_fn(|index| Cursor::new(self.columns[index].get(self.at[index]..).unwrap_or(&[])));
        let [what, time, stack, address, age, size, align, more] = columns;
        let (born, places) = (&mut self.born, &mut *self.places);
        let mut reader =
            Reader { time, stack, address, age, size, align, more, born, places, last_freed: self.last_freed };
        let read = reader.events(what, &head, batch);
        self.last_freed = reader.last_freed;
        let Reader { time, stack, address, age, size, align, more, .. } = reader;
        let left = [time, stack, address, age, size, align, more].map(|column| column.remaining());
        self.at[WHAT] += head.events;
        for (index, left) in (TIME..).zip(left) {
            self.at[index] = self.columns[index].len() - left;
        }
        if read.is_err() {
            self.heads.clear();
            batch.clear();
        }
        read.map(|()| true)
    }
}

const NO_EVENT: Event = Event {
    time_ns: 0,
    address: 0,
    size_bytes: 0,
    stack: StackId::EMPTY,
    extra: 0,
    kind: EventKind::Free,
    align_log2: 0,
    quality: StackQuality::Complete,
};

/// What a batch is read from.
struct Reader<'a> {
    time: Cursor<'a>,
    stack: Cursor<'a>,
    address: Cursor<'a>,
    age: Cursor<'a>,
    size: Cursor<'a>,
    align: Cursor<'a>,
    more: Cursor<'a>,
    born: &'a mut Vec<Born>,
    places: &'a mut Places,
    last_freed: u64,
}

impl Reader<'_> {
    fn events(&mut self, mut what: Cursor<'_>, head: &BatchHead, batch: &mut EventBatch) -> Result<(), ReadError> {
        let mut time_ns = head.first_ns;
        // Written in place: an event that is returned is copied in large pieces right after it was made in small ones,
        // which takes longer than everything else here.
        batch.events.clear();
        // What waits for its time is many batches: none of them takes more than it needs.
        batch.events.reserve_exact(head.events);
        batch.events.resize(head.events, NO_EVENT);
        for (event, &what) in batch.events.iter_mut().zip(what.take(head.events)?) {
            time_ns = time_ns.saturating_add(self.time.varint()?);
            event.time_ns = time_ns;
            event.stack = StackId(self.stack.u32()?);
            event.quality = crate::ring::quality_from(u64::from(what >> 4));
            event.kind = EventKind::from_u8(what & 15).ok_or(ReadError::Damaged("an event of an unknown kind"))?;
            match event.kind {
                EventKind::Alloc | EventKind::AllocZeroed => self.birth(event, None)?,
                EventKind::Realloc => self.realloc(event, what, &mut batch.reallocs)?,
                EventKind::Free => self.free(event, what)?,
                _ => {
                    event.address = self.address.varint()?;
                    event.extra = self.more.u32()?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn birth(&mut self, event: &mut Event, stays: Option<u64>) -> Result<(), ReadError> {
        event.size_bytes = self.size.varint()?;
        event.address = self.places.take(&mut self.address, event.size_bytes, stays)?;
        event.align_log2 = self.align.u8()?;
        self.born.push((event.address, event.size_bytes));
        Ok(())
    }

    /// The block that the column *age* points to.
    #[inline]
    fn born_here(&mut self) -> Result<Born, ReadError> {
        let index = (self.born.len() as u64).checked_sub(self.age.varint()?.saturating_add(1));
        let birth = index.and_then(|index| self.born.get(index as usize));
        birth.copied().ok_or(ReadError::Damaged("a release points to no birth"))
    }

    fn realloc(&mut self, event: &mut Event, what: u8, reallocs: &mut Vec<Realloc>) -> Result<(), ReadError> {
        let (old_address, born_bytes) = if what & BORN_HERE != 0 {
            self.born_here()?
        } else {
            let before = self.born.last().map_or(0, |born| born.0);
            (before.wrapping_add(unzigzag(self.more.varint()?) as u64), 0)
        };
        let is_born_here = what & (BORN_HERE | OTHER_SIZE) == BORN_HERE;
        let old_size_bytes = if is_born_here { born_bytes } else { self.more.varint()? };
        let started_ns = event.time_ns.saturating_sub(self.more.varint()?);
        event.extra = reallocs.len() as u32;
        reallocs.push(Realloc { old_address, old_size_bytes, started_ns });
        self.birth(event, Some(old_address))?;
        if old_address != event.address {
            self.places.freed(old_address, if what & BORN_HERE != 0 { born_bytes } else { old_size_bytes });
        }
        Ok(())
    }

    #[inline]
    fn free(&mut self, event: &mut Event, what: u8) -> Result<(), ReadError> {
        if what & BORN_HERE == 0 {
            event.address = self.last_freed.wrapping_add(unzigzag(self.address.varint()?) as u64);
            event.size_bytes = self.size.varint()?;
            self.last_freed = event.address;
            self.places.freed(event.address, event.size_bytes);
            return Ok(());
        }
        let (address, born_bytes) = self.born_here()?;
        event.address = address;
        event.size_bytes = if what & OTHER_SIZE == 0 { born_bytes } else { self.size.varint()? };
        self.places.freed(address, born_bytes);
        Ok(())
    }
}
