//! `tracing` spans as scopes and operations, its events as marks. Feature `tracing`.
//!
//! ```no_run
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let subscriber = tracing_subscriber::registry().with(dropscope::tracing::layer().operations(["request"]));
//! # let _ = subscriber;
//! // tracing::subscriber::set_global_default(subscriber)
//! ```
//!
//! A span is a scope of the thread that has entered it, as long as it is entered: an async task's span is entered for each
//! poll, on whatever thread that is, so that what a task allocates lies in its span even when it moves. Spans that are
//! named as operations are one from their making to their close, with the CPU time of all their polls.
//!
//! Where nothing is recorded, the layer costs a relaxed load per call.

use crate::marks::{note_operation, scope_enter, scope_exit};
use crate::state;
use crate::{clock, window};
use dropscope_format::EventKind;
use std::fmt::{Debug, Write};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Texts of events are cut to this.
const TEXT_BYTES: usize = 1024;

/// See the module. Made by [`layer`].
#[derive(Clone, Debug, Default)]
pub struct Layer {
    operations: Vec<String>,
}

/// A layer for a `tracing_subscriber` registry.
pub fn layer() -> Layer {
    Layer::default()
}

impl Layer {
    /// Spans of these names are operations, too.
    #[must_use]
    pub fn operations<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Layer {
        self.operations.extend(names.into_iter().map(Into::into));
        self
    }
}

/// What a span that is an operation carries.
struct Operation {
    number: u64,
    /// CPU time of the polls that are over, in ns.
    cpu_ns: u64,
    /// The thread's CPU time when the span was entered.
    entered_cpu_ns: Option<u64>,
}

static NEXT_OPERATION: AtomicU64 = AtomicU64::new(1);

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Layer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let name = attributes.metadata().name();
        if state::is_idle() || !self.operations.iter().any(|operation| operation == name) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let number = NEXT_OPERATION.fetch_add(1, Relaxed);
        span.extensions_mut().replace(Operation { number, cpu_ns: 0, entered_cpu_ns: None });
        note_operation(EventKind::OperationBegin, name, number, 0);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if state::is_idle() {
            return;
        }
        let Some(span) = context.span(id) else { return };
        if let Some(operation) = span.extensions_mut().get_mut::<Operation>() {
            operation.entered_cpu_ns = Some(clock::thread_cpu_ns());
        }
        scope_enter(span.name());
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if state::is_idle() {
            return;
        }
        let Some(span) = context.span(id) else { return };
        scope_exit(span.name());
        if let Some(operation) = span.extensions_mut().get_mut::<Operation>()
            && let Some(entered_cpu_ns) = operation.entered_cpu_ns.take()
        {
            operation.cpu_ns += clock::thread_cpu_ns().saturating_sub(entered_cpu_ns);
        }
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if state::is_idle() && !window::awaits_marks() {
            return;
        }
        let mut text = Text { bytes: [0; TEXT_BYTES], length: 0 };
        event.record(&mut text);
        crate::mark(text.as_str());
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if state::is_idle() {
            return;
        }
        let Some(span) = context.span(&id) else { return };
        if let Some(operation) = span.extensions().get::<Operation>() {
            note_operation(EventKind::OperationEnd, span.name(), operation.number, operation.cpu_ns);
        }
    }
}

/// An event's text, written without an allocation: its message, then its fields.
struct Text {
    bytes: [u8; TEXT_BYTES],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let mut end = text.len().min(TEXT_BYTES - self.length);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes[self.length..self.length + end].copy_from_slice(&text.as_bytes()[..end]);
        self.length += end;
        if end == text.len() { Ok(()) } else { Err(std::fmt::Error) }
    }
}

impl Visit for Text {
    // A text that does not fit is cut: there is nobody to tell.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let blank = if self.length > 0 { " " } else { "" };
        let _ = match field.name() {
            "message" => write!(self, "{blank}{value:?}"),
            name => write!(self, "{blank}{name}={value:?}"),
        };
    }
}
