//! A table as plain data: headings, rows, what a row leads to; its order and what a search leaves of it.

use crate::model::analysis::question::{Question, Span};
use crate::model::scene::Thing;
use crate::model::state::Sorting;
use dropscope_engine::query::{Calls, InScope, Key, Lived, Side};
use dropscope_engine::{Location, SiteId, ThreadNumber};
use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// What `123 MiB ± 4.56 MiB` takes, in points.
const ROOM_FOR_ERRORS: u16 = 140;

/// A column's heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// What stands there.
    pub title: &'static str,
    /// What it means.
    pub hover: &'static str,
    /// Width in points; the first column takes what is left.
    pub width: u16,
}

/// One row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Row {
    /// What stands in each column.
    pub cells: Vec<String>,
    /// What the columns behind the first are sorted by.
    pub keys: Vec<i64>,
    /// More about it.
    pub hover: String,
    /// In a comparison, what there was and what there is: a colour beside the first number.
    pub change: Option<(u64, u64)>,
    /// Values over time, drawn as a line in the last column.
    pub line: Vec<u64>,
    /// What it stands for.
    pub key: Option<Key>,
    /// What a click shows.
    pub thing: Option<Thing>,
    /// Its place in the source.
    pub place: Option<Arc<Location>>,
    /// Ask only about these.
    pub narrow: Option<Narrow>,
    /// Whether it matters less: the runtime's own.
    pub is_weak: bool,
}

/// A table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    /// Sentences about all of it.
    pub notes: Vec<String>,
    /// The columns; none where there are no rows.
    pub columns: Vec<Heading>,
    /// The rows, the most important first.
    pub rows: Vec<Row>,
    /// What is said where there are no rows.
    pub empty: &'static str,
}

impl Sheet {
    /// With columns as wide as a sample's estimates with their errors are.
    pub(super) fn with_room_for_errors(mut self) -> Sheet {
        for (at, column) in self.columns.iter_mut().enumerate().skip(1) {
            if self.rows.iter().any(|row| row.cells.get(at).is_some_and(|cell| cell.contains(" ± "))) {
                column.width = column.width.max(ROOM_FOR_ERRORS);
            }
        }
        self
    }

    /// The rows that have `search` in them, ordered by `sorting`, as numbers.
    pub fn order(&self, sorting: Option<Sorting>, search: &str) -> Vec<u32> {
        let wanted = search.trim().to_lowercase();
        let is_wanted = |row: &Row| {
            wanted.is_empty()
                || row.cells.first().is_some_and(|name| name.to_lowercase().contains(&wanted))
                || row.hover.to_lowercase().contains(&wanted)
        };
        let mut order: Vec<u32> =
            (0u32..).zip(&self.rows).filter(|(_, row)| is_wanted(row)).map(|(at, _)| at).collect();
        let Some(Sorting { column, is_ascending }) = sorting else { return order };
        let row = |at: &u32| self.rows.get(*at as usize);
        let compare = |a: &u32, b: &u32| match column.checked_sub(1) {
            None => row(a).and_then(|row| row.cells.first()).cmp(&row(b).and_then(|row| row.cells.first())),
            Some(key) => row(a).and_then(|row| row.keys.get(key)).cmp(&row(b).and_then(|row| row.keys.get(key))),
        };
        // A number is wanted with the largest first, a name from A on.
        let is_from_least = (column == 0) != is_ascending;
        order.sort_by(|a, b| if is_from_least { compare(a, b) } else { compare(b, a) });
        order
    }

    /// The rows of `order`, those first that `rows` of `before` had, in its order.
    pub fn as_before(&self, order: Vec<u32>, before: &Sheet, rows: &[u32]) -> Vec<u32> {
        fn identity(row: &Row) -> (Option<&Key>, Option<&String>) {
            (row.key.as_ref(), row.cells.first())
        }
        let places: HashMap<_, usize> = rows
            .iter()
            .enumerate()
            .filter_map(|(at, &row)| Some((identity(before.rows.get(row as usize)?), at)))
            .collect();
        let place = |row: &u32| self.rows.get(*row as usize).and_then(|row| places.get(&identity(row)).copied());
        let mut order = order;
        // What is new comes behind, in its own order.
        order.sort_by_key(|row| place(row).unwrap_or(usize::MAX));
        order
    }

