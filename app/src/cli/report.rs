//! `dropscope report`: a recording in words, or as JSON. What is missing comes first.

use super::load::{Loaded, load};
use super::text::{Table, bytes, count, counted, duration, place, sum};
use super::{Failure, out};
use crate::format::percent;
use crate::launch::signal_name;
use dropscope_engine::{At, End, EndKind, PauseJson, ReadState, Report, RoundingJson, WrongFreeJson};
use std::fmt::Write;
use std::path::Path;

/// Rows of a table in words; `--json` has all.
const ROWS: usize = 10;

/// Wrong releases that are told one by one.
const MOST_WRONG_FREES: usize = 5;

/// Reports on the recording at `file`.
pub(super) fn report(file: &Path, json: bool) -> Result<u8, Failure> {
    let loaded = load(file)?;
    let report = Report::new(&loaded.model, &loaded.names);
    if json { out::json(&report) } else { out::print(&words(file, &loaded, &report)) }
}

fn words(file: &Path, loaded: &Loaded, report: &Report) -> String {
    let mut text = String::new();
    let program = if report.program.is_empty() { "an unknown program" } else { &report.program };
    line(&mut text, format_args!("{}: {program}", file.display()));
    for warning in warnings(loaded, report) {
        line(&mut text, format_args!("! {warning}"));
    }
    text.push('\n');
    text.push_str(&totals(report));
    leaks(&mut text, report);
    sites(&mut text, report);
    owners(&mut text, report);
    operations(&mut text, report);
    pauses(&mut text, &report.pauses);
    // The warnings have said it.
    let is_said = |note: &&String| note.contains(" ended no block: ") || note.contains(" lost: ");
    for note in report.notes.iter().filter(|note| !is_said(note)) {
        line(&mut text, format_args!("\nNote: {note}"));
    }
    text
}

/// What keeps the recording from telling all.
fn warnings(loaded: &Loaded, report: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    match loaded.model.state() {
        ReadState::Ended(End { kind: EndKind::Killed(signal), .. }) => warnings.push(format!(
            "Not complete: the program was killed by {}. All it did before is here.",
            signal_name(signal)
        )),
        ReadState::Cut => warnings.push(
            "Not complete: the recording has no end. The program was killed, or the file was cut. All up to there is \
             here."
                .to_owned(),
        ),
        ReadState::Reading | ReadState::Following => {
            warnings.push("Not complete: the program is still being recorded. All up to now is here.".to_owned());
        }
        ReadState::Ended(End { kind: EndKind::Stopped, .. }) => warnings.push(
            "Stopped while the program went on: what was alive then may have been released later, and is no leak for \
             certain."
                .to_owned(),
        ),
        ReadState::Ended(_) => {}
    }
    if report.lost_events > 0 {
        let causes: Vec<String> =
            report.lost_by_cause.iter().map(|lost| format!("{} ({})", lost.cause, count(lost.events))).collect();
        warnings.push(format!(
            "{} could not be recorded: {}. Sums and leaks are too low or too high by as many.",
            counted(report.lost_events, "event", "events"),
            causes.join(", ")
        ));
    }
    warnings.extend(report.sampling.as_ref().map(super::text::sampled));
    if report.unmatched_frees > 0 {
        warnings.push(format!(
            "{} of no known block: released before, or born outside the recording.",
            counted(report.unmatched_frees, "release", "releases")
        ));
    }
    warnings.extend(report.wrong_frees.iter().filter_map(wrong_free).take(MOST_WRONG_FREES));
    warnings
}

/// A release that was wrong for certain; of a block that is only not known it may have been right.
fn wrong_free(free: &WrongFreeJson) -> Option<String> {
    let line = |at: &Option<At>| match at {
        Some(At { file: Some(file), line, .. }) => format!("{file}:{line}"),
        _ => "a place outside the program's own code".to_owned(),
    };
    let (at, born, released) = (line(&free.at), line(&free.born_at), line(&free.released_at));
    match (free.verdict, free.block) {
        ("double free", Some(block)) => Some(format!(
            "Double free at {at}: block {block}, born at {born}, had been released at {released} already."
        )),
        ("foreign free", Some(block)) => {
            Some(format!("Foreign free at {at}: the address lies inside block {block}, born at {born}."))
        }
        _ => None,
    }
}

