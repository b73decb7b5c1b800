//! The words of `dropscope check`.

use super::sizes::bytes_of;
use super::{Opt, Parsed, Rest};
use crate::cli::command::{CheckRequest, Command};
use std::path::PathBuf;

pub(super) fn check(rest: &mut Rest) -> Parsed {
    let mut request = CheckRequest::default();
    let mut asked = 0;
    let words = rest.values(|option| {
        asked += 1;
        match option {
            Opt::Text("max-peak", text) => request.max_peak_bytes = Some(bytes_of("max-peak", &text)?),
            Opt::Text("max-bytes", text) => request.max_bytes = Some(bytes_of("max-bytes", &text)?),
            Opt::Text("max-leaked", text) => request.max_leaked_bytes = Some(bytes_of("max-leaked", &text)?),
            Opt::Number("max-allocs", number) => request.max_allocs = Some(number),
            Opt::Flag("no-leaks") => request.no_leaks = true,
            Opt::Text("baseline", path) => request.baseline = Some(PathBuf::from(path)),
            Opt::Text("tolerance", text) => request.tolerance_percent = percent(&text)?,
            Opt::Flag("json") => {
                asked -= 1;
                request.json = true;
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(words) = words else { return Ok(None) };
    request.file = rest.one(words, "a recording")?.into();
    if asked == 0 {
        return Err(rest.missing("something to check, such as --no-leaks or --max-peak 64MiB"));
    }
    Ok(Some(Command::Check(request)))
}

fn percent(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse();
    number.map_err(|_| format!("--tolerance is a whole number of percent, not `{text}`"))
}
