//! The longest stretch in which a thread did nothing but release: what ownership has instead of a pause.

use crate::hash::FastMap;
use crate::ids::{StackId, ThreadNumber};
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::steps::StepKind;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Two releases further apart than this are not one stretch, even if nothing else was recorded between them: a thread
/// that waits or computes for longer. Shorter gaps may be the system's, which runs another program for some ms.
const LONGEST_GAP_NS: u64 = 25_000_000;

/// A stretch of nothing but releases on one thread.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReleaseJson {
    /// When its first release was.
    pub t_ns: u64,
    /// From its first release to its last.
    pub duration_ns: u64,
    /// Blocks released.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The place in the program's own code that released most of them.
    pub at: Option<At>,
    /// The outermost owner that was dropped there.
    pub owner: Option<Arc<str>>,
    /// The operation that it was part of.
    pub operation: Option<String>,
    /// That operation's CPU time.
    pub operation_cpu_ns: Option<u64>,
}

/// The longest stretches of one recording.
#[derive(Default)]
pub(super) struct Longest {
    /// No collector was at work in it.
    pub(super) by_program: Option<ReleaseJson>,
    /// A collector was.
    pub(super) by_collector: Option<ReleaseJson>,
}

#[derive(Clone, Copy)]
struct Run {
    thread: ThreadNumber,
    start_ns: u64,
    end_ns: u64,
    blocks: u64,
    is_collector: bool,
}

impl Run {
    fn duration_ns(&self) -> u64 {
        self.end_ns - self.start_ns
    }
}

/// Goes through all events once.
pub(super) fn longest(model: &Model, names: &Names) -> Longest {
    let mut is_collector: FastMap<u32, bool> = FastMap::default();
    let mut open: Vec<Option<Run>> = vec![None; model.threads().len()];
    let mut best: [Option<Run>; 2] = [None; 2];
    let mut close = |run: Option<Run>| {
        let Some(run) = run else { return };
        let best = &mut best[usize::from(run.is_collector)];
        let rank = |run: Run| (run.duration_ns(), run.blocks);
        if best.is_none_or(|best| rank(run) > rank(best)) {
            *best = Some(run);
        }
    };
    for step in model.events(0..u64::MAX) {
        let Some(open) = open.get_mut(step.thread.0 as usize) else { continue };
        let StepKind::Free(block) = step.kind else {
            close(open.take());
            continue;
        };
        let stack = model.blocks().death_stack(block).unwrap_or_default();
        let is_collector = *is_collector.entry(stack.0).or_insert_with(|| names.summary(stack).is_collector);
        match open {
            Some(run)
                if run.is_collector == is_collector && step.time_ns.saturating_sub(run.end_ns) <= LONGEST_GAP_NS =>
            {
                run.end_ns = step.time_ns;
                run.blocks += 1;
            }
            _ => close(open.replace(Run {
                thread: step.thread,
                start_ns: step.time_ns,
                end_ns: step.time_ns,
                blocks: 1,
                is_collector,
            })),
        }
    }
    open.into_iter().for_each(close);
    let [by_program, by_collector] = best.map(|run| run.map(|run| describe(model, names, run)));
    Longest { by_program, by_collector }
}

fn describe(model: &Model, names: &Names, run: Run) -> ReleaseJson {
    let blocks = model.blocks();
    let mut of_stack: FastMap<u32, u64> = FastMap::default();
    let mut bytes = 0;
    for block in blocks.died_in(run.start_ns..run.end_ns.saturating_add(1)) {
        if blocks.freed_by(block) == Some(run.thread) {
            bytes = blocks.size_bytes(block).saturating_add(bytes);
            *of_stack.entry(blocks.death_stack(block).unwrap_or_default().0).or_default() += 1;
        }
    }
    // By place and owner, in an order that is the same every time.
    let mut of_place: HashMap<(Option<At>, Option<Arc<str>>), u64> = HashMap::new();
    for (stack, blocks) in of_stack {
        let summary = names.summary(StackId(stack));
        let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
        *of_place.entry((at, summary.owners.first().cloned())).or_default() += blocks;
    }
    let place = of_place.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    let (at, owner) = place.map(|(place, _)| place).unwrap_or_default();
    let is_around = |operation: &&crate::OperationRow| {
        operation.thread == run.thread
            && operation.start_ns <= run.start_ns
            && operation.end_ns.is_some_and(|end_ns| end_ns >= run.end_ns)
    };
    let operation = model.operations().iter().rfind(is_around);
    ReleaseJson {
        t_ns: run.start_ns,
        duration_ns: run.duration_ns(),
        blocks: run.blocks,
        bytes,
        at,
        owner,
        operation: operation.map(|operation| model.text(operation.name).to_owned()),
        operation_cpu_ns: operation.map(|operation| operation.cpu_ns),
    }
}
