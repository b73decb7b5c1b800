//! Operations of a range by name, with the percentiles of their times.

use super::OperationsRow;
use dropscope_engine::{Model, OperationId, TextId};
use std::collections::HashMap;
use std::ops::Range;

#[derive(Default)]
struct Group {
    wall_ns: Vec<u64>,
    cpu_ns: Vec<u64>,
    most_frees: Option<u64>,
    slowest: (u64, u32),
}

/// Operations that began in the range and have ended, by name.
pub(crate) fn operations(model: &Model, range: &Range<u64>) -> Vec<OperationsRow> {
    let all = model.operations();
    let from = all.partition_point(|operation| operation.start_ns < range.start);
    let to = all.partition_point(|operation| operation.start_ns < range.end).max(from);
    let mut groups: HashMap<TextId, Group> = HashMap::new();
    for (row, operation) in all.iter().enumerate().take(to).skip(from) {
        let Some(wall_ns) = operation.wall_ns() else { continue };
        let group = groups.entry(operation.name).or_default();
        group.wall_ns.push(wall_ns);
        group.cpu_ns.push(operation.cpu_ns);
        group.most_frees = group.most_frees.max((!operation.is_moving).then_some(operation.frees));
        group.slowest = group.slowest.max((wall_ns, row as u32));
    }
    let mut rows: Vec<OperationsRow> = groups
        .into_iter()
        .map(|(name, mut group)| OperationsRow {
            name: model.text(name).into(),
            count: group.wall_ns.len() as u64,
            wall_ns: percentiles(&mut group.wall_ns),
            cpu_ns: percentiles(&mut group.cpu_ns),
            most_frees: group.most_frees,
            slowest: OperationId(group.slowest.1),
        })
        .collect();
    rows.sort_by(|a, b| (b.count, &a.name).cmp(&(a.count, &b.name)));
    rows
}

/// The least value that 50 %, 99 %, 99.9 % and all of the values do not exceed.
fn percentiles(values: &mut [u64]) -> [u64; 4] {
    values.sort_unstable();
    [500, 990, 999, 1000].map(|per_mille| {
        let rank = (values.len() * per_mille).div_ceil(1000);
        values.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<u64> = (1..=1000).rev().collect();
        assert_eq!(percentiles(&mut values), [500, 990, 999, 1000]);
        assert_eq!(percentiles(&mut [7]), [7, 7, 7, 7]);
        assert_eq!(percentiles(&mut []), [0, 0, 0, 0]);
    }
}
