//! What a comparison comes to, in words, and where its limits are. Written so that it flatters nobody: the longest pause
//! stands beside the longest release of those that have no collector.

use crate::fonts::symbols::THIN_SPACE;
use crate::format;
use dropscope_engine::{At, ComparedJson, ComparedKind, ComparedOperation, ComparedPause, ReleaseJson};

/// The sentences, the most important first.
pub(super) fn sentences(rows: &[ComparedJson]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let all = [pauses(rows), releases(rows), slowest(rows), concurrent(rows), peaks(rows), limits(rows)];
    // A blank is as wide as a letter everywhere; a thin space is not.
    all.into_iter().flatten().map(|sentence| sentence.replace(THIN_SPACE, " ")).collect()
}

/// `Longest pause: 441 ms in a (gc: finish_cycle), none in b.`
fn pauses(rows: &[ComparedJson]) -> Option<String> {
    if rows.iter().all(|row| row.stop_the_world.count == 0) {
        return None;
    }
    let longest = |row: &ComparedJson| match row.longest_stop() {
        None if !row.tells_pauses() => format!("not told by {}", row.name),
        None => format!("none in {}", row.name),
        Some(pause) => {
            format!("{} in {} ({})", format::duration(pause.duration_ns), row.name, pause_words(pause))
        }
    };
    Some(format!("Longest pause: {}.", listed(rows.iter().map(longest))))
}

fn pause_words(pause: &ComparedPause) -> String {
    match &pause.cause {
        Some(cause) if !pause.name.contains(cause.as_str()) => format!("{}, {cause}", pause.name),
        _ => pause.name.clone(),
    }
}

/// `Longest release without a collector: 272 ms in b (1 000 003 blocks at lru.rs:166, Cache dropped).`
fn releases(rows: &[ComparedJson]) -> Option<String> {
    let longest = |row: &ComparedJson| {
        let release = row.longest_release.as_ref()?;
        Some(format!("{} in {} ({})", format::duration(release.duration_ns), row.name, release_words(release)))
    };
    let each: Vec<String> = rows.iter().filter_map(longest).collect();
    (!each.is_empty()).then(|| format!("Longest release without a collector: {}.", listed(each.into_iter())))
}

fn release_words(release: &ReleaseJson) -> String {
    let noun = if release.blocks == 1 { "block" } else { "blocks" };
    let mut words = format!("{} {noun}", format::count(release.blocks));
    if let Some(place) = release.at.as_ref().map(place) {
        words.push_str(&format!(" at {place}"));
    }
    match (&release.owner, &release.operation) {
        (_, Some(operation)) => words.push_str(&format!(", in “{operation}”")),
        (Some(owner), None) => words.push_str(&format!(", when {owner} is dropped")),
        (None, None) => {}
    }
    words
}

/// The file's own name and the line; the function where there is no file.
fn place(at: &At) -> String {
    match &at.file {
        Some(file) => format!("{}:{}", file.rsplit('/').next().unwrap_or(file), at.line),
        None => format::shorten_middle(&at.function, 48),
    }
}

/// `Slowest “request”: 6.0 ms in b (5.9 ms CPU), 440 ms in a (438 ms CPU).`
fn slowest(rows: &[ComparedJson]) -> Option<String> {
    let name = &rows.iter().find_map(ComparedJson::main_operation)?.name;
    let slowest = |row: &ComparedJson| {
        let operation = row.operation(name)?;
        let wall = format!("{} in {}", format::duration(operation.wall_ns.max), row.name);
        Some(match operation.cpu_ns {
            Some(cpu_ns) => format!("{wall} ({} CPU)", format::duration(cpu_ns.max)),
            None => wall,
        })
    };
    Some(format!("Slowest “{name}”: {}.", listed(rows.iter().filter_map(slowest))))
}

/// What a collector does beside the program is no pause, and not for nothing.
fn concurrent(rows: &[ComparedJson]) -> Option<String> {
    let worked = |row: &ComparedJson| {
        let sum = row.concurrent;
        (sum.count > 0).then(|| format!("{} in {}", format::duration(sum.total_ns), row.name))
    };
    let each: Vec<String> = rows.iter().filter_map(worked).collect();
    (!each.is_empty())
        .then(|| format!("Beside the program or in steps, collectors worked {}.", listed(each.into_iter())))
}

/// `Peak: 32.6 MiB in b, 48.8 MiB in a (1.50 times as much).`
fn peaks(rows: &[ComparedJson]) -> Option<String> {
    let first_bytes = rows.first()?.totals.peak_live_bytes;
    let mut is_first = true;
    let peak = |row: &ComparedJson| {
        let bytes = row.totals.peak_live_bytes?;
        let words = format!("{} in {}", format::bytes(bytes), row.name);
        let is_base = std::mem::take(&mut is_first);
        Some(match first_bytes.filter(|_| !is_base) {
            Some(first_bytes) => format!("{words} ({})", times(bytes, first_bytes)),
            None => words,
        })
    };
    let each: Vec<String> = rows.iter().filter_map(peak).collect();
    (!each.is_empty()).then(|| format!("Peak: {}.", listed(each.into_iter())))
}

/// How many times `base` goes into `value`, in words.
fn times(value: u64, base: u64) -> String {
    match value as f64 / base as f64 {
        _ if value == base => "the same".to_owned(),
        ratio if !ratio.is_finite() => "where the first has none".to_owned(),
        ratio if ratio >= 10.0 => format!("{ratio:.0} times as much"),
        ratio => format!("{ratio:.2} times as much"),
    }
}

