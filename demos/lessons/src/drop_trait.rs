//! The `Drop` trait: our own code runs when a life ends, here to delete a real file.

use crate::beat;
use dropscope::{mark, scope};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// A file that exists on disk exactly as long as this value lives.
struct TempFile {
    path: String,
    file: File,
    notes: String,
}

impl TempFile {
    fn create() -> io::Result<TempFile> {
        let mut path = String::with_capacity(161);
        let _ = write!(path, "/tmp/dropscope-lesson-{}", std::process::id());
        let file = File::create_new(&path)?;
        Ok(TempFile { path, file, notes: String::with_capacity(162) })
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // `path` is still alive here
        mark!(if Path::new(&self.path).exists() { "drop: file NOT removed" } else { "drop: file removed" });
        beat();
    }
}

/// Makes the file, writes into it, and never asks for it to be deleted.
pub fn run() {
    {
        let _scope = scope!("the file exists");
        let Ok(mut temp) = TempFile::create() else {
            mark!("the file could not be created in /tmp");
            return;
        };
        let written = temp.file.write_all(b"gone soon");
        mark!(if Path::new(&temp.path).exists() { "the file is on disk" } else { "no file on disk" });
        beat();
    }
    beat();
}
