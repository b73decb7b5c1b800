//! Stacks by compact rules and the thread's verified previous stack: nanoseconds where nothing changed.
//!
//! A frame is a state: return address, stack pointer, frame pointer. Its caller's state is a function of that and of
//! words on the stack: the return address below the CFA and, where a function saves it, the frame pointer. So once a
//! walk from the leaf reaches a state that the previous capture had too, and every word that was read from there on
//! still holds what it held, the rest of the walk would come out the same and is not repeated. That is exact, not a
//! guess: all those words are compared at every capture.
//!
//! | file | responsibility |
//! |---|---|
//! | `plain` | the walk of few frames to a known one: nearly every capture |
//! | `ways` | where the last of those led to, so that most are not walked |
//! | `walk` | the walk of all others, and what both keep for the next one |
//! | `known`, `levels` | the previous stack's frames, and which of them still hold |
//! | `rules`, `cache`, `rule`, `cfi`, `program`, `eh_frame`, `cursor` | return address to rule |
//! | `stack`, `maps`, `loader` | the other unsafe ones: stack memory, system calls, the dynamic loader |

#[cfg(test)]
mod against_gimli;
mod cache;
mod cfi;
mod cursor;
mod eh_frame;
mod known;
mod levels;
mod loader;
mod maps;
mod plain;
mod program;
mod rule;
mod rules;
mod stack;
mod walk;
mod ways;

pub(super) use plain::PLAIN_FRAMES;
pub(super) use stack::State;
pub(super) use walk::Memory;

/// Whether this process can be walked fast.
pub(super) fn initialise() -> bool {
    stack::initialise();
    let found = loader::initialise();
    rules::initialise();
    found
}

/// Forgets the rules of everything that can have been unloaded, at the next capture.
pub(super) fn forget_modules() {
    loader::forget_modules();
}

/// Whether the frame with this return address is the kernel's under a signal handler.
#[cfg(feature = "judge")]
pub(super) fn is_signal_return(address: u64) -> bool {
    rules::rule_of(address).kind() == rule::Kind::Signal
}
