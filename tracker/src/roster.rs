//! The threads as whoever drains sees them: who is new, renamed or gone, and before which time each has told all.

use crate::live::Live;
use crate::registry::Registry;
use crate::sys;
use dropscope_format::ring::{chunk, header, slot};
use dropscope_format::{Thread, ThreadId, name_from_words};
use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// A thread slot.
#[derive(Default)]
struct Seat {
    /// Number of the thread that has it in this recording.
    thread: Option<u32>,
    os_id: u32,
    name: [u64; 2],
    /// Every event of this seat before this time has been read.
    told_ns: u64,
    /// Time of the last event read.
    last_ns: u64,
    /// It was inside the hook when looked at.
    was_busy: bool,
    /// The chunk it was writing to when looked at, and that chunk's life.
    chunk: Option<(u32, u64)>,
    has_ended: bool,
}

impl Seat {
    fn describe(&self, thread: u32, ended: bool) -> Thread {
        let name = if self.os_id == sys::process_id() { "main".to_owned() } else { name_from_words(self.name) };
        Thread { thread: ThreadId(thread), os_id: self.os_id, name, ended }
    }
}

/// All seats.
#[derive(Default)]
pub(crate) struct Roster {
    seats: Vec<Seat>,
    seat_of_thread: HashMap<u32, usize>,
    /// What the last look was sure of; nobody who came later has an older event.
    sure_ns: u64,
}

impl Roster {
    /// Looks at every slot. `sure_ns` is a moment before the look by more than a store takes to be seen: a thread that
    /// is not inside the hook now has committed every event it stamped before that moment. Gives who is new or renamed.
    pub(crate) fn look(&mut self, live: &Live, registry: &Registry, sure_ns: u64) -> Vec<Thread> {
        let mut changed = Vec::new();
        let slots = registry.slots();
        let before_ns = self.sure_ns;
        let seat_before = || Seat { told_ns: before_ns, ..Seat::default() };
        self.seats.resize_with(slots.end.max(self.seats.len()), seat_before);
        for (index, seat) in self.seats.iter_mut().enumerate() {
            seat.was_busy = false;
            seat.chunk = None;
            let Some(state) = registry.state(index) else {
                seat.thread = None;
                continue;
            };
            // First whether it has ended, then what it wrote: of a thread that has, all is there to be seen.
            seat.has_ended |= state.life.is_abandoned();
            let words = live.ring.slot(index);
            if words[slot::STATE].load(Acquire) != 1 {
                seat.thread = None;
                continue;
            }
            seat.was_busy = !seat.has_ended && state.is_inside();
            seat.chunk = current_chunk(live, index);
            let thread = words[slot::THREAD].load(Relaxed) as u32;
            let name = [words[slot::NAME].load(Relaxed), words[slot::NAME + 1].load(Relaxed)];
            let is_new = seat.thread != Some(thread);
            if is_new {
                seat.thread = Some(thread);
                seat.os_id = words[slot::OS_ID].load(Relaxed) as u32;
                seat.last_ns = 0;
                self.seat_of_thread.insert(thread, index);
            }
            if is_new || seat.name != name {
                seat.name = name;
                changed.push(seat.describe(thread, false));
            }
        }
        self.sure_ns = sure_ns;
        changed
    }

    /// All threads that have made an event and not ended.
    pub(crate) fn all(&self) -> impl Iterator<Item = Thread> {
        self.seats.iter().filter_map(|seat| Some(seat.describe(seat.thread?, false)))
    }

    /// The chunks that threads were writing to at the last look: number and life.
    pub(crate) fn current_chunks(&self) -> Vec<(u32, u64)> {
        self.seats.iter().filter_map(|seat| seat.chunk).collect()
    }

    /// Events of this thread have been read up to this time.
    pub(crate) fn has_told(&mut self, thread: u32, last_ns: u64) {
        if let Some(seat) = self.seat_of_thread.get(&thread).and_then(|&index| self.seats.get_mut(index)) {
            seat.last_ns = seat.last_ns.max(last_ns);
        }
    }

    /// Before which time every event of every thread has been read. Call it when everything has been read that was
    /// handed over before the last look, and what was in the current chunks then.
    pub(crate) fn all_told_ns(&mut self) -> u64 {
        let mut all_ns = self.sure_ns;
        for seat in &mut self.seats {
            // A busy thread may hold a timestamp that is not written yet; but none older than its last event.
            let told_ns = if seat.thread.is_some() && seat.was_busy { seat.last_ns } else { self.sure_ns };
            seat.told_ns = seat.told_ns.max(told_ns);
            all_ns = all_ns.min(seat.told_ns);
        }
        all_ns
    }

    /// Threads that have ended: their slot, themselves and the chunk they held.
    pub(crate) fn ended(&self, live: &Live) -> Vec<(usize, Option<Thread>, Option<u32>)> {
        let of_seat = |(index, seat): (usize, &Seat)| {
            let thread = seat.thread.map(|thread| seat.describe(thread, true));
            seat.has_ended.then(|| (index, thread, current_chunk(live, index).map(|(number, _)| number)))
        };
        self.seats.iter().enumerate().filter_map(of_seat).collect()
    }

    /// Everything of the thread in slot `index` has been read and written: the slot is free.
    pub(crate) fn dismiss(&mut self, live: &Live, registry: &Registry, index: usize) {
        let Some(seat) = self.seats.get_mut(index) else { return };
        seat.has_ended = false;
        let words = live.ring.slot(index);
        if let Some(thread) = seat.thread.take() {
            self.seat_of_thread.remove(&thread);
            for quality in 0..3 {
                let stacks = words[slot::STACKS + quality].load(Relaxed);
                live.ring.header(header::ENDED_STACKS + quality).fetch_add(stacks, Relaxed);
            }
            words[slot::STATE].store(0, Release);
            words[slot::CHUNK].store(0, Relaxed);
        }
        if let Some(state) = registry.state(index) {
            state.end_life();
        }
        registry.release(index);
    }
}

/// The chunk that the thread in slot `index` writes to, and its life. A thread takes a chunk's number out of its slot
/// before it hands the chunk over, and only the one who asks here gives chunks back: so the chunk is that thread's.
fn current_chunk(live: &Live, index: usize) -> Option<(u32, u64)> {
    let number = (live.ring.slot(index)[slot::CHUNK].load(Acquire) as u32).checked_sub(1)?;
    let sequence = live.ring.chunk(number)?[chunk::SEQUENCE].load(Acquire);
    Some((number, sequence))
}
