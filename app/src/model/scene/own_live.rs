//! Live bytes of a few blocks alone, as if no others were there.

use dropscope_engine::{BlockId, MinMax, Model};
use std::collections::HashSet;
use std::ops::Range;

/// Columns as [`dropscope_engine::LiveCurve::columns`] has them, and the peak: bytes and when.
pub(super) fn columns(
    model: &Model,
    only: &HashSet<BlockId>,
    range: &Range<u64>,
    columns: usize,
) -> (Vec<MinMax>, (u64, u64)) {
    let steps = steps(model, only);
    let peak = steps
        .iter()
        .fold((0, 0), |peak: (u64, u64), &(at_ns, bytes)| if bytes > peak.0 { (bytes, at_ns) } else { peak });
    let span_ns = u128::from(range.end.saturating_sub(range.start).max(1));
    let edge = |column: usize| range.start + (span_ns * column as u128 / columns.max(1) as u128) as u64;
    let mut next = steps.partition_point(|&(at_ns, _)| at_ns < range.start);
    let mut bytes = next.checked_sub(1).map_or(0, |last| steps[last].1);
    let mut made = Vec::with_capacity(columns);
    for column in 0..columns {
        let (start_ns, end_ns) = (edge(column), edge(column + 1));
        let (mut min_bytes, mut max_bytes) = (bytes, bytes);
        while let Some(&(_, after)) = steps.get(next).filter(|step| step.0 < end_ns) {
            bytes = after;
            min_bytes = min_bytes.min(bytes);
            max_bytes = max_bytes.max(bytes);
            next += 1;
        }
        made.push(MinMax { start_ns, end_ns, min_bytes, max_bytes });
    }
    (made, peak)
}

/// When the sum changed, and what it was from then on.
fn steps(model: &Model, only: &HashSet<BlockId>) -> Vec<(u64, u64)> {
    let blocks = model.blocks();
    let mut changes: Vec<(u64, i128)> = Vec::new();
    for &block in only {
        changes.push((blocks.born_ns(block), i128::from(blocks.first_size_bytes(block))));
        for realloc in blocks.reallocs(block) {
            changes.push((realloc.time_ns, i128::from(realloc.size_bytes) - i128::from(realloc.old_size_bytes)));
        }
        if let Some(died_ns) = blocks.died_ns(block) {
            changes.push((died_ns, -i128::from(blocks.size_bytes(block))));
        }
    }
    changes.sort_unstable();
    let mut sum: i128 = 0;
    changes
        .into_iter()
        .map(|(at_ns, change)| {
            sum += change;
            (at_ns, u64::try_from(sum).unwrap_or(0))
        })
        .collect()
}
