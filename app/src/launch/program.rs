//! Finds a program as a shell does, so that "not found" can be said before anything is touched.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why there is nothing to start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotFound {
    /// No file of this name, in no folder of `PATH` where the name has no slash.
    Missing(OsString),
    /// A file that may not be run, or a folder.
    NotExecutable(PathBuf),
}

impl NotFound {
    /// The exit status by which `env` and the shells tell the two apart from the program's own failures.
    pub fn status(&self) -> i32 {
        match self {
            NotFound::Missing(_) => 127,
            NotFound::NotExecutable(_) => 126,
        }
    }
}

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotFound::Missing(name) if is_path(name) => {
                write!(f, "{} does not exist: nothing was started", name.display())
            }
            NotFound::Missing(name) if Path::new(name).exists() => write!(
                f,
                "{0} is not in PATH: nothing was started; for the file in this folder write ./{0}",
                name.display()
            ),
            NotFound::Missing(name) => write!(f, "{} is not in PATH: nothing was started", name.display()),
            NotFound::NotExecutable(path) if path.is_dir() => {
                write!(f, "{} is a folder: nothing was started", path.display())
            }
            NotFound::NotExecutable(path) => {
                write!(f, "{0} may not be run: nothing was started; `chmod +x {0}` makes it a program", path.display())
            }
        }
    }
}

/// The file that `name` names: itself where it has a slash, else the first program so called in `PATH`.
///
/// # Errors
/// As [`NotFound`] says.
pub fn find_program(name: &OsStr) -> Result<PathBuf, NotFound> {
    if is_path(name) {
        let path = PathBuf::from(name);
        return match is_program(&path) {
            Some(true) => Ok(path),
            Some(false) => Err(NotFound::NotExecutable(path)),
            None => Err(NotFound::Missing(name.to_owned())),
        };
    }
    let mut refused = None;
    let folders = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
    for folder in std::env::split_paths(&folders).filter(|_| !name.is_empty()) {
        let path = if folder.as_os_str().is_empty() { Path::new(".").join(name) } else { folder.join(name) };
        match is_program(&path) {
            Some(true) => return Ok(path),
            Some(false) => refused = refused.or(Some(path)),
            None => {}
        }
    }
    Err(refused.map_or_else(|| NotFound::Missing(name.to_owned()), NotFound::NotExecutable))
}

fn is_path(name: &OsStr) -> bool {
    name.as_bytes().contains(&b'/')
}

/// Whether the file can be run; none where there is none.
fn is_program(path: &Path) -> Option<bool> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
