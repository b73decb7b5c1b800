//! What stands in each table: headings, cells, order.

use super::block;
use crate::format;
use crate::model::describe::{long_place, short_function, short_place};
use crate::model::scene::Thing;
use crate::model::state::{Sorting, Tab};
use crate::model::tables::{OperationsRow, OwnerRow, SiteRow, Tables, ThreadTableRow};
use dropscope_engine::Location;
use std::sync::Arc;

/// A column's heading.
pub(super) struct Heading {
    pub title: &'static str,
    pub hover: &'static str,
    pub width: f32,
}

/// A row, ready to be drawn.
pub(super) struct Row {
    pub cells: Vec<String>,
    /// What each cell is sorted by.
    keys: Vec<u64>,
    pub hover: String,
    /// What a click shows.
    pub thing: Option<Thing>,
    /// Whether it matters less: the runtime's own.
    pub is_weak: bool,
}

/// A table, ready to be drawn.
pub(super) struct Sheet {
    pub columns: Vec<Heading>,
    pub rows: Vec<Row>,
    /// What is said where there are no rows.
    pub empty: &'static str,
}

const fn heading(title: &'static str, hover: &'static str, width: f32) -> Heading {
    Heading { title, hover, width }
}

/// How many rows a table has, where that says something.
pub(super) fn number(tables: &Tables, tab: Tab) -> Option<u64> {
    let number = match tab {
        Tab::Sites => tables.sites.len(),
        Tab::Owners => tables.owners.len(),
        // While the program runs, what is alive is no leak.
        Tab::Leaks if !tables.is_final => return None,
        Tab::Leaks => tables.leaks.len(),
        Tab::Operations => tables.operations.len(),
        Tab::Threads => tables.threads.len(),
    };
    Some(number as u64)
}

/// The table `tab`, sorted.
pub(super) fn sheet(tables: &Tables, tab: Tab, sorting: Option<Sorting>) -> Sheet {
    let mut sheet = match tab {
        Tab::Sites => Sheet {
            columns: site_columns(tables.is_final),
            rows: tables.sites.iter().map(site).collect(),
            empty: "No block was born in this range.",
        },
        Tab::Leaks => Sheet {
            columns: leak_columns(tables.is_final),
            rows: tables.leaks.iter().map(leak).collect(),
            empty: if tables.is_final {
                "Nothing leaked: every block born in this range was released, or is the runtime's own."
            } else {
                "Nothing is left alive of what was born in this range."
            },
        },
        Tab::Owners => Sheet {
            columns: owner_columns(),
            rows: tables.owners.iter().map(owner).collect(),
            empty: "No block was released in this range.",
        },
        Tab::Operations => Sheet {
            columns: operation_columns(),
            rows: tables.operations.iter().map(operation).collect(),
            empty: "The program marks no operations. Put `let _operation = dropscope::operation!(\"name\");` around a unit of its work.",
        },
        Tab::Threads => Sheet {
            columns: thread_columns(),
            rows: tables.threads.iter().map(thread).collect(),
            empty: "No thread has made an event yet.",
        },
    };
    if let Some(Sorting { column, is_ascending }) = sorting {
        let compare = |a: &Row, b: &Row| match column {
            0 => a.cells.first().cmp(&b.cells.first()),
            _ => a.keys.get(column - 1).cmp(&b.keys.get(column - 1)),
        };
        // A number is wanted with the largest first, a name from A on.
        let is_from_least = (column == 0) != is_ascending;
        sheet.rows.sort_by(|a, b| if is_from_least { compare(a, b) } else { compare(b, a) });
    }
    sheet
}

fn place(at: Option<&Arc<Location>>) -> String {
    let words = |at: &Arc<Location>| {
        let column = if at.column > 0 { format!(":{}", at.column) } else { String::new() };
        format!("{}{column}   {}", short_place(at), short_function(&at.function))
    };
    at.map_or_else(|| "place unknown".to_owned(), words)
}

fn hover(at: Option<&Arc<Location>>) -> String {
    at.map_or_else(String::new, |at| format!("{}\n{}", at.function, long_place(at)))
}

fn site_columns(is_final: bool) -> Vec<Heading> {
    vec![
        heading("born at", "The first frame of the program's own code", 0.0),
        heading("blocks", "Blocks born in the range", 76.0),
        heading("bytes", "Their bytes", 84.0),
        heading(if is_final { "never released" } else { "still alive" }, "Bytes without a release", 100.0),
        heading("mean life", "Of those released", 84.0),
    ]
}

