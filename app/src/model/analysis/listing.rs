//! Source files with what each line allocated and released, and what of it is live at the playhead.

use super::ask::Asking;
use crate::model::source::LineSums;
use dropscope_engine::query::{GroupBy, Key, Measure, Row, Side, When, Which};
use dropscope_engine::{BlockId, Location, SiteId};
use std::collections::HashMap;
use std::sync::Arc;

/// A file.
#[derive(Clone, PartialEq, Debug)]
pub struct File {
    /// A place in it: tells where the file is.
    pub at: Arc<Location>,
    /// What its lines did, by number.
    pub lines: HashMap<u32, LineSums>,
    /// The largest block born on a line, or else released there.
    pub examples: HashMap<u32, BlockId>,
    /// Bytes that all of them allocated.
    pub allocated_bytes: u64,
}

/// All files that did something, the most bytes first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Listing {
    /// The files.
    pub files: Vec<File>,
    /// The moment that live bytes are of, in ns.
    pub time_ns: u64,
}

impl Listing {
    pub(super) fn compute(asking: &Asking<'_>) -> Option<Listing> {
        let which = &asking.key.which;
        let time_ns = asking.key.live_ns;
        let mut files: HashMap<Arc<str>, File> = HashMap::new();
        let births = asking.ask(which, GroupBy::Site(Side::Birth), Measure::Bytes)?;
        for row in births.groups.rows() {
            with_line(asking, &mut files, row, &mut |line| {
                line.allocated_bytes = line.allocated_bytes.saturating_add(row.sums.bytes);
                line.events += row.sums.blocks + row.sums.reallocs;
            });
        }
        let released = Which { when: released_in(&which.when), ..which.clone() };
        let releases = asking.ask(&released, GroupBy::Site(Side::Release), Measure::Bytes)?;
        for row in releases.groups.rows() {
            with_line(asking, &mut files, row, &mut |line| {
                line.released_bytes = line.released_bytes.saturating_add(row.sums.bytes);
                line.events += row.sums.blocks;
            });
        }
        let live = Which { when: When::LiveAt(time_ns), ..which.clone() };
        let live = asking.ask(&live, GroupBy::Site(Side::Birth), Measure::Bytes)?;
        for row in live.groups.rows() {
            with_line(asking, &mut files, row, &mut |line| {
                line.live_bytes = line.live_bytes.saturating_add(row.sums.bytes);
            });
        }
        let mut files: Vec<File> = files.into_values().collect();
        for file in &mut files {
            file.allocated_bytes = file.lines.values().fold(0u64, |sum, line| sum.saturating_add(line.allocated_bytes));
        }
        files.sort_by(|a, b| (b.allocated_bytes, &a.at.file).cmp(&(a.allocated_bytes, &b.at.file)));
        Some(Listing { files, time_ns })
    }

    /// The file that `at` is in.
    pub fn file_of(&self, at: &Location) -> Option<&File> {
        self.files.iter().find(|file| name_of(&file.at) == name_of(at))
    }
}

/// Releases in the same stretch of time.
fn released_in(when: &When) -> When {
    match when {
        When::BornIn(range) | When::BornInAndAlive(range) | When::AliveIn(range) | When::ReleasedIn(range) => {
            When::ReleasedIn(range.clone())
        }
        When::Ever | When::LiveAt(_) | When::NeverReleased => When::ReleasedIn(0..u64::MAX),
    }
}

/// What tells files apart.
pub fn name_of(at: &Location) -> Option<Arc<str>> {
    match &at.path {
        Some(path) => Some(path.to_string_lossy().into()),
        None => at.file.clone(),
    }
}

fn with_line(
    asking: &Asking<'_>,
    files: &mut HashMap<Arc<str>, File>,
    row: &Row,
    change: &mut dyn FnMut(&mut LineSums),
) {
    let site: Option<SiteId> = match row.key {
        Key::Site(site, _) | Key::ReleaseSite(site) => site,
        _ => None,
    };
    let Some(at) = site.and_then(|site| asking.data.names.location(site)) else { return };
    let (Some(name), 1..) = (name_of(&at), at.line) else { return };
    let number = at.line;
    let file = files.entry(name).or_insert_with(|| File {
        at,
        lines: HashMap::new(),
        examples: HashMap::new(),
        allocated_bytes: 0,
    });
    file.examples.entry(number).or_insert(row.example);
    change(file.lines.entry(number).or_default());
}
