//! The options of `run`, `record` and the like that say which part of a program's time is recorded.

use super::Rest;
use super::sizes::{bytes_of, seconds_of};
use crate::cli::Failure;
use crate::cli::command::Window;

/// What the tracker takes at least; below, it records nearly every block.
const LEAST_SAMPLE_BYTES: u64 = 256;

/// Takes the option if it is one of a window's; gives whether it was.
pub(super) fn take(option: &str, window: &mut Window, rest: &mut Rest) -> Result<bool, Failure> {
    match option {
        "after" => window.after_seconds = Some(seconds(rest, "after")?),
        "for" => window.for_seconds = Some(seconds(rest, "for")?),
        "from-mark" => window.from_mark = Some(rest.text()?),
        "sample" => {
            let text = rest.text()?;
            let bytes = bytes_of("sample", &text).and_then(|bytes| match bytes {
                ..LEAST_SAMPLE_BYTES => {
                    Err(format!("--sample takes a size of {LEAST_SAMPLE_BYTES} at least, not `{text}`"))
                }
                _ => Ok(bytes),
            });
            let bytes = bytes.map_err(|text| super::use_of(Some(rest.topic), text))?;
            window.sample_bytes = Some(bytes.to_string());
        }
        "last" => {
            let text = rest.text()?;
            let bytes = bytes_of("last", &text).map_err(|text| super::use_of(Some(rest.topic), text))?;
            window.last_bytes = Some(bytes.to_string());
        }
        "until-mark" => window.until_mark = Some(rest.text()?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// The time behind `option`, in seconds.
pub(super) fn seconds(rest: &mut Rest, option: &str) -> Result<String, Failure> {
    let text = rest.text()?;
    seconds_of(option, &text).map_err(|text| super::use_of(Some(rest.topic), text))
}
