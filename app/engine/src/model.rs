//! What has been read of a recording: columns and sums, growing while a program is followed.

use crate::backtraces::Backtraces;
use crate::blocks::Blocks;
use crate::ids::{MarkId, OperationId, ScopeId, TextId, ThreadNumber};
use crate::live::LiveCurve;
use crate::pyramid::Pyramid;
use crate::rows::{
    MarkRow, Oddities, OperationRow, Pause, PauseKind, ReadState, ScopeRow, ThreadRow, Totals, UnmatchedFree,
};
use crate::usable::UsableSizes;
use dropscope_format::{Process, Status};
use std::sync::Arc;

/// A recording, as far as read. Knows no names: those are with [`crate::Names`].
pub struct Model {
    pub(crate) process: Process,
    pub(crate) backtraces: Arc<Backtraces>,
    pub(crate) texts: Vec<Arc<str>>,
    pub(crate) threads: Vec<ThreadRow>,
    pub(crate) blocks: Blocks,
    pub(crate) scopes: Vec<ScopeRow>,
    /// The ended ones, in order of their ends.
    pub(crate) scope_exits: Vec<ScopeId>,
    pub(crate) operations: Vec<OperationRow>,
    /// The ended ones, in order of their ends.
    pub(crate) operation_ends: Vec<OperationId>,
    pub(crate) marks: Vec<MarkRow>,
    pub(crate) unmatched_frees: Vec<UnmatchedFree>,
    pub(crate) pyramid: Pyramid,
    pub(crate) totals: Totals,
    pub(crate) oddities: Oddities,
    pub(crate) status: Status,
    pub(crate) usable_sizes: UsableSizes,
    pub(crate) state: ReadState,
    pub(crate) duration_ns: u64,
    pub(crate) generation: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            process: Process::default(),
            backtraces: Arc::default(),
            texts: Vec::new(),
            threads: Vec::new(),
            blocks: Blocks::default(),
            scopes: Vec::new(),
            scope_exits: Vec::new(),
            operations: Vec::new(),
            operation_ends: Vec::new(),
            marks: Vec::new(),
            unmatched_frees: Vec::new(),
            pyramid: Pyramid::default(),
            totals: Totals::default(),
            oddities: Oddities::default(),
            status: Status::default(),
            usable_sizes: UsableSizes::default(),
            state: ReadState::Reading,
            duration_ns: 0,
            generation: 0,
        }
    }
}

impl Model {
    /// The recorded process; empty until it has been read.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The program's name: the last part of its path.
    pub fn program_name(&self) -> &str {
        self.process.program.rsplit('/').next().unwrap_or_default()
    }

    /// The stacks and the files the code came from.
    pub fn backtraces(&self) -> &Arc<Backtraces> {
        &self.backtraces
    }

    /// What a name of a scope, an operation or a mark says; empty for a number that was never given.
    pub fn text(&self, text: TextId) -> &str {
        self.texts.get(text.0 as usize).map_or("", |text| text)
    }

    /// The threads, by number.
    pub fn threads(&self) -> &[ThreadRow] {
        &self.threads
    }

    /// One thread.
    pub fn thread(&self, thread: ThreadNumber) -> Option<&ThreadRow> {
        self.threads.get(thread.0 as usize)
    }

    /// The blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// The scopes, in order of beginning.
    pub fn scopes(&self) -> &[ScopeRow] {
        &self.scopes
    }

    /// One scope.
    pub fn scope(&self, scope: ScopeId) -> Option<&ScopeRow> {
        self.scopes.get(scope.0 as usize)
    }

    /// The operations, in order of beginning.
    pub fn operations(&self) -> &[OperationRow] {
        &self.operations
    }

    /// One operation.
    pub fn operation(&self, operation: OperationId) -> Option<&OperationRow> {
        self.operations.get(operation.0 as usize)
    }

    /// The marks, in order of time.
    pub fn marks(&self) -> &[MarkRow] {
        &self.marks
    }

    /// One mark.
    pub fn mark(&self, mark: MarkId) -> Option<&MarkRow> {
        self.marks.get(mark.0 as usize)
    }

    /// The pauses, in order of beginning.
    pub fn pauses(&self) -> impl Iterator<Item = Pause> + '_ {
        self.scopes.iter().filter_map(|scope| {
            Some(Pause {
                thread: scope.thread,
                start_ns: scope.start_ns,
                end_ns: scope.end_ns.unwrap_or(self.duration_ns),
                kind: PauseKind::of_scope_name(self.text(scope.name))?,
                name: scope.name,
            })
        })
    }

    /// Releases of blocks whose birth is not in the recording, in order of time.
    pub fn unmatched_frees(&self) -> &[UnmatchedFree] {
        &self.unmatched_frees
    }

    /// Sums over the whole process.
    pub fn totals(&self) -> Totals {
        let peak = self.pyramid.peak();
        Totals { peak_live_bytes: peak.bytes, peak_at_ns: peak.at_ns, ..self.totals }
    }

    /// What did not fit together.
    pub fn oddities(&self) -> Oddities {
        self.oddities
    }

    /// How the recorder did: lost events, waits, its own memory.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What the allocator gives for the sizes it is asked for.
    pub fn usable_sizes(&self) -> &UsableSizes {
        &self.usable_sizes
    }

    /// Where the reading stands.
    pub fn state(&self) -> ReadState {
        self.state
    }

    /// From the recording's start to its end, or to what is known of it so far, in ns.
    pub fn duration_ns(&self) -> u64 {
        self.duration_ns
    }

    /// Live bytes over time.
    pub fn live(&self) -> LiveCurve<'_> {
        LiveCurve::new(&self.blocks, &self.pyramid)
    }

    /// Bytes of memory that blocks and the live curve take: what grows with the recording's events.
    pub fn memory_bytes(&self) -> usize {
        self.blocks.memory_bytes() + self.pyramid.memory_bytes()
    }

    /// Changes whenever anything of the model has: what was drawn from it may be kept until then.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}
