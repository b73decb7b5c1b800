//! The file to record to: its name, and whether it may be written.

use super::os;
use dropscope_format::{OpenError, Recording, RingFile, ring_path};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What stands for the process id in a recording's name.
const PID_MARK: &[u8] = b"%p";

/// The absolute path to record to. Removes an older recording there; refuses to write over anything else.
pub(super) fn prepare(output: Option<&Path>, program: &Path) -> Result<PathBuf, String> {
    let path = match output {
        Some(path) => path.to_owned(),
        None => unused_name(Path::new(""), program.file_name().unwrap_or(program.as_os_str())),
    };
    let path = std::path::absolute(&path).map_err(|error| format!("{} cannot be a file: {error}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        return Err(format!("the folder {} does not exist: make it, or name another with -o", folder.display()));
    }
    remove_older(&path)?;
    can_be_written(&path)?;
    Ok(path)
}

/// `path` with every `%p` replaced by `pid`, as the tracker does.
pub(super) fn with_pid(path: &Path, pid: u32) -> PathBuf {
    let mut rest = path.as_os_str().as_bytes();
    let mut name = Vec::with_capacity(rest.len());
    while let Some(at) = rest.windows(PID_MARK.len()).position(|window| window == PID_MARK) {
        name.extend_from_slice(&rest[..at]);
        name.extend_from_slice(pid.to_string().as_bytes());
        rest = &rest[at + PID_MARK.len()..];
    }
    name.extend_from_slice(rest);
    PathBuf::from(OsString::from_vec(name))
}

/// `NAME-YYYYMMDD-HHMMSS.dscope` in `folder`, and where two come in the same second a number behind it.
pub fn unused_name(folder: &Path, program: &OsStr) -> PathBuf {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let [year, month, day, hour, minute, second] = os::local_time(seconds);
    let name = |suffix: &str| {
        let mut name = program.to_owned();
        name.push(format!("-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}{suffix}.dscope"));
        folder.join(name)
    };
    // Two in the same second.
    let further = (2..1000).map(|number| name(&format!("-{number}")));
    std::iter::once(name("")).chain(further).find(|path| !path.exists()).unwrap_or_else(|| name(""))
}

fn remove_older(path: &Path) -> Result<(), String> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    let shown = path.display();
    if !metadata.is_file() {
        return Err(format!("{shown} is not a file that a recording could be written to: name another with -o"));
    }
    match Recording::open(path) {
        Err(OpenError::Foreign(_)) => {
            return Err(format!("{shown} exists and is not a recording: remove it, or name another with -o"));
        }
        Err(OpenError::Io { source, .. }) => return Err(format!("{shown} exists and cannot be read: {source}")),
        _ => {}
    }
    if let Some(pid) = recorded_by(path) {
        return Err(format!("{shown} is being recorded to by process {pid}: name another file with -o"));
    }
    std::fs::remove_file(path).map_err(|error| format!("{shown} cannot be replaced: {error}"))?;
    // A ring left by a killed program belongs to the recording that has just gone.
    match std::fs::remove_file(ring_path(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be replaced: {error}", ring_path(path).display()))
        }
        _ => Ok(()),
    }
}

/// The living process that writes to the recording at `path`.
fn recorded_by(path: &Path) -> Option<u32> {
    let id = dropscope_format::BlockReader::open(path).ok()?.recording_id();
    let ring = RingFile::open(path, id).filter(RingFile::process_is_alive)?;
    Some(ring.pid())
}

/// Tries it, so that a full or read-only folder is told before the program has run in vain.
fn can_be_written(path: &Path) -> Result<(), String> {
    let mut probe = path.as_os_str().to_owned();
    probe.push(format!(".{}.probe", std::process::id()));
    let probe = PathBuf::from(probe);
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    // Made a moment ago and empty: should its removal fail, nothing is lost.
    let _ = std::fs::remove_file(&probe);
    made.map(drop).map_err(|error| format!("{} cannot be written: {error}; name another file with -o", path.display()))
}