fn site(row: &SiteRow) -> Row {
    let left = if row.left_bytes == 0 { String::new() } else { format::bytes(row.left_bytes) };
    let name = if row.is_runtime && row.at.is_none() { "the runtime's own".to_owned() } else { place(row.at.as_ref()) };
    let life = if row.blocks > row.left_blocks { format::duration(row.mean_life_ns) } else { String::new() };
    Row {
        cells: vec![name, format::count(row.blocks), format::bytes(row.bytes), left, life],
        keys: vec![row.blocks, row.bytes, row.left_bytes, row.mean_life_ns],
        hover: hover(row.at.as_ref()),
        thing: block(row.example),
        is_weak: row.is_runtime,
    }
}

fn leak_columns(is_final: bool) -> Vec<Heading> {
    vec![
        heading("born at", "The first frame of the program's own code", 0.0),
        heading(if is_final { "blocks" } else { "still alive" }, "Blocks without a release", 84.0),
        heading("bytes", "Their bytes", 84.0),
        heading("of all born", "Share of what was born there", 92.0),
    ]
}

fn leak(row: &SiteRow) -> Row {
    Row {
        cells: vec![
            place(row.at.as_ref()),
            format::count(row.left_blocks),
            format::bytes(row.left_bytes),
            format::percent(row.left_blocks, row.blocks),
        ],
        keys: vec![row.left_blocks, row.left_bytes, row.left_blocks * 1000 / row.blocks.max(1)],
        hover: hover(row.at.as_ref()),
        thing: row.left_example.and_then(block),
        is_weak: false,
    }
}

fn owner_columns() -> Vec<Heading> {
    vec![
        heading("owner", "The outermost type whose drop glue was on the stack", 0.0),
        heading("most at", "Where most of it was released", 220.0),
        heading("blocks", "Blocks released in the range", 76.0),
        heading("bytes", "Their bytes", 84.0),
    ]
}

fn owner(row: &OwnerRow) -> Row {
    let mut name = row.owner.as_ref().map_or_else(|| "no drop glue on the stack".to_owned(), ToString::to_string);
    if row.is_approximate && row.owner.is_some() {
        name.push_str("  (approximate)");
    }
    let at = row.at.as_ref().map_or_else(String::new, |at| long_place(at));
    Row {
        cells: vec![name, format::shorten_middle(&at, 34), format::count(row.blocks), format::bytes(row.bytes)],
        keys: vec![0, row.blocks, row.bytes],
        hover: hover(row.at.as_ref()),
        thing: block(row.example),
        is_weak: row.owner.is_none(),
    }
}

fn operation_columns() -> Vec<Heading> {
    vec![
        heading("operation", "", 0.0),
        heading("count", "", 72.0),
        heading("p50", "Half took no longer (wall time)", 72.0),
        heading("p99", "99 % took no longer (wall time)", 72.0),
        heading("p99.9", "99.9 % took no longer (wall time)", 72.0),
        heading("max", "The slowest (wall time)", 72.0),
        heading("CPU p99", "99 % used no more CPU time", 72.0),
        heading("CPU max", "The most CPU time", 72.0),
        heading("most freed", "The most blocks released in one", 80.0),
    ]
}

fn operation(row: &OperationsRow) -> Row {
    let times = [row.wall_ns[0], row.wall_ns[1], row.wall_ns[2], row.wall_ns[3], row.cpu_ns[1], row.cpu_ns[3]];
    let mut cells = vec![row.name.to_string(), format::count(row.count)];
    cells.extend(times.map(format::duration));
    cells.push(format::count(row.most_frees));
    let mut keys = vec![row.count];
    keys.extend(times);
    keys.push(row.most_frees);
    Row {
        cells,
        keys,
        hover: "Shows the slowest".to_owned(),
        thing: Some(Thing::Operation(row.slowest)),
        is_weak: false,
    }
}

fn thread_columns() -> Vec<Heading> {
    vec![
        heading("thread", "", 0.0),
        heading("first event", "", 96.0),
        heading("born", "Blocks born on it in the range", 84.0),
        heading("bytes", "Their bytes", 84.0),
        heading("released", "Blocks released on it in the range", 84.0),
        heading("of others", "Of them born on another thread", 84.0),
    ]
}

fn thread(row: &ThreadTableRow) -> Row {
    Row {
        cells: vec![
            format!("{}  {}", row.number, row.name),
            format::duration(row.first_ns),
            format::count(row.births),
            format::bytes(row.born_bytes),
            format::count(row.releases),
            format::count(row.from_others),
        ],
        keys: vec![row.first_ns, row.births, row.born_bytes, row.releases, row.from_others],
        hover: String::new(),
        thing: None,
        is_weak: false,
    }
}
