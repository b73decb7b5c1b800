//! V8's `--trace-gc-nvp`: names and values of one collection, as text or, in newer versions, as JSON.

use super::scan::{MS, Scan};
use super::v8::{Collection, Marking};
use serde_json::{Map, Value};

/// The collection of a line such as `pause=1.0 mutator=31.7 gc=s …` or `GC: {"pause":1.13,"gc":"s",…}`.
pub(super) fn parse(text: &str) -> Option<Collection> {
    if let Some(json) = text.strip_prefix("GC: ") {
        let values: Map<String, Value> = serde_json::from_str(json).ok()?;
        return collection(|name| match values.get(name)? {
            Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        });
    }
    if !text.starts_with("pause=") {
        return None;
    }
    collection(|name| {
        let value = text.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.to_owned())
    })
}

fn collection(value: impl Fn(&str) -> Option<String>) -> Option<Collection> {
    let ns = |name: &str| Some(Scan(&value(name)?).decimal()?.times(MS));
    let integer = |name: &str| Scan(&value(name)?).integer();
    let bytes = |name: &str, newer_name: &str| integer(name).or_else(|| integer(newer_name));
    let steps = integer("incremental_steps_count").or_else(|| integer("incremental.steps_count")).unwrap_or_default();
    // A scavenge tells the marking that goes on meanwhile; it ends with a later collection, which tells it again.
    let since_start_ns = ns("incremental_walltime_duration").filter(|&since_start_ns| since_start_ns > 0);
    Some(Collection {
        name: name_of(&value("gc")?),
        pause_ns: ns("pause")?,
        before_bytes: bytes("total_size_before", "start_object_size")?,
        after_bytes: bytes("total_size_after", "end_object_size")?,
        committed_bytes: integer("end_memory_size"),
        cause: match (value("reason"), value("collector_reason")) {
            (Some(reason), Some(why_this)) if !why_this.is_empty() => Some(format!("{reason}; {why_this}")),
            (reason, _) => reason,
        },
        marking: since_start_ns.map(|since_start_ns| Marking {
            steps,
            steps_ns: ns("incremental").unwrap_or_default(),
            biggest_step_ns: ns("incremental_longest_step").unwrap_or_default(),
            since_start_ns: Some(since_start_ns),
        }),
    })
}

fn name_of(short: &str) -> String {
    match short {
        "s" => "Scavenge",
        "ms" => "Mark-sweep",
        "mc" => "Mark-Compact",
        "mmc" => "Minor Mark-Compact",
        "mms" => "Minor Mark-Sweep",
        other => other,
    }
    .to_owned()
}
