//! The folder in which a window keeps what it records for itself: private, gone with the window, and swept up by the next
//! one where a window was killed.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "dropscope-window-";

/// A private folder, removed when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one; removes those of windows that are no more.
    pub(super) fn new() -> std::io::Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        Self::below(&runtime.unwrap_or_else(std::env::temp_dir))
    }

    fn below(base: &Path) -> std::io::Result<Self> {
        sweep(base);
        let own = std::process::id();
        // A number behind it, since a test has several windows.
        let mut made = Err(std::io::ErrorKind::AlreadyExists.into());
        for number in 0..1_000 {
            let path = base.join(format!("{PREFIX}{own}-{number}"));
            // Only this user can look into it, and it must not have been there: nobody can have prepared it for us.
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => made = Err(error),
                Err(error) => return Err(error),
            }
        }
        made
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is swept up by the next window.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
        let is_left_over = pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
        if is_left_over {
            // Another user's cannot be removed, and stays.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_with_their_window_and_with_the_next_one() {
        let base = tempfile::tempdir().unwrap();
        // No process has this number: the highest possible is 2^22.
        let left_over = base.path().join("dropscope-window-4194305-0");
        std::fs::create_dir(&left_over).unwrap();
        std::fs::write(left_over.join("a.dscope"), "x").unwrap();
        let other = base.path().join("dropscope-window-notes");
        std::fs::create_dir(&other).unwrap();
        let (first, second) = (Folder::below(base.path()).unwrap(), Folder::below(base.path()).unwrap());
        assert!(!left_over.exists() && other.exists());
        assert_ne!(first.path(), second.path());
        let path = first.path().to_owned();
        std::fs::write(path.join("b.dscope"), "x").unwrap();
        drop(first);
        assert!(!path.exists() && second.path().exists());
    }
}
