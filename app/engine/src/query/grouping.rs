//! From sums by stack, thread and class to the groups that were asked for.

use super::naming::Naming;
use super::scan::Scan;
use super::tally::{ALIVE, NOTHING, RawKey, Tally};
use super::tree::TreeBuilder;
use super::{Direction, GroupBy, Groups, Key, LifetimeClass, ModelRef, Query, Row, Side, SizeClass, Sums};
use crate::ids::{StackId, TextId, ThreadNumber};
use std::collections::HashMap;
use std::sync::Arc;

/// Groups and what they add up to.
pub(super) struct Grouped {
    pub(super) groups: Groups,
    pub(super) total: Sums,
    pub(super) is_approximate: bool,
}

/// Where a block's sums go.
enum Place {
    Row(Key),
    /// From the root on.
    Path(Vec<Key>),
}

/// Groups what has been gone through by the names that are known. What lacks a name is under [`Key::Unnamed`].
pub(super) fn group(query: &Query, model: ModelRef<'_>, naming: &Naming<'_>, scan: &Scan<'_>) -> Grouped {
    let mut rows: HashMap<Key, Tally> = HashMap::new();
    let mut tree = TreeBuilder::default();
    let mut total = Sums::default();
    let mut is_approximate = false;
    let is_tree = matches!(query.group, GroupBy::Calls(..) | GroupBy::Owners);
    for (key, tally) in scan.tallies() {
        let unnamed = || if is_tree { Place::Path(vec![Key::Unnamed]) } else { Place::Row(Key::Unnamed) };
        let place = match is_wanted(query, naming, key) {
            Some(false) => continue,
            // Whether it belongs here is not known yet.
            None => unnamed(),
            Some(true) => place_of(query, naming, key).unwrap_or_else(unnamed),
        };
        let by_approximate = naming.summary(key.death).is_some_and(|summary| summary.is_approximate);
        let tally = &Tally { is_approximate: by_approximate, ..tally };
        is_approximate |= by_approximate;
        total.add(&tally.sums);
        match place {
            Place::Row(row) => rows.entry(row).or_default().add(tally),
            Place::Path(path) => tree.add(&path, tally),
        }
    }
    let label = |key: &Key| key.words(model, naming.names);
    let groups = if is_tree {
        Groups::Tree(tree.finish(query.measure, &label))
    } else {
        Groups::Table(sorted(query, rows, &label))
    };
    Grouped { groups, total, is_approximate }
}

pub(super) fn is_wanted(query: &Query, naming: &Naming<'_>, key: RawKey) -> Option<bool> {
    if query.which.asks_stack(Side::Birth) && !naming.accepts(query, Side::Birth, key.birth)? {
        return Some(false);
    }
    if !query.which.asks_stack(Side::Release) {
        return Some(true);
    }
    if key.death == ALIVE { Some(false) } else { naming.accepts(query, Side::Release, key.death) }
}

/// Where the blocks of `key` go; none while a name is missing.
fn place_of(query: &Query, naming: &Naming<'_>, key: RawKey) -> Option<Place> {
    let stack = |side| match side {
        Side::Birth => key.birth,
        Side::Release => key.death,
    };
    let is_release = matches!(
        query.group,
        GroupBy::Calls(Side::Release, _)
            | GroupBy::Site(Side::Release)
            | GroupBy::Stack(Side::Release)
            | GroupBy::Owner
            | GroupBy::OwnerAndSite
            | GroupBy::Holder
            | GroupBy::Owners
    );
    if is_release && key.death == ALIVE {
        let is_tree = matches!(query.group, GroupBy::Calls(..) | GroupBy::Owners);
        return Some(if is_tree { Place::Path(vec![Key::Alive]) } else { Place::Row(Key::Alive) });
    }
    let number = |number: u64| ThreadNumber(number as u32);
    Some(Place::Row(match query.group {
        GroupBy::Nothing => Key::All,
        GroupBy::Calls(side, direction) => {
            let functions = naming.functions(stack(side))?.iter().map(|&function| Key::Function(function));
            return Some(Place::Path(match direction {
                Direction::TopDown => functions.rev().collect(),
                Direction::BottomUp => functions.collect(),
            }));
        }
        GroupBy::Site(side) => {
            let summary = naming.summary(stack(side))?;
            let site = summary.site.as_ref().map(|site| site.0);
            if side == Side::Birth { Key::Site(site, summary.origin()) } else { Key::ReleaseSite(site) }
        }
        GroupBy::Stack(side) => Key::Stack(StackId(stack(side))),
        GroupBy::Stacks => Key::Stacks(StackId(key.birth), (key.death != ALIVE).then_some(StackId(key.death))),
        GroupBy::Owner => Key::Owner(naming.summary(key.death)?.owners.first().cloned()),
        GroupBy::Holder => Key::Owner(naming.summary(key.death)?.owners.last().cloned()),
        GroupBy::OwnerAndSite => {
            let summary = naming.summary(key.death)?;
            Key::OwnerAndSite(summary.owners.first().cloned(), summary.site.as_ref().map(|site| site.0))
        }
        GroupBy::Owners => {
            let owners = &naming.summary(key.death)?.owners;
            let path: Vec<Key> = owners.iter().map(|owner| Key::Owner(Some(Arc::clone(owner)))).collect();
            return Some(Place::Path(if path.is_empty() { vec![Key::Owner(None)] } else { path }));
        }
        GroupBy::Thread(_) | GroupBy::LifetimeClass | GroupBy::Scope(_) if key.other == NOTHING => Key::Alive,
        GroupBy::Thread(_) => Key::Thread(number(key.other)),
        GroupBy::Threads => {
            let released = key.other as u32;
            Key::Threads(number(key.other >> 32), (released != u32::MAX).then_some(ThreadNumber(released)))
        }
        GroupBy::SizeClass => Key::SizeClass(SizeClass(key.other as u8)),
        GroupBy::LifetimeClass => Key::LifetimeClass(LifetimeClass(key.other as u8)),
        GroupBy::Scope(_) => Key::Scope(key.other.checked_sub(1).map(|name| TextId(name as u32))),
    }))
}

/// Rows with the largest first; those of one size by their words.
fn sorted(query: &Query, rows: HashMap<Key, Tally>, label: &dyn Fn(&Key) -> Arc<str>) -> Vec<Row> {
    let row = |(key, tally): (Key, Tally)| Row {
        label: label(&key),
        key,
        sums: tally.sums,
        example: tally.example(),
        example_bytes: tally.largest.0,
        is_approximate: tally.is_approximate,
        left_example: tally.left_example(),
        most_reallocated: tally.most_reallocated(),
    };
    let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
    let measure = query.measure;
    rows.sort_by(|a, b| {
        let by_size = (measure.of(&b.sums), b.sums.blocks).cmp(&(measure.of(&a.sums), a.sums.blocks));
        by_size.then_with(|| a.label.cmp(&b.label)).then_with(|| a.key.cmp(&b.key))
    });
    rows
}
