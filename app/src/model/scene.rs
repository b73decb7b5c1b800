//! What a timeline shows, as plain data: computed from a model for one range and size, drawn as often as needed.

use crate::model::birth_index::BirthIndex;
use crate::model::scope_index::ScopeIndex;
use dropscope_engine::{BlockId, MarkId, MinMax, Model, Names, OperationId, PauseKind, ScopeId, ThreadNumber};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

mod blocks;
mod log;
mod operations;
mod own_live;
mod scopes;

pub use blocks::{Bar, Blocks, Fate, Heat, Notch, Through, Tie, closing_scope, heat_row};
pub use operations::OperationColumn;
pub use scopes::{Band, PauseBar, ScopeLane};

/// What finds things in a model without going through all of it. Locked apart: bringing the births of a large recording
/// up to date takes longer than a frame has.
#[derive(Debug, Default)]
pub struct Index {
    /// Scopes and operations.
    pub scopes: Mutex<ScopeIndex>,
    /// Births.
    pub births: Mutex<BirthIndex>,
}

/// What a scene is asked for. Two equal requests have the same answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The time shown, in ns.
    pub range_ns: Range<u64>,
    /// Width of the time axis in pixels.
    pub columns: usize,
    /// Height left for blocks in pixels; 0 leaves blocks out.
    pub blocks_height: usize,
    /// Only these blocks, where a lesson shows its own.
    pub only: Option<Arc<HashSet<BlockId>>>,
    /// The model's generation.
    pub model_generation: u64,
    /// The names' generation.
    pub names_generation: u64,
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Which.
    pub id: MarkId,
    /// When, in ns.
    pub time_ns: u64,
    /// What it says.
    pub text: Arc<str>,
}

/// What a timeline shows.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What was asked for.
    pub request: Request,
    /// Live bytes.
    pub live: Vec<MinMax>,
    /// The most live bytes in the range.
    pub live_max_bytes: u64,
    /// The peak of the whole recording: bytes and when.
    pub peak: (u64, u64),
    /// Threads that have scopes in the recording.
    pub scopes: Vec<ScopeLane>,
    /// Collector work.
    pub pauses: Vec<PauseBar>,
    /// Marks, in order of time.
    pub marks: Vec<Flag>,
    /// More marks than could be listed.
    pub hidden_marks: usize,
    /// Whether the whole recording has marks: then there is a lane for them, whatever the range.
    pub has_marks: bool,
    /// Whether the whole recording has collector work.
    pub has_pauses: bool,
    /// Operations, in order of time.
    pub operations: Vec<OperationColumn>,
    /// The longest operation of the whole recording, in ns, for a scale that stays.
    pub slowest_ns: u64,
    /// The most blocks released in one operation in the range.
    pub most_frees: u64,
    /// Blocks.
    pub blocks: Blocks,
}

/// Most marks of one scene.
const MOST_MARKS: usize = 400;

impl Scene {
    /// Computes what `request` asks for. `index` is kept up to date on the way.
    pub fn build(model: &Model, names: &Names, index: &Index, request: Request) -> Scene {
        // A copy, a few KiB: whoever draws what is selected asks the index in every frame, and waited for all of a scene,
        // 35 ms with 10 million events, in one frame of ten.
        let scope_index = {
            let mut index = index.scopes.lock();
            index.update(model);
            index.clone()
        };
        let range = request.range_ns.clone();
        let columns = request.columns.max(1);
        let (live, peak) = match &request.only {
            Some(only) => own_live::columns(model, only, &range, columns),
            None => {
                let peak = model.live().peak();
                (model.live().columns(range.clone(), columns), (peak.bytes, peak.at_ns))
            }
        };
        let live_max_bytes = live.iter().map(|column| column.max_bytes).max().unwrap_or(0);
        let (scopes, pauses) = scopes::lanes(model, &scope_index, &range, columns);
        let (marks, hidden_marks) = marks(model, &range);
        let operations = operations::columns(model, names, &range, columns);
        let most_frees = operations.iter().map(|column| column.most_frees).max().unwrap_or(0);
        let blocks = blocks::blocks(model, names, &scope_index, &index.births, &request);
        Scene {
            live,
            live_max_bytes,
            peak,
            scopes,
            pauses,
            marks,
            hidden_marks,
            has_marks: !model.marks().is_empty(),
            has_pauses: scope_index.has_pauses(),
            operations,
            slowest_ns: scope_index.slowest_operation_ns(),
            most_frees,
            blocks,
            request,
        }
    }

    /// Whether the whole recording has any operation: then there is a lane for them, whatever the range.
    pub fn has_operations(&self) -> bool {
        self.slowest_ns > 0
    }
}

fn marks(model: &Model, range: &Range<u64>) -> (Vec<Flag>, usize) {
    let all = model.marks();
    let from = all.partition_point(|mark| mark.time_ns < range.start);
    let to = all.partition_point(|mark| mark.time_ns < range.end).max(from);
    let shown = to.min(from + MOST_MARKS);
    let flag = |(index, mark): (usize, &dropscope_engine::MarkRow)| Flag {
        id: MarkId((from + index) as u32),
        time_ns: mark.time_ns,
        text: model.text(mark.text).into(),
    };
    (all[from..shown].iter().enumerate().map(flag).collect(), to - shown)
}

/// The thread's name, or its number where it has none.
pub fn thread_name(model: &Model, thread: ThreadNumber) -> Arc<str> {
    model.thread(thread).map_or_else(|| format!("thread {}", thread.0).into(), |row| Arc::clone(&row.name))
}

/// A thing on the timeline that can be pointed at and selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A block.
    Block(BlockId),
    /// A scope.
    Scope(ScopeId),
    /// An operation.
    Operation(OperationId),
    /// A mark.
    Mark(MarkId),
}

/// The word of a pause's kind for people.
pub fn pause_words(kind: PauseKind) -> &'static str {
    match kind {
        PauseKind::StopTheWorld => "stop-the-world pause",
        PauseKind::Concurrent => "collector step",
    }
}
