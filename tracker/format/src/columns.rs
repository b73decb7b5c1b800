//! A batch of events as version 1 had it, for reading only: see `group.rs` for what is written.
//!
//! Layout of an events payload (all numbers LEB128 varints unless a byte is named):
//!
//! | field | what |
//! |---|---|
//! | thread, chunk sequence, from word, to word, done | whose, and where in the ring (see [`EventBatch`]) |
//! | events, first time in ns, last time in ns | counts and span |
//! | column *what*, bytes | kind in bits 0–3, [`StackQuality`] in 4–5, bit 6: the free's block was born in this batch, bit 7: the free's size is not its block's |
//! | column *time* | ns since the event before (the first: since the batch's first time) |
//! | column *stack* | stack id |
//! | column *address* | births: zigzag difference to the birth before; frees with bit 6: how many births ago; other frees: zigzag difference to the free before; texts: CPU time |
//! | column *size* | bytes, for births and for frees without bit 6 or with bit 7 |
//! | column *align*, bytes | log2, for births |
//! | column *more* | realloc: zigzag difference of the old address to the birth before, old size, ns the call took; texts: string id |
//!
//! Each column is its length in bytes and then the bytes.

use crate::error::ReadError;
use crate::event::{Event, EventBatch, EventKind, Realloc, StackQuality};
use crate::ids::{ChunkSequence, StackId, ThreadId};
use crate::varint::{Cursor, unzigzag};

const BORN_HERE: u8 = 1 << 6;
const OTHER_SIZE: u8 = 1 << 7;

/// More events than any chunk holds, and so than any batch has.
const MOST_EVENTS: u64 = 1 << 16;

/// Decodes one events payload into `batch`. Events never outnumber the bytes of the *what* column, so a damaged
/// count cannot make the reader allocate more than a small multiple of the payload.
pub(crate) fn decode(payload: &[u8], born: &mut Vec<(u64, u64)>, batch: &mut EventBatch) -> Result<(), ReadError> {
    let mut head = Cursor::new(payload);
    batch.clear();
    born.clear();
    batch.thread = ThreadId(head.u32()?);
    batch.chunk = ChunkSequence(head.varint()?);
    batch.from_word = head.u32()?;
    batch.to_word = head.u32()?;
    batch.chunk_done = head.varint()? != 0;
    let count = head.varint()?;
    let mut time_ns = head.varint()?;
    let _last_ns = head.varint()?;
    let what = head.bytes()?;
    if what.len() as u64 != count || count > MOST_EVENTS {
        return Err(ReadError::Damaged("a batch does not hold as many events as it says"));
    }
    let mut columns = Columns {
        stack: Cursor::new(&[]),
        address: Cursor::new(&[]),
        size: Cursor::new(&[]),
        align: Cursor::new(&[]),
        more: Cursor::new(&[]),
        last_freed: 0,
    };
    let mut time = Cursor::new(head.bytes()?);
    columns.stack = Cursor::new(head.bytes()?);
    columns.address = Cursor::new(head.bytes()?);
    columns.size = Cursor::new(head.bytes()?);
    columns.align = Cursor::new(head.bytes()?);
    columns.more = Cursor::new(head.bytes()?);
    batch.events.reserve(what.len());
    for &what in what {
        time_ns = time_ns.saturating_add(time.varint()?);
        let event = columns.event(what, time_ns, born, &mut batch.reallocs)?;
        batch.events.push(event);
    }
    Ok(())
}

struct Columns<'a> {
    stack: Cursor<'a>,
    address: Cursor<'a>,
    size: Cursor<'a>,
    align: Cursor<'a>,
    more: Cursor<'a>,
    last_freed: u64,
}

impl Columns<'_> {
    #[inline]
    fn event(
        &mut self,
        what: u8,
        time_ns: u64,
        born: &mut Vec<(u64, u64)>,
        reallocs: &mut Vec<Realloc>,
    ) -> Result<Event, ReadError> {
        let kind = EventKind::from_u8(what & 15).ok_or(ReadError::Damaged("an event of an unknown kind"))?;
        let mut event = Event {
            time_ns,
            address: 0,
            size_bytes: 0,
            stack: StackId(self.stack.u32()?),
            extra: 0,
            kind,
            align_log2: 0,
            quality: quality(what),
        };
        match kind {
            EventKind::Alloc | EventKind::AllocZeroed => self.birth(&mut event, born)?,
            EventKind::Realloc => {
                let before = born.last().map_or(0, |born| born.0);
                let old_address = before.wrapping_add(unzigzag(self.more.varint()?) as u64);
                let old_size_bytes = self.more.varint()?;
                let started_ns = time_ns.saturating_sub(self.more.varint()?);
                event.extra = reallocs.len() as u32;
                reallocs.push(Realloc { old_address, old_size_bytes, started_ns });
                self.birth(&mut event, born)?;
            }
            EventKind::Free => self.free(&mut event, what, born)?,
            _ => {
                event.address = self.address.varint()?;
                event.extra = self.more.u32()?;
            }
        }
        Ok(event)
    }

    #[inline]
    fn birth(&mut self, event: &mut Event, born: &mut Vec<(u64, u64)>) -> Result<(), ReadError> {
        let before = born.last().map_or(0, |born| born.0);
        event.address = before.wrapping_add(unzigzag(self.address.varint()?) as u64);
        event.size_bytes = self.size.varint()?;
        event.align_log2 = self.align.u8()?;
        born.push((event.address, event.size_bytes));
        Ok(())
    }

    #[inline]
    fn free(&mut self, event: &mut Event, what: u8, born: &[(u64, u64)]) -> Result<(), ReadError> {
        let number = self.address.varint()?;
        if what & BORN_HERE == 0 {
            event.address = self.last_freed.wrapping_add(unzigzag(number) as u64);
            event.size_bytes = self.size.varint()?;
            self.last_freed = event.address;
            return Ok(());
        }
        let index = (born.len() as u64).checked_sub(number.saturating_add(1));
        let birth = index.and_then(|index| born.get(index as usize));
        let &(address, size_bytes) = birth.ok_or(ReadError::Damaged("a release points to no birth"))?;
        event.address = address;
        event.size_bytes = if what & OTHER_SIZE == 0 { size_bytes } else { self.size.varint()? };
        Ok(())
    }
}

#[inline]
fn quality(what: u8) -> StackQuality {
    crate::ring::quality_from(u64::from(what >> 4))
}
