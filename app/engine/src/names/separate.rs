//! Where the debug information of a program is that does not hold it itself. Whoever opens one of these files checks
//! that it belongs to the program.

use std::path::{Path, PathBuf};

/// Debug files of the program at `path`, with its link to one, if it has any.
pub(super) fn places(path: &Path, build_id: &[u8], link: Option<&[u8]>) -> Vec<PathBuf> {
    let mut places = by_build_id(path, build_id, "debuginfo");
    if let (Some(name), Some(folder)) = (link.and_then(|name| std::str::from_utf8(name).ok()), path.parent()) {
        places.push(folder.join(name));
        places.push(folder.join(".debug").join(name));
        places.push(Path::new("/usr/lib/debug").join(folder.strip_prefix("/").unwrap_or(folder)).join(name));
    }
    places
}

/// Files that may stand for the program that is not at `path` any more.
pub(super) fn places_of_missing(path: &Path, build_id: &[u8]) -> Vec<PathBuf> {
    let mut places = by_build_id(path, build_id, "debuginfo");
    places.extend(by_build_id(path, build_id, "executable"));
    // The link stood in the program. This is what its name nearly always is.
    if let (Some(name), Some(folder)) = (path.file_name(), path.parent()) {
        let mut name = name.to_owned();
        name.push(".debug");
        places.push(folder.join(&name));
        places.push(folder.join(".debug").join(&name));
        places.push(Path::new("/usr/lib/debug").join(folder.strip_prefix("/").unwrap_or(folder)).join(&name));
    }
    places
}

/// Where distributions put debug files, a folder of that kind beside the program, and where debuginfod's client keeps
/// what it has fetched: `debuginfo`, or the `executable` itself.
fn by_build_id(path: &Path, build_id: &[u8], what: &str) -> Vec<PathBuf> {
    let [first, rest @ ..] = build_id else { return Vec::new() };
    if rest.is_empty() {
        return Vec::new();
    }
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut places = Vec::new();
    if what == "debuginfo" {
        let in_folder = format!(".build-id/{first:02x}/{rest}.debug");
        places.push(Path::new("/usr/lib/debug").join(&in_folder));
        places.extend(path.parent().map(|folder| folder.join(&in_folder)));
    }
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let fetched = variable("DEBUGINFOD_CACHE_PATH")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("debuginfod_client")))
        .or_else(|| Some(variable("HOME")?.join(".cache/debuginfod_client")));
    places.extend(fetched.map(|folder| folder.join(format!("{first:02x}{rest}")).join(what)));
    places
}

/// Whether the bytes of the file at `place` have this checksum.
pub(super) fn has_checksum(place: &Path, checksum: u32) -> bool {
    std::fs::read(place).is_ok_and(|bytes| crc32fast::hash(&bytes) == checksum)
}
