//! Rows of the tables, from answers of the engine.

use super::{OwnerRow, RangeSums, SiteRow, ThreadTableRow};
use crate::model::document::Data;
use dropscope_engine::query::{Answer, Cancel, GroupBy, Key, Query, Row, Side, When, ask};
use dropscope_engine::{BlockId, Location, Model, Names, Origin, SiteId};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The answers that the tables of one range are made of.
pub(super) struct Answers {
    births: Answer,
    releases: Answer,
    born_by_threads: Answer,
    released_by_threads: Answer,
}

impl Answers {
    /// Asks about `range`; none where that was ended, which nobody does.
    pub(super) fn get(data: &Data, range: &Range<u64>) -> Option<Answers> {
        let cancel = Cancel::default();
        let get = |when: When, group| {
            let query = Query::of(when).grouped(group);
            ask((&*data.model).into(), &data.names, &query, &cancel, &mut |_| {})
        };
        Some(Answers {
            births: get(When::BornIn(range.clone()), GroupBy::Site(Side::Birth))?,
            releases: get(When::ReleasedIn(range.clone()), GroupBy::OwnerAndSite)?,
            born_by_threads: get(When::BornIn(range.clone()), GroupBy::Threads)?,
            released_by_threads: get(When::ReleasedIn(range.clone()), GroupBy::Threads)?,
        })
    }

    /// What was born and released, in all.
    pub(super) fn sums(&self) -> RangeSums {
        let runtime = self.births.groups.rows().iter().filter(|row| is_runtime(&row.key));
        RangeSums {
            births: self.births.total.blocks,
            born_bytes: self.births.total.bytes,
            releases: self.releases.total.blocks,
            released_bytes: self.releases.total.bytes,
            runtime_blocks: runtime.map(|row| row.sums.blocks).sum(),
            ..RangeSums::default()
        }
    }

    /// Birth sites, most bytes first.
    pub(super) fn sites(&self, names: &Names) -> Vec<SiteRow> {
        let row = |row: &Row| SiteRow {
            at: match row.key {
                Key::Site(site, _) => location(names, site),
                _ => None,
            },
            is_runtime: is_runtime(&row.key),
            blocks: row.sums.blocks,
            bytes: row.sums.bytes,
            left_blocks: row.sums.left_blocks,
            left_bytes: row.sums.left_bytes,
            mean_life_ns: row.sums.mean_lifetime_ns(),
            example: row.example,
            left_example: row.left_example,
        };
        self.births.groups.rows().iter().map(row).collect()
    }

    /// Outermost owners, most bytes first.
    pub(super) fn owners(&self, names: &Names) -> Vec<OwnerRow> {
        let mut by_owner: HashMap<Option<Arc<str>>, Owner> = HashMap::new();
        // The place that released the most comes first, since rows are in that order.
        for row in self.releases.groups.rows() {
            let Key::OwnerAndSite(owner, site) = &row.key else { continue };
            let owner = by_owner.entry(owner.clone()).or_insert_with(|| Owner {
                at: location(names, *site),
                sums: (0, 0),
                largest: (0, row.example),
                is_approximate: false,
            });
            owner.sums = (owner.sums.0 + row.sums.blocks, owner.sums.1.saturating_add(row.sums.bytes));
            owner.largest = owner.largest.max((row.example_bytes, row.example));
            owner.is_approximate |= row.is_approximate;
        }
        let row = |(name, owner): (Option<Arc<str>>, Owner)| OwnerRow {
            owner: name,
            at: owner.at,
            blocks: owner.sums.0,
            bytes: owner.sums.1,
            is_approximate: owner.is_approximate,
            example: owner.largest.1,
        };
        let mut rows: Vec<OwnerRow> = by_owner.into_iter().map(row).collect();
        rows.sort_by(|a, b| (b.bytes, &a.owner).cmp(&(a.bytes, &b.owner)));
        rows
    }

    /// Threads that bore or released something, by number.
    pub(super) fn threads(&self, model: &Model) -> Vec<ThreadTableRow> {
        let mut rows: Vec<ThreadTableRow> = (0u32..)
            .zip(model.threads())
            .map(|(number, thread)| ThreadTableRow {
                number,
                name: Arc::clone(&thread.name),
                births: 0,
                born_bytes: 0,
                releases: 0,
                from_others: 0,
                first_ns: thread.first_ns,
            })
            .collect();
        for row in self.born_by_threads.groups.rows() {
            if let Key::Threads(born, _) = row.key
                && let Some(thread) = rows.get_mut(born.0 as usize)
            {
                thread.births += row.sums.blocks;
                thread.born_bytes = thread.born_bytes.saturating_add(row.sums.bytes);
            }
        }
        for row in self.released_by_threads.groups.rows() {
            if let Key::Threads(born, Some(released)) = row.key
                && let Some(thread) = rows.get_mut(released.0 as usize)
            {
                thread.releases += row.sums.blocks;
                thread.from_others += if born == released { 0 } else { row.sums.blocks };
            }
        }
        rows
    }
}

/// One owner's releases.
struct Owner {
    /// Where the most was released.
    at: Option<Arc<Location>>,
    /// Blocks and bytes.
    sums: (u64, u64),
    /// Bytes of the largest block, and which that is.
    largest: (u64, BlockId),
    is_approximate: bool,
}

fn is_runtime(key: &Key) -> bool {
    matches!(key, Key::Site(_, Origin::Runtime))
}

fn location(names: &Names, site: Option<SiteId>) -> Option<Arc<Location>> {
    site.and_then(|site| names.location(site))
}
