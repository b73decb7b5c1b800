//! The program's operations by name, with the percentiles of their times.

use super::columns::{heading, key};
use crate::fonts::symbols::DASH;
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::{Row, Sheet};
use crate::model::scene::Thing;
use crate::model::tables::{self, OperationsRow};
use dropscope_engine::query::When;

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Sheet {
    let range = match &asking.key.which.when {
        When::BornIn(range) | When::AliveIn(range) | When::BornInAndAlive(range) | When::ReleasedIn(range) => {
            range.clone()
        }
        When::Ever | When::LiveAt(_) | When::NeverReleased => 0..u64::MAX,
    };
    let rows = tables::operations(&asking.data.model.read(), &range);
    Sheet {
        notes: Vec::new(),
        columns: vec![
            heading("operation", "The program's own name for it", 0),
            heading("count", "How many ended in the range", 72),
            heading("p50", "Half took no longer (wall time)", 72),
            heading("p99", "99 % took no longer (wall time)", 72),
            heading("p99.9", "99.9 % took no longer (wall time)", 72),
            heading("max", "The slowest (wall time)", 72),
            heading("CPU p99", "99 % used no more CPU time", 72),
            heading("CPU max", "The most CPU time", 72),
            heading(
                "most freed",
                "The most blocks released in one; not counted of spans, which move between threads",
                80,
            ),
        ],
        rows: rows.iter().map(row).collect(),
        empty: "The program marks no operations. Put `let _operation = dropscope::operation!(\"name\");` around a unit of its work.",
    }
}

fn row(row: &OperationsRow) -> Row {
    let times = [row.wall_ns[0], row.wall_ns[1], row.wall_ns[2], row.wall_ns[3], row.cpu_ns[1], row.cpu_ns[3]];
    let mut cells = vec![row.name.to_string(), format::count(row.count)];
    cells.extend(times.map(format::duration));
    cells.push(row.most_frees.map_or_else(|| DASH.to_owned(), format::count));
    let mut keys = vec![key(row.count)];
    keys.extend(times.map(key));
    keys.push(key(row.most_frees.unwrap_or(0)));
    Row {
        cells,
        keys,
        hover: "Shows the slowest".to_owned(),
        thing: Some(Thing::Operation(row.slowest)),
        ..Row::default()
    }
}
