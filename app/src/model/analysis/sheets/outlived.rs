//! Blocks that were born in a scope and were still alive when it ended.

use super::block;
use super::columns::{heading, key};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::{Narrow, Row, Sheet};
use dropscope_engine::query::{InScope, Key, Side};
use dropscope_engine::{BlockId, Model, ScopeId, TextId, ThreadNumber};
use std::collections::HashMap;

/// What outlived scopes of one name.
struct Sums {
    born: u64,
    blocks: u64,
    bytes: u64,
    over_ns: u128,
    never: u64,
    largest: (u64, BlockId),
}

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let nesting = Nesting::of(&asking.data.model.read());
    let mut scopes: HashMap<TextId, Sums> = HashMap::new();
    asking.select(&asking.key.which, &mut |model, born| {
        let blocks = model.blocks();
        let Some(id) = nesting.innermost(model, blocks.thread(born), blocks.born_ns(born)) else { return };
        let Some(scope) = model.scope(id) else { return };
        let sums = scopes.entry(scope.name).or_insert(Sums {
            born: 0,
            blocks: 0,
            bytes: 0,
            over_ns: 0,
            never: 0,
            largest: (0, born),
        });
        sums.born += 1;
        let Some(end_ns) = scope.end_ns else { return };
        let died_ns = blocks.died_ns(born);
        if died_ns.is_some_and(|died_ns| died_ns <= end_ns) {
            return;
        }
        let size_bytes = blocks.size_bytes(born);
        sums.blocks += 1;
        sums.bytes = sums.bytes.saturating_add(size_bytes);
        sums.largest = sums.largest.max((size_bytes, born));
        match died_ns {
            Some(died_ns) => sums.over_ns += u128::from(died_ns - end_ns),
            None => sums.never += 1,
        }
    })?;
    let model = asking.data.model.read();
    let mut scopes: Vec<(TextId, Sums)> = scopes.into_iter().filter(|(_, sums)| sums.blocks > 0).collect();
    scopes.sort_by_key(|(name, sums)| (std::cmp::Reverse(sums.bytes), *name));
    Some(Sheet {
        notes: Vec::new(),
        columns: vec![
            heading("innermost scope at birth", "The program's own name for it", 0),
            heading("outlived it", "Blocks that were alive when the scope ended", 84),
            heading("bytes", "Their bytes", 84),
            heading("of all born", "Share of the blocks born in it", 92),
            heading("by", "How much longer they lived, on average, of those released", 84),
            heading("never", "Of them never released", 76),
        ],
        rows: scopes.iter().map(|(name, sums)| row(&model, *name, sums)).collect(),
        empty: "No block outlived the scope that it was born in.",
    })
}

fn row(model: &Model, name: TextId, sums: &Sums) -> Row {
    let released = u128::from(sums.blocks - sums.never);
    let mean_ns = sums.over_ns.checked_div(released).and_then(|mean| u64::try_from(mean).ok());
    Row {
        cells: vec![
            format!("“{}”", model.text(name)),
            format::count(sums.blocks),
            format::bytes(sums.bytes),
            format::percent(sums.blocks, sums.born),
            mean_ns.map_or_else(String::new, format::duration),
            if sums.never > 0 { format::count(sums.never) } else { String::new() },
        ],
        keys: vec![
            key(sums.blocks),
            key(sums.bytes),
            key(sums.blocks * 1000 / sums.born.max(1)),
            mean_ns.map_or(-1, key),
            key(sums.never),
        ],
        key: Some(Key::Scope(Some(name))),
        thing: block(sums.largest.1),
        narrow: Some(Narrow::Scope(Side::Birth, InScope::Named(name))),
        ..Row::default()
    }
}

/// The scopes of each thread, in order of beginning, each with the one around it.
struct Nesting {
    threads: HashMap<ThreadNumber, Vec<(u64, ScopeId)>>,
    around: HashMap<ScopeId, ScopeId>,
}

impl Nesting {
    fn of(model: &Model) -> Nesting {
        let mut nesting = Nesting { threads: HashMap::new(), around: HashMap::new() };
        let mut open: HashMap<ThreadNumber, Vec<ScopeId>> = HashMap::new();
        for (row, scope) in (0u32..).zip(model.scopes()) {
            let id = ScopeId(row);
            let open = open.entry(scope.thread).or_default();
            open.retain(|&outer| {
                model.scope(outer).is_some_and(|outer| outer.end_ns.is_none_or(|end_ns| end_ns > scope.start_ns))
            });
            if let Some(&outer) = open.last() {
                nesting.around.insert(id, outer);
            }
            open.push(id);
            nesting.threads.entry(scope.thread).or_default().push((scope.start_ns, id));
        }
        nesting
    }

    /// The innermost scope of `thread` at that moment. A scope holds the moment of its beginning, not that of its end.
    fn innermost(&self, model: &Model, thread: ThreadNumber, time_ns: u64) -> Option<ScopeId> {
        let scopes = self.threads.get(&thread)?;
        let last = scopes.partition_point(|scope| scope.0 <= time_ns).checked_sub(1)?;
        let outwards = std::iter::successors(scopes.get(last).map(|scope| scope.1), |id| self.around.get(id).copied());
        let is_open =
            |id: &ScopeId| model.scope(*id).is_some_and(|scope| scope.end_ns.is_none_or(|end_ns| end_ns > time_ns));
        outwards.into_iter().find(is_open)
    }
}