    /// These rows as text: columns apart by tabs, notes above.
    pub fn text(&self, order: &[u32]) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        let mut lines = self.notes.clone();
        lines.push(titles.join("\t"));
        let rows = order.iter().filter_map(|&at| self.rows.get(at as usize));
        lines.extend(rows.map(|row| row.cells.join("\t")));
        lines.join("\n")
    }
}

/// A narrower question.
#[derive(Clone, PartialEq, Debug)]
pub enum Narrow {
    /// Born or released there.
    Site(Side, Option<SiteId>),
    /// Released by this chain of owners.
    Owners(Vec<Arc<str>>),
    /// Born on the one, released on the other.
    Threads(Option<ThreadNumber>, Option<ThreadNumber>),
    /// Born or released in a scope.
    Scope(Side, InScope),
    /// On these calls.
    Calls(Calls),
    /// Of these sizes and lifetimes.
    Cells(Option<RangeInclusive<u64>>, Option<Lived>),
    /// Never released, of these sizes.
    AliveOf(RangeInclusive<u64>),
    /// Of this stretch of time, in ns.
    Range(Range<u64>),
}

impl Narrow {
    /// Makes `question` so; the brushed range it needs, if another than there is.
    pub fn apply(self, question: &mut Question) -> Option<Range<u64>> {
        let which = &mut question.which;
        match self {
            Narrow::Site(side, site) => which.site = Some((side, site)),
            Narrow::Owners(owners) => which.owners = Some(owners),
            Narrow::Threads(born_on, released_on) => {
                which.born_on = born_on.or(which.born_on);
                which.released_on = released_on.or(which.released_on);
            }
            Narrow::Scope(side, scope) => which.scope = Some((side, scope)),
            Narrow::Calls(calls) => which.calls = Some(calls),
            Narrow::Cells(sizes, lived) => {
                which.size_bytes = sizes;
                which.lived = lived;
            }
            Narrow::AliveOf(sizes) => {
                question.span = Span::Never;
                which.size_bytes = Some(sizes);
                which.lived = None;
            }
            Narrow::Range(range) => return Some(range),
        }
        None
    }

    /// What a row of this key narrows to.
    pub fn of(key: &Key) -> Option<Narrow> {
        Some(match key {
            Key::Site(site, _) => Narrow::Site(Side::Birth, *site),
            Key::ReleaseSite(site) => Narrow::Site(Side::Release, *site),
            Key::Owner(owner) => Narrow::Owners(owner.iter().cloned().collect()),
            Key::Thread(thread) => Narrow::Threads(Some(*thread), None),
            Key::Threads(born, released) => Narrow::Threads(Some(*born), *released),
            Key::SizeClass(class) => Narrow::Cells(Some(class.bytes().start..=class.bytes().end - 1), None),
            Key::LifetimeClass(class) => {
                let range = class.ns();
                Narrow::Cells(None, Some(Lived::BetweenNs(range.start, range.end)))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row =
            |name: &str, key: i64| Row { cells: vec![name.into(), key.to_string()], keys: vec![key], ..Row::default() };
        Sheet { rows: vec![row("beta", 2), row("Alpha", 9), row("gamma", 5)], ..Sheet::default() }
    }

    #[test]
    fn rows_are_ordered_and_searched() {
        let by = |column, is_ascending| sheet().order(Some(Sorting { column, is_ascending }), "");
        assert_eq!(sheet().order(None, ""), [0, 1, 2]);
        assert_eq!(by(1, false), [1, 2, 0], "the largest number first");
        assert_eq!(by(1, true), [0, 2, 1]);
        assert_eq!(by(0, false), [1, 0, 2], "names from A on");
        assert_eq!(sheet().order(None, " ALPH"), [1]);
        assert_eq!(sheet().order(None, "nothing"), [0u32; 0]);
    }

    #[test]
    fn what_is_there_stays_where_it_is_when_more_comes() {
        let before = sheet();
        let mut now = sheet();
        now.rows.insert(0, Row { cells: vec!["delta".to_owned()], ..Row::default() });
        now.rows.remove(2);
        // Now: delta, beta, gamma. Shown were gamma, Alpha, beta.
        assert_eq!(now.as_before(vec![0, 1, 2], &before, &[2, 1, 0]), [2, 1, 0]);
    }
}
