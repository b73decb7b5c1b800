//! What the recorder keeps for each thread, and the way into the hook.
#![allow(unsafe_code, reason = "a thread's own memory, found through its thread-local pointer")]

use crate::guard::{self, Busy, Guard};
use crate::live::{self, Live};
use crate::quick;
use crate::registry;
use crate::start;
use crate::state::{self, OnlyIn, Phase, State};
use crate::sys::{self, memory, robust::LifeLock, signals::SignalsBlocked};
use crate::unwind::{self, PreviousStack, Quality};
use dropscope_format::LostCause;
use dropscope_format::ring::{SLOT_WORDS, slot};
use std::cell::UnsafeCell;
use std::mem::offset_of;
use std::ptr::{NonNull, null};
use std::sync::atomic::Ordering::{Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU32, AtomicU64, compiler_fence};

/// One thread's memory, mapped for itself, zeroed, never unmapped and wiped in forked children.
#[repr(C)]
pub(crate) struct ThreadState {
    /// Not 0 while the thread is inside the hook and may use the recording. What [`crate::end`] waits for before it
    /// gives the ring back; here and not in the ring, so that storing it is always possible.
    inside: AtomicU32,
    /// Held as long as the thread lives.
    pub(crate) life: LifeLock,
    own: UnsafeCell<Own>,
    stack: OwnPages,
}

/// On pages of its own, which [`ThreadState::forget_stack`] can give back.
#[repr(C, align(4096))]
struct OwnPages(UnsafeCell<PreviousStack>);

/// What only the thread itself touches, and only inside the hook. All zeros are a thread that has no recording.
#[repr(C)]
pub(crate) struct Own {
    /// Number of the recording that the rest belongs to; 0 for none, which is also what a forked child reads.
    recording: u32,
    /// The state in which [`Inside`] may record without asking further.
    quick_in: OnlyIn,
    /// Its slot, in the registry and in the ring.
    slot_index: u32,
    live: *const Live,
    slot: *const [AtomicU64; SLOT_WORDS],
    /// Behind the last word of the chunk it writes to; null for none.
    chunk_end: *const AtomicU64,
    chunk_number: u32,
    /// Its number in the recording.
    pub(crate) thread: u32,
    /// The next free word of the chunk, which is 0.
    next: *const AtomicU64,
    /// Below this a record may begin without a look at what is left of the chunk and at `common_frames`. Null where none
    /// may: there is no chunk, or a stack has been captured since the last record.
    quick_below: *const AtomicU64,
    /// Outer frames that every stack captured since the last record in this chunk has had.
    common_frames: usize,
}

/// Words that a record of the quick way and the 0 behind it take at most.
const QUICK_WORDS: usize = quick::MOST_FIXED_WORDS + PreviousStack::PLAIN_FRAMES + 1;

// SAFETY: other threads only use `inside` and `life`; `own` and `stack` are the owner's (see `Entry`).
unsafe impl Sync for ThreadState {}

impl ThreadState {
    /// The calling thread takes the state over, for slot `index`.
    pub(crate) fn begin_life(&self, index: usize) {
        self.inside.store(0, Relaxed);
        // SAFETY: the caller holds the claim on this slot, so no other thread has the state.
        unsafe {
            self.own.get().write_bytes(0, 1);
            (*self.own.get()).slot_index = index as u32;
        }
        self.life.hold_for_life();
    }

    /// The memory of the last stack becomes that of a new thread. What is remembered there are places on another
    /// thread's stack, which may be unmapped.
    pub(crate) fn forget_stack(&self) {
        let bytes = memory::whole_pages(size_of::<ThreadState>()) - offset_of!(ThreadState, stack);
        if let Some(first) = NonNull::new(self.stack.0.get().cast()) {
            // SAFETY: whole pages at the end of the state's mapping; zeros are valid; the thread that had them is gone.
            unsafe { memory::forget(first, bytes) };
        }
    }

    /// Whether the thread is inside the hook.
    pub(crate) fn is_inside(&self) -> bool {
        self.inside.load(SeqCst) != 0
    }

    /// The thread has ended: it is not inside any more, wherever it was.
    pub(crate) fn end_life(&self) {
        self.inside.store(0, Release);
    }
}

/// A thread inside the hook, with everything it needs to record. Leaves when dropped.
///
/// While it lives, `inside` is set. The order that all depends on:
/// 1. `inside` is stored, *then* the state is looked at. Who ends a recording stores the state, makes all threads pass
///    a barrier and then looks at `inside`: either it sees this thread inside, or this thread sees the new state.
/// 2. It is stored before any timestamp is taken and cleared after the record is committed.
/// 3. After leaving, the state is looked at again: if the recording has been closed meanwhile ([`Phase::Direct`]), the
///    record may have come after the last drain, and the thread brings it to the file itself.
pub(crate) struct Entry {
    thread: &'static ThreadState,
    _guard: Guard,
}

