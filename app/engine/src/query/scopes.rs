//! Which scope a moment of a thread is in. A scope holds the moment of its beginning and not that of its end.

use super::InScope;
use crate::hash::FastMap;
use crate::ids::{TextId, ThreadNumber};
use crate::model::Model;
use crate::rows::ScopeRow;
use std::collections::BTreeSet;

/// The moments of one thread at which something changes, in order, and what holds from each on.
type Changes<T> = FastMap<u32, Vec<(u64, T)>>;

/// What holds at `time_ns`, if it is behind the first change.
fn at<T: Copy>(changes: &Changes<T>, thread: ThreadNumber, time_ns: u64) -> Option<T> {
    let changes = changes.get(&thread.0)?;
    let behind = changes.partition_point(|change| change.0 <= time_ns);
    changes.get(behind.checked_sub(1)?).map(|change| change.1)
}

/// The innermost scope of every moment: of those open the one that began last.
pub(super) struct ScopeTimes {
    innermost: Changes<Option<TextId>>,
}

impl ScopeTimes {
    pub(super) fn of(model: &Model) -> ScopeTimes {
        let mut innermost: Changes<Option<TextId>> = FastMap::default();
        let mut open: FastMap<u32, BTreeSet<usize>> = FastMap::default();
        edges(model.scopes(), &mut |time_ns, row, is_begin| {
            let Some(scope) = model.scopes().get(row) else { return };
            let open = open.entry(scope.thread.0).or_default();
            if is_begin {
                open.insert(row);
            } else {
                open.remove(&row);
            }
            let name = open.last().and_then(|&row| model.scopes().get(row)).map(|scope| scope.name);
            put(innermost.entry(scope.thread.0).or_default(), time_ns, name);
        });
        ScopeTimes { innermost }
    }

    /// The name of the innermost scope of `thread` at that moment.
    pub(super) fn innermost(&self, thread: ThreadNumber, time_ns: u64) -> Option<TextId> {
        at(&self.innermost, thread, time_ns).flatten()
    }
}

/// Whether a moment is in a certain scope.
pub(super) struct Containing {
    inside: Changes<bool>,
    is_outside_wanted: bool,
}

impl Containing {
    pub(super) fn of(model: &Model, wanted: InScope) -> Containing {
        let mut inside: Changes<bool> = FastMap::default();
        let mut open: FastMap<u32, usize> = FastMap::default();
        edges(model.scopes(), &mut |time_ns, row, is_begin| {
            let Some(scope) = model.scopes().get(row) else { return };
            let is_wanted = match wanted {
                InScope::One(one) => one.0 as usize == row,
                InScope::Named(name) => scope.name == name,
                InScope::Outside => true,
            };
            if !is_wanted {
                return;
            }
            let open = open.entry(scope.thread.0).or_default();
            *open = if is_begin { *open + 1 } else { open.saturating_sub(1) };
            put(inside.entry(scope.thread.0).or_default(), time_ns, *open > 0);
        });
        Containing { inside, is_outside_wanted: wanted == InScope::Outside }
    }

    pub(super) fn has(&self, thread: ThreadNumber, time_ns: u64) -> bool {
        at(&self.inside, thread, time_ns).unwrap_or(false) != self.is_outside_wanted
    }
}

fn put<T: Copy + PartialEq>(changes: &mut Vec<(u64, T)>, time_ns: u64, now: T) {
    match changes.last_mut() {
        Some(last) if last.0 == time_ns => last.1 = now,
        Some(last) if last.1 == now => {}
        _ => changes.push((time_ns, now)),
    }
}

/// Gives all beginnings and ends, in order of time.
fn edges(scopes: &[ScopeRow], take: &mut dyn FnMut(u64, usize, bool)) {
    let ends = scopes.iter().enumerate().filter_map(|(row, scope)| Some((scope.end_ns?, row)));
    let mut ends: Vec<(u64, usize)> = ends.collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    for (row, scope) in scopes.iter().enumerate() {
        // A scope without length ends behind its own beginning.
        while let Some((end_ns, ended)) = ends.next_if(|end| end.0 <= scope.start_ns && end.1 < row) {
            take(end_ns, ended, false);
        }
        take(scope.start_ns, row, true);
    }
    for (end_ns, ended) in ends {
        take(end_ns, ended, false);
    }
}
