//! `dropscope check`: a recording against limits and against an earlier one, for CI. Exit status 0: all hold.

use super::command::CheckRequest;
use super::load::{Loaded, load};
use super::report::leaked;
use super::text::{Table, bytes, count, file_name, place, sampled, sum, wrapped};
use super::{DONE, FAILED, Failure, out};
use dropscope_engine::{At, Estimate, Report};
use serde::Serialize;
use std::collections::HashMap;

/// Rows of the table of differences.
const ROWS: usize = 10;

/// What is left at the end is called: blocks, bytes, and both against a baseline; leaked, or where the recording was
/// stopped before its program ended, alive.
const LEFT: [(&str, &str, &str, &str); 2] = [
    ("leaked blocks", "leaked", "leaked blocks against the baseline", "leaked against the baseline"),
    (
        "blocks alive at the stop",
        "alive at the stop",
        "blocks alive at the stop against the baseline",
        "alive at the stop against the baseline",
    ),
];

/// One condition and what was found.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    found: u64,
    /// Of a sample: how far `found`, which is an estimate then, may be off. What lies within it holds.
    error: Option<u64>,
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
    /// Of samples: how far the difference in bytes may be off.
    bytes_error: Option<u64>,
}

/// What is held against a limit.
#[derive(Clone, Copy)]
struct Found {
    value: u64,
    error: Option<u64>,
}

impl From<u64> for Found {
    fn from(value: u64) -> Found {
        Found { value, error: None }
    }
}

impl Found {
    /// As recorded, or of a sample what that stands for: two standard errors to each side.
    fn new(recorded: u64, estimate: Option<Estimate>) -> Found {
        estimate.map_or(recorded.into(), |of| Found {
            value: of.value.round() as u64,
            error: Some((2.0 * of.standard_error).ceil() as u64),
        })
    }
}

/// Peak, allocations, allocated bytes, leaked blocks and bytes.
fn sums(report: &Report) -> [Found; 5] {
    let (totals, sampling) = (&report.totals, report.sampling.as_ref());
    let (leaked_blocks, leaked_bytes) = leaked(report);
    let leaks = || report.leaks.iter().filter_map(|leak| leak.estimate.as_ref());
    let of_leaks = |estimate: Estimate| sampling.map(|_| estimate);
    [
        Found::new(totals.peak_live_bytes, sampling.map(|of| of.peak_live_bytes)),
        Found::new(totals.allocs + totals.reallocs, sampling.map(|of| of.allocs)),
        Found::new(totals.bytes_allocated, sampling.map(|of| of.bytes_allocated)),
        Found::new(leaked_blocks, of_leaks(Estimate::sum(leaks().map(|of| of.blocks)))),
        Found::new(leaked_bytes, of_leaks(Estimate::sum(leaks().map(|of| of.bytes)))),
    ]
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
    let [peak, allocs, allocated, _, leaked_bytes] = sums(report);
    let kind = usize::from(report.stopped);
    let mut checks = vec![
        at_most("missing end", u64::from(!report.complete).into(), 0, false),
        at_most("lost events", report.lost_events.into(), 0, false),
    ];
    let asked = [
        ("peak", peak, request.max_peak_bytes, true),
        ("allocations", allocs, request.max_allocs, false),
        ("allocated", allocated, request.max_bytes, true),
        // One that was chosen is a leak, whatever it stands for.
        (LEFT[kind].0, leaked(report).0.into(), request.no_leaks.then_some(0), false),
        (LEFT[kind].1, leaked_bytes, request.max_leaked_bytes, true),
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
    let kind = usize::from(now.stopped || before.stopped);
    let names = [
        ("peak against the baseline", true),
        ("allocations against the baseline", false),
        ("allocated against the baseline", true),
        (LEFT[kind].2, false),
        (LEFT[kind].3, true),
    ];
    let values = sums(now).into_iter().zip(sums(before));
    names
        .into_iter()
        .zip(values)
        .map(|((name, is_bytes), (now, before))| {
            let error = both(now.error, before.error);
            at_most(name, Found { error, ..now }, allowed(before.value), is_bytes)
        })
        .collect()
}

/// The error of a difference whose sides have these.
fn both(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    (one.is_some() || other.is_some()).then(|| (one.unwrap_or(0) as f64).hypot(other.unwrap_or(0) as f64).ceil() as u64)
}

fn at_most(name: &'static str, found: Found, limit: u64, is_bytes: bool) -> Check {
    let Found { value, error } = found;
    let holds = value.saturating_sub(error.unwrap_or(0)) <= limit;
    Check { name, found: value, error, limit, holds, is_bytes }
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
                bytes_error: None,
            };
            let difference = sites.entry(key(&site.at)).or_insert_with(empty);
            let [allocs, bytes, leaked_bytes] = if is_now {
                difference.at = site.at.clone();
                [&mut difference.allocs_now, &mut difference.bytes_now, &mut difference.leaked_bytes_now]
            } else {
                [&mut difference.allocs_before, &mut difference.bytes_before, &mut difference.leaked_bytes_before]
            };
            let of = site.estimate;
            let found = Found::new(site.bytes, of.map(|of| of.bytes));
            *allocs += Found::new(site.allocs, of.map(|of| of.allocs)).value;
            *bytes += found.value;
            *leaked_bytes += Found::new(site.leaked_bytes, of.map(|of| of.leaked_bytes)).value;
            difference.bytes_error = both(difference.bytes_error, found.error);
        }
    }
    let mut differences: Vec<Difference> = sites.into_values().filter(Difference::is_one).collect();
    differences.sort_by_key(|one| {
        (std::cmp::Reverse(one.bytes_now.abs_diff(one.bytes_before)), one.bytes_now, one.allocs_now)
    });
    differences
}

impl Difference {
    /// Of samples only where it is more than chance.
    fn is_one(&self) -> bool {
        if let Some(error) = self.bytes_error {
            return self.bytes_now.abs_diff(self.bytes_before) > error;
        }
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
        let found = match check.error {
            Some(error) => format!("{} ± {}", shown(check.found), shown(error)),
            None => shown(check.found),
        };
        table.row([verdict.to_owned(), check.name.to_owned(), found, limit]);
    }
    text.push_str(&format!("{}\n", file_name(&request.file)));
    if let Some(sampling) = &report.sampling {
        text.push_str(&wrapped(&format!(
            "{} What is found is such an estimate, and holds where it may be no more than is allowed.",
            sampled(sampling)
        )));
    }
    text.push_str(&table.text());
    let is_of_left = |name: &str| LEFT.iter().any(|left| [left.0, left.1, left.2, left.3].contains(&name));
    if checked.checks.iter().any(|check| !check.holds && is_of_left(check.name)) {
        text.push('\n');
        text.push_str(&wrapped(if report.stopped {
            "Alive when the recording was stopped. The program went on and may have released it later: stop where \
             nothing should be left, or record to the program's end."
        } else {
            "Alive at the end:"
        }));
        let mut leaks = Table::new(["bytes", "blocks", "born at"], 2..3);
        for leak in report.leaks.iter().take(ROWS) {
            let of = leak.estimate.as_ref();
            leaks.row([
                sum(leak.bytes, of.map(|of| &of.bytes), bytes),
                sum(leak.blocks, of.map(|of| &of.blocks), count),
                place(leak.at.as_ref()),
            ]);
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
