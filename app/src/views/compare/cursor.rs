//! What a row is at the cursor, in words.

use crate::format;
use crate::model::compare::Row;
use crate::model::scene::{OperationColumn, Scene, pause_words};
use crate::views::timeline;
use dropscope_engine::PauseKind;

/// Live bytes, the slowest operation near, the collector's work, as far as there is any at `at_ns` of the row's time.
pub(super) fn words(row: Row<'_>, scene: &Scene, at_ns: u64) -> Option<String> {
    if at_ns > row.duration_ns() {
        return Some("has ended".to_owned());
    }
    let what = if matches!(row, Row::Log(_)) { "heap" } else { "live" };
    let mut parts: Vec<String> =
        timeline::value_at(scene, at_ns).map(|value| format!("{value} {what}")).into_iter().collect();
    if let Some(column) = near(scene, at_ns) {
        let cpu = column.cpu_ns.map_or_else(String::new, |cpu_ns| format!(" ({} CPU)", format::duration(cpu_ns)));
        let mut part = format!("slowest near here {}{cpu}", format::duration(column.wall_ns));
        if column.most_frees > 0 {
            let by = if column.by_collector { " by a collector" } else { "" };
            part.push_str(&format!(", {} freed in one{by}", format::count(column.most_frees)));
        }
        parts.push(part);
    }
    parts.extend(pause(row, scene, at_ns));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The slower one of the two columns around the cursor.
fn near(scene: &Scene, at_ns: u64) -> Option<&OperationColumn> {
    let index = scene.operations.partition_point(|column| column.end_ns < at_ns);
    let column = scene.operations.get(index)?;
    let before = index.checked_sub(1).and_then(|index| scene.operations.get(index));
    Some(before.filter(|before| before.wall_ns > column.wall_ns).unwrap_or(column))
}

/// What the collector does at the cursor; what stops the program comes before what does not.
fn pause(row: Row<'_>, scene: &Scene, at_ns: u64) -> Option<String> {
    if let Row::Log(log) = row {
        let phases: Vec<&dropscope_engine::gclog::Phase> =
            log.log()?.gc.phases.iter().filter(|phase| (phase.start_ns..=phase.end_ns()).contains(&at_ns)).collect();
        let phase = phases.iter().find(|phase| phase.kind == PauseKind::StopTheWorld).or(phases.last());
        if let Some(phase) = phase {
            let kind = if phase.kind == PauseKind::StopTheWorld { "" } else { " beside the program" };
            let cause = phase.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
            return Some(format!("{}{cause} {}{kind}", phase.name, format::duration(phase.duration_ns)));
        }
    }
    let bars = || scene.pauses.iter().filter(|bar| (bar.start_ns..=bar.end_ns).contains(&at_ns));
    let bar = bars().find(|bar| bar.kind == PauseKind::StopTheWorld).or_else(|| bars().next())?;
    let words = pause_words(bar.kind);
    Some(match bar.count {
        1 => format!("{words} {}", format::duration(bar.longest_ns)),
        count => format!("{count} {words}s, the longest {}", format::duration(bar.longest_ns)),
    })
}
