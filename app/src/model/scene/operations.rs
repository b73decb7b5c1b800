//! Operations by column of pixels: the slowest one of each, since a mean would hide what matters.

use dropscope_engine::{Model, Names, OperationId, OperationRow};
use std::ops::Range;

/// The operations that end in one column of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationColumn {
    /// The slowest.
    pub slowest: OperationId,
    /// When the slowest began, in ns.
    pub start_ns: u64,
    /// When the slowest ended, in ns.
    pub end_ns: u64,
    /// Its wall time, in ns.
    pub wall_ns: u64,
    /// Its CPU time, in ns, where it is known: the rest it was not running.
    pub cpu_ns: Option<u64>,
    /// How many operations began in this column.
    pub count: u32,
    /// The most blocks released in one of them.
    pub most_frees: u64,
    /// Whether it was a collector that released most of them.
    pub by_collector: bool,
}

/// So many releases of an operation are looked at to know who did them.
const SAMPLES: usize = 32;

/// Operations that began before the range and may reach into it: as many as threads would be unusual.
const LOOK_BACK: usize = 256;

pub(super) fn columns(model: &Model, names: &Names, range: &Range<u64>, columns: usize) -> Vec<OperationColumn> {
    let all = model.operations();
    let from = all.partition_point(|operation| operation.start_ns < range.start);
    let to = all.partition_point(|operation| operation.start_ns < range.end).max(from);
    let column_ns = ((range.end - range.start) / columns as u64).max(1);
    let mut made: Vec<OperationColumn> = Vec::new();
    let mut freest: Vec<&OperationRow> = Vec::new();
    let mut made_for = u64::MAX;
    for (row, operation) in all.iter().enumerate().take(to).skip(from.saturating_sub(LOOK_BACK)) {
        let (Some(end_ns), Some(wall_ns)) = (operation.end_ns, operation.wall_ns()) else { continue };
        if end_ns < range.start {
            continue;
        }
        let column = operation.start_ns.saturating_sub(range.start) / column_ns;
        let new = OperationColumn {
            slowest: OperationId(row as u32),
            start_ns: operation.start_ns,
            end_ns,
            wall_ns,
            cpu_ns: Some(operation.cpu_ns),
            count: 1,
            most_frees: operation.frees,
            by_collector: false,
        };
        match made.last_mut() {
            Some(last) if made_for == column => {
                let (count, most_frees) = (last.count + 1, last.most_frees.max(new.most_frees));
                if wall_ns > last.wall_ns {
                    *last = new;
                }
                last.count = count;
                last.most_frees = most_frees;
                if let Some(freest) = freest.last_mut().filter(|freest| operation.frees > freest.frees) {
                    *freest = operation;
                }
            }
            _ => {
                made.push(new);
                freest.push(operation);
                made_for = column;
            }
        }
    }
    for (column, operation) in made.iter_mut().zip(freest) {
        column.by_collector = is_by_collector(model, names, operation);
    }
    made
}

/// Whether a collector released most of what `operation` did, told from some of its releases, as far as names are known.
fn is_by_collector(model: &Model, names: &Names, operation: &OperationRow) -> bool {
    let Some(end_ns) = operation.end_ns.filter(|_| operation.frees > 0) else { return false };
    let blocks = model.blocks();
    let died = blocks.died_in(operation.start_ns..end_ns.saturating_add(1));
    let step = (died.len() / SAMPLES).max(1);
    let (mut by_collector, mut seen) = (0, 0);
    for block in died.step_by(step).filter(|&block| blocks.freed_by(block) == Some(operation.thread)) {
        let summary = blocks.death_stack(block).and_then(|stack| names.try_summary(stack));
        seen += 1;
        by_collector += usize::from(summary.is_some_and(|summary| summary.is_collector));
    }
    2 * by_collector > seen
}
