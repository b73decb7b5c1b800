//! The file that is written: whole blocks or nothing, and never into anybody else's file.

use crate::output::KeptFile;
use crate::sys::signals;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Error, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

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

    /// How much has been written.
    pub(crate) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// Puts the file aside, as `NAME.before.dscope` in place of an earlier one, and begins an empty one in its place.
    pub(crate) fn begin_anew(&mut self) -> io::Result<()> {
        let path = self.path().to_owned();
        std::fs::rename(&path, before(&path))?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        self.file = KeptFile::new(file, path)?;
        self.whole_bytes = 0;
        Ok(())
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

/// What came before a recording that has begun anew.
fn before(path: &Path) -> PathBuf {
    let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
    name.push(".before.dscope");
    path.with_file_name(name)
}
