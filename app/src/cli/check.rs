//! `dropscope check`: a recording against limits and against an earlier one, for CI. Exit status 0: all hold.

use super::command::CheckRequest;
use super::load::{Loaded, load};
use super::report::leaked;
use super::text::{Table, bytes, count, file_name, place, wrapped};
use super::{DONE, FAILED, Failure, out};
use dropscope_engine::{At, Report};
use serde::Serialize;
use std::collections::HashMap;

/// Rows of the table of differences.
const ROWS: usize = 10;

/// One condition and what was found.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    found: u64,
    /// The most that is allowed.
    limit: u64,
    holds: bool,
    #[serde(skip)]
    is_bytes: bool,
}

/// What a birth site allocates more or less than in the baseline.
#[derive(Serialize)]
struct Difference {
    at: Option<At>,
    allocs_before: u64,
    allocs_now: u64,
    bytes_before: u64,
    bytes_now: u64,
    leaked_bytes_before: u64,
    leaked_bytes_now: u64,
}

/// The JSON form; `format` is the version.
#[derive(Serialize)]
struct Checked {
    format: u32,
    holds: bool,
    checks: Vec<Check>,
    differences: Vec<Difference>,
}

/// Checks what `request` says.
pub(super) fn check(request: &CheckRequest) -> Result<u8, Failure> {
    let now = reported(&request.file)?;
    let before = request.baseline.as_deref().map(reported).transpose()?;
    let mut checks = limits(request, &now);
    if let Some(before) = &before {
        checks.extend(against(before, &now, request.tolerance_percent));
    }
    let holds = checks.iter().all(|check| check.holds);
    let mut differences = before.as_ref().map_or_else(Vec::new, |before| differences(before, &now));
    let checked = Checked { format: 1, holds, checks, differences: std::mem::take(&mut differences) };
    if request.json {
        out::json(&checked)?
    } else {
        out::print(&words(request, &checked, &now))?
    };
    Ok(if holds { DONE } else { FAILED })
}

fn reported(file: &std::path::Path) -> Result<Report, Failure> {
    let Loaded { model, names } = load(file)?;
    Ok(Report::new(&model, &names))
}

/// The limits that stand on the command line. What the recording lacks is a limit of its own: sums that are too low
/// prove nothing.
fn limits(request: &CheckRequest, report: &Report) -> Vec<Check> {
    let totals = &report.totals;
    let (leaked_blocks, leaked_bytes) = leaked(report);
    let mut checks = vec![
        at_most("missing end", u64::from(!report.complete), 0, false),
        at_most("lost events", report.lost_events, 0, false),
    ];
    let asked = [
        ("peak", totals.peak_live_bytes, request.max_peak_bytes, true),
        ("allocations", totals.allocs + totals.reallocs, request.max_allocs, false),
        ("allocated", totals.bytes_allocated, request.max_bytes, true),
        ("leaked blocks", leaked_blocks, request.no_leaks.then_some(0), false),
        ("leaked", leaked_bytes, request.max_leaked_bytes, true),
    ];
    let asked =
        asked.into_iter().filter_map(|(name, found, limit, is_bytes)| Some(at_most(name, found, limit?, is_bytes)));
    checks.extend(asked);
    checks.retain(|check| !check.holds || !matches!(check.name, "missing end" | "lost events"));
    checks
}

/// Nothing may have grown by more than `tolerance_percent`.
fn against(before: &Report, now: &Report, tolerance_percent: u64) -> Vec<Check> {
    let allowed = |value: u64| value.saturating_add((u128::from(value) * u128::from(tolerance_percent) / 100) as u64);
    let of = |report: &Report| {
        let totals = &report.totals;
        let (leaked_blocks, leaked_bytes) = leaked(report);
        [totals.peak_live_bytes, totals.allocs + totals.reallocs, totals.bytes_allocated, leaked_blocks, leaked_bytes]
    };
    let names = [
        ("peak against the baseline", true),
        ("allocations against the baseline", false),
        ("allocated against the baseline", true),
        ("leaked blocks against the baseline", false),
        ("leaked against the baseline", true),
    ];
    let values = of(now).into_iter().zip(of(before));
    names
        .into_iter()
        .zip(values)
        .map(|((name, is_bytes), (now, before))| at_most(name, now, allowed(before), is_bytes))
        .collect()
}