fn totals(report: &Report) -> String {
    let totals = &report.totals;
    let runtime = &report.runtime;
    let (leaked_blocks, leaked_bytes) = leaked(report);
    let threads = counted(u64::from(report.threads), "thread", "threads");
    let rows = [
        ("Time", format!("{} on {threads}", duration(report.duration_ns))),
        ("Peak", format!("{} live, {} after the start", bytes(totals.peak_live_bytes), duration(totals.peak_at_ns))),
        (
            "Allocated",
            format!(
                "{} in {}; {}, {}",
                bytes(totals.bytes_allocated),
                counted(totals.allocs, "block", "blocks"),
                counted(totals.reallocs, "realloc", "reallocs"),
                counted(totals.frees, "release", "releases")
            ),
        ),
        (
            "At the end",
            format!(
                "{} live, {}: {} {}, {}; the runtime's own {}, {}",
                counted(totals.live_blocks_at_end, "block", "blocks"),
                bytes(totals.live_bytes_at_end),
                count(leaked_blocks),
                if tells_leaks(report) { "leaked" } else { "of the program" },
                bytes(leaked_bytes),
                count(runtime.live_blocks_at_end),
                bytes(runtime.live_bytes_at_end)
            ),
        ),
        ("Rounding", rounding(report.rounding.as_ref())),
        ("Recorder", recorder(report)),
    ];
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        line(&mut text, format_args!("{name:<12}{value}"));
        text
    })
}

/// What the recorder took. It tells that from time to time: a program that was killed before then has not told it.
fn recorder(report: &Report) -> String {
    if report.overhead_bytes == 0 {
        return "not known what it took: the program did not get to tell it".to_owned();
    }
    format!("{} of its own; the program waited {} for it", bytes(report.overhead_bytes), duration(report.waited_ns))
}

/// What the allocator gave beyond what it was asked for, at the peak.
fn rounding(rounding: Option<&RoundingJson>) -> String {
    let Some(rounding) = rounding else { return "not known: the allocator could not be asked".to_owned() };
    let peak = &rounding.at_peak;
    let added = peak.usable_bytes.saturating_sub(peak.requested_bytes);
    let mut words = format!(
        "{} usable of {} requested at the peak (+{}; asked of the allocator for {})",
        bytes(peak.usable_bytes),
        bytes(peak.requested_bytes),
        percent(added, peak.requested_bytes),
        counted(rounding.asked_sizes, "size", "sizes")
    );
    if peak.not_known_bytes > 0 {
        let _ = write!(words, "; {} of other sizes as requested", bytes(peak.not_known_bytes));
    }
    words
}

/// Whether what was alive at the end is leaked: the program did all that it was to do.
fn tells_leaks(report: &Report) -> bool {
    report.complete && !report.stopped
}

/// Blocks and bytes of the program that were alive at the end.
pub(super) fn leaked(report: &Report) -> (u64, u64) {
    report.leaks.iter().fold((0, 0), |(blocks, bytes), leak| (blocks + leak.blocks, bytes + leak.bytes))
}

fn leaks(text: &mut String, report: &Report) {
    if report.leaks.is_empty() {
        text.push_str(match (report.complete, report.stopped) {
            (_, true) => "\nAlive when the recording was stopped: nothing\n",
            (true, false) => "\nLeaks: none\n",
            (false, false) => "\nAlive at the last event: nothing\n",
        });
        return;
    }
    let mut table = Table::new(["bytes", "blocks", "born at"], 2..3);
    for leak in report.leaks.iter().take(ROWS) {
        let of = leak.estimate.as_ref();
        table.row([
            sum(leak.bytes, of.map(|of| &of.bytes), bytes),
            sum(leak.blocks, of.map(|of| &of.blocks), count),
            place(leak.at.as_ref()),
        ]);
    }
    // A program that was killed did not get to release what it still used.
    let head = match (report.complete, report.stopped) {
        (_, true) => "Alive when the recording was stopped",
        (true, false) => "Leaks: alive at the end",
        (false, false) => "Alive at the last event, of which some may be leaks",
    };
    section(text, head, &table, report.leaks.len());
}

