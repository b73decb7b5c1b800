//! A recording that nobody made: fixed events, so that pictures and numbers are the same everywhere.

use crate::shop::absurd_stacks;
use dropscope_format::ring::Texts;
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, Event, EventBatch, EventKind, Module, Process, Realloc, StackId,
    StackQuality, StackTree, Status, TextTable, Thread, ThreadId, UsableSize,
};
use std::path::{Path, PathBuf};

/// A recording being made up.
pub(crate) struct Invented {
    stacks: StackTree,
    texts: TextTable,
    batches: Vec<EventBatch>,
    threads: Vec<&'static str>,
    /// Events that the recorder is to have lost.
    pub(crate) lost: u64,
    /// Where the stacks are from, if they are real ones.
    pub(crate) modules: Vec<Module>,
    /// The stack of what comes next; none: one that is made of its size.
    stack: Option<StackId>,
    /// What the allocator said of sizes.
    pub(crate) usable_sizes: Vec<UsableSize>,
    /// How it ends; none for a cut one.
    pub(crate) end: Option<EndKind>,
}

impl Invented {
    pub(crate) fn new(threads: &[&'static str]) -> Self {
        let batch = |thread: usize| EventBatch {
            thread: ThreadId(thread as u32),
            chunk: ChunkSequence(thread as u64 + 1),
            from_word: 2,
            to_word: 1000,
            chunk_done: true,
            ..EventBatch::default()
        };
        Self {
            stacks: StackTree::new(),
            texts: TextTable::default(),
            batches: (0..threads.len()).map(batch).collect(),
            threads: threads.to_vec(),
            lost: 0,
            modules: Vec::new(),
            stack: None,
            usable_sizes: Vec::new(),
            end: Some(EndKind::Orderly),
        }
    }

    /// What comes next has this stack, outermost address first.
    pub(crate) fn at(&mut self, addresses: &[u64]) {
        let stack = addresses.iter().fold(StackId::EMPTY, |caller, &address| self.stacks.intern(caller, address));
        self.stack = Some(stack);
    }

    /// As glibc rounds: to 24 bytes at least, and to one size in each 16.
    pub(crate) fn rounded_as_glibc_does(mut self) -> Self {
        let size = |usable_bytes: u32| UsableSize { requested_bytes: usable_bytes.saturating_sub(15), usable_bytes };
        self.usable_sizes = (40..=8_200).step_by(16).map(size).collect();
        self.usable_sizes.insert(0, UsableSize { requested_bytes: 1, usable_bytes: 24 });
        self
    }

    fn push(&mut self, thread: usize, time_us: u64, kind: EventKind, address: u64, size_bytes: u64, extra: u32) {
        let stack = self.stack.unwrap_or_else(|| {
            let outer = self.stacks.intern(StackId::EMPTY, 0x1000);
            self.stacks.intern(outer, 0x2000 + size_bytes * 16 + u64::from(kind == EventKind::Free))
        });
        self.batches[thread].events.push(Event {
            time_ns: time_us * 1_000,
            address,
            size_bytes,
            stack,
            extra,
            kind,
            align_log2: 3,
            quality: StackQuality::Complete,
        });
    }

    pub(crate) fn alloc(&mut self, thread: usize, time_us: u64, address: u64, size_bytes: u64) {
        self.push(thread, time_us, EventKind::Alloc, address, size_bytes, 0);
    }

    pub(crate) fn free(&mut self, thread: usize, time_us: u64, address: u64, size_bytes: u64) {
        self.push(thread, time_us, EventKind::Free, address, size_bytes, 0);
    }

    pub(crate) fn realloc(&mut self, thread: usize, time_us: u64, from: (u64, u64), to: (u64, u64)) {
        let number = self.batches[thread].reallocs.len() as u32;
        self.batches[thread].reallocs.push(Realloc {
            old_address: from.0,
            old_size_bytes: from.1,
            started_ns: time_us * 1_000 - 10,
        });
        self.push(thread, time_us, EventKind::Realloc, to.0, to.1, number);
    }

    pub(crate) fn text(&mut self, thread: usize, time_us: u64, kind: EventKind, text: &str, cpu_us: u64) {
        let extra = self.texts.intern(text).0;
        self.push(thread, time_us, kind, cpu_us * 1_000, 0, extra);
    }

    /// Writes it to `NAME.dscope` in `folder`.
    pub(crate) fn write(self, folder: &Path, name: &str) -> PathBuf {
        let mut encoder = Encoder::new();
        encoder.file_header(7);
        encoder.process(&Process {
            program: "/nowhere/invented".into(),
            arguments: vec!["invented".into()],
            folder: "/nowhere".into(),
            pid: 4242,
            started_unix_ns: 1_700_000_000_000_000_000,
            from_first_allocation: true,
            sample_mean_bytes: 0,
            ..Process::default()
        });
        for (number, name) in self.threads.iter().enumerate() {
            let thread = ThreadId(number as u32);
            encoder.thread(&Thread { thread, os_id: 4242 + number as u32, name: (*name).to_owned(), ended: true });
        }
        encoder.modules(&self.modules);
        if !self.usable_sizes.is_empty() {
            encoder.usable_sizes(&self.usable_sizes);
        }
        for batch in &self.batches {
            encoder.events(batch, &self.stacks, &self.texts);
        }
        encoder.watermark(u64::MAX);
        encoder.status(&Status { lost_events: [self.lost, 0, 0, 0, 0, 0], ..Status::default() });
        let last_ns = self.batches.iter().filter_map(|batch| batch.events.last()).map(|event| event.time_ns).max();
        if let Some(kind) = self.end {
            encoder.end(&End { time_ns: last_ns.unwrap_or(0), kind });
        }
        let path = folder.join(format!("{name}.dscope"));
        std::fs::write(&path, &encoder.out).unwrap();
        path
    }
}

/// Some of everything: nested scopes on two threads, operations, marks, a pause, a realloc that moves, a leak, blocks
/// that cross threads.
pub(crate) fn some_of_everything() -> Invented {
    use EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
    let mut made = Invented::new(&["main", "worker"]);
    made.text(0, 100, ScopeEnter, "whole run", 0);
    made.alloc(0, 150, 0x10_0000, 4_096);
    made.text(0, 200, Mark, "configuration read", 0);
    for round in 0..6_u64 {
        let at = 300 + round * 300;
        made.text(0, at, ScopeEnter, "request", 0);
        made.text(0, at + 10, OperationBegin, "request", at);
        made.alloc(0, at + 20, 0x20_0000 + round, 500 + round * 100);
        made.alloc(0, at + 60, 0x30_0000 + round, 64);
        if round == 2 {
            made.realloc(0, at + 90, (0x20_0002, 700), (0x28_0000, 2_800));
        }
        made.free(0, at + 200, 0x30_0000 + round, 64);
        let (address, size) = if round == 2 { (0x28_0000, 2_800) } else { (0x20_0000 + round, 500 + round * 100) };
        made.free(0, at + 205, address, size);
        made.text(0, at + 210, OperationEnd, "request", at + 150 + round * 5);
        made.text(0, at + 212, ScopeExit, "request", 0);
    }
    made.text(0, 2_150, ScopeEnter, "gc: full", 0);
    made.text(0, 2_250, ScopeExit, "gc: full", 0);
    made.alloc(0, 2_300, 0x40_0000, 1_234);
    made.alloc(0, 2_320, 0x50_0000, 900);
    made.free(0, 2_590, 0x10_0000, 4_096);
    made.text(0, 2_600, ScopeExit, "whole run", 0);
    made.text(1, 400, ScopeEnter, "worker loop", 0);
    made.text(1, 450, ScopeEnter, "job", 0);
    made.alloc(1, 500, 0x60_0000, 2_000);
    made.free(1, 1_290, 0x60_0000, 2_000);
    made.text(1, 1_300, ScopeExit, "job", 0);
    made.free(1, 2_400, 0x50_0000, 900);
    made.text(1, 2_500, ScopeExit, "worker loop", 0);
    made.rounded_as_glibc_does()
}

/// Names as nobody would choose them: 300 characters, from right to left, emoji, none at all.
pub(crate) fn absurdly_named() -> Invented {
    use EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
    let long = "a name of three hundred characters ".repeat(9);
    let names = [long.as_str(), "שלום עולם", "مرحبا بالعالم", "\u{1F4F7} camera", "\u{202E}turned\u{202C}", ""];
    let mut made = Invented::new(&["main", "a thread whose name is as long as the system allows"]);
    let (module, stacks) = absurd_stacks();
    made.modules = vec![module];
    for (nested, name) in (0u64..).zip(names) {
        let at = 100 + nested * 100;
        made.at(&stacks[nested as usize % stacks.len()]);
        made.text(0, at, ScopeEnter, name, 0);
        made.text(0, at + 10, Mark, name, 0);
        made.text(0, at + 12, OperationBegin, name, at);
        made.alloc(0, at + 20, 0x1000 + nested * 0x1000, 5 + nested);
        made.text(0, at + 30, OperationEnd, name, at + 18);
    }
    for (nested, name) in (0u64..).zip(names).collect::<Vec<_>>().into_iter().rev() {
        let at = 1_300 - nested * 100;
        if nested != 3 {
            made.free(0, at, 0x1000 + nested * 0x1000, 5 + nested);
        }
        made.text(0, at + 10, ScopeExit, name, 0);
    }
    made
}

/// So many blocks alive at once that bars would not fit: `number` of them.
pub(crate) fn a_crowd(number: u64) -> Invented {
    let mut made = Invented::new(&["main"]);
    for block in 0..number {
        made.alloc(0, 10 + block, 0x10_0000 + block * 16, 16 << (block % 7));
    }
    for block in 0..number {
        made.free(0, 20 + number + block, 0x10_0000 + block * 16, 16 << (block % 7));
    }
    made
}
