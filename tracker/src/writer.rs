//! The one thread of the recorder: takes full chunks all the time, and a look at everything now and then.

use crate::clock;
use crate::config::StartError;
use crate::live::Live;
use crate::registry;
use crate::state::{self, SAMPLING};
use crate::sys::{self, thread};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// How often all threads are looked at: what a viewer sees is about as old as this. A sample has little to tell and is to
/// cost next to nothing.
const PASS_EVERY_NS: u64 = 20_000_000;
const PASS_EVERY_OF_A_SAMPLE_NS: u64 = 200_000_000;
/// Chunks taken before it is looked whether a pass is due.
const CHUNKS_AT_ONCE: usize = 64;
/// Naps while there is something to do and, growing, while there is not: a thread's waking up costs up to 60 us of a
/// virtual machine's processor. 16 MiB of ring hold what two processors make in 10 ms, so out of naps that are longer than
/// some, up to a pass, the first full chunk wakes the writer.
const SHORT_NAP_US: u32 = 1000;
const LONG_NAP_US: u32 = (PASS_EVERY_OF_A_SAMPLE_NS / 1000) as u32;
const WOKEN_FROM_US: u32 = 4000;

/// What the writer and the others tell each other.
#[derive(Default)]
pub(crate) struct Writer {
    is_stopping: AtomicU32,
    is_gone: AtomicU32,
    /// 1 while the writer is in a nap out of which a full chunk is to wake it.
    is_napping: AtomicU32,
    thread_id: AtomicU32,
}

impl Writer {
    /// Whether the writer has been told to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Relaxed) != 0
    }

    /// Tells the writer to stop after what it is doing.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(1, SeqCst);
        sys::futex_wake(&self.is_stopping);
        self.wake();
    }

    /// There is a full chunk.
    pub(crate) fn wake(&self) {
        if self.is_napping.load(SeqCst) != 0 && self.is_napping.swap(0, SeqCst) != 0 {
            sys::futex_wake(&self.is_napping);
        }
    }

    /// The writer's nap.
    fn nap(&self, nap_us: u32) {
        if nap_us < WOKEN_FROM_US {
            sys::futex_wait(&self.is_stopping, 0, nap_us);
            return;
        }
        self.is_napping.store(1, SeqCst);
        // Either this sees that it is over, or whoever says so sees the nap.
        if self.is_stopping.load(SeqCst) == 0 {
            sys::futex_wait(&self.is_napping, 1, nap_us);
        }
        self.is_napping.store(0, SeqCst);
    }

    /// Waits until the writer uses nothing of the recording any more; false where it takes longer than that.
    pub(crate) fn has_gone_within(&self, milliseconds: u32) -> bool {
        for _ in 0..milliseconds {
            if self.is_gone.load(Acquire) != 0 {
                return true;
            }
            sys::futex_wait(&self.is_gone, 0, 1000);
        }
        self.is_gone.load(Acquire) != 0
    }

    /// One nap of a thread that waits for an empty chunk, the `naps`th. Gives the number of the next.
    pub(crate) fn wait_for_chunk(&self, live: &Live, naps: u32) -> u32 {
        sys::nap_us(50 << naps.min(2));
        let thread_id = self.thread_id.load(Relaxed);
        if naps % 1024 == 1023 && thread_id != 0 && !sys::thread_exists(thread_id) {
            // Whoever killed it: the program must not wait for ever.
            live.is_stuck.store(true, Relaxed);
        }
        naps.wrapping_add(1)
    }
}

/// What the writer has made of the recording that it is to write.
type Opened = Result<(&'static Live, PathBuf), StartError>;

/// The writer's first word to who has started it.
#[derive(Default)]
struct Answer {
    opened: Mutex<Option<Opened>>,
    is_there: AtomicU32,
}

impl Answer {
    fn give(&self, opened: Opened) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        self.is_there.store(1, Release);
        sys::futex_wake(&self.is_there);
    }

    /// Waits for it.
    fn take(&self) -> Opened {
        while self.is_there.load(Acquire) == 0 {
            sys::futex_wait(&self.is_there, 0, LONG_NAP_US);
        }
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        opened.unwrap_or_else(|| Err(StartError::Thread(io::Error::other("it has ended at once"))))
    }
}

/// Starts the writer, which first makes the recording, as `open` says, and does not give it back before it has said that
/// it is gone.
pub(crate) fn spawn(open: impl FnOnce() -> Opened + Send + 'static) -> Opened {
    let answer = Arc::new(Answer::default());
    let its_answer = Arc::clone(&answer);
    let work = move || {
        // A mistake of ours must not end the program.
        let opened = catch_unwind(AssertUnwindSafe(open))
            .unwrap_or_else(|_| Err(StartError::Thread(io::Error::other("a mistake of the recorder's"))));
        let live = opened.as_ref().ok().map(|(live, _)| *live);
        if let Some(live) = live {
            live.writer.thread_id.store(sys::thread_id(), Relaxed);
        }
        its_answer.give(opened);
        drop(its_answer);
        live.into_iter().for_each(write);
    };
    thread::spawn(Box::new(work)).map_err(StartError::Thread)?;
    answer.take()
}

fn write(live: &'static Live) {
    // What cannot be recorded from here on is counted.
    if catch_unwind(AssertUnwindSafe(|| work(live))).is_err() {
        live.is_stuck.store(true, Relaxed);
    }
    live.writer.is_gone.store(1, Release);
    // From here on `live` may be gone; the kernel only takes the address as a key.
    sys::futex_wake(&live.writer.is_gone);
}

fn work(live: &Live) {
    let Some(registry) = registry::get() else { return };
    let mut next_pass = 0;
    let mut next_asking = 0;
    let mut nap_us = SHORT_NAP_US;
    while !live.writer.is_stopping() {
        let now = clock::monotonic_ns();
        let mut taken = 0;
        if let Some(mut drain) = live.drain.try_take() {
            if now >= next_asking {
                drain.ask_for_usable_sizes();
                next_asking = now + PASS_EVERY_NS;
            }
            if drain.knows_the_time(live, false) {
                if now >= next_pass {
                    drain.pass(live, registry);
                    next_pass = now + if state::has(SAMPLING) { PASS_EVERY_OF_A_SAMPLE_NS } else { PASS_EVERY_NS };
                }
                taken = drain.take_full(live, CHUNKS_AT_ONCE);
            }
        }
        if taken < CHUNKS_AT_ONCE {
            let until_pass_us = (next_pass.saturating_sub(now) / 1000) as u32;
            nap_us = if taken > 0 { SHORT_NAP_US } else { (nap_us + nap_us / 2).min(LONG_NAP_US) };
            live.writer.nap(nap_us.min(until_pass_us).max(SHORT_NAP_US));
        }
    }
}
