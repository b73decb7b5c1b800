//! The flight recorder: the file begins anew again and again, so that what is left at the end is the last that happened.
//!
//! Two files, each of half the size that was asked for: `NAME.dscope` and, with what came before it, `NAME.before.dscope`.
//! Each can be read alone: a new file begins with all that its events refer to.

use super::Drain;
use dropscope_format::{Encoder, Process};

impl Drain {
    /// Begins the file anew where it has become half as large as is to be kept. Everything encoded has been written.
    pub(super) fn begin_anew_if_full(&mut self) {
        let Some(last_bytes) = self.last_bytes else { return };
        if self.sink.is_broken() || self.sink.whole_bytes() < last_bytes / 2 {
            return;
        }
        if let Err(error) = self.sink.begin_anew() {
            self.last_bytes = None;
            crate::sys::complain(&format!(
                "{} cannot begin anew ({error}): it grows on from here",
                self.sink.path().display()
            ));
            return;
        }
        self.encoder = Encoder::new();
        self.encoder.file_header(self.recording_id);
        // Its blocks may be older than it.
        self.encoder.process(&Process { from_first_allocation: false, ..self.process.clone() });
        self.encoder.modules(self.modules.known());
        if !self.usable.known().is_empty() {
            self.encoder.usable_sizes(self.usable.known());
        }
        for thread in self.roster.all() {
            self.encoder.thread(&thread);
        }
        if self.write() {
            self.encoder.out.clear();
        }
    }
}
