//! Groups that wait are decoded ahead of their time, by a thread of their own: decoding is two fifths of reading, and needs
//! nothing of the rest.

use dropscope_format::{EventBatch, GroupDecoder, PackedGroup};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Groups that wait from which on there is a thread for them: a short recording is read before it has begun.
const THREAD_FROM: usize = 4;
/// Groups that are decoded ahead at most: 40 bytes an event, half a megabyte each, and more of them push each other out of
/// the cache before they are merged.
const MOST_AHEAD: usize = 2;
/// The thread is woken again when no more than so many are left: to wake it takes long, for one group nearly as long as to
/// decode it.
const FEW_AHEAD: usize = 1;
/// Empty batches that are kept, and groups.
const MOST_SPARE: usize = 32;
const MOST_SPARE_GROUPS: usize = 8;

/// A group's batches, in order; empty ones for those that nobody wants.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) batches: Vec<EventBatch>,
    /// Bytes of the file that could not be decoded.
    pub(super) damaged_bytes: u64,
}

enum Slot {
    Packed(PackedGroup),
    /// Somebody decodes it.
    InWork,
    Decoded(Decoded),
    Taken,
}

#[derive(Default)]
struct Queue {
    /// Number of the first group of the queue.
    first: u64,
    slots: VecDeque<Slot>,
    /// How many are decoded or in work.
    ahead: usize,
    /// To use again. They are not given back to the system one by one: the columns grow meanwhile, and what lies
    /// between their pieces fits little.
    spare: Vec<EventBatch>,
    spare_groups: Vec<PackedGroup>,
    /// The thread has nothing to do.
    rests: bool,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// A group waits, there is room for one that is decoded, or all is over.
    is_work: Condvar,
    is_decoded: Condvar,
}

/// The groups, by number in order of their coming, from 0.
#[derive(Default)]
pub(super) struct Ahead {
    shared: Arc<Shared>,
    decoder: GroupDecoder,
    thread: Option<JoinHandle<()>>,
    /// No thread could be had: all is decoded here.
    is_alone: bool,
}

impl Ahead {
    /// Takes a group and leaves another in its place; its number.
    pub(super) fn push(&mut self, group: &mut PackedGroup) -> u64 {
        let mut queue = self.shared.queue.lock();
        let empty = queue.spare_groups.pop().unwrap_or_default();
        let number = queue.first + queue.slots.len() as u64;
        queue.slots.push_back(Slot::Packed(std::mem::replace(group, empty)));
        let is_long = queue.slots.len() >= THREAD_FROM;
        self.shared.wake(queue);
        if is_long && self.thread.is_none() && !self.is_alone {
            self.start();
        }
        number
    }

    #[cold]
    fn start(&mut self) {
        let shared = Arc::clone(&self.shared);
        let work = move || shared.work(&mut GroupDecoder::default());
        self.thread = std::thread::Builder::new().name("dropscope-decode".to_owned()).spawn(work).ok();
        self.is_alone = self.thread.is_none();
    }

    /// The group with this number, which nobody has taken yet. Where it is not ready, this thread decodes it, or others while
    /// somebody else does.
    pub(super) fn take(&mut self, number: u64) -> Decoded {
        let mut queue = self.shared.queue.lock();
        let decoded = loop {
            let Some(at) = number.checked_sub(queue.first).map(|at| at as usize) else { return Decoded::default() };
            match queue.slots.get(at) {
                Some(Slot::Decoded(_)) => break queue.take(at),
                Some(Slot::Packed(_)) => queue = self.shared.decode(queue, at, &mut self.decoder),
                Some(Slot::InWork) => match queue.next() {
                    Some(next) => queue = self.shared.decode(queue, next, &mut self.decoder),
                    None => self.shared.is_decoded.wait(&mut queue),
                },
                Some(Slot::Taken) | None => break Decoded::default(),
            }
        };
        self.shared.wake(queue);
        decoded
    }

    /// An empty batch, or one to be used again.
    pub(super) fn spare(&mut self) -> EventBatch {
        self.shared.queue.lock().spare.pop().unwrap_or_default()
    }

