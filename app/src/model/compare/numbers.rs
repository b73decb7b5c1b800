//! The table of a comparison: one row for each program, two lines in each cell. Window and page show the same cells.

use crate::fonts::symbols::DASH;
use crate::format;
use dropscope_engine::{ComparedJson, ComparedOperation, PauseSum, Percentiles};

/// A column of the table.
#[derive(Clone, Copy, Debug)]
pub struct Heading {
    /// What stands over it.
    pub title: &'static str,
    /// What it means.
    pub words: &'static str,
    /// How wide it is in the window, in points; 0 takes what is left.
    pub width: f32,
}

const fn heading(title: &'static str, words: &'static str, width: f32) -> Heading {
    Heading { title, words, width }
}

/// The columns, in order.
pub const HEADINGS: [Heading; 15] = [
    heading("program", "What is compared, and below it what released its memory", 0.0),
    heading("peak", "The most live bytes; of a log, the greatest heap. Below: at the end", 60.0),
    heading("allocated", "Bytes of all blocks", 62.0),
    heading("blocks", "All blocks", 66.0),
    heading("frees", "Blocks released. Below: of them by a collector", 66.0),
    heading("pauses", "Stop-the-world pauses. Below: what a collector did beside the program or in steps", 62.0),
    heading("longest", "The longest pause. Below: beside the program or in steps", 58.0),
    heading("in all", "The time that pauses cover. Below: beside the program or in steps", 58.0),
    heading(
        "",
        "Of the operation that is done most. Above by the clock on the wall, below in CPU time of its own thread; “no CPU” where the program did not measure it",
        46.0,
    ),
    heading("p50", "Half of the operations took no longer", 58.0),
    heading("p99", "99 % took no longer", 58.0),
    heading("p99.9", "99.9 % took no longer", 58.0),
    heading("p99.99", "99.99 % took no longer", 58.0),
    heading("max", "The slowest operation", 58.0),
    heading("most freed", "The most blocks released in one operation", 68.0),
];

/// Where the program did not measure the CPU time of its operations.
const NO_CPU: &str = "no CPU";

/// Two lines: the number, and one below it that belongs to it.
pub type Cell = [String; 2];

/// The cells of one row.
pub fn cells(row: &ComparedJson) -> Vec<Cell> {
    let totals = &row.totals;
    let collected = row.collector.filter(|collector| collector.frees > 0);
    let mut cells = vec![
        [row.name.clone(), released_by(row)],
        [bytes(totals.peak_live_bytes), bytes(totals.live_bytes_at_end)],
        one(bytes(totals.bytes_allocated)),
        one(count(totals.allocs)),
        [count(totals.frees), collected.map_or_else(String::new, |collector| format::count(collector.frees))],
    ];
    let stops = if row.tells_pauses() { pauses(&row.stop_the_world) } else { [DASH; 3].map(str::to_owned) };
    let beside = pauses(&row.concurrent);
    let has_beside = row.concurrent.count > 0;
    cells.extend(
        stops.into_iter().zip(beside).map(|(stop, beside)| [stop, if has_beside { beside } else { String::new() }]),
    );
    cells.extend(operation(row.main_operation()));
    cells
}

/// Who releases the memory: the log's collector, one inside of the program, or its owners.
fn released_by(row: &ComparedJson) -> String {
    match (&row.log, row.collector) {
        (Some(log), _) => log.collector.clone(),
        (None, Some(collector)) if collector.frees > 0 => "owners and a collector".to_owned(),
        (None, _) => "owners".to_owned(),
    }
}

fn pauses(sum: &PauseSum) -> [String; 3] {
    if sum.count == 0 {
        return [format::count(0), DASH.to_owned(), DASH.to_owned()];
    }
    [format::count(sum.count), format::duration(sum.max_ns), format::duration(sum.total_ns)]
}

fn operation(operation: Option<&ComparedOperation>) -> Vec<Cell> {
    let Some(operation) = operation else { return vec![one(DASH.to_owned()); 7] };
    let has_cpu = operation.cpu_ns.is_some();
    let mut cells = vec![["wall".to_owned(), if has_cpu { "CPU" } else { NO_CPU }.to_owned()]];
    let cpu = operation.cpu_ns.map(|cpu_ns| percentiles(&cpu_ns));
    for (index, wall) in percentiles(&operation.wall_ns).into_iter().enumerate() {
        cells.push([wall, cpu.as_ref().map_or_else(|| DASH.to_owned(), |cpu| cpu[index].clone())]);
    }
    cells.push(one(count(operation.max_frees_in_one)));
    cells
}

/// From the half to the whole.
pub fn percentiles(of: &Percentiles) -> [String; 5] {
    [of.p50, of.p99, of.p999, of.p9999, of.max].map(format::duration)
}

fn one(text: String) -> Cell {
    [text, String::new()]
}

fn bytes(size_bytes: Option<u64>) -> String {
    size_bytes.map_or_else(|| DASH.to_owned(), format::bytes)
}

fn count(number: Option<u64>) -> String {
    number.map_or_else(|| DASH.to_owned(), format::count)
}
