//! `dropscope compare`: recordings and logs side by side, as a table and sentences, as JSON, as a page, as a picture.

use super::command::CompareRequest;
use super::load::{Loaded, load};
use super::text::{Table, bytes, count, duration, place, shown_path, wrapped};
use super::{Failure, out};
use crate::format;
use crate::model::compare::{CompareResult, title_of};
use crate::model::log_document;
use crate::save::{self, Look};
use dropscope_engine::gclog::Log;
use dropscope_engine::{CompareSource, Compared, ComparedJson, ComparedKind, DifferenceJson, Percentiles};
use std::path::{Path, PathBuf};

/// Rows of a table of differences in words; `--json` has all.
const ROWS: usize = 6;

/// One of the files, read.
enum Read {
    Recording(Box<Loaded>),
    Log(Box<Log>),
}

/// Compares what is asked for.
pub(super) fn compare(request: &CompareRequest) -> Result<u8, Failure> {
    let read: Vec<Read> = request.files.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    let compared: Vec<Compared<'_>> = request
        .files
        .iter()
        .zip(&read)
        .map(|(file, read)| {
            let source = match read {
                Read::Recording(loaded) => CompareSource::Recording(&loaded.model, &loaded.names),
                Read::Log(log) => CompareSource::Log(log),
            };
            Compared { name: title_of(file), source }
        })
        .collect();
    let result = CompareResult::new(&compared, request.align.clone());
    let unfound = result.comparison.recordings.iter().filter(|row| row.origin_ns.is_none());
    for row in unfound {
        let what = crate::model::compare::alignment_words(&request.align);
        out::say(&format!("{} has no {what}: it stands by its start", row.name));
    }
    drop(read);
    saved(request)?;
    if request.json {
        out::json(&result)
    } else if request.html.is_some() || request.png.is_some() {
        let saved = [&request.html, &request.png].into_iter().flatten();
        out::print(&saved.map(|path| format!("{}\n", shown_path(path))).collect::<String>())
    } else {
        out::print(&words(&result))
    }
}

/// Reads a recording, or else a log.
fn read(file: &Path) -> Result<Read, Failure> {
    match dropscope_format::Recording::open(file) {
        Err(dropscope_format::OpenError::Foreign(_)) => {
            let log = log_document::read(file).map_err(anyhow::Error::msg)?;
            Ok(Read::Log(Box::new(log)))
        }
        _ => load(file).map(|loaded| Read::Recording(Box::new(loaded))),
    }
}

/// Saves the page and the picture, where they are asked for.
fn saved(request: &CompareRequest) -> anyhow::Result<()> {
    if request.html.is_none() && request.png.is_none() {
        return Ok(());
    }
    let files: Vec<(PathBuf, String)> = request.files.iter().map(|file| (file.clone(), title_of(file))).collect();
    let titles: Vec<&str> = files.iter().map(|(_, title)| title.as_str()).collect();
    let look = Look {
        title: titles.join(", "),
        align: request.align.clone(),
        is_scaled_apart: request.is_apart,
        is_dark: true,
    };
    if let Some(path) = &request.html {
        save::page(&files, &look, path)?;
    }
    if let Some(path) = &request.png {
        save::picture(&files, &look, path)?;
    }
    Ok(())
}

