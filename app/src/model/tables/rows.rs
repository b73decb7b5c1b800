//! Rows of the tables, from answers of the engine.

use super::{RangeSums, SiteRow};
use crate::model::document::Data;
use dropscope_engine::query::{Answer, Cancel, GroupBy, Key, Query, Row, Side, When, ask};
use dropscope_engine::{Location, Names, Origin, SiteId};
use std::ops::Range;
use std::sync::Arc;

/// The answers that the tables of one range are made of.
pub(super) struct Answers {
    births: Answer,
    /// What was released in the range; none where that is what was born and is not left.
    releases: Option<Answer>,
}

impl Answers {
    /// Asks about `range`, or about all; none where `cancel` ended that.
    pub(super) fn get(data: &Data, range: Option<&Range<u64>>, cancel: &Cancel) -> Option<Answers> {
        let get = |when: When, group| {
            let query = Query::of(when).grouped(group);
            ask((&*data.model).into(), &data.names, &query, cancel, &mut |_| {})
        };
        let born = range.map_or(When::Ever, |range| When::BornIn(range.clone()));
        // All of it is one question: what grows meanwhile would be in the second answer only.
        let releases = match range {
            Some(range) => Some(get(When::ReleasedIn(range.clone()), GroupBy::Nothing)?),
            None => None,
        };
        Some(Answers { births: get(born, GroupBy::Site(Side::Birth))?, releases })
    }

    /// What was born and released, in all.
    pub(super) fn sums(&self) -> RangeSums {
        let runtime = self.births.groups.rows().iter().filter(|row| is_runtime(&row.key));
        let born = &self.births.total;
        let (releases, released_bytes) = match &self.releases {
            Some(released) => (released.total.blocks, released.total.bytes),
            None => (born.blocks.saturating_sub(born.left_blocks), born.bytes.saturating_sub(born.left_bytes)),
        };
        RangeSums {
            births: born.blocks,
            born_bytes: born.bytes,
            releases,
            released_bytes,
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
}

fn is_runtime(key: &Key) -> bool {
    matches!(key, Key::Site(_, Origin::Runtime))
}

fn location(names: &Names, site: Option<SiteId>) -> Option<Arc<Location>> {
    site.and_then(|site| names.location(site))
}
