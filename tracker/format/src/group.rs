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
//! Writing stands here, reading in `group/decoding.rs`: each column has to be read just as it was written.

use crate::event::{Event, EventBatch, EventKind, Realloc};
use crate::packed::{Habit, Packer};
use crate::places::Places;
use crate::varint::{put, zigzag};

mod decoding;

pub use decoding::GroupDecoder;

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
