//! Which threads there are: one state per thread slot, in memory that a forked child finds wiped.
#![allow(unsafe_code, reason = "memory that other threads find through pointers")]

use crate::clock;
use crate::guard;
use crate::state::{self, Phase};
use crate::sys::{self, memory, signals::SignalsBlocked};
use crate::thread::ThreadState;
use dropscope_format::LostCause;
use dropscope_format::ring::SLOT_COUNT;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicU64};

/// The process's table of threads; zeroed memory is an empty one. Made once and never given back.
#[repr(C)]
pub(crate) struct Registry {
    /// 1; 0 says that this is a forked child, where the kernel wiped the page.
    alive: AtomicU32,
    /// How often somebody has looked for threads that ended.
    pub(crate) scans: AtomicU32,
    /// One more than the highest slot that was ever claimed.
    claimed_below: AtomicU32,
    claimed_count: AtomicU32,
    /// How often a slot was given to a thread.
    claimed_ever: AtomicU32,
    /// By slot: 1 while a thread has it.
    claims: [AtomicU8; SLOT_COUNT],
    /// By slot: the state, once there was one. Never unmapped: a thread may always store its `inside` there.
    states: [AtomicPtr<ThreadState>; SLOT_COUNT],
}

static REGISTRY: AtomicPtr<Registry> = AtomicPtr::new(null_mut());

/// Events lost by threads that have no ring to count them in, until a drain takes the numbers over.
static UNCOUNTED: [AtomicU64; 3] = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];
const UNCOUNTED_CAUSES: [LostCause; 3] = [LostCause::Nested, LostCause::Threads, LostCause::Closed];

/// The table, if it has been made.
#[inline]
pub(crate) fn get() -> Option<&'static Registry> {
    // SAFETY: never unmapped; all of it is atomics.
    unsafe { REGISTRY.load(Acquire).as_ref() }
}

/// The table, made if it is not there. None without memory.
pub(crate) fn get_or_make() -> Option<&'static Registry> {
    if let Some(registry) = get() {
        return Some(registry);
    }
    let bytes = memory::whole_pages(size_of::<Registry>());
    let place = memory::map_private(bytes)?;
    wipe_in_children(place, bytes);
    let new = place.as_ptr().cast::<Registry>();
    // SAFETY: zeroed memory of the right size; zeros are valid.
    unsafe { (*new).alive.store(1, Relaxed) };
    // Only the one thread that starts a recording comes here.
    REGISTRY.store(new, Release);
    get()
}

fn wipe_in_children(place: NonNull<u8>, bytes: usize) {
    unsafe extern "C" fn silence() {
        state::set(Phase::Idle, 0);
    }
    // SAFETY: both callers pass a private mapping they just made.
    if !unsafe { memory::wipe_in_children(place, bytes) } {
        // Children made without `fork`'s handlers would go unnoticed then; such kernels (before 4.14) are rare enough.
        sys::in_forked_child(silence);
    }
}

/// Counts an event that is lost where there is no ring at hand.
#[cold]
pub(crate) fn count_lost_without_ring(cause: LostCause) {
    for (place, known) in UNCOUNTED.iter().zip(UNCOUNTED_CAUSES) {
        if known == cause {
            place.fetch_add(1, Relaxed);
        }
    }
}

/// Takes the numbers of events that were lost without a ring.
pub(crate) fn take_lost_without_ring() -> impl Iterator<Item = (LostCause, u64)> {
    UNCOUNTED_CAUSES.into_iter().zip(&UNCOUNTED).map(|(cause, place)| (cause, place.swap(0, Relaxed)))
}

impl Registry {
    /// Whether this process is a forked child of the one that made the table.
    #[inline]
    pub(crate) fn is_forked_child(&self) -> bool {
        self.alive.load(Relaxed) == 0
    }

    /// Slots that are worth looking at.
    pub(crate) fn slots(&self) -> std::ops::Range<usize> {
        0..(self.claimed_below.load(Acquire) as usize).min(SLOT_COUNT)
    }

    /// How many threads have a slot.
    pub(crate) fn claimed_count(&self) -> u32 {
        self.claimed_count.load(Relaxed)
    }

    /// The state in slot `index`; none while nobody has the slot.
    pub(crate) fn state(&self, index: usize) -> Option<&'static ThreadState> {
        if self.claims.get(index)?.load(Acquire) == 0 {
            return None;
        }
        // SAFETY: states are never unmapped, and what another thread may touch of one is atomics and a mutex.
        unsafe { self.states.get(index)?.load(Acquire).as_ref() }
    }

    /// A slot for the calling thread, for its life. None where there is no room; then it is asked for again only after
    /// a while, and the events are counted by the caller.
    #[cold]
    pub(crate) fn claim(&self) -> Option<&'static ThreadState> {
        let _whole = SignalsBlocked::new();
        if self.is_forked_child() || self.scans.load(Relaxed).wrapping_sub(guard::retry_at_scan()) > u32::MAX / 2 {
            return None;
        }
        let found = self.find().or_else(|| {
            self.wait_for_scans(2);
            self.find()
        });
        match found {
            Some(thread) => guard::set_thread(std::ptr::from_ref(thread).cast_mut()),
            None => guard::set_retry_at_scan(self.scans.load(Relaxed).wrapping_add(50)),
        }
        found
    }

    fn find(&self) -> Option<&'static ThreadState> {
        let free = |claim: &AtomicU8| claim.compare_exchange(0, 1, Acquire, Relaxed).is_ok();
        let index = self.claims.iter().position(free)?;
        let Some(thread) = self.state_for(index) else {
            self.claims[index].store(0, Release);
            return None;
        };
        if self.claimed_ever.fetch_add(1, AcqRel) > 0 {
            clock::there_are_threads();
        }
        thread.begin_life(index);
        self.claimed_count.fetch_add(1, Relaxed);
        self.claimed_below.fetch_max(index as u32 + 1, AcqRel);
        Some(thread)
    }

    /// The memory of slot `index`, which the caller has claimed.
    fn state_for(&self, index: usize) -> Option<&'static ThreadState> {
        let known = self.states[index].load(Acquire);
        if known.is_null() {
            let bytes = memory::whole_pages(size_of::<ThreadState>());
            let place = memory::map_private(bytes)?;
            wipe_in_children(place, bytes);
            let new = place.as_ptr().cast::<ThreadState>();
            // SAFETY: zeroed memory of the right size, aligned to a page; zeros are valid.
            let thread = unsafe { &*new };
            thread.life.prepare();
            self.states[index].store(new, Release);
            return Some(thread);
        }
        // SAFETY: as in `state`; the thread that had it is gone and the claim makes it ours.
        let thread = unsafe { &*known };
        thread.forget_stack();
        Some(thread)
    }

    /// Threads that ended are found by whoever drains; gives it the time to do so twice.
    fn wait_for_scans(&self, count: u32) {
        let first = self.scans.load(Relaxed);
        for _ in 0..100 {
            if self.scans.load(Relaxed).wrapping_sub(first) >= count {
                return;
            }
            sys::nap_us(1000);
        }
    }

    /// The thread of slot `index` has ended and nothing of it is left to be read.
    pub(crate) fn release(&self, index: usize) {
        if let Some(claim) = self.claims.get(index) {
            self.claimed_count.fetch_sub(1, Relaxed);
            claim.store(0, Release);
        }
    }
}
