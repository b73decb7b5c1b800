//! Operations by name, and pauses.

use super::{OperationJson, PauseJson, Percentiles};
use crate::hash::FastMap;
use crate::ids::TextId;
use crate::model::Model;
use crate::rows::{OperationRow, Pause};

/// Ended operations by name, in order of first appearance.
pub(super) fn operations(model: &Model) -> Vec<OperationJson> {
    let mut names: Vec<TextId> = Vec::new();
    let mut rows: FastMap<u32, Vec<&OperationRow>> = FastMap::default();
    for operation in model.operations().iter().filter(|operation| operation.end_ns.is_some()) {
        let of_name = rows.entry(operation.name.0).or_default();
        if of_name.is_empty() {
            names.push(operation.name);
        }
        of_name.push(operation);
    }
    let summary = |name: TextId| {
        let rows = rows.get(&name.0).map(Vec::as_slice).unwrap_or_default();
        OperationJson {
            name: model.text(name).to_owned(),
            count: rows.len() as u64,
            wall_ns: Percentiles::of(rows.iter().filter_map(|row| row.wall_ns())),
            cpu_ns: Percentiles::of(rows.iter().map(|row| row.cpu_ns)),
            frees_counted: rows.iter().any(|row| !row.is_moving),
            max_frees_in_one: rows.iter().map(|row| row.frees).max().unwrap_or(0),
            max_bytes_freed_in_one: rows.iter().map(|row| row.bytes_freed).max().unwrap_or(0),
        }
    };
    names.into_iter().map(summary).collect()
}

pub(super) fn pauses(model: &Model) -> Vec<PauseJson> {
    let pause = |pause: Pause| PauseJson {
        t_ns: pause.start_ns,
        duration_ns: pause.end_ns.saturating_sub(pause.start_ns),
        kind: pause.kind.as_str(),
        name: model.text(pause.name).to_owned(),
    };
    model.pauses().map(pause).collect()
}

impl Percentiles {
    /// Of these values, in any order; all 0 where there are none.
    pub fn of(values: impl Iterator<Item = u64>) -> Percentiles {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        let at = |per_myriad: u64| {
            let rank = (values.len() as u64 * per_myriad).div_ceil(10_000);
            values.get(rank.saturating_sub(1) as usize).copied().unwrap_or(0)
        };
        Percentiles { p50: at(5_000), p99: at(9_900), p999: at(9_990), p9999: at(9_999), max: at(10_000) }
    }
}