    /// Nobody needs `batch` any more.
    pub(super) fn give_back(&mut self, batch: EventBatch) {
        self.shared.queue.lock().give_back(batch);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.queue.lock().is_over = true;
        self.shared.is_work.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends within one group, and has nothing to say.
            let _ = thread.join();
        }
    }
}

impl Queue {
    /// Where the next group to be decoded is, if there is one and not too many are already.
    fn next(&self) -> Option<usize> {
        if self.ahead >= MOST_AHEAD {
            return None;
        }
        self.slots.iter().position(|slot| matches!(slot, Slot::Packed(_)))
    }

    /// Takes the group out, which is decoded.
    fn take(&mut self, at: usize) -> Decoded {
        let taken = self.slots.get_mut(at).map(|slot| std::mem::replace(slot, Slot::Taken));
        while matches!(self.slots.front(), Some(Slot::Taken)) {
            self.slots.pop_front();
            self.first += 1;
        }
        match taken {
            Some(Slot::Decoded(decoded)) => {
                self.ahead -= 1;
                decoded
            }
            _ => Decoded::default(),
        }
    }

    fn give_back(&mut self, batch: EventBatch) {
        if self.spare.len() < MOST_SPARE {
            self.spare.push(batch);
        }
    }
}

impl Shared {
    /// Decodes one group after the other, until all is over.
    fn work(&self, decoder: &mut GroupDecoder) {
        let mut queue = self.queue.lock();
        while !queue.is_over {
            match queue.next() {
                Some(at) => queue = self.decode(queue, at, decoder),
                None => {
                    queue.rests = true;
                    self.is_work.wait(&mut queue);
                }
            }
        }
    }

    /// Has the thread go on if there is enough to do.
    fn wake(&self, mut queue: MutexGuard<'_, Queue>) {
        if queue.rests && queue.ahead <= FEW_AHEAD && queue.next().is_some() {
            queue.rests = false;
            drop(queue);
            self.is_work.notify_one();
        }
    }

    /// Decodes the group there; the queue is open to others meanwhile.
    fn decode<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
        at: usize,
        decoder: &mut GroupDecoder,
    ) -> MutexGuard<'a, Queue> {
        let number = queue.first + at as u64;
        let Some(slot) = queue.slots.get_mut(at) else { return queue };
        let Slot::Packed(packed) = std::mem::replace(slot, Slot::InWork) else { return queue };
        queue.ahead += 1;
        let left = queue.spare.len().saturating_sub(packed.batches.len());
        let mut spare = queue.spare.split_off(left);
        drop(queue);
        // A mistake of ours must not leave anybody waiting for this group: then it is damaged.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(&packed, decoder, &mut spare)));
        let decoded =
            decoded.unwrap_or_else(|_| Decoded { batches: Vec::new(), damaged_bytes: packed.file_bytes.max(1) });
        let mut queue = self.queue.lock();
        spare.into_iter().for_each(|batch| queue.give_back(batch));
        if queue.spare_groups.len() < MOST_SPARE_GROUPS {
            queue.spare_groups.push(packed);
        }
        // Nobody takes what is in work, so the queue cannot have gone past it.
        let at = (number - queue.first) as usize;
        if let Some(slot) = queue.slots.get_mut(at) {
            *slot = Slot::Decoded(decoded);
        }
        self.is_decoded.notify_one();
        queue
    }
}

/// What cannot be decoded is missing and counted.
fn decode(packed: &PackedGroup, decoder: &mut GroupDecoder, spare: &mut Vec<EventBatch>) -> Decoded {
    let mut batches = Vec::with_capacity(packed.batches.len());
    let mut is_whole = decoder.open(packed).is_ok();
    for head in &packed.batches {
        if !is_whole {
            break;
        }
        let mut batch = spare.pop().unwrap_or_default();
        is_whole = decoder.next(&mut batch).is_ok_and(|is_there| is_there);
        if !is_whole || !super::waiting::is_wanted(head) {
            spare.push(batch);
            batches.push(EventBatch::default());
            continue;
        }
        batches.push(batch);
    }
    Decoded { batches, damaged_bytes: if is_whole { 0 } else { packed.file_bytes } }
}
