//! Every event as one JSON object per line, in order of time. The lines are a contract.

use crate::blocks::Blocks;
use crate::hash::FastMap;
use crate::ids::{BlockId, StackId, TextId, ThreadNumber};
use crate::json::{At, FrameJson};
use crate::model::Model;
use crate::names::Names;
use crate::steps::{Step, StepKind};
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::Write;
use std::sync::Arc;

/// Writes all events of `model` to `out`. Each thread is named before its first event.
///
/// # Errors
/// When `out` does not take them.
pub fn dump(model: &Model, names: &Names, out: &mut dyn Write) -> std::io::Result<()> {
    let mut dump = Dump { model, names, out, stacks: FastMap::default(), named: Vec::new() };
    for step in model.events(0..u64::MAX) {
        dump.thread(step.thread)?;
        dump.step(&step)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct ThreadLine<'a> {
    event: &'static str,
    thread: u32,
    name: &'a str,
}

#[derive(Serialize)]
struct AllocLine<'a> {
    event: &'static str,
    t_ns: u64,
    thread: u32,
    block: u32,
    address: Address,
    size: u64,
    align: u64,
    zeroed: bool,
    at: &'a RawValue,
    frames: &'a RawValue,
}

#[derive(Serialize)]
struct ReallocLine<'a> {
    event: &'static str,
    t_ns: u64,
    thread: u32,
    block: u32,
    old_size: u64,
    size: u64,
    moved: bool,
    address: Address,
    at: &'a RawValue,
    frames: &'a RawValue,
}

#[derive(Serialize)]
struct FreeLine<'a> {
    event: &'static str,
    t_ns: u64,
    thread: u32,
    /// Null where the block was born before or outside the recording; then there is an address.
    block: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    size: u64,
    at: &'a RawValue,
    owners: &'a RawValue,
    /// Only where it is true.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_collector: bool,
    frames: &'a RawValue,
}

#[derive(Serialize)]
struct TextLine<'a> {
    event: &'static str,
    t_ns: u64,
    thread: u32,
    name: &'a str,
}

/// Written in hexadecimal.
struct Address(u64);

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// What a stack says, ready to be written: the same stacks come again and again.
struct StackText {
    at: Box<RawValue>,
    owners: Box<RawValue>,
    frames: Box<RawValue>,
    is_collector: bool,
}

struct Dump<'a> {
    model: &'a Model,
    names: &'a Names,
    out: &'a mut dyn Write,
    stacks: FastMap<u32, Arc<StackText>>,
    /// By thread number.
    named: Vec<bool>,
}

/// Stacks kept as text: 100 MB of them at most, with deep ones.
const KEPT_STACKS: usize = 20_000;

