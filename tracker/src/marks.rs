//! What a program says about itself: scopes, operations and marks. Nothing here allocates.

use crate::record::{Record, Stamp, fitting};
use crate::state;
use crate::thread::Entry;
use crate::window;
use dropscope_format::EventKind;
use std::marker::PhantomData;

/// A guard belongs to the thread that made it: what it ends began there.
type NotSend = PhantomData<*const ()>;

/// Ends its scope when dropped. Made by [`scope!`](crate::scope).
#[must_use = "a scope ends when its guard is dropped; bind it: `let _scope = scope!(\"name\");`"]
pub struct ScopeGuard {
    name: &'static str,
    _here: NotSend,
}

impl ScopeGuard {
    /// Enters the scope `name`.
    #[inline]
    pub fn enter(name: &'static str) -> Self {
        note(EventKind::ScopeEnter, Stamp::After, name);
        Self { name, _here: PhantomData }
    }
}

impl Drop for ScopeGuard {
    #[inline]
    fn drop(&mut self) {
        note(EventKind::ScopeExit, Stamp::Before, self.name);
    }
}

/// Ends its operation when dropped. Made by [`operation!`](crate::operation).
#[must_use = "an operation ends when its guard is dropped; bind it: `let _operation = operation!(\"name\");`"]
pub struct OperationGuard {
    name: &'static str,
    _here: NotSend,
}

impl OperationGuard {
    /// Begins the operation `name`.
    #[inline]
    pub fn begin(name: &'static str) -> Self {
        note(EventKind::OperationBegin, Stamp::After, name);
        Self { name, _here: PhantomData }
    }
}

impl Drop for OperationGuard {
    #[inline]
    fn drop(&mut self) {
        note(EventKind::OperationEnd, Stamp::Before, self.name);
    }
}

/// Records `text` at this moment; its first 1024 bytes.
#[inline]
pub fn mark(text: &str) {
    let may_matter = window::awaits_marks();
    if may_matter {
        window::before_mark(text);
    }
    note(EventKind::Mark, Stamp::Before, text);
    if may_matter {
        window::after_mark(text);
    }
}

/// Enters the scope `name`, for callers that cannot hold a guard: the C interface.
#[inline]
pub(crate) fn scope_enter(name: &str) {
    note(EventKind::ScopeEnter, Stamp::After, name);
}

/// Leaves the scope `name`, which the same thread has entered.
#[inline]
pub(crate) fn scope_exit(name: &str) {
    note(EventKind::ScopeExit, Stamp::Before, name);
}

/// An operation that may begin on one thread and end on another: its `number`, which no other open one has, and the CPU
/// time that it has taken so far. See `dropscope_format::moving_operation`.
#[cfg(feature = "tracing")]
pub(crate) fn note_operation(kind: EventKind, name: &str, number: u64, cpu_ns: u64) {
    note(kind, Stamp::WithCpu(dropscope_format::moving_operation(number, cpu_ns)), name);
}

#[inline]
fn note(kind: EventKind, stamp: Stamp, text: &str) {
    if !state::is_idle() {
        record(kind, stamp, text);
    }
}

#[cold]
#[inline(never)]
fn record(kind: EventKind, stamp: Stamp, text: &str) {
    if let Some(mut entry) = Entry::of_marker() {
        let text = fitting(text);
        let plain = Record::of_block(kind, 0, text.len(), 1);
        entry.commit(&Record { stamp, text, ..plain });
    }
}
