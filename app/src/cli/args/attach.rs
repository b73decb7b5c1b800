//! The words of `dropscope attach`.

use super::sizes::seconds_of;
use super::{Opt, Parsed, Rest, use_of};
use crate::cli::command::{AttachRequest, Command};
use std::time::Duration;

pub(super) fn attach(rest: &mut Rest) -> Parsed {
    let mut request = AttachRequest::default();
    let words = rest.values(|option| {
        match option {
            Opt::Output(path) => request.output = Some(path),
            Opt::Text("for", text) => request.lasting = Some(duration(&text)?),
            Opt::Flag("stop") => request.stop = true,
            Opt::Flag("no-window") => request.no_window = true,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(words) = words else { return Ok(None) };
    let pid = rest.one(words, "the process id of a program")?;
    let number = pid.to_str().and_then(|text| text.parse().ok());
    let what = || format!("`{}` is not a process id; `pidof PROGRAM` tells it", pid.display());
    request.pid = number.ok_or_else(|| use_of(Some(rest.topic), what()))?;
    Ok(Some(Command::Attach(request)))
}

fn duration(text: &str) -> Result<Duration, String> {
    let seconds = seconds_of("for", text)?.parse().unwrap_or(f64::NAN);
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("--for takes a time such as 5s, not `{text}`"))
}
