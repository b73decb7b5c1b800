//! Invented recordings for the format's tests, from a fixed seed.

use dropscope_format::ring::Texts;
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, Event, EventBatch, EventKind, Item, Module, Process, Realloc, Recording,
    StackId, StackQuality, StackTree, State, Status, TextTable, Thread, ThreadId,
};
use std::path::Path;

pub(crate) const RECORDING_ID: u64 = 0x1234_5678_9abc_def0;

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

/// What was written, with stacks and texts spelled out, so that numbering does not matter.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Told {
    pub(crate) thread: ThreadId,
    pub(crate) event: Event,
    pub(crate) realloc: Option<Realloc>,
    pub(crate) frames: Vec<u64>,
    pub(crate) text: Option<String>,
}

pub(crate) struct Invented {
    pub(crate) batches: Vec<EventBatch>,
    pub(crate) stacks: StackTree,
    pub(crate) texts: TextTable,
}

/// `count` batches of all kinds of events, with extreme numbers among them.
pub(crate) fn invent(seed: u64, count: usize) -> Invented {
    let mut random = Random(seed);
    let mut stacks = StackTree::new();
    let mut texts = TextTable::default();
    let mut batches = Vec::new();
    let mut time_ns = 0;
    for number in 0..count {
        let mut batch = EventBatch {
            thread: ThreadId(random.below(5) as u32),
            chunk: ChunkSequence(number as u64 + 1),
            from_word: 2,
            to_word: 1000,
            chunk_done: random.below(2) == 0,
            ..EventBatch::default()
        };
        let mut born = Vec::new();
        for _ in 0..random.below(400) {
            time_ns += random.below(1000);
            let event = invent_event(&mut random, time_ns, &mut stacks, &mut texts, &mut batch.reallocs, &mut born);
            batch.events.push(event);
        }
        batches.push(batch);
    }
    Invented { batches, stacks, texts }
}

fn invent_event(
    random: &mut Random,
    time_ns: u64,
    stacks: &mut StackTree,
    texts: &mut TextTable,
    reallocs: &mut Vec<Realloc>,
    born: &mut Vec<(u64, u64)>,
) -> Event {
    let mut stack = StackId::EMPTY;
    for depth in 0..random.below(12) {
        stack = stacks.intern(stack, 0x5555_0000 + depth * 0x100 + random.below(3));
    }
    let mut event = Event {
        time_ns,
        address: 0x7f00_0000_0000 + random.below(1 << 20) * 16,
        size_bytes: random.below(10_000),
        stack,
        extra: 0,
        kind: EventKind::Alloc,
        align_log2: random.below(13) as u8,
        quality: [StackQuality::Complete, StackQuality::Truncated, StackQuality::Suspect][random.below(3) as usize],
    };
    match random.below(10) {
        0..=3 => born.push((event.address, event.size_bytes)),
        4 => {
            event.kind = EventKind::AllocZeroed;
            event.address = random.next();
            event.size_bytes = random.next();
        }
        5 => {
            event.kind = EventKind::Realloc;
            event.extra = reallocs.len() as u32;
            let started_ns = time_ns - random.below(100).min(time_ns);
            reallocs.push(Realloc { old_address: random.next(), old_size_bytes: random.below(99), started_ns });
        }
        6..=7 => {
            event.kind = EventKind::Free;
            event.align_log2 = 0;
            if let Some(&(address, size_bytes)) = born.get(random.below(born.len() as u64 + 1) as usize) {
                event.address = address;
                event.size_bytes = if random.below(4) == 0 { 7 } else { size_bytes };
            }
        }
        kind => {
            event.kind = [EventKind::ScopeEnter, EventKind::OperationEnd][kind as usize - 8];
            event.extra = texts.intern(["request", "größe → 🦀", ""][random.below(3) as usize]).0;
            event.size_bytes = 0;
            event.align_log2 = 0;
        }
    }
    event
}

pub(crate) fn tell(batch: &EventBatch, stacks: &StackTree, texts: &TextTable) -> Vec<Told> {
    let told = |event: &Event| Told {
        thread: batch.thread,
        event: Event { stack: StackId::EMPTY, extra: 0, ..*event },
        realloc: batch.realloc(event).copied(),
        frames: stacks.addresses(event.stack).collect(),
        text: event.text().map(|text| texts.text(text).to_owned()),
    };
    batch.events.iter().map(told).collect()
}

pub(crate) fn process() -> Process {
    Process {
        program: "/bin/größe".into(),
        arguments: vec!["größe".into(), String::new(), "-x".into()],
        folder: "/tmp".into(),
        pid: 77,
        process_start: 88,
        started_unix_ns: 1_700_000_000_000_000_000,
        started_monotonic_ns: 5,
        clock: "invented".into(),
        unwinder: "none".into(),
        tracker_version: "0".into(),
        from_first_allocation: true,
        sample_mean_bytes: 0,
    }
}

pub(crate) fn module() -> Module {
    Module { start: 0x1000, end: 0x2000, bias: 0x1000, path: "/bin/größe".into(), build_id: vec![1, 2, 3] }
}

/// The bytes of a whole recording of `invented`.
pub(crate) fn encode(invented: &Invented, end: Option<EndKind>) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.file_header(RECORDING_ID);
    encoder.process(&process());
    encoder.modules(&[module()]);
    for number in 0..5 {
        let thread = Thread { thread: ThreadId(number), os_id: 100 + number, name: format!("t{number}"), ended: false };
        encoder.thread(&thread);
    }
    for (index, batch) in invented.batches.iter().enumerate() {
        // Groups of one batch, and of several.
        encoder.gather(batch, &invented.stacks, &invented.texts);
        if index % 4 != 2 {
            encoder.watermark(batch.events.last().map_or(0, |event| event.time_ns));
        }
    }
    encoder.status(&Status { waits: 3, lost_events: [1, 0, 0, 0, 0, 9], ..Status::default() });
    if let Some(kind) = end {
        encoder.end(&End { time_ns: 42, kind });
    }
    encoder.out
}

pub(crate) fn expected(invented: &Invented) -> Vec<Told> {
    invented.batches.iter().flat_map(|batch| tell(batch, &invented.stacks, &invented.texts)).collect()
}

pub(crate) struct Read {
    pub(crate) told: Vec<Told>,
    pub(crate) state: State,
    pub(crate) damaged: (u64, u64),
    pub(crate) process: Option<Process>,
    pub(crate) modules: Vec<Module>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) status: Option<Status>,
}

/// Reads the recording at `path` in small steps, as a follower would, to its end.
pub(crate) fn read(path: &Path) -> Read {
    let mut recording = Recording::open(path).unwrap();
    let mut read = Read {
        told: Vec::new(),
        state: State::Reading,
        damaged: (0, 0),
        process: None,
        modules: Vec::new(),
        threads: Vec::new(),
        status: None,
    };
    while matches!(read.state, State::Reading) {
        let mut take = |recording: &Recording, item: Item<'_>| match item {
            Item::Process(process) => read.process = Some(process.clone()),
            Item::Modules(modules) => read.modules.extend_from_slice(modules),
            Item::Thread(thread) => read.threads.push(thread.clone()),
            Item::Events(batch) => read.told.extend(tell(batch, &recording.stacks, &recording.texts)),
            Item::Watermark(_) | Item::UsableSizes(_) | Item::Group(_) => {}
            Item::Status(status) => read.status = Some(status.clone()),
        };
        read.state = recording.poll(1000, &mut take).unwrap();
    }
    read.damaged = recording.damaged();
    read
}
