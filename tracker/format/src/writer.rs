//! Events and facts to bytes: the one encoder of the recording.

use crate::block::{BlockKind, put_block};
use crate::event::EventBatch;
use crate::group::GroupEncoder;
use crate::ids::StringId;
use crate::info::{End, EndKind, Module, Process, Status, Thread, UsableSize};
use crate::ring::Texts;
use crate::stack_tree::StackTree;
use crate::usable_sizes;
use crate::varint::{put, put_bytes};
use std::collections::HashMap;

/// First bytes of every recording. The line break at the end shows a file that was mangled as text.
pub(crate) const FILE_MAGIC: [u8; 8] = *b"DSCOPE\r\n";
/// Bytes of the file's header: magic, version, length of the header, recording id, zeros.
pub(crate) const FILE_HEADER_BYTES: usize = 32;

/// Encodes a recording into a buffer that the caller writes to the file and clears.
pub struct Encoder {
    /// Bytes ready for the file.
    pub out: Vec<u8>,
    payload: Vec<u8>,
    scratch: Vec<u8>,
    group: GroupEncoder,
    written_nodes: usize,
    written_texts: usize,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder for a new recording.
    pub fn new() -> Self {
        Self {
            out: Vec::new(),
            payload: Vec::new(),
            scratch: Vec::new(),
            group: GroupEncoder::new(),
            written_nodes: 1,
            written_texts: 0,
        }
    }

    /// An encoder that goes on where a recording stopped that already holds these many nodes and texts.
    pub fn resume(nodes: usize, texts: usize) -> Self {
        Self { written_nodes: nodes, written_texts: texts, ..Self::new() }
    }

    /// The file's header. `recording_id` is the number that the ring beside it has, too.
    pub fn file_header(&mut self, recording_id: u64) {
        self.out.extend_from_slice(&FILE_MAGIC);
        self.out.extend_from_slice(&crate::VERSION.to_le_bytes());
        self.out.extend_from_slice(&(FILE_HEADER_BYTES as u32).to_le_bytes());
        self.out.extend_from_slice(&recording_id.to_le_bytes());
        self.out.extend_from_slice(&[0; 8]);
    }

    /// The process.
    pub fn process(&mut self, process: &Process) {
        self.finish_events();
        let payload = &mut self.payload;
        payload.clear();
        put_bytes(payload, process.program.as_bytes());
        put(payload, process.arguments.len() as u64);
        for argument in &process.arguments {
            put_bytes(payload, argument.as_bytes());
        }
        put_bytes(payload, process.folder.as_bytes());
        put(payload, u64::from(process.pid));
        put(payload, process.process_start);
        put(payload, process.started_unix_ns);
        put(payload, process.started_monotonic_ns);
        put_bytes(payload, process.clock.as_bytes());
        put_bytes(payload, process.unwinder.as_bytes());
        put_bytes(payload, process.tracker_version.as_bytes());
        put(payload, u64::from(process.from_first_allocation));
        put(payload, process.sample_mean_bytes);
        self.block(BlockKind::Process);
    }

    /// Modules that were not there before. Later ones win where ranges overlap.
    pub fn modules(&mut self, modules: &[Module]) {
        self.finish_events();
        self.payload.clear();
        put(&mut self.payload, modules.len() as u64);
        for module in modules {
            put(&mut self.payload, module.start);
            put(&mut self.payload, module.end);
            put(&mut self.payload, module.bias);
            put_bytes(&mut self.payload, module.path.as_bytes());
            put_bytes(&mut self.payload, &module.build_id);
        }
        self.block(BlockKind::Modules);
    }

    /// A thread, new or changed.
    pub fn thread(&mut self, thread: &Thread) {
        self.finish_events();
        self.payload.clear();
        put(&mut self.payload, u64::from(thread.thread.0));
        put(&mut self.payload, u64::from(thread.os_id));
        put_bytes(&mut self.payload, thread.name.as_bytes());
        put(&mut self.payload, u64::from(thread.ended));
        self.block(BlockKind::Thread);
    }

    /// Events, preceded by the stacks and texts that they name and that are not yet in the file.
    pub fn events(&mut self, batch: &EventBatch, tree: &StackTree, texts: &TextTable) {
        self.gather(batch, tree, texts);
        self.finish_events();
    }

