//! The scene of a collector's log: its heap, its pauses, its program's slowest operations.

use super::{Blocks, OperationColumn, PauseBar, Request, Scene};
use dropscope_engine::gclog::{GcLog, Log};
use dropscope_engine::{MinMax, OperationId, PauseKind, ScopeId};
use std::ops::Range;

impl Scene {
    /// Computes what `request` asks for.
    pub fn of_log(log: &Log, request: Request) -> Scene {
        let range = request.range_ns.clone();
        let columns = request.columns.max(1);
        let live = heap_columns(&log.gc, &range, columns);
        let all = log.operations.as_ref().map(|operations| operations.slowest.as_slice()).unwrap_or_default();
        Scene {
            live_max_bytes: live.iter().map(|column| column.max_bytes).max().unwrap_or(0),
            live,
            peak: log.peak().unwrap_or_default(),
            pauses: pauses(&log.gc, &range, columns),
            has_pauses: !log.gc.phases.is_empty(),
            operations: operations(log, &range, columns),
            slowest_ns: all.iter().map(|operation| operation.wall_ns.max(1)).max().unwrap_or(0),
            ..Scene::empty(request)
        }
    }

    /// A scene with nothing in it.
    pub(crate) fn empty(request: Request) -> Scene {
        Scene {
            live: Vec::new(),
            live_max_bytes: 0,
            peak: (0, 0),
            scopes: Vec::new(),
            pauses: Vec::new(),
            marks: Vec::new(),
            hidden_marks: 0,
            has_marks: false,
            has_pauses: false,
            operations: Vec::new(),
            slowest_ns: 0,
            most_frees: 0,
            blocks: Blocks::Hidden,
            request,
        }
    }
}

/// The heap as a line through the sizes that the log tells. Between two collections it says nothing: the program has
/// allocated, so the line rises. Before the first and behind the last there is none.
fn heap_columns(gc: &GcLog, range: &Range<u64>, columns: usize) -> Vec<MinMax> {
    let points = points(gc);
    let width_ns = range.end - range.start;
    let edge = |index: usize| range.start + (u128::from(width_ns) * index as u128 / columns as u128) as u64;
    let mut made = Vec::new();
    for index in 0..columns {
        let (start_ns, end_ns) = (edge(index), edge(index + 1));
        let from = points.partition_point(|point| point.0 < start_ns);
        let to = points.partition_point(|point| point.0 < end_ns).max(from);
        let inside = points[from..to].iter().map(|point| point.1);
        let ends = [between(&points, start_ns), between(&points, end_ns)].into_iter().flatten();
        let sizes: Vec<u64> = inside.chain(ends).collect();
        let (Some(&min_bytes), Some(&max_bytes)) = (sizes.iter().min(), sizes.iter().max()) else { continue };
        made.push(MinMax { start_ns, end_ns, min_bytes, max_bytes });
    }
    made
}

/// Times and sizes, in order of time.
fn points(gc: &GcLog) -> Vec<(u64, u64)> {
    let mut points: Vec<(u64, u64)> = Vec::with_capacity(3 * gc.heap.len());
    for sample in &gc.heap {
        // Collections can overlap; time does not go back for that.
        let last_ns = points.last().map_or(0, |point| point.0);
        points.push((sample.before_at_ns.max(last_ns), sample.before_bytes));
        let end_ns = sample.t_ns.max(last_ns).max(sample.before_at_ns);
        points.extend(sample.end_bytes.map(|bytes| (end_ns, bytes)));
        points.push((end_ns, sample.after_bytes));
    }
    points
}

/// The size on the line at `time_ns`.
fn between(points: &[(u64, u64)], time_ns: u64) -> Option<u64> {
    let next = points.partition_point(|point| point.0 <= time_ns);
    let before = points.get(next.checked_sub(1)?)?;
    if before.0 == time_ns {
        return Some(before.1);
    }
    let after = points.get(next)?;
    let share = (time_ns - before.0) as f64 / (after.0 - before.0) as f64;
    Some((before.1 as f64 + share * (after.1 as f64 - before.1 as f64)) as u64)
}

