//! The recording that runs: what the program's threads and whoever drains have in common.
#![allow(unsafe_code, reason = "one recording, found by all threads through a pointer")]

use crate::drain::Drain;
use crate::exclusive::Exclusive;
use crate::free_chunks::FreeChunks;
use crate::ring::{FIRST_CHUNKS, MOST_CHUNKS, Ring};
use crate::writer::Writer;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::ptr::null_mut;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64};

/// How to record, decided at the start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Drop events rather than wait when the ring is full.
    pub(crate) lossy: bool,
    /// Have each stack judged by the `backtrace` crate.
    pub(crate) cross_check: bool,
}

/// See the module.
pub(crate) struct Live {
    /// Number of the recording in this process, from 1 on.
    pub(crate) recording: u32,
    pub(crate) manner: Manner,
    pub(crate) ring: Ring,
    pub(crate) free: FreeChunks,
    /// Numbers of full chunks, to whoever drains. There is room for every chunk there can be, so sending never waits;
    /// the receiver polls and never parks, so sending never has to wake it, for which crossbeam would allocate.
    pub(crate) full: (Sender<u32>, Receiver<u32>),
    pub(crate) next_thread: AtomicU32,
    pub(crate) next_sequence: AtomicU64,
    pub(crate) writer: Writer,
    /// Nobody can empty chunks any more: events are lost (and counted) rather than waited for.
    pub(crate) is_stuck: AtomicBool,
    /// The ring cannot grow and living threads may hold all of it.
    pub(crate) is_crowded: AtomicBool,
    pub(crate) drain: Exclusive<Drain>,
}

static LIVE: AtomicPtr<Live> = AtomicPtr::new(null_mut());

impl Live {
    /// A recording in which nothing has happened.
    pub(crate) fn new(recording: u32, manner: Manner, ring: Ring, drain: Drain) -> Live {
        let free = FreeChunks::new();
        // The first chunks on top.
        (0..FIRST_CHUNKS).rev().for_each(|number| free.give(number));
        Live {
            recording,
            manner,
            ring,
            free,
            full: bounded(MOST_CHUNKS as usize),
            next_thread: AtomicU32::new(0),
            next_sequence: AtomicU64::new(1),
            writer: Writer::default(),
            is_stuck: AtomicBool::new(false),
            is_crowded: AtomicBool::new(false),
            drain: Exclusive::new(drain),
        }
    }

    /// Makes it the one that [`get`] gives.
    pub(crate) fn publish(self) -> &'static Live {
        let live = Box::leak(Box::new(self));
        LIVE.store(live, Release);
        live
    }

    /// Gives its memory back. Nobody gets it any more.
    ///
    /// # Safety
    /// No thread is inside the hook and the writer is gone: nobody has a reference.
    pub(crate) unsafe fn bury(&'static self) {
        let place = std::ptr::from_ref(self).cast_mut();
        LIVE.store(null_mut(), Release);
        // SAFETY: made by `publish`, and by this function's contract the only reference.
        drop(unsafe { Box::from_raw(place) });
    }
}

/// The recording that runs, or ran last. Only for who is inside the hook or ends it.
pub(crate) fn get() -> Option<&'static Live> {
    // SAFETY: published recordings stay until `bury`, whose contract excludes everybody who could be here.
    unsafe { LIVE.load(Acquire).as_ref() }
}
