//! `dropscope compare`: recordings side by side, as a table and a sentence, or as JSON.

use super::load::{Loaded, load};
use super::text::{Table, bytes, count, duration, file_name, wrapped};
use super::{Failure, out};
use dropscope_engine::{Compared, ComparedJson, Comparison, OperationJson, Percentiles};
use std::path::{Path, PathBuf};

/// Compares the recordings at `files`.
pub(super) fn compare(files: &[PathBuf], json: bool) -> Result<u8, Failure> {
    let loaded: Vec<Loaded> = files.iter().map(|file| load(file)).collect::<Result<_, _>>()?;
    let named = files.iter().zip(&loaded);
    let compared: Vec<Compared<'_>> = named
        .map(|(file, loaded)| Compared { name: name_of(file), model: &loaded.model, names: &loaded.names })
        .collect();
    let comparison = Comparison::new(&compared);
    if json { out::json(&comparison) } else { out::print(&words(&comparison)) }
}

/// A recording's file name without what all of them end in.
fn name_of(file: &Path) -> String {
    let name = file_name(file);
    name.strip_suffix(".dscope").unwrap_or(&name).to_owned()
}

fn words(comparison: &Comparison) -> String {
    let recordings = &comparison.recordings;
    let mut text = String::new();
    for one in recordings {
        if !one.complete {
            text.push_str(&format!("! {} is not complete: its program was killed, or it is cut.\n", one.name));
        }
        if one.lost_events > 0 {
            text.push_str(&format!("! {} lacks {} events that were lost.\n", one.name, count(one.lost_events)));
        }
    }
    text.push_str(&columns(recordings).text());
    let mut names: Vec<&str> =
        recordings.iter().flat_map(|one| one.operations.iter().map(|operation| operation.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        text.push_str(&format!("\nOperation `{name}`\n"));
        text.push_str(&latencies(recordings, name).text());
    }
    for sentence in sentences(recordings) {
        text.push_str(&format!("\n{}", wrapped(&sentence)));
    }
    text
}

/// What it comes to, for each recording against the first.
fn sentences(recordings: &[ComparedJson]) -> Vec<String> {
    let Some((base, others)) = recordings.split_first() else { return Vec::new() };
    let against = |one: &ComparedJson| {
        let mut parts = vec![format!(
            "a peak of {} ({})",
            bytes(one.totals.peak_live_bytes),
            times(one.totals.peak_live_bytes, base.totals.peak_live_bytes)
        )];
        for operation in &base.operations {
            let Some(other) = one.operations.iter().find(|other| other.name == operation.name) else { continue };
            let (longest_ns, base_ns) = (other.cpu_ns.max, operation.cpu_ns.max);
            parts.push(format!(
                "a longest `{}` of {} CPU time ({})",
                other.name,
                duration(longest_ns),
                times(longest_ns, base_ns)
            ));
        }
        format!("Against {}, {} has {}.", base.name, one.name, parts.join(", "))
    };
    others.iter().map(against).collect()
}

/// How many times `base` goes into `value`, in words.
fn times(value: u64, base: u64) -> String {
    match value as f64 / base as f64 {
        _ if value == base => "the same".to_owned(),
        ratio if !ratio.is_finite() => "where the other has none".to_owned(),
        ratio if ratio >= 10.0 => format!("{ratio:.0} times as much"),
        ratio => format!("{ratio:.2} times as much"),
    }
}

/// A line for each figure, a column for each recording.
fn columns(recordings: &[ComparedJson]) -> Table {
    let mut head = vec![String::new()];
    head.extend(recordings.iter().map(|one| one.name.clone()));
    let mut table = Table::with_head(head, 0..1);
    let mut figure = |name: &str, value: &dyn Fn(&ComparedJson) -> String| {
        let mut row = vec![name.to_owned()];
        row.extend(recordings.iter().map(value));
        table.row(row);
    };
    figure("time", &|one| duration(one.duration_ns));
    figure("peak live", &|one| bytes(one.totals.peak_live_bytes));
    figure("allocated", &|one| bytes(one.totals.bytes_allocated));
    figure("blocks", &|one| count(one.totals.allocs));
    figure("reallocs", &|one| count(one.totals.reallocs));
    figure("leaked", &|one| bytes(one.leaked_bytes));
    figure("stop-the-world pauses", &|one| count(one.stop_the_world.count));
    figure("  longest", &|one| duration(one.stop_the_world.max_ns));
    figure("  sum", &|one| duration(one.stop_the_world.total_ns));
    figure("concurrent phases", &|one| count(one.concurrent.count));
    figure("  longest", &|one| duration(one.concurrent.max_ns));
    figure("  sum", &|one| duration(one.concurrent.total_ns));
    table
}

/// Two lines for each recording that has the operation: wall time, and CPU time, which the system's other programs do
/// not lengthen.
fn latencies(recordings: &[ComparedJson], name: &str) -> Table {
    let mut table = Table::new(["", "", "count", "p50", "p99", "p99.9", "max", "most releases in one"], 0..2);
    let times = |of: &Percentiles| [of.p50, of.p99, of.p999, of.max].map(duration);
    let of_name = |one: &ComparedJson| -> Option<OperationJson> {
        one.operations.iter().find(|operation| operation.name == name).cloned()
    };
    for one in recordings {
        let Some(operation) = of_name(one) else { continue };
        let mut row = vec![one.name.clone(), "wall".to_owned(), count(operation.count)];
        row.extend(times(&operation.wall_ns));
        row.push(count(operation.max_frees_in_one));
        table.row(row);
        let mut row = vec![String::new(), "CPU".to_owned(), String::new()];
        row.extend(times(&operation.cpu_ns));
        table.row(row);
    }
    table
}
