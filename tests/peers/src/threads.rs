//! Threads that pass blocks on: each allocates, and releases what its neighbour has allocated.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Blocks of all threads together.
const BLOCKS: usize = 3_200_000;
/// Blocks passed on at once.
const PARCEL: usize = 1000;

/// A ring of `count` threads; with one, it passes the blocks to itself.
pub(crate) fn passing(count: usize, divisor: u32) {
    let parcels = BLOCKS / PARCEL / count / divisor as usize;
    let (ends, mut others): (Vec<_>, Vec<_>) = (0..count).map(|_| sync_channel(4)).unzip();
    others.rotate_right(1);
    std::thread::scope(|scope| {
        for (next, before) in ends.into_iter().zip(others) {
            scope.spawn(move || one(parcels, &next, &before));
        }
    });
}

#[allow(clippy::vec_box, reason = "each of them is a block that is passed on")]
fn one(parcels: usize, next: &SyncSender<Vec<Box<[u8; 40]>>>, before: &Receiver<Vec<Box<[u8; 40]>>>) {
    for _ in 0..parcels {
        let parcel: Vec<_> = (0..PARCEL).map(|number| black_box(Box::new([number as u8; 40]))).collect();
        if next.send(parcel).is_err() {
            return;
        }
        drop(black_box(before.recv()));
    }
}