/// What keeps the numbers from being the whole truth.
fn limits(rows: &[ComparedJson]) -> Option<String> {
    let mut limits: Vec<String> = Vec::new();
    let is_log = |row: &&ComparedJson| row.kind == ComparedKind::GcLog;
    let (logs, recordings) = (rows.iter().filter(is_log).count(), rows.iter().filter(|row| !is_log(row)).count());
    if recordings > 0 {
        limits.push(
            "recording costs a program time at each allocation and release, and most where many follow each other"
                .to_owned(),
        );
    }
    if logs > 0 && recordings > 0 {
        limits.push(
            "a log's heap is what its collector manages, a recording's bytes are what the program asked for".to_owned(),
        );
    }
    if rows.iter().any(|row| is_log(&row) && row.operations.iter().any(|operation| operation.cpu_ns.is_some())) {
        limits.push(
            "a log's CPU time is its program's own thread's: what the collector did on other threads is not in it"
                .to_owned(),
        );
    }
    for row in rows {
        let unread = row.log.as_ref().map_or(0, |log| log.lines.not_understood);
        if unread > 0 {
            limits.push(format!("{} lines of {} could not be read", format::count(unread), row.name));
        }
        if row.kind == ComparedKind::Recording && !row.complete {
            limits.push(format!("{} is not complete", row.name));
        }
        if row.stopped {
            limits.push(format!("{} was stopped while its program went on: what leaked is not known", row.name));
        }
        if row.lost_events > 0 {
            limits.push(format!("{} lacks {} events that were lost", row.name, format::count(row.lost_events)));
        }
    }
    limits.extend(unequal_work(rows));
    (!limits.is_empty()).then(|| format!("Limits: {}.", limits.join("; ")))
}

/// Percentiles of different numbers of operations, or of different work, are not to be put side by side.
fn unequal_work(rows: &[ComparedJson]) -> Option<String> {
    let name = &rows.iter().find_map(ComparedJson::main_operation)?.name;
    let counts: Vec<u64> = rows.iter().filter_map(|row| Some(row.operation(name)?.count)).collect();
    let differ = counts.windows(2).any(|pair| pair[0] != pair[1]);
    let without: Vec<&str> = rows.iter().filter(|row| row.operation(name).is_none()).map(|row| &*row.name).collect();
    let of = |row: &ComparedJson| {
        row.operation(name).map(|ComparedOperation { count, .. }| format!("{} in {}", format::count(*count), row.name))
    };
    if differ {
        return Some(format!("they did not do the same number of “{name}”: {}", listed(rows.iter().filter_map(of))));
    }
    (!without.is_empty()).then(|| format!("there is no “{name}” in {}", listed(without.into_iter().map(str::to_owned))))
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropscope_engine::{ComparedTotals, PauseSum, Percentiles};

    fn row(name: &str) -> ComparedJson {
        let totals = ComparedTotals { peak_live_bytes: Some(1_000), ..ComparedTotals::default() };
        ComparedJson { name: name.to_owned(), complete: true, totals, ..ComparedJson::default() }
    }

    fn requests(count: u64, max_ns: u64) -> ComparedOperation {
        ComparedOperation {
            name: "request".to_owned(),
            count,
            wall_ns: Percentiles { max: max_ns, ..Percentiles::default() },
            cpu_ns: None,
            max_frees_in_one: None,
            max_bytes_freed_in_one: None,
        }
    }

    #[test]
    fn the_longest_pause_stands_beside_the_longest_release() {
        let mut owned = row("owned");
        owned.longest_release = Some(ReleaseJson {
            t_ns: 1,
            duration_ns: 272_000_000,
            blocks: 1_000_003,
            bytes: 1,
            at: Some(At { function: "f".into(), file: Some("demos/src/lru.rs".into()), line: 88, column: 1 }),
            owner: Some("Cache".into()),
            operation: None,
            operation_cpu_ns: None,
        });
        let mut collected = row("collected");
        collected.totals.peak_live_bytes = Some(1_500);
        collected.stop_the_world = PauseSum { count: 1, total_ns: 441_000_000, max_ns: 441_000_000 };
        collected.pauses = vec![ComparedPause {
            t_ns: 5,
            duration_ns: 441_000_000,
            kind: "stop-the-world",
            name: "gc: finish_cycle".to_owned(),
            cause: None,
            cpu_ns: None,
        }];
        let sentences = sentences(&[owned, collected]);
        assert_eq!(sentences[0], "Longest pause: none in owned, 441 ms in collected (gc: finish_cycle).");
        assert_eq!(
            sentences[1],
            "Longest release without a collector: 272 ms in owned (1 000 003 blocks at lru.rs:88, when Cache is dropped)."
        );
        assert_eq!(sentences[2], "Peak: 1 000 B in owned, 1 500 B in collected (1.50 times as much).");
        assert!(sentences[3].starts_with("Limits: recording costs a program time"), "{sentences:?}");
    }

    #[test]
    fn unequal_work_and_unread_lines_are_limits() {
        let (mut few, mut many, none) = (row("few"), row("many"), row("none"));
        few.operations = vec![requests(10, 3_000)];
        many.operations = vec![requests(20, 5_000)];
        many.complete = false;
        let told = sentences(&[few.clone(), many.clone()]).join(" ");
        assert!(told.contains("Slowest “request”: 3.00 µs in few, 5.00 µs in many."), "{told}");
        assert!(told.contains("not do the same number of “request”: 10 in few, 20 in many"), "{told}");
        assert!(told.contains("many is not complete"), "{told}");
        assert!(sentences(&[few.clone(), none]).join(" ").contains("there is no “request” in none"));
        assert!(!sentences(&[few.clone(), few]).join(" ").contains("same number"));
        assert_eq!(sentences(&[]), Vec::<String>::new());
    }
}
