//! From a group's columns to its events, batch by batch.
//!
//! Each event takes a number or two of four columns, so what each of these asks is what decoding costs. They stand one
//! behind the other in one row of bytes, which is all that a number has to be in: that it was one of its own column is seen
//! from where the columns' ends have been left when a batch has been read.

use super::{ADDRESS, AGE, ALIGN, BORN_HERE, Born, COLUMNS, MORE, OTHER_SIZE, SIZE, STACK, TIME, WHAT};
use crate::error::ReadError;
use crate::event::{Event, EventBatch, EventKind, Realloc, StackQuality};
use crate::ids::StackId;
use crate::packed::{Head, Unpacker};
use crate::packed_group::{self, BatchHead, PackedGroup};
use crate::places::Places;
use crate::varint::{Begin, Cursor, Numbers, Row, begins, unzigzag};

/// A group that is being read, batch by batch; keeps its buffers.
pub struct GroupDecoder {
    /// Of the batches to come, the next one last.
    heads: Vec<BatchHead>,
    /// All columns, the kinds first, and what numbers may read behind the last.
    bytes: Vec<u8>,
    /// What would begin at each of them.
    begins: Vec<Begin>,
    /// How far each has been read, and where it ends.
    at: [Numbers; COLUMNS],
    ends: [Numbers; COLUMNS],
    /// How many events have been read.
    events: usize,
    unpacker: Unpacker,
    /// Room for as many births as the group has events, and how many there have been.
    born: Vec<Born>,
    births: usize,
    places: Box<Places>,
    last_freed: u64,
}

impl Default for GroupDecoder {
    fn default() -> Self {
        Self {
            heads: Vec::new(),
            bytes: Vec::new(),
            begins: Vec::new(),
            at: [Numbers::default(); COLUMNS],
            ends: [Numbers::default(); COLUMNS],
            events: 0,
            unpacker: Unpacker::default(),
            born: Vec::new(),
            births: 0,
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
        let mut columns = [Head::default(); COLUMNS];
        for column in &mut columns {
            *column = Head::take(&mut cursor)?;
        }
        if columns[WHAT].length != events {
            return Err(ReadError::Damaged("a group does not hold as many events as it says"));
        }
        let mut length = 0;
        for ((column, at), end) in columns.iter().zip(&mut self.at).zip(&mut self.ends) {
            *at = Numbers::at(length);
            length += column.length;
            *end = Numbers::at(length);
        }
        // All of it is written over: only what it grows by has to be filled before.
        self.bytes.resize(length + Numbers::PADDING, 0);
        let mut left = self.bytes.as_mut_slice();
        for two in columns.as_chunks::<2>().0 {
            let mut next = |length| left.split_off_mut(..length).unwrap_or_default();
            self.unpacker.unpack(two, [next(two[0].length), next(two[1].length)])?;
        }
        left.fill(0);
        begins(&self.bytes, events, &mut self.begins);
        self.events = 0;
        // What is left there of the group before is never asked for.
        self.born.resize(events, (0, 0));
        self.births = 0;
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
        let what = self.bytes.get(self.events..self.events + head.events).unwrap_or(&[]);
        self.events += head.events;
        let mut reader = Reader {
            row: Row { bytes: &self.bytes, begins: &self.begins },
            born: &mut self.born,
            places: &mut self.places,
        };
        let at = At { at: self.at, births: self.births, last_freed: self.last_freed, too_large: 0, is_damaged: false };
        let at = reader.events(at, what, &head, batch);
        (self.at, self.births, self.last_freed) = (at.at, at.births, at.last_freed);
        let is_too_far = self.at.iter().zip(&self.ends).any(|(at, end)| at > end);
        let is_damaged = at.is_damaged || what.len() != head.events || at.too_large > u64::from(u32::MAX);
        if is_too_far || is_damaged {
            self.heads.clear();
            batch.clear();
            return Err(ReadError::Damaged("the columns of a group do not fit each other"));
        }
        Ok(true)
    }
}

/// What a batch is read from.
struct Reader<'a> {
    row: Row<'a>,
    born: &'a mut [Born],
    places: &'a mut Places,
}

/// How far it has been read. By value, so that it stays in the processor's registers: what a function that is called could
/// change would be put away before and after each number.
#[derive(Clone, Copy)]
struct At {
    at: [Numbers; COLUMNS],
    births: usize,
    last_freed: u64,
    /// The bits of all numbers that have to fit into 32.
    too_large: u64,
    is_damaged: bool,
}

impl At {
    /// The next number of this column.
    #[inline(always)]
    fn next<const COLUMN: usize>(&mut self, row: Row<'_>) -> u64 {
        self.at[COLUMN].next(row)
    }
}

/// What an event is besides its time, its stack and its kind.
#[derive(Clone, Copy)]
struct Of {
    address: u64,
    size_bytes: u64,
    extra: u32,
    align_log2: u8,
}

const NO_EVENT: Event = Event {
    time_ns: 0,
    address: 0,
    size_bytes: 0,
    stack: StackId::EMPTY,
    extra: 0,
    kind: EventKind::Mark,
    align_log2: 0,
    quality: StackQuality::Complete,
};

/// By what says so of an event.
const KINDS: [EventKind; 256] = {
    let mut all = [EventKind::Mark; 256];
    let mut what = 0;
    while what < all.len() {
        if let Some(kind) = EventKind::from_u8(what as u8 & 15) {
            all[what] = kind;
        }
        what += 1;
    }
    all
};