/// Phases of each kind, those too narrow to be told apart as one.
fn pauses(gc: &GcLog, range: &Range<u64>, columns: usize) -> Vec<PauseBar> {
    let column_ns = ((range.end - range.start) / columns as u64).max(1);
    let mut bars: Vec<PauseBar> = Vec::new();
    let mut last_of_kind: [Option<usize>; 2] = [None; 2];
    for (row, phase) in gc.phases.iter().enumerate() {
        let (start_ns, end_ns) = (phase.start_ns, phase.end_ns());
        if end_ns < range.start || start_ns >= range.end {
            continue;
        }
        let last = &mut last_of_kind[usize::from(phase.kind == PauseKind::Concurrent)];
        if let Some(bar) = last.and_then(|last| bars.get_mut(last))
            && end_ns.max(bar.end_ns) - bar.start_ns < 2 * column_ns
        {
            bar.count += 1;
            bar.end_ns = bar.end_ns.max(end_ns);
            bar.longest_ns = bar.longest_ns.max(phase.duration_ns);
            continue;
        }
        *last = Some(bars.len());
        let (id, kind) = (ScopeId(row as u32), phase.kind);
        bars.push(PauseBar { id, count: 1, start_ns, end_ns, longest_ns: phase.duration_ns, kind });
    }
    bars
}

fn operations(log: &Log, range: &Range<u64>, columns: usize) -> Vec<OperationColumn> {
    let all = log.operations.as_ref().map(|operations| operations.slowest.as_slice()).unwrap_or_default();
    let column_ns = ((range.end - range.start) / columns as u64).max(1);
    let mut made: Vec<OperationColumn> = Vec::new();
    let mut made_for = u64::MAX;
    for (row, operation) in all.iter().enumerate() {
        let end_ns = operation.start_ns.saturating_add(operation.wall_ns);
        if end_ns < range.start || operation.start_ns >= range.end {
            continue;
        }
        let column = operation.start_ns.saturating_sub(range.start) / column_ns;
        let new = OperationColumn {
            slowest: OperationId(row as u32),
            start_ns: operation.start_ns,
            end_ns,
            wall_ns: operation.wall_ns,
            cpu_ns: operation.cpu_ns,
            count: u32::try_from(operation.count).unwrap_or(u32::MAX),
            most_frees: 0,
            by_collector: false,
        };
        match made.last_mut() {
            Some(last) if made_for == column => {
                let count = last.count.saturating_add(new.count);
                if new.wall_ns > last.wall_ns {
                    *last = new;
                }
                last.count = count;
            }
            _ => {
                made.push(new);
                made_for = column;
            }
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "gc 1 @0.010s 2%: 0+10+0 ms clock, 0+0/0/0+0 ms cpu, 4->6->2 MB, 5 MB goal, 2 P\n\
                         gc 2 @0.040s 2%: 1+8+1 ms clock, 0+0/0/0+0 ms cpu, 8->8->4 MB, 5 MB goal, 2 P\n";

    fn scene(range_ns: Range<u64>, columns: usize) -> Scene {
        let gc = dropscope_engine::gclog::parse(LINES.as_bytes()).unwrap();
        let log = Log { gc, operations: None };
        let request =
            Request { range_ns, columns, blocks_height: 0, only: None, model_generation: 1, names_generation: 0 };
        Scene::of_log(&log, request)
    }

    #[test]
    fn the_heap_is_a_line_through_what_the_log_tells() {
        let scene = scene(0..60_000_000, 6);
        let spans = scene
            .live
            .iter()
            .map(|column| (column.start_ns / 10_000_000, column.min_bytes >> 20, column.max_bytes >> 20));
        // Nothing before the first collection; a rise while it marks; its fall, and the rise to the second one; its fall.
        assert_eq!(spans.collect::<Vec<_>>(), [(0, 4, 4), (1, 2, 4), (2, 2, 6), (3, 5, 8), (4, 4, 8), (5, 4, 8)]);
        assert_eq!((scene.peak, scene.live_max_bytes), ((8 << 20, 40_000_000), 8 << 20));
    }

    #[test]
    fn phases_too_narrow_to_be_told_apart_are_one_bar_of_their_kind() {
        let wide = scene(0..60_000_000, 6);
        let bars = |scene: &Scene, kind: PauseKind| {
            scene
                .pauses
                .iter()
                .filter(|bar| bar.kind == kind)
                .map(|bar| (bar.count, bar.longest_ns))
                .collect::<Vec<_>>()
        };
        assert_eq!(bars(&wide, PauseKind::StopTheWorld), [(2, 0), (2, 1_000_000)]);
        assert_eq!(bars(&wide, PauseKind::Concurrent), [(1, 10_000_000), (1, 8_000_000)]);
        assert_eq!(bars(&scene(39_000_000..52_000_000, 1000), PauseKind::StopTheWorld), [(1, 1_000_000); 2]);
    }
}