fn at_most(name: &'static str, found: u64, limit: u64, is_bytes: bool) -> Check {
    Check { name, found, limit, holds: found <= limit, is_bytes }
}

/// Sites that differ, the largest difference in bytes first.
fn differences(before: &Report, now: &Report) -> Vec<Difference> {
    // Lines move as a program is edited: a site is its function, and where it lies in it for those that are called alike.
    let key =
        |at: &Option<At>| at.as_ref().map(|at| (at.function.to_string(), at.file.as_ref().map(ToString::to_string)));
    let mut sites: HashMap<_, Difference> = HashMap::new();
    for (report, is_now) in [(before, false), (now, true)] {
        for site in &report.sites {
            let empty = || Difference {
                at: site.at.clone(),
                allocs_before: 0,
                allocs_now: 0,
                bytes_before: 0,
                bytes_now: 0,
                leaked_bytes_before: 0,
                leaked_bytes_now: 0,
            };
            let difference = sites.entry(key(&site.at)).or_insert_with(empty);
            let [allocs, bytes, leaked_bytes] = if is_now {
                difference.at = site.at.clone();
                [&mut difference.allocs_now, &mut difference.bytes_now, &mut difference.leaked_bytes_now]
            } else {
                [&mut difference.allocs_before, &mut difference.bytes_before, &mut difference.leaked_bytes_before]
            };
            *allocs += site.allocs;
            *bytes += site.bytes;
            *leaked_bytes += site.leaked_bytes;
        }
    }
    let mut differences: Vec<Difference> = sites.into_values().filter(Difference::is_one).collect();
    differences.sort_by_key(|one| {
        (std::cmp::Reverse(one.bytes_now.abs_diff(one.bytes_before)), one.bytes_now, one.allocs_now)
    });
    differences
}

impl Difference {
    fn is_one(&self) -> bool {
        (self.allocs_before, self.bytes_before, self.leaked_bytes_before)
            != (self.allocs_now, self.bytes_now, self.leaked_bytes_now)
    }
}

fn words(request: &CheckRequest, checked: &Checked, report: &Report) -> String {
    let mut text = String::new();
    let mut table = Table::new(["", "", "found", "allowed"], 0..2);
    for check in &checked.checks {
        let shown = |value: u64| if check.is_bytes { bytes(value) } else { count(value) };
        let verdict = if check.holds { "holds" } else { "FAILS" };
        let limit = if check.limit == 0 { "none".to_owned() } else { format!("at most {}", shown(check.limit)) };
        table.row([verdict.to_owned(), check.name.to_owned(), shown(check.found), limit]);
    }
    text.push_str(&format!("{}\n", file_name(&request.file)));
    text.push_str(&table.text());
    let leaks_fail = checked.checks.iter().any(|check| !check.holds && check.name.starts_with("leaked"));
    if leaks_fail {
        text.push_str("\nAlive at the end:\n");
        let mut leaks = Table::new(["bytes", "blocks", "born at"], 2..3);
        for leak in report.leaks.iter().take(ROWS) {
            leaks.row([bytes(leak.bytes), count(leak.blocks), place(leak.at.as_ref())]);
        }
        text.push_str(&leaks.text());
    }
    if let Some(baseline) = &request.baseline {
        text.push('\n');
        text.push_str(&wrapped(&against_words(&file_name(baseline), checked)));
        if !checked.differences.is_empty() {
            text.push_str(&difference_table(&checked.differences));
        }
    }
    text
}

fn against_words(baseline: &str, checked: &Checked) -> String {
    match checked.differences.len() {
        0 => format!("Every place allocates as in {baseline}."),
        more if more > ROWS => format!("Against {baseline}, {} places differ; the first {ROWS}:", count(more as u64)),
        _ => format!("Against {baseline}:"),
    }
}

fn difference_table(differences: &[Difference]) -> String {
    let mut table = Table::new(["bytes", "before", "blocks", "before", "born at"], 4..5);
    for one in differences.iter().take(ROWS) {
        table.row([
            bytes(one.bytes_now),
            bytes(one.bytes_before),
            count(one.allocs_now),
            count(one.allocs_before),
            place(one.at.as_ref()),
        ]);
    }
    table.text()
}
