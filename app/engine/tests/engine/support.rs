//! Invented recordings, told event by event.

use dropscope_engine::{Model, load};
use dropscope_format::ring::Texts;
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, Event, EventBatch, EventKind, Module, Process, Realloc, StackId,
    StackQuality, StackTree, TextTable, Thread, ThreadId,
};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes a recording. Events are kept by thread until [`Script::flush`].
pub(crate) struct Script {
    encoder: Encoder,
    stacks: StackTree,
    texts: TextTable,
    waiting: BTreeMap<u32, EventBatch>,
    chunk: u64,
    stack: StackId,
    last_ns: u64,
}

impl Script {
    pub(crate) fn new() -> Script {
        Script::sampled(0)
    }

    /// Of a sample: one byte in so many was chosen.
    pub(crate) fn sampled(sample_mean_bytes: u64) -> Script {
        let mut encoder = Encoder::new();
        encoder.file_header(7);
        let program = "/home/me/invented".to_owned();
        encoder.process(&Process { program, pid: 1, sample_mean_bytes, ..Process::default() });
        Script {
            encoder,
            stacks: StackTree::new(),
            texts: TextTable::default(),
            waiting: BTreeMap::new(),
            chunk: 0,
            stack: StackId::EMPTY,
            last_ns: 0,
        }
    }

    pub(crate) fn name_thread(&mut self, thread: u32, name: &str) -> &mut Script {
        let thread = Thread { thread: ThreadId(thread), os_id: 100 + thread, name: name.to_owned(), ended: false };
        self.encoder.thread(&thread);
        self
    }

    /// Tells of a thread in all its words: the system gives the ids of threads that have ended to new ones.
    pub(crate) fn tell_thread(&mut self, thread: u32, os_id: u32, name: &str, ended: bool) -> &mut Script {
        self.encoder.thread(&Thread { thread: ThreadId(thread), os_id, name: name.to_owned(), ended });
        self
    }

    pub(crate) fn modules(&mut self, modules: &[Module]) -> &mut Script {
        self.encoder.modules(modules);
        self
    }

    /// The events from now on have this stack, outermost address first.
    pub(crate) fn at(&mut self, addresses: &[u64]) -> &mut Script {
        self.stack = addresses.iter().fold(StackId::EMPTY, |caller, &address| self.stacks.intern(caller, address));
        self
    }

    fn push(&mut self, thread: u32, kind: EventKind, time_ns: u64, address: u64, size_bytes: u64, extra: u32) {
        self.last_ns = self.last_ns.max(time_ns);
        let batch = self.waiting.entry(thread).or_default();
        batch.events.push(Event {
            time_ns,
            address,
            size_bytes,
            stack: self.stack,
            extra,
            kind,
            align_log2: if kind.is_text() || kind == EventKind::Free { 0 } else { 3 },
            quality: StackQuality::Complete,
        });
    }

    pub(crate) fn alloc(&mut self, thread: u32, time_ns: u64, address: u64, size_bytes: u64) -> &mut Script {
        self.push(thread, EventKind::Alloc, time_ns, address, size_bytes, 0);
        self
    }

    pub(crate) fn zeroed(&mut self, thread: u32, time_ns: u64, address: u64, size_bytes: u64) -> &mut Script {
        self.push(thread, EventKind::AllocZeroed, time_ns, address, size_bytes, 0);
        self
    }

    pub(crate) fn free(&mut self, thread: u32, time_ns: u64, address: u64) -> &mut Script {
        self.push(thread, EventKind::Free, time_ns, address, 0, 0);
        self
    }

    /// From `(address, size)` to `(address, size)`, between the two times.
    pub(crate) fn realloc(
        &mut self,
        thread: u32,
        times_ns: (u64, u64),
        old: (u64, u64),
        new: (u64, u64),
    ) -> &mut Script {
        let batch = self.waiting.entry(thread).or_default();
        let extra = batch.reallocs.len() as u32;
        batch.reallocs.push(Realloc { old_address: old.0, old_size_bytes: old.1, started_ns: times_ns.0 });
        self.push(thread, EventKind::Realloc, times_ns.1, new.0, new.1, extra);
        self
    }

    pub(crate) fn text(&mut self, thread: u32, kind: EventKind, time_ns: u64, text: &str, cpu_ns: u64) -> &mut Script {
        let id = self.texts.intern(text);
        self.push(thread, kind, time_ns, cpu_ns, 0, id.0);
        self
    }

    /// Writes the waiting events, and the promise that all before `watermark_ns` have been written.
    pub(crate) fn flush(&mut self, watermark_ns: u64) -> &mut Script {
        for (thread, mut batch) in std::mem::take(&mut self.waiting) {
            self.chunk += 1;
            batch.thread = ThreadId(thread);
            batch.chunk = ChunkSequence(self.chunk);
            (batch.from_word, batch.to_word, batch.chunk_done) = (2, 100, true);
            // Together in a group, as the recorder has them.
            self.encoder.gather(&batch, &self.stacks, &self.texts);
        }
        self.encoder.finish_events();
        self.encoder.watermark(watermark_ns);
        self
    }

    /// What has been written since the last call.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.encoder.out)
    }

    pub(crate) fn end(&mut self, kind: EndKind) -> Vec<u8> {
        self.flush(u64::MAX);
        self.encoder.end(&End { time_ns: self.last_ns + 10, kind });
        self.take_bytes()
    }

    /// Ends the recording in order and reads it.
    pub(crate) fn load(&mut self) -> Model {
        let bytes = self.end(EndKind::Orderly);
        load_bytes(&bytes)
    }
}

pub(crate) fn load_bytes(bytes: &[u8]) -> Model {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("invented.dscope");
    std::fs::write(&path, bytes).expect("a file");
    load_path(&path)
}

pub(crate) fn load_path(path: &Path) -> Model {
    load(path, |fraction| assert!((0.0..=1.0).contains(&fraction))).expect("a readable recording")
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
