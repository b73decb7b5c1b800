//! What the environment says about recording.
#![allow(unsafe_code, reason = "the C library's environment, before std can be asked")]

use crate::sys;
use std::ffi::{CStr, OsStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// Where to record to; `%p` in it is the process's id.
pub(crate) const OUT: &str = "DROPSCOPE_OUT";
const LOSSY: &str = "DROPSCOPE_LOSSY";
const REDACT: &str = "DROPSCOPE_REDACT";
const UNWINDER: &str = "DROPSCOPE_UNWINDER";
const CROSS_CHECK: &str = "DROPSCOPE_CROSS_CHECK";

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// The path in `DROPSCOPE_OUT`, if there is one.
pub(crate) fn out() -> Option<PathBuf> {
    let wanted = variable(OUT).filter(|path| !path.is_empty())?;
    let pid = sys::process_id().to_string();
    let mut path = Vec::new();
    let mut rest = wanted.as_bytes();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"%p") {
        path.extend_from_slice(&rest[..at]);
        path.extend_from_slice(pid.as_bytes());
        rest = &rest[at + 2..];
    }
    path.extend_from_slice(rest);
    Some(PathBuf::from(OsString::from_vec(path)))
}

/// Whether events are to be dropped rather than waited for.
pub(crate) fn is_lossy() -> bool {
    is_set(LOSSY)
}

/// Whether the program's arguments are to be left out.
pub(crate) fn is_redacted() -> bool {
    is_set(REDACT)
}

/// Whether each stack is to be judged.
pub(crate) fn is_cross_checked() -> bool {
    is_set(CROSS_CHECK)
}

/// Whether the portable way is to walk all stacks.
pub(crate) fn wants_portable_unwinder() -> bool {
    variable(UNWINDER).is_some_and(|value| value == "portable")
}

/// Whether the program is to wait until it is told to record.
pub(crate) fn is_standby() -> bool {
    variable("DROPSCOPE").is_some_and(|value| value == "standby")
}

/// The value of this variable, if it is set to something.
pub(crate) fn text(name: &str) -> Option<String> {
    variable(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

/// The size in this variable: `4096`, `512KiB`, `64M`; units count by 1024.
///
/// # Errors
/// A sentence where it cannot be read.
pub(crate) fn bytes(name: &str) -> Result<Option<u64>, String> {
    let Some(text) = text(name) else { return Ok(None) };
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().trim_end_matches("iB").trim_end_matches('B') {
        "" => Some(0),
        "K" | "k" => Some(10),
        "M" | "m" => Some(20),
        "G" | "g" => Some(30),
        _ => None,
    };
    let size = shift.and_then(|shift| number.parse::<u64>().ok()?.checked_mul(1 << shift));
    size.map(Some).ok_or_else(|| format!("{name} is a size such as 4096, 512KiB or 64M, not `{text}`"))
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Not `std::env::var`: that takes a lock which a thread that waits for us may hold.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    let of_entry = |entry: &[u8]| {
        let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        Some(OsStr::from_bytes(value).to_owned())
    };
    // SAFETY: null, or a row of C strings with a null behind it. Read at the process's first allocation and at the
    // start of a recording in code, where the program must not be changing its environment (as for `getenv`).
    unsafe {
        let mut entry = environ;
        if entry.is_null() {
            // Before the C library has set it up.
            let all = std::fs::read("/proc/self/environ").ok()?;
            return all.split(|byte| *byte == 0).find_map(of_entry);
        }
        while !(*entry).is_null() {
            if let Some(value) = of_entry(CStr::from_ptr(*entry).to_bytes()) {
                return Some(value);
            }
            entry = entry.add(1);
        }
    }
    None
}
