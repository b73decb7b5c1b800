//! Batches that wait for their time, as they stand in the file: 4 bytes an event instead of 40. A group is decoded shortly
//! before the first of its batches is needed, so that its events are still in the processor's cache when they are merged.

use super::ahead::Ahead;
use crate::hash::FastMap;
use dropscope_format::{BatchHead, EventBatch, PackedGroup};

/// A batch that waits.
pub(super) enum Waiting {
    Decoded(EventBatch),
    /// Number of the group, and of the batch in it.
    Packed(u64, usize),
}

/// Groups of which not all batches have been taken.
#[derive(Default)]
pub(super) struct Groups {
    /// How many batches of each are still to be taken.
    left: FastMap<u64, usize>,
    packed: Ahead,
    decoded: FastMap<u64, Vec<EventBatch>>,
    damaged: (u64, u64),
}

pub(super) fn is_wanted(head: &BatchHead) -> bool {
    head.is_fresh && head.events > 0
}

impl Groups {
    /// Takes a group and leaves another in its place; tells for each batch to come who made it and what to wait with.
    pub(super) fn push(&mut self, group: &mut PackedGroup) -> Vec<(BatchHead, Waiting)> {
        let wanted: Vec<(usize, BatchHead)> =
            group.batches.iter().copied().enumerate().filter(|(_, head)| is_wanted(head)).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let number = self.packed.push(group);
        self.left.insert(number, wanted.len());
        wanted.into_iter().map(|(at, head)| (head, Waiting::Packed(number, at))).collect()
    }

    /// The batch that waited.
    pub(super) fn take(&mut self, waiting: Waiting) -> EventBatch {
        let (number, at) = match waiting {
            Waiting::Decoded(batch) => return batch,
            Waiting::Packed(number, at) => (number, at),
        };
        let batches = self.decoded.entry(number).or_insert_with(|| {
            let decoded = self.packed.take(number);
            if decoded.damaged_bytes > 0 {
                self.damaged.0 += decoded.damaged_bytes;
                self.damaged.1 += 1;
            }
            decoded.batches
        });
        let batch = batches.get_mut(at).map(std::mem::take).unwrap_or_default();
        match self.left.get_mut(&number) {
            Some(left) if *left > 1 => *left -= 1,
            _ => {
                self.left.remove(&number);
                self.decoded.remove(&number);
            }
        }
        batch
    }

    /// An empty batch, or one to be used again.
    pub(super) fn spare(&mut self) -> EventBatch {
        self.packed.spare()
    }

    /// Nobody needs `batch` any more.
    pub(super) fn give_back(&mut self, batch: EventBatch) {
        self.packed.give_back(batch);
    }

    /// Bytes of the file that could not be decoded, and in how many places.
    pub(super) fn damaged(&self) -> (u64, u64) {
        self.damaged
    }
}
