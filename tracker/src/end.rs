//! How a recording ends: by its guard, or with the process.
//!
//! A process that leaves through `exit` goes on allocating after our handler has run: handlers registered before it,
//! destructors of libraries, other threads. So the handler closes the recording (all drained, an end, no ring) and
//! leaves it in the phase *direct*: from then on each event is brought to the file by the thread that made it, with a
//! new end behind it. Readers take the last end. Nothing is left for a thread to do that may not get to run again.
//!
//! `_exit`, `abort`, a signal and `exec` run nothing of this. The ring stays beside the file, and readers take both.

use crate::guard::{self, Guard};
use crate::live::{self, Live};
use crate::registry::{self, Registry};
use crate::state::{self, Phase};
use crate::sys;
use crate::thread::ThreadState;
use dropscope_format::EndKind;
use std::sync::atomic::Ordering::Relaxed;

/// How long an ending waits for a write that is under way (a slow disk).
const WAIT_FOR_DRAIN_MS: u32 = 10_000;
/// How long a thread of an exiting process waits for another that brings its event to the file.
const WAIT_DIRECT_MS: u32 = 1000;
/// How long a stop waits for threads that are inside the hook.
const WAIT_FOR_THREADS_MS: u32 = 2000;
const WAIT_FOR_WRITER_MS: u32 = 200;

/// Registered with `atexit` when the first recording starts.
pub(crate) extern "C" fn at_exit() {
    let Some(registry) = registry::get().filter(|registry| !registry.is_forked_child()) else { return };
    let _own = Guard::own_work();
    let now = state::now();
    if !state::change(Phase::Recording, Phase::Direct, now.recording()) {
        return;
    }
    let Some(live) = live::get() else { return };
    // After this, a thread that commits an event either did so before the drain below looks, or sees the new phase.
    sys::barrier_on_all_threads();
    live.writer.stop();
    match live.drain.take_within(WAIT_FOR_DRAIN_MS) {
        Some(mut drain) => {
            if drain.finish(live, registry, EndKind::Orderly) {
                live.ring.retire();
            }
        }
        None => {
            live.is_stuck.store(true, Relaxed);
            sys::complain("the recording could not be closed in time; keep the .ring file beside it, it has the rest");
        }
    }
    // Code that is unloaded by `dlclose` runs this, too: then the writer must be out of it.
    live.writer.has_gone_within(WAIT_FOR_WRITER_MS);
}

/// Brings what this thread has recorded to the file, in the phase *direct*.
#[cold]
pub(crate) fn drain_directly(live: &Live) {
    let Some(registry) = registry::get() else { return };
    let _own = Guard::own_work();
    if live.is_stuck.load(Relaxed) {
        return;
    }
    if let Some(mut drain) = live.drain.take_within(WAIT_DIRECT_MS)
        && drain.finish(live, registry, EndKind::Orderly)
    {
        live.ring.retire();
    }
}

/// Ends recording number `recording`, if it still runs.
pub(crate) fn stop(recording: u32) {
    let Some(registry) = registry::get().filter(|registry| !registry.is_forked_child()) else { return };
    let _own = Guard::own_work();
    let Some(live) = live::get().filter(|live| live.recording == recording) else { return };
    if !state::change(Phase::Recording, Phase::Idle, recording) {
        return;
    }
    // After this, each thread is either seen inside the hook or does not go in.
    sys::barrier_on_all_threads();
    let is_quiet = all_outside_within(registry, WAIT_FOR_THREADS_MS);
    live.writer.stop();
    let is_closed = match live.drain.take_within(WAIT_FOR_DRAIN_MS) {
        Some(mut drain) => {
            if drain.finish(live, registry, EndKind::Stopped) {
                live.ring.retire();
            }
            true
        }
        None => false,
    };
    let is_gone = live.writer.has_gone_within(WAIT_FOR_WRITER_MS);
    if is_quiet && is_closed && is_gone {
        bury(live);
    }
}

#[allow(unsafe_code, reason = "the recording's memory is given back")]
fn bury(live: &'static Live) {
    // SAFETY: the state is idle and every thread has been seen outside the hook since, so none has a reference or gets
    // one; the writer is gone. (If one of these could not be seen, the memory is kept instead.)
    unsafe { live.bury() };
}

/// Waits until no thread is inside the hook. This one may be: in a signal handler, and then there is nothing to wait for.
fn all_outside_within(registry: &Registry, milliseconds: u32) -> bool {
    let states = || registry.slots().filter_map(|index| registry.state(index));
    let is_own = |state: &&ThreadState| std::ptr::eq(*state, guard::thread());
    for _ in 0..milliseconds {
        if !states().any(|state| state.is_inside() && !is_own(&state)) {
            break;
        }
        sys::nap_us(1000);
    }
    !states().any(ThreadState::is_inside)
}
