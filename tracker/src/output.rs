//! Where a recording is written to: the path, and whose it is when several processes have the same.

use crate::sys;
use dropscope_format::ring::{RING_MAGIC, header};
use dropscope_format::{process_start, ring_path};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of an open file.
    pub(crate) fn of(file: &File) -> io::Result<Identity> {
        file.metadata().map(|found| Identity { device: found.dev(), inode: found.ino() })
    }

    /// Of what lies at `path`.
    pub(crate) fn at(path: &Path) -> io::Result<Identity> {
        std::fs::metadata(path).map(|found| Identity { device: found.dev(), inode: found.ino() })
    }

    /// Opens this file again, for reading and writing, if it still lies at `path`.
    pub(crate) fn reopen(self, path: &Path) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if Identity::of(&file)? == self { Ok(file) } else { Err(io::Error::from(ErrorKind::NotFound)) }
    }
}

/// A file of ours that stays open. The program may close our descriptor (daemons close all they find), and then open
/// files of its own, which may get the number: so it is looked at before each use. Only the recorder's own look counts,
/// so `&mut`.
pub(crate) struct KeptFile {
    file: File,
    path: PathBuf,
    identity: Identity,
}

impl KeptFile {
    /// Keeps `file`, which lies at `path`.
    pub(crate) fn new(file: File, path: PathBuf) -> io::Result<KeptFile> {
        let file = sys::out_of_the_way(file);
        Ok(KeptFile { identity: Identity::of(&file)?, file, path })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, and nobody else's.
    pub(crate) fn get(&mut self) -> io::Result<&File> {
        if !Identity::of(&self.file).is_ok_and(|found| found == self.identity) {
            let again = sys::out_of_the_way(self.identity.reopen(&self.path)?);
            // The number in the old one is somebody else's: it must not be closed.
            std::mem::forget(std::mem::replace(&mut self.file, again));
        }
        Ok(&self.file)
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if self.get().is_err() {
            // Not ours to close: a descriptor that cannot go wrong is closed in its place.
            if let Ok(nothing) = File::open("/dev/null") {
                std::mem::forget(std::mem::replace(&mut self.file, nothing));
            }
        }
    }
}

/// The two files of a recording.
pub(crate) struct Output {
    /// Its path is absolute, so that it stays right when the program changes its folder.
    pub(crate) file: KeptFile,
    /// The ring's file, if it could be made.
    pub(crate) ring: Option<KeptFile>,
}

/// Makes the files for a recording at `wanted`, or beside it where another process (or this one before `exec`) is
/// being recorded to that path: `STEM.PID.dscope`, `STEM.PID.2.dscope` and so on.
///
/// The ring comes first: a reader that finds the recording without it takes it for one that has ended.
pub(crate) fn create(wanted: &Path) -> io::Result<Output> {
    let wanted = std::path::absolute(wanted)?;
    let mut path = wanted.clone();
    for number in 1..1000 {
        match claim_ring(&ring_path(&path)) {
            Ok(Some(ring)) => return with_ring(path, Some(ring)),
            Ok(None) => path = beside(&wanted, number),
            // A folder in which nothing new can be made may still hold a file that can be written.
            Err(_) => return with_ring(path, None),
        }
    }
    Err(io::Error::from(ErrorKind::AlreadyExists))
}

fn with_ring(path: PathBuf, ring: Option<File>) -> io::Result<Output> {
    let ring = ring.map(|file| KeptFile::new(file, ring_path(&path))).transpose()?;
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    match file.and_then(|file| KeptFile::new(file, path)) {
        Ok(file) => Ok(Output { file, ring }),
        Err(error) => {
            if let Some(ring) = ring {
                let _ = std::fs::remove_file(ring.path());
            }
            Err(error)
        }
    }
}

fn beside(wanted: &Path, number: u32) -> PathBuf {
    let mut name = wanted.file_stem().map_or_else(OsString::new, OsString::from);
    name.push(format!(".{}", sys::process_id()));
    if number > 1 {
        name.push(format!(".{number}"));
    }
    name.push(".dscope");
    wanted.with_file_name(name)
}

/// Makes the ring's file, in place of one that a dead process left. None where it is a living one's.
fn claim_ring(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..1000 {
        let new = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
        match new {
            Ok(file) => return Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        match remove_if_dead(path) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => sys::nap_us(1000),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Removes the ring at `path` if its process is gone; true where the path may be free now.
///
/// Two processes may come here at once: the lock on the old file sees to it that only one of them removes what it has
/// judged, and the comparison that it is not the ring that the other has made meanwhile.
fn remove_if_dead(path: &Path) -> io::Result<bool> {
    let old = OpenOptions::new().read(true).write(true).open(path)?;
    lock(&old)?;
    if Identity::at(path)? != Identity::of(&old)? {
        return Ok(true);
    }
    if is_of_the_living(&old)? {
        return Ok(false);
    }
    std::fs::remove_file(path)?;
    Ok(true)
}

#[allow(unsafe_code, reason = "one system call")]
fn lock(file: &File) -> io::Result<()> {
    // SAFETY: only the descriptor's number is passed. The lock goes with the file's closing.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn is_of_the_living(ring: &File) -> io::Result<bool> {
    let mut head = [0_u8; (header::STATE + 1) * 8];
    let word = |head: &[u8], index: usize| {
        head.get(index * 8..index * 8 + 8).and_then(|word| word.try_into().ok()).map_or(0, u64::from_ne_bytes)
    };
    let is_filled = ring.read_exact_at(&mut head, 0).is_ok() && word(&head, header::MAGIC) == RING_MAGIC;
    if !is_filled {
        // Just being made, or left by somebody who was killed while making it.
        let age = ring.metadata()?.modified()?.elapsed().unwrap_or(Duration::ZERO);
        return Ok(age < Duration::from_secs(10));
    }
    if word(&head, header::STATE) == 2 {
        // Ended, and could not be removed then.
        return Ok(false);
    }
    Ok(process_start(word(&head, header::PID) as u32) == Some(word(&head, header::PROCESS_START)))
}