    /// The same, in fewer bytes, together with those of the calls before and after: in `out` at the latest after
    /// [`Encoder::finish_events`] or whatever else is encoded next.
    pub fn gather(&mut self, batch: &EventBatch, tree: &StackTree, texts: &TextTable) {
        self.new_stacks(tree);
        self.new_texts(texts);
        self.group.add(batch);
        if self.group.is_full() {
            self.finish_events();
        }
    }

    /// Encodes what has been gathered.
    pub fn finish_events(&mut self) {
        if !self.group.is_empty() {
            self.payload.clear();
            self.group.finish(&mut self.payload);
            put_block(&mut self.out, BlockKind::EventGroup, &self.payload, &mut self.scratch);
        }
    }

    fn new_stacks(&mut self, tree: &StackTree) {
        // A million nodes fit a block; the loop is for trees that grew by more at once.
        for nodes in tree.nodes_from(self.written_nodes).chunks(500_000) {
            self.payload.clear();
            put(&mut self.payload, self.written_nodes as u64);
            put(&mut self.payload, nodes.len() as u64);
            let mut before = 0u64;
            for (index, node) in nodes.iter().enumerate() {
                // New frames mostly hang under the node made just before them.
                put(&mut self.payload, (self.written_nodes + index) as u64 - u64::from(node.parent.0));
                put(&mut self.payload, crate::varint::zigzag(node.address.wrapping_sub(before) as i64));
                before = node.address;
            }
            self.block(BlockKind::Stacks);
            self.written_nodes += nodes.len();
        }
    }

    fn new_texts(&mut self, texts: &TextTable) {
        let new = texts.texts.get(self.written_texts..).unwrap_or_default();
        if new.is_empty() {
            return;
        }
        for texts in new.chunks(4096) {
            self.payload.clear();
            put(&mut self.payload, self.written_texts as u64);
            put(&mut self.payload, texts.len() as u64);
            for text in texts {
                put_bytes(&mut self.payload, text.as_bytes());
            }
            self.block(BlockKind::Texts);
            self.written_texts += texts.len();
        }
    }

    /// Promise: every event before `time_ns` stands above this point of the file.
    pub fn watermark(&mut self, time_ns: u64) {
        self.finish_events();
        self.payload.clear();
        put(&mut self.payload, time_ns);
        self.block(BlockKind::Watermark);
    }

    /// How the recorder is doing.
    pub fn status(&mut self, status: &Status) {
        self.finish_events();
        self.payload.clear();
        let numbers = [
            status.waits,
            status.waited_ns,
            status.overhead_bytes,
            status.complete_stacks,
            status.truncated_stacks,
            status.suspect_stacks,
            status.different_stacks,
        ];
        for number in numbers.into_iter().chain(status.lost_events) {
            put(&mut self.payload, number);
        }
        self.block(BlockKind::Status);
    }

    /// What the allocator gives, besides what has been said of it before.
    pub fn usable_sizes(&mut self, sizes: &[UsableSize]) {
        self.finish_events();
        self.payload.clear();
        usable_sizes::put_all(&mut self.payload, sizes);
        self.block(BlockKind::UsableSizes);
    }

    /// The last word. Late events of an exiting process may still follow, with an end of their own.
    pub fn end(&mut self, end: &End) {
        self.finish_events();
        self.payload.clear();
        put(&mut self.payload, end.time_ns);
        let (kind, number) = match end.kind {
            EndKind::Orderly => (0, 0),
            EndKind::Exited(status) => (1, status),
            EndKind::Killed(signal) => (2, signal),
            EndKind::Stopped => (3, 0),
        };
        put(&mut self.payload, kind);
        put(&mut self.payload, crate::varint::zigzag(i64::from(number)));
        self.block(BlockKind::End);
    }

    fn block(&mut self, kind: BlockKind) {
        put_block(&mut self.out, kind, &self.payload, &mut self.scratch);
    }
}

/// The texts of a recording, each once.
#[derive(Default)]
pub struct TextTable {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, StringId>,
}

impl TextTable {
    /// The text with this number; empty for a number that was never given.
    pub fn text(&self, id: StringId) -> &str {
        self.texts.get(id.0 as usize).map_or("", |text| text)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// All of them, by number.
    pub fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

impl Texts for TextTable {
    fn intern(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.numbers.get(text) {
            return id;
        }
        let id = StringId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), id);
        id
    }
}
