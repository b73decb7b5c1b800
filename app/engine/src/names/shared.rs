//! Files that are open for names, shared by all recordings of the process: a debug build's information takes hundreds
//! of megabytes, and several recordings of one program are the rule.

use super::binary::{Binary, Problem, RawFrame};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};
use std::time::SystemTime;

/// A file that is open for names. Clones are the same file; it is closed with the last of them.
#[derive(Clone)]
pub(crate) struct SharedBinary {
    binary: Arc<Mutex<Binary>>,
    facts: Facts,
}

/// What does not change, to be had without waiting.
#[derive(Clone, Copy)]
struct Facts {
    is_rust: bool,
    has_lines: bool,
    has_symbols: bool,
}

/// The same file is at the same path with the same build id; without one, of the same length and age, too.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Identity {
    path: PathBuf,
    build_id: Vec<u8>,
    bytes_and_age: Option<(u64, SystemTime)>,
}

type Open = HashMap<Identity, (Weak<Mutex<Binary>>, Facts)>;

static OPEN: LazyLock<Mutex<Open>> = LazyLock::new(Mutex::default);

impl SharedBinary {
    /// The file at `path`, which must have `build_id` unless that is empty. Read if nobody has it open.
    pub(crate) fn open(path: &Path, build_id: &[u8]) -> Result<SharedBinary, Problem> {
        let metadata = std::fs::metadata(path).ok();
        let bytes_and_age = metadata.and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?)));
        let identity = Identity { path: path.to_owned(), build_id: build_id.to_vec(), bytes_and_age };
        // Held while the file is read: whoever else wants it waits for this reading and makes none of their own.
        let mut open = OPEN.lock();
        if let Some((binary, facts)) = open.get(&identity)
            && let Some(binary) = binary.upgrade()
        {
            return Ok(SharedBinary { binary, facts: *facts });
        }
        let binary = Binary::open(path, build_id)?;
        let facts =
            Facts { is_rust: binary.is_rust(), has_lines: binary.has_lines(), has_symbols: binary.has_symbols() };
        let binary = Arc::new(Mutex::new(binary));
        open.retain(|_, (binary, _)| binary.strong_count() > 0);
        open.insert(identity, (Arc::downgrade(&binary), facts));
        Ok(SharedBinary { binary, facts })
    }

    /// Whether it has debug information with source lines.
    pub(crate) fn has_lines(&self) -> bool {
        self.facts.has_lines
    }

    /// Whether it has any names at all.
    pub(crate) fn has_symbols(&self) -> bool {
        self.facts.has_symbols
    }

    /// Whether Rust's runtime is in it.
    pub(crate) fn is_rust(&self) -> bool {
        self.facts.is_rust
    }

    /// The functions at `probe`, an address as the file has it: innermost first. Empty where nothing is known.
    pub(crate) fn frames(&self, probe: u64) -> Vec<RawFrame> {
        self.binary.lock().frames(probe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_for_all_and_again_when_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &path).unwrap();
        let open = || SharedBinary::open(&path, &[]);
        let (first, second) = (open().unwrap(), open().unwrap());
        assert!(Arc::ptr_eq(&first.binary, &second.binary));
        assert!(first.has_symbols() && first.is_rust());
        assert!(SharedBinary::open(&path, &[1, 2, 3]).is_err(), "another build id is another file");
        std::fs::write(&path, "no program").unwrap();
        assert!(matches!(open(), Err(Problem::Unreadable(_))));
    }
}
