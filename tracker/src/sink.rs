//! The file that is written: whole blocks or nothing, and never into anybody else's file.

use crate::output::Identity;
use crate::sys::signals;
use std::fs::File;
use std::io::{self, Error, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The recording's file, written from the front to the back.
pub(crate) struct Sink {
    file: File,
    path: PathBuf,
    identity: Identity,
    /// Everything before is whole blocks.
    whole_bytes: u64,
    is_broken: bool,
}

impl Sink {
    /// Writes to `file`, which is empty and lies at `path`.
    pub(crate) fn new(file: File, path: PathBuf) -> io::Result<Sink> {
        let identity = Identity::of(&file)?;
        Ok(Sink { file, path, identity, whole_bytes: 0, is_broken: false })
    }

    /// Where the file lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
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
        let written = self.find_file().and_then(|()| self.file.write_all_at(bytes, self.whole_bytes));
        if let Err(error) = written {
            self.is_broken = true;
            if error.raw_os_error() == Some(libc::EFBIG) {
                signals::discard_file_size_signal();
            }
            if Identity::of(&self.file).is_ok_and(|found| found == self.identity) {
                // What cannot be cut is passed over by readers: it is no whole block.
                let _ = self.file.set_len(self.whole_bytes);
            }
            return Err(error);
        }
        self.whole_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Programs that become daemons close every descriptor they find, ours too, and then open files of their own,
    /// which may get our number: so it is looked at before each write.
    fn find_file(&mut self) -> io::Result<()> {
        if Identity::of(&self.file).is_ok_and(|found| found == self.identity) {
            return Ok(());
        }
        let again = crate::sys::out_of_the_way(self.identity.reopen(&self.path)?);
        // The number in the old one is somebody else's: it must not be closed.
        std::mem::forget(std::mem::replace(&mut self.file, again));
        Ok(())
    }
}