fn words(result: &CompareResult) -> String {
    let rows = &result.comparison.recordings;
    let mut text = String::new();
    for one in rows {
        for warning in warnings(one) {
            text.push_str(&format!("! {warning}\n"));
        }
    }
    text.push_str(&columns(rows).text());
    let mut names: Vec<&str> =
        rows.iter().flat_map(|one| one.operations.iter().map(|operation| operation.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        text.push_str(&format!("\nOperation `{name}`\n"));
        text.push_str(&latencies(rows, name).text());
    }
    for difference in &result.comparison.differences {
        differences(&mut text, difference);
    }
    for sentence in &result.sentences {
        text.push_str(&format!("\n{}", wrapped(sentence)));
    }
    text
}

/// What keeps a row from being the whole truth.
fn warnings(one: &ComparedJson) -> Vec<String> {
    let mut warnings = Vec::new();
    if one.kind == ComparedKind::Recording && !one.complete {
        warnings.push(format!("{} is not complete: its program was killed, or it is cut.", one.name));
    }
    if one.lost_events > 0 {
        warnings.push(format!("{} lacks {} events that were lost.", one.name, count(one.lost_events)));
    }
    let Some(log) = &one.log else { return warnings };
    let files = [
        (log.lines.not_understood, &log.not_understood_samples, "lines of"),
        (
            log.operation_lines.map_or(0, |lines| lines.not_understood),
            &log.operation_not_understood_samples,
            "lines of the operations beside",
        ),
    ];
    for (lines, samples, which) in files.into_iter().filter(|(lines, ..)| *lines > 0) {
        let mut warning = format!("{} {which} {} could not be read.", count(lines), one.name);
        for sample in samples.iter().take(3) {
            warning.push_str(&format!("\n    line {}: {}", sample.line, sample.text));
        }
        warnings.push(warning);
    }
    warnings.extend(log.notes.iter().map(|note| format!("{}: {note}", one.name)));
    warnings
}

/// A line for each figure, a column for each row of the comparison.
fn columns(rows: &[ComparedJson]) -> Table {
    let mut head = vec![String::new()];
    head.extend(rows.iter().map(|one| one.name.clone()));
    let mut table = Table::with_head(head, 0..1);
    let mut figure = |name: &str, value: &dyn Fn(&ComparedJson) -> Option<String>| {
        let mut row = vec![name.to_owned()];
        row.extend(rows.iter().map(|one| value(one).unwrap_or_else(|| "-".to_owned())));
        table.row(row);
    };
    if rows.iter().any(|one| one.log.is_some()) {
        figure("log of", &|one| Some(one.log.as_ref()?.collector.clone()));
    }
    figure("time", &|one| Some(duration(one.duration_ns)));
    figure("peak live", &|one| one.totals.peak_live_bytes.map(bytes));
    figure("allocated", &|one| one.totals.bytes_allocated.map(bytes));
    figure("blocks", &|one| one.totals.allocs.map(count));
    figure("reallocs", &|one| one.totals.reallocs.map(count));
    figure("frees", &|one| one.totals.frees.map(count));
    figure("  by a collector", &|one| one.collector.map(|collector| count(collector.frees)));
    figure("leaked", &|one| one.leaked_bytes.map(bytes));
    let stops = |one: &ComparedJson| one.tells_pauses().then_some(one.stop_the_world);
    figure("stop-the-world pauses", &|one| Some(count(stops(one)?.count)));
    figure("  longest", &|one| Some(duration(stops(one)?.max_ns)));
    figure("  sum", &|one| Some(duration(stops(one)?.total_ns)));
    figure("concurrent phases", &|one| Some(count(one.concurrent.count)));
    figure("  longest", &|one| Some(duration(one.concurrent.max_ns)));
    figure("  sum", &|one| Some(duration(one.concurrent.total_ns)));
    figure("longest release", &|one| Some(duration(one.longest_release.as_ref()?.duration_ns)));
    figure("  blocks", &|one| Some(count(one.longest_release.as_ref()?.blocks)));
    table
}

/// Two lines for each row that has the operation: wall time, and CPU time, which the system's other programs do not
/// lengthen.
fn latencies(rows: &[ComparedJson], name: &str) -> Table {
    let mut table = Table::new(["", "", "count", "p50", "p99", "p99.9", "p99.99", "max", "most releases in one"], 0..2);
    let times = |of: &Percentiles| [of.p50, of.p99, of.p999, of.p9999, of.max].map(duration);
    for one in rows {
        let Some(operation) = one.operation(name) else { continue };
        let mut row = vec![one.name.clone(), "wall".to_owned(), count(operation.count)];
        row.extend(times(&operation.wall_ns));
        row.push(operation.max_frees_in_one.map_or_else(|| "-".to_owned(), count));
        table.row(row);
        let mut row = vec![String::new(), "CPU".to_owned(), String::new()];
        match &operation.cpu_ns {
            Some(cpu_ns) => row.extend(times(cpu_ns)),
            None => row.push("not measured".to_owned()),
        }
        table.row(row);
    }
    table
}

/// The greatest changes by site and by owner.
fn differences(text: &mut String, difference: &DifferenceJson) {
    let sites = difference.sites.iter().map(|site| (place(site.at.as_ref()), site.base, site.other, site.bytes_change));
    let owners =
        difference.owners.iter().map(|owner| (owner.owner.to_string(), owner.base, owner.other, owner.bytes_change));
    let tables = [("born at", sites.collect::<Vec<_>>()), ("released by", owners.collect())];
    for (what, rows) in tables {
        if rows.is_empty() {
            continue;
        }
        let of = if rows.len() > ROWS { format!(", the {ROWS} greatest of {}", rows.len()) } else { String::new() };
        text.push_str(&format!("\n{} against {}, {what}{of}\n", difference.other, difference.base));
        let mut table = Table::new(["change", "bytes", "", "blocks", "", what], 5..6);
        for (name, base, other, change) in rows.into_iter().take(ROWS) {
            let change = format::bytes_change(change).replace(crate::fonts::symbols::THIN_SPACE, " ");
            let arrow = |after: String| format!("-> {after}");
            table.row([
                change,
                bytes(base.bytes),
                arrow(bytes(other.bytes)),
                count(base.blocks),
                arrow(count(other.blocks)),
                name,
            ]);
        }
        text.push_str(&table.text());
    }
}