impl Entry {
    /// Into the hook, for an event of the allocator. None where nothing is to be recorded, or it is lost (then it has
    /// been counted).
    ///
    /// Always inlined: returned through memory, an entry costs more than everything else here (what has just been
    /// stored in small pieces is loaded in large ones).
    #[inline(always)]
    pub(crate) fn of_allocator() -> Option<Entry> {
        if !state::now().is_recording() && !start::at_first_allocation() {
            return None;
        }
        Entry::new()
    }

    /// Into the hook, for a marker: what only a recording that runs takes.
    #[inline]
    pub(crate) fn of_marker() -> Option<Entry> {
        if state::now().is_recording() { Entry::new() } else { None }
    }

    #[inline(always)]
    fn new() -> Option<Entry> {
        let guard = match Guard::capture() {
            Ok(guard) => guard,
            Err(Busy::OwnWork) => return None,
            Err(Busy::Nested) => return count_nested(),
        };
        // SAFETY: null or this thread's state, which is never unmapped.
        let thread = match unsafe { guard::thread().as_ref() } {
            Some(thread) => thread,
            None => claim()?,
        };
        thread.inside.store(1, Relaxed);
        compiler_fence(SeqCst);
        let now = state::now();
        let entry = Entry { thread, _guard: guard };
        // SAFETY: the guard keeps any other entry of this thread out, and other threads do not touch it.
        let own = unsafe { &mut *thread.own.get() };
        if !now.is_recording() || (own.recording != now.recording() && !bind(own, now)) {
            // Without a bound slot there is nothing to leave but `inside`.
            (own.recording, own.quick_in) = (0, OnlyIn::NEVER);
            return None;
        }
        Some(entry)
    }

    /// The thread's own fields and its last stack.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&mut Own, &mut PreviousStack) {
        // SAFETY: there is one entry of a thread at a time, and `&mut self` makes these the only references.
        unsafe { (&mut *self.thread.own.get(), &mut *self.thread.stack.0.get()) }
    }

    /// The words of the thread's slot.
    #[inline]
    pub(crate) fn slot(&self) -> &[AtomicU64; SLOT_WORDS] {
        // SAFETY: bound to a live recording, whose ring is not unmapped while `inside` is set.
        unsafe { &*(*self.thread.own.get()).slot }
    }

    /// The recording.
    #[inline]
    pub(crate) fn live(&self) -> &'static Live {
        // SAFETY: bound to a live recording, which is not dropped while `inside` is set; the caller's use ends before.
        unsafe { &*(*self.thread.own.get()).live }
    }

    /// Whether the recording that this entry is in still goes on, in whatever phase.
    pub(crate) fn phase(&mut self) -> Phase {
        let now = state::now();
        let (own, _) = self.parts();
        if now.recording() == own.recording { now.phase() } else { Phase::Idle }
    }
}

impl Drop for Entry {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: as in `parts`.
        let own = unsafe { &*self.thread.own.get() };
        if own.recording != 0 {
            compiler_fence(SeqCst);
            if state::now().phase() == Phase::Direct {
                crate::end::drain_directly(self.live());
            }
        }
        self.thread.inside.store(0, Release);
    }
}

/// A thread inside the hook where everything is as it was at its last event: what [`Entry`] is for the rest, in the
/// fewest steps, for [`crate::quick`]. The same order holds.
#[repr(transparent)]
pub(crate) struct Inside {
    thread: &'static ThreadState,
}

impl Inside {
    /// Into the hook; none where an [`Entry`] has to see to it. `errno` is not kept: nothing may be called that sets it.
    #[inline(always)]
    pub(crate) fn enter() -> Option<Inside> {
        // SAFETY: null or this thread's state, which is never unmapped.
        let thread = unsafe { guard::quick_thread().as_ref() }?;
        if thread.inside.load(Relaxed) != 0 {
            return None;
        }
        thread.inside.store(1, Relaxed);
        compiler_fence(SeqCst);
        let inside = Inside { thread };
        // Dropped where it may not: it leaves again.
        inside.is_as_before().then_some(inside)
    }

    /// The thread's own fields and its last stack.
    #[inline(always)]
    pub(crate) fn parts(&mut self) -> (&mut Own, &mut PreviousStack) {
        // SAFETY: there is one entry of a thread at a time, and `&mut self` makes these the only references.
        unsafe { (&mut *self.thread.own.get(), &mut *self.thread.stack.0.get()) }
    }

    /// Whether the recording that this thread is bound to runs. Where it does not any more, what has been committed may
    /// have come after the last drain, and an [`Entry`] has to look.
    #[inline(always)]
    pub(crate) fn is_as_before(&self) -> bool {
        compiler_fence(SeqCst);
        // SAFETY: inside the hook only this thread touches it, and no reference to it lives here.
        let quick_in = unsafe { (*self.thread.own.get()).quick_in };
        let now = state::now();
        quick_in.is(now)
    }
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        compiler_fence(SeqCst);
        self.thread.inside.store(0, Release);
    }
}

