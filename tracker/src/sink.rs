//! The file that is written: whole blocks or nothing, and never into anybody else's file.

use crate::output::KeptFile;
use crate::sys::signals;
use std::io::{self, Error, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The recording's file, written from the front to the back.
pub(crate) struct Sink {
    file: KeptFile,
    /// Everything before is whole blocks.
    whole_bytes: u64,
    is_broken: bool,
}

impl Sink {
    /// Writes to `file`, which is empty.
    pub(crate) fn new(file: KeptFile) -> Sink {
        Sink { file, whole_bytes: 0, is_broken: false }
    }

    /// Where the file lies.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether a write has failed: then there are no more.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Appends the bytes, all or none. With signals blocked: a file size limit raises one that would end the program.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_broken {
            return Err(Error::from(ErrorKind::BrokenPipe));
        }
        let whole_bytes = self.whole_bytes;
        let written = self.file.get().and_then(|file| file.write_all_at(bytes, whole_bytes));
        if let Err(error) = written {
            self.is_broken = true;
            signals::discard_if_file_size(&error);
            if let Ok(file) = self.file.get() {
                // What cannot be cut is passed over by readers: it is no whole block.
                let _ = file.set_len(whole_bytes);
            }
            return Err(error);
        }
        self.whole_bytes += bytes.len() as u64;
        Ok(())
    }
}