const QUALITIES: [StackQuality; 256] = {
    let mut all = [StackQuality::Complete; 256];
    let mut what = 0;
    while what < all.len() {
        all[what] = match what >> 4 & 3 {
            0 => StackQuality::Complete,
            1 => StackQuality::Truncated,
            _ => StackQuality::Suspect,
        };
        what += 1;
    }
    all
};

impl Reader<'_> {
    fn events(&mut self, at: At, what: &[u8], head: &BatchHead, batch: &mut EventBatch) -> At {
        let EventBatch { events, reallocs, .. } = batch;
        if events.capacity() < what.len() {
            // What waits for its time is many batches: none of them takes more than it needs.
            *events = Vec::with_capacity(what.len());
        }
        // All of them are written over: what is there of an earlier batch need not be wiped.
        events.resize(what.len(), NO_EVENT);
        let at = self.moments(at, what, head.first_ns, events);
        self.blocks(at, what, events, reallocs)
    }

    /// What every event has. By itself, since so little has to be kept at hand meanwhile.
    fn moments(&self, mut at: At, what: &[u8], first_ns: u64, events: &mut [Event]) -> At {
        let (row, mut times, mut stacks) = (self.row, at.at[TIME], at.at[STACK]);
        // All of them first, several to an instruction.
        at.is_damaged |= what.iter().fold(false, |other, &what| other | EventKind::from_u8(what & 15).is_none());
        let mut time_ns = first_ns;
        for (event, &what) in events.iter_mut().zip(what) {
            time_ns = time_ns.saturating_add(times.next(row));
            let stack = stacks.next(row);
            at.too_large |= stack;
            event.time_ns = time_ns;
            event.stack = StackId(stack as u32);
            event.kind = KINDS[usize::from(what)];
            event.quality = QUALITIES[usize::from(what)];
        }
        (at.at[TIME], at.at[STACK]) = (times, stacks);
        at
    }

    /// What depends on its kind.
    fn blocks(&mut self, mut at: At, what: &[u8], events: &mut [Event], reallocs: &mut Vec<Realloc>) -> At {
        for (event, &what) in events.iter_mut().zip(what) {
            let of = match event.kind {
                EventKind::Alloc | EventKind::AllocZeroed => self.birth(&mut at, None),
                EventKind::Free => self.free(&mut at, what),
                EventKind::Realloc => {
                    let of;
                    (at, of) = self.realloc(at, what, event.time_ns, reallocs);
                    of
                }
                _ => {
                    let (address, text) = (at.next::<ADDRESS>(self.row), at.next::<MORE>(self.row));
                    at.too_large |= text;
                    Of { address, size_bytes: 0, extra: text as u32, align_log2: 0 }
                }
            };
            event.address = of.address;
            event.size_bytes = of.size_bytes;
            event.extra = of.extra;
            event.align_log2 = of.align_log2;
        }
        at
    }

    #[inline(always)]
    fn birth(&mut self, at: &mut At, stays: Option<u64>) -> Of {
        let row = self.row;
        let size_bytes = at.next::<SIZE>(row);
        let number = at.next::<ADDRESS>(row);
        let address = self.places.take(number, size_bytes, stays, || at.next::<ADDRESS>(row));
        if let Some(born) = self.born.get_mut(at.births) {
            *born = (address, size_bytes);
        }
        at.births += 1;
        Of { address, size_bytes, extra: 0, align_log2: at.at[ALIGN].byte(row) }
    }

    /// The block that the column *age* points to.
    #[inline(always)]
    fn born_here(&self, at: &mut At) -> Born {
        let index = (at.births as u64).wrapping_sub(at.next::<AGE>(self.row).saturating_add(1));
        let birth = if index < at.births as u64 { self.born.get(index as usize).copied() } else { None };
        at.is_damaged |= birth.is_none();
        birth.unwrap_or_default()
    }

    #[inline(never)]
    fn realloc(&mut self, mut at: At, what: u8, time_ns: u64, reallocs: &mut Vec<Realloc>) -> (At, Of) {
        let (old_address, born_bytes) = if what & BORN_HERE != 0 {
            self.born_here(&mut at)
        } else {
            let before = at.births.checked_sub(1).and_then(|last| self.born.get(last)).map_or(0, |born| born.0);
            (before.wrapping_add(unzigzag(at.next::<MORE>(self.row)) as u64), 0)
        };
        let is_born_here = what & (BORN_HERE | OTHER_SIZE) == BORN_HERE;
        let old_size_bytes = if is_born_here { born_bytes } else { at.next::<MORE>(self.row) };
        let started_ns = time_ns.saturating_sub(at.next::<MORE>(self.row));
        let extra = reallocs.len() as u32;
        reallocs.push(Realloc { old_address, old_size_bytes, started_ns });
        let of = self.birth(&mut at, Some(old_address));
        if old_address != of.address {
            self.places.freed(old_address, if what & BORN_HERE != 0 { born_bytes } else { old_size_bytes });
        }
        (at, Of { extra, ..of })
    }

    #[inline(always)]
    fn free(&mut self, at: &mut At, what: u8) -> Of {
        let is_born_here = what & BORN_HERE != 0;
        let (address, born_bytes) = if is_born_here {
            self.born_here(at)
        } else {
            at.last_freed = at.last_freed.wrapping_add(unzigzag(at.next::<ADDRESS>(self.row)) as u64);
            (at.last_freed, 0)
        };
        let has_size = what & (BORN_HERE | OTHER_SIZE) != BORN_HERE;
        let size_bytes = if has_size { at.next::<SIZE>(self.row) } else { born_bytes };
        self.places.freed(address, if is_born_here { born_bytes } else { size_bytes });
        Of { address, size_bytes, extra: 0, align_log2: 0 }
    }
}