impl Dump<'_> {
    fn line(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        self.out.write_all(b"\n")
    }

    fn thread(&mut self, thread: ThreadNumber) -> std::io::Result<()> {
        let number = thread.0 as usize;
        if self.named.get(number) == Some(&true) {
            return Ok(());
        }
        if self.named.len() <= number {
            self.named.resize(number + 1, false);
        }
        self.named[number] = true;
        let model = self.model;
        let name = model.thread(thread).map_or("", |row| &row.name);
        self.line(&ThreadLine { event: "thread", thread: thread.0, name })
    }

    fn stack(&mut self, stack: StackId) -> std::io::Result<Arc<StackText>> {
        if let Some(text) = self.stacks.get(&stack.0) {
            return Ok(Arc::clone(text));
        }
        let summary = self.names.summary(stack);
        let at = summary.site.as_ref().map(|(_, location)| At::from(&**location));
        let frames: Vec<FrameJson> = self.names.frames(stack).iter().map(|frame| FrameJson::from(&**frame)).collect();
        let text = Arc::new(StackText {
            at: serde_json::value::to_raw_value(&at)?,
            owners: serde_json::value::to_raw_value(&summary.owners)?,
            frames: serde_json::value::to_raw_value(&frames)?,
            is_collector: summary.is_collector,
        });
        if self.stacks.len() >= KEPT_STACKS {
            self.stacks.clear();
        }
        self.stacks.insert(stack.0, Arc::clone(&text));
        Ok(text)
    }

    fn step(&mut self, step: &Step) -> std::io::Result<()> {
        let model = self.model;
        let blocks = model.blocks();
        match step.kind {
            StepKind::Alloc(block) if blocks.is_adopted(block) => self.adopted(step, block),
            StepKind::Alloc(block) => self.alloc(step, block),
            StepKind::Realloc(_, row) => self.realloc(step, row),
            // Nobody released it where it says: that event was not recorded.
            StepKind::Free(block) if blocks.is_lost(block) => Ok(()),
            StepKind::Free(block) => self.free(step, blocks, block),
            StepKind::UnmatchedFree(row) => {
                let Some(free) = model.unmatched_frees().get(row) else { return Ok(()) };
                let stack = self.stack(free.stack)?;
                self.line(&FreeLine {
                    event: "free",
                    t_ns: step.time_ns,
                    thread: step.thread.0,
                    block: None,
                    address: Some(Address(free.address)),
                    size: free.size_bytes,
                    at: &stack.at,
                    owners: &stack.owners,
                    by_collector: stack.is_collector,
                    frames: &stack.frames,
                })
            }
            StepKind::ScopeEnter(scope) => self.text(step, "scope_enter", model.scope(scope).map(|row| row.name)),
            StepKind::ScopeExit(scope) => self.text(step, "scope_exit", model.scope(scope).map(|row| row.name)),
            StepKind::OperationBegin(id) => self.text(step, "operation_begin", model.operation(id).map(|row| row.name)),
            StepKind::OperationEnd(id) => self.text(step, "operation_end", model.operation(id).map(|row| row.name)),
            StepKind::Mark(mark) => self.text(step, "mark", model.mark(mark).map(|row| row.text)),
        }
    }

    fn alloc(&mut self, step: &Step, block: BlockId) -> std::io::Result<()> {
        let blocks = self.model.blocks();
        let stack = self.stack(blocks.birth_stack(block))?;
        self.line(&AllocLine {
            event: "alloc",
            t_ns: step.time_ns,
            thread: step.thread.0,
            block: block.0,
            address: Address(blocks.first_address(block)),
            size: blocks.first_size_bytes(block),
            align: blocks.align_bytes(block),
            zeroed: blocks.is_zeroed(block),
            at: &stack.at,
            frames: &stack.frames,
        })
    }

    /// A realloc of a block whose birth is not in the recording.
    fn adopted(&mut self, step: &Step, block: BlockId) -> std::io::Result<()> {
        let blocks = self.model.blocks();
        let stack = self.stack(blocks.birth_stack(block))?;
        let (old_size_bytes, old_address) = blocks.adopted_from(block).unwrap_or_default();
        let address = blocks.first_address(block);
        self.line(&ReallocLine {
            event: "realloc",
            t_ns: step.time_ns,
            thread: step.thread.0,
            block: block.0,
            old_size: old_size_bytes,
            size: blocks.first_size_bytes(block),
            moved: address != old_address,
            address: Address(address),
            at: &stack.at,
            frames: &stack.frames,
        })
    }

    fn realloc(&mut self, step: &Step, row: usize) -> std::io::Result<()> {
        let Some(change) = self.model.blocks().realloc(row) else { return Ok(()) };
        let stack = self.stack(change.stack)?;
        self.line(&ReallocLine {
            event: "realloc",
            t_ns: step.time_ns,
            thread: step.thread.0,
            block: change.block.0,
            old_size: change.old_size_bytes,
            size: change.size_bytes,
            moved: change.moved(),
            address: Address(change.address),
            at: &stack.at,
            frames: &stack.frames,
        })
    }

    fn free(&mut self, step: &Step, blocks: &Blocks, block: BlockId) -> std::io::Result<()> {
        let stack = self.stack(blocks.death_stack(block).unwrap_or_default())?;
        self.line(&FreeLine {
            event: "free",
            t_ns: step.time_ns,
            thread: step.thread.0,
            block: Some(block.0),
            address: None,
            size: blocks.size_bytes(block),
            at: &stack.at,
            owners: &stack.owners,
            by_collector: stack.is_collector,
            frames: &stack.frames,
        })
    }

    fn text(&mut self, step: &Step, event: &'static str, name: Option<TextId>) -> std::io::Result<()> {
        let model = self.model;
        let name = name.map_or("", |name| model.text(name));
        self.line(&TextLine { event, t_ns: step.time_ns, thread: step.thread.0, name })
    }
}