impl Own {
    /// Begins to fill chunk `number`, which is `words`. Its first record comes to word `first`.
    pub(crate) fn begin_chunk(&mut self, number: u32, words: &[AtomicU64], first: usize) {
        let words = words.as_ptr_range();
        (self.chunk_number, self.chunk_end) = (number, words.end);
        self.next = words.start.wrapping_add(first);
        (self.quick_below, self.common_frames) = (null(), 0);
    }

    /// There is no chunk any more. Gives the number that it had.
    pub(crate) fn end_chunk(&mut self) -> u32 {
        (self.chunk_end, self.next, self.quick_below) = (null(), null(), null());
        self.chunk_number
    }

    pub(crate) fn has_chunk(&self) -> bool {
        !self.chunk_end.is_null()
    }

    /// The next free word of the chunk.
    #[inline(always)]
    pub(crate) fn next(&self) -> *const AtomicU64 {
        self.next
    }

    /// Words of the chunk that are free; 0 where there is none.
    pub(crate) fn free_words(&self) -> usize {
        (self.chunk_end.addr() - self.next.addr()) / size_of::<AtomicU64>()
    }

    /// Whether there is room for a record of the quick way, and no stack has been captured since the last record.
    #[inline(always)]
    pub(crate) fn has_quick_room(&self) -> bool {
        self.next < self.quick_below
    }

    /// A stack of which the previous one had so many frames has been captured and not been recorded yet. Gives how many
    /// outer frames all have had since the last record.
    pub(crate) fn has_captured(&mut self, kept: usize) -> usize {
        self.common_frames = self.common_frames.min(kept);
        self.quick_below = null();
        self.common_frames
    }

    /// The last stack has been recorded, up to `end`.
    pub(crate) fn has_recorded(&mut self, end: *const AtomicU64) {
        self.next = end;
        self.quick_below = self.chunk_end.wrapping_sub(QUICK_WORDS);
        self.common_frames = usize::MAX;
    }

    /// The same, where there was [`Own::has_quick_room`] before: of all that, only the place is new.
    #[inline(always)]
    pub(crate) fn has_recorded_quickly(&mut self, end: *const AtomicU64) {
        self.next = end;
    }

    /// The words of the thread's slot. Whoever has the `Own` is inside the hook, and asks only when bound.
    #[inline(always)]
    fn slot(&self) -> &[AtomicU64; SLOT_WORDS] {
        // SAFETY: bound to a recording, whose ring is not unmapped while `inside` is set.
        unsafe { &*self.slot }
    }

    /// Counts a stack that has been recorded.
    #[inline(always)]
    pub(crate) fn count(&self, quality: Quality) {
        let counter = &self.slot()[slot::STACKS + quality as usize];
        let count = counter.load(Relaxed).wrapping_add(1);
        counter.store(count, Relaxed);
        // Threads get their names after their first allocations: looked at after 1, 2, 4, 8 … events.
        if count & count.wrapping_sub(1) == 0 {
            self.note_name();
        }
    }

    #[cold]
    #[inline(never)]
    fn note_name(&self) {
        let _errno = sys::Errno::keep();
        for (word, part) in self.slot()[slot::NAME..].iter().zip(sys::thread_name()) {
            word.store(part, Relaxed);
        }
    }
}

#[cold]
fn count_nested() -> Option<Entry> {
    // The interrupted thread is inside the hook, or about to leave it. Its `inside` may not be set, so the recording
    // is not touched; the count is taken over by the next drain.
    registry::count_lost_without_ring(LostCause::Nested);
    None
}

#[cold]
fn claim() -> Option<&'static ThreadState> {
    let registry = registry::get()?;
    let claimed = registry.claim();
    if registry.is_forked_child() {
        state::set(Phase::Idle, 0);
    } else if claimed.is_none() {
        registry::count_lost_without_ring(LostCause::Threads);
    }
    claimed
}

/// Gives the thread a place in the recording that runs now. False where there is none for it.
#[cold]
fn bind(own: &mut Own, now: State) -> bool {
    let _whole = SignalsBlocked::new();
    if registry::get().is_none_or(registry::Registry::is_forked_child) {
        // A forked child: its parent's recording is none of its business.
        state::set(Phase::Idle, 0);
        return false;
    }
    let Some(live) = live::get() else { return false };
    let words = live.ring.slot(own.slot_index as usize);
    own.live = live;
    own.slot = words;
    own.end_chunk();
    own.quick_in =
        if unwind::is_fast() && !live.manner.cross_check { OnlyIn::state(now.without_flags()) } else { OnlyIn::NEVER };
    own.thread = live.next_thread.fetch_add(1, Relaxed);
    own.recording = now.recording();
    words[slot::THREAD].store(u64::from(own.thread), Relaxed);
    words[slot::OS_ID].store(u64::from(sys::thread_id()), Relaxed);
    for (word, part) in words[slot::NAME..].iter().zip(sys::thread_name()) {
        word.store(part, Relaxed);
    }
    words[slot::CHUNK].store(0, Relaxed);
    for word in &words[slot::STACKS..slot::STACKS + 3] {
        word.store(0, Relaxed);
    }
    words[slot::STATE].store(1, Release);
    true
}
