//! Scopes as bands of nested rows for each thread, and those of collectors as pauses.

use crate::model::scope_index::ScopeIndex;
use dropscope_engine::{Model, PauseKind, ScopeId, ScopeRow, ThreadNumber};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The scopes of one thread.
#[derive(Clone, Debug)]
pub struct ScopeLane {
    /// Whose.
    pub thread: ThreadNumber,
    /// Its name.
    pub name: Arc<str>,
    /// The deepest nesting in the whole recording; rows of the lane.
    pub levels: u32,
    /// Bands, in order of beginning.
    pub bands: Vec<Band>,
}

/// A scope, or several that are too narrow to be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The scope, or the first of several.
    pub id: ScopeId,
    /// What it is called; empty for several.
    pub name: Arc<str>,
    /// How many scopes it stands for.
    pub count: u32,
    /// When it begins, in ns.
    pub start_ns: u64,
    /// When it ends, in ns; the recording's present end while it is open.
    pub end_ns: u64,
    /// Whether it was still open at the recording's end.
    pub is_open: bool,
    /// How many scopes are around it.
    pub level: u32,
    /// Whether it is a collector's.
    pub pause: Option<PauseKind>,
}

/// Collector work, or several stretches of it too narrow to be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseBar {
    /// The scope, or the first of several.
    pub id: ScopeId,
    /// How many it stands for.
    pub count: u32,
    /// When it begins, in ns.
    pub start_ns: u64,
    /// When it ends, in ns.
    pub end_ns: u64,
    /// The longest of them, in ns.
    pub longest_ns: u64,
    /// Its kind.
    pub kind: PauseKind,
}

/// The lanes and the pauses of the range.
pub(super) fn lanes(
    model: &Model,
    index: &ScopeIndex,
    range: &Range<u64>,
    columns: usize,
) -> (Vec<ScopeLane>, Vec<PauseBar>) {
    let mut lanes: Vec<ScopeLane> = Vec::new();
    let mut lane_of_thread = HashMap::new();
    for (number, row) in model.threads().iter().enumerate().filter(|(_, row)| row.scope_levels > 0) {
        lane_of_thread.insert(number as u32, lanes.len());
        lanes.push(ScopeLane {
            thread: ThreadNumber(number as u32),
            name: Arc::clone(&row.name),
            levels: row.scope_levels,
            bands: Vec::new(),
        });
    }
    let mut pauses: Vec<PauseBar> = Vec::new();
    let column_ns = ((range.end - range.start) / columns as u64).max(1);
    let mut last_at: HashMap<(usize, u32), usize> = HashMap::new();
    for id in index.overlapping(model, range.clone()) {
        let Some(scope) = model.scope(id) else { continue };
        let end_ns = scope.end_ns.unwrap_or_else(|| model.duration_ns());
        let pause = PauseKind::of_scope_name(model.text(scope.name));
        if let Some(kind) = pause {
            add_pause(&mut pauses, id, scope.start_ns, end_ns, kind, column_ns);
        }
        let Some(&lane) = lane_of_thread.get(&scope.thread.0) else { continue };
        let bands = &mut lanes[lane].bands;
        if let Some(&last) = last_at.get(&(lane, scope.depth))
            && joins(&bands[last], scope, end_ns, column_ns)
        {
            let last = &mut bands[last];
            last.count += 1;
            last.end_ns = last.end_ns.max(end_ns);
            last.name = Arc::default();
            if last.pause != pause {
                last.pause = None;
            }
            continue;
        }
        last_at.insert((lane, scope.depth), bands.len());
        bands.push(band(model, id, scope, end_ns, pause));
    }
    (lanes, pauses)
}

fn band(model: &Model, id: ScopeId, scope: &ScopeRow, end_ns: u64, pause: Option<PauseKind>) -> Band {
    Band {
        id,
        name: model.text(scope.name).into(),
        count: 1,
        start_ns: scope.start_ns,
        end_ns,
        is_open: scope.end_ns.is_none(),
        level: scope.depth,
        pause,
    }
}

/// Whether `scope` would be drawn on the very pixels of the band before it.
fn joins(last: &Band, scope: &ScopeRow, end_ns: u64, column_ns: u64) -> bool {
    let both_narrow = last.end_ns - last.start_ns < column_ns && end_ns.saturating_sub(scope.start_ns) < column_ns;
    both_narrow && scope.start_ns.saturating_sub(last.start_ns) < column_ns
}

fn add_pause(pauses: &mut Vec<PauseBar>, id: ScopeId, start_ns: u64, end_ns: u64, kind: PauseKind, column_ns: u64) {
    let length_ns = end_ns.saturating_sub(start_ns);
    if let Some(last) = pauses.last_mut()
        && last.kind == kind
        && start_ns.saturating_sub(last.end_ns) < column_ns
        && last.end_ns.max(end_ns) - last.start_ns < 2 * column_ns
    {
        last.count += 1;
        last.end_ns = last.end_ns.max(end_ns);
        last.longest_ns = last.longest_ns.max(length_ns);
        return;
    }
    pauses.push(PauseBar { id, count: 1, start_ns, end_ns, longest_ns: length_ns, kind });
}
