//! Batches that wait for their time, as they stand in the file: 4 bytes an event instead of 40. A group is decoded when
//! the first of its batches is needed, so that its events are still in the processor's cache when they are merged.

use crate::hash::FastMap;
use dropscope_format::{BatchHead, EventBatch, GroupDecoder, PackedGroup};

/// A batch that waits.
pub(super) enum Waiting {
    Decoded(EventBatch),
    /// Number of the group, and of the batch in it.
    Packed(u64, usize),
}

enum Group {
    Packed(PackedGroup),
    Decoded(Vec<EventBatch>),
}

/// Groups of which not all batches have been taken.
#[derive(Default)]
pub(super) struct Groups {
    /// By number, with how many batches of each are still to be taken.
    groups: FastMap<u64, (Group, usize)>,
    next: u64,
    decoder: GroupDecoder,
    /// To use again. They are not given back to the system one by one: the columns grow meanwhile, and what lies
    /// between their pieces fits little.
    spare: Vec<EventBatch>,
    spare_groups: Vec<PackedGroup>,
    damaged: (u64, u64),
}

/// Empty batches and groups that are kept.
const MOST_SPARE: usize = 64;

fn is_wanted(head: &BatchHead) -> bool {
    head.is_fresh && head.events > 0
}

impl Groups {
    /// Takes a group and leaves another in its place; tells for each batch to come who made it and what to wait with.
    pub(super) fn push(&mut self, group: &mut PackedGroup) -> Vec<(BatchHead, Waiting)> {
        let number = self.next;
        let wanted = group.batches.iter().enumerate().filter(|(_, head)| is_wanted(head));
        let waiting: Vec<_> = wanted.map(|(at, head)| (*head, Waiting::Packed(number, at))).collect();
        if !waiting.is_empty() {
            self.next += 1;
            let group = std::mem::replace(group, self.spare_groups.pop().unwrap_or_default());
            self.groups.insert(number, (Group::Packed(group), waiting.len()));
        }
        waiting
    }

    /// The batch that waited. `finish` is what else is to be done with the batches of a group that is decoded now.
    pub(super) fn take(&mut self, waiting: Waiting, finish: &dyn Fn(&mut EventBatch)) -> EventBatch {
        let (number, at) = match waiting {
            Waiting::Decoded(batch) => return batch,
            Waiting::Packed(number, at) => (number, at),
        };
        let Some((mut group, left)) = self.groups.remove(&number) else { return EventBatch::default() };
        if let Group::Packed(packed) = group {
            group = Group::Decoded(self.decode(&packed, finish));
            if self.spare_groups.len() < MOST_SPARE {
                self.spare_groups.push(packed);
            }
        }
        let Group::Decoded(batches) = &mut group else { return EventBatch::default() };
        let batch = batches.get_mut(at).map(std::mem::take).unwrap_or_default();
        if left > 1 {
            self.groups.insert(number, (group, left - 1));
        }
        batch
    }

    /// What cannot be decoded is missing and counted.
    fn decode(&mut self, packed: &PackedGroup, finish: &dyn Fn(&mut EventBatch)) -> Vec<EventBatch> {
        let mut batches = Vec::with_capacity(packed.batches.len());
        let mut is_whole = self.decoder.open(packed).is_ok();
        for head in &packed.batches {
            if !is_whole {
                break;
            }
            let mut batch = self.spare.pop().unwrap_or_default();
            is_whole = self.decoder.next(&mut batch).is_ok_and(|is_there| is_there);
            if !is_whole || !is_wanted(head) {
                self.give_back(batch);
                batches.push(EventBatch::default());
                continue;
            }
            finish(&mut batch);
            batches.push(batch);
        }
        if !is_whole {
            self.damaged.0 += packed.file_bytes;
            self.damaged.1 += 1;
        }
        batches
    }

    /// An empty batch, or one to be used again.
    pub(super) fn spare(&mut self) -> EventBatch {
        self.spare.pop().unwrap_or_default()
    }

    /// Nobody needs `batch` any more.
    pub(super) fn give_back(&mut self, batch: EventBatch) {
        if self.spare.len() < MOST_SPARE {
            self.spare.push(batch);
        }
    }

    /// Bytes of the file that could not be decoded, and in how many places.
    pub(super) fn damaged(&self) -> (u64, u64) {
        self.damaged
    }
}