fn sites(text: &mut String, report: &Report) {
    if report.sites.is_empty() {
        return;
    }
    let mut table = Table::new(["bytes", "blocks", "at the peak", "under 1 ms", "born at"], 4..5);
    for site in report.sites.iter().take(ROWS) {
        let of = site.estimate.as_ref();
        table.row([
            sum(site.bytes, of.map(|of| &of.bytes), bytes),
            sum(site.allocs, of.map(|of| &of.allocs), count),
            sum(site.peak_bytes, of.map(|of| &of.peak_bytes), bytes),
            sum(site.short_lived, of.map(|of| &of.short_lived), count),
            place(site.at.as_ref()),
        ]);
    }
    section(text, "Sites: where blocks were born", &table, report.sites.len());
}

fn owners(text: &mut String, report: &Report) {
    if report.owners.is_empty() {
        return;
    }
    let mut table = Table::new(["bytes", "blocks", "owner", "released at"], 2..4);
    for owner in report.owners.iter().take(ROWS) {
        let of = owner.estimate.as_ref();
        table.row([
            sum(owner.bytes, of.map(|of| &of.bytes), bytes),
            sum(owner.frees, of.map(|of| &of.blocks), count),
            owner.owner.to_string(),
            place(owner.at.as_ref()),
        ]);
    }
    let head = if report.owners_approximate {
        "Owners: what released them (approximate: the program is optimised)"
    } else {
        "Owners: what released them"
    };
    section(text, head, &table, report.owners.len());
}

fn operations(text: &mut String, report: &Report) {
    if report.operations.is_empty() {
        return;
    }
    let mut table = Table::new(["name", "", "count", "p50", "p99", "p99.9", "max", "most releases in one"], 0..2);
    for operation in report.operations.iter().take(ROWS) {
        let (wall, cpu) = (&operation.wall_ns, &operation.cpu_ns);
        let times = |of: &dropscope_engine::Percentiles| [of.p50, of.p99, of.p999, of.max].map(duration);
        let mut row = vec![operation.name.clone(), "wall".to_owned(), count(operation.count)];
        row.extend(times(wall));
        row.push(if operation.frees_counted { count(operation.max_frees_in_one) } else { "-".to_owned() });
        table.row(row);
        let mut row = vec![String::new(), "CPU".to_owned(), String::new()];
        row.extend(times(cpu));
        table.row(row);
    }
    section(text, "Operations", &table, report.operations.len());
}

fn pauses(text: &mut String, pauses: &[PauseJson]) {
    if pauses.is_empty() {
        return;
    }
    let mut table = Table::new(["kind", "name", "count", "sum", "longest"], 0..2);
    let mut kinds: Vec<(&str, &str)> = pauses.iter().map(|pause| (pause.kind, pause.name.as_str())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for (kind, name) in &kinds {
        let of_kind = || pauses.iter().filter(|pause| (pause.kind, pause.name.as_str()) == (*kind, *name));
        let sum_ns = of_kind().map(|pause| pause.duration_ns).sum();
        let longest_ns = of_kind().map(|pause| pause.duration_ns).max().unwrap_or(0);
        let number = count(of_kind().count() as u64);
        table.row([(*kind).to_owned(), (*name).to_owned(), number, duration(sum_ns), duration(longest_ns)]);
    }
    section(text, "Pauses", &table, kinds.len());
}

fn section(text: &mut String, head: &str, table: &Table, all: usize) {
    line(text, format_args!("\n{head}"));
    text.push_str(&table.text());
    if all > ROWS {
        line(text, format_args!("  and {} more; --json has all", count((all - ROWS) as u64)));
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}
