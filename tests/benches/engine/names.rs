//! How long it takes to name many addresses of a real program, in the background.

use crate::line;
use crate::read::ms;
use dropscope_engine::{Names, StackId, load};
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, Event, EventBatch, EventKind, Module, StackQuality, StackTree, TextTable,
    ThreadId,
};
use object::{Object, ObjectSection};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ADDRESSES: u64 = 50_000;
const BIAS: u64 = 0x10_0000_0000;

/// An invented recording whose stacks are places all over `program`.
pub(crate) fn names(folder: &Path, program: &Path) {
    let bytes = std::fs::read(program).expect("the program");
    let file = object::File::parse(&*bytes).expect("a program");
    let text = file.section_by_name(".text").expect("code");
    let mut stacks = StackTree::new();
    let step = text.size() / ADDRESSES;
    let ids: Vec<StackId> =
        (0..ADDRESSES).map(|number| stacks.intern(StackId::EMPTY, BIAS + text.address() + number * step + 1)).collect();
    let path = folder.join("names.dscope");
    std::fs::write(&path, recording(&ids, &stacks, program)).expect("room for it");
    let model = load(&path, |_| {}).expect("a readable recording");
    let names = Names::new(Arc::clone(model.backtraces()));
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    for &stack in &ids {
        let asked = Instant::now();
        drop(names.try_summary(stack));
        longest = longest.max(asked.elapsed());
    }
    while names.pending() > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let seconds = began.elapsed().as_secs_f64();
    let named =
        ids.iter().filter(|&&stack| names.try_summary(stack).is_some_and(|summary| summary.site.is_some())).count();
    line("50,000 addresses named in the background", &format!("{seconds:.2} s"), "under 5 s", seconds < 5.0);
    println!(
        "       of {:.0} MB of program; {named} are in code with lines; whoever asked waited {:.2} ms at most",
        bytes.len() as f64 / 1e6,
        ms(longest)
    );
}

fn recording(ids: &[StackId], stacks: &StackTree, program: &Path) -> Vec<u8> {
    let module = Module {
        start: BIAS,
        end: BIAS * 2,
        bias: BIAS,
        path: program.to_str().expect("a plain path").to_owned(),
        build_id: Vec::new(),
    };
    let mut batch = EventBatch { thread: ThreadId(0), chunk: ChunkSequence(1), to_word: 1, ..EventBatch::default() };
    batch.events = (0u64..)
        .zip(ids)
        .map(|(number, &stack)| Event {
            time_ns: number,
            address: 0x1000 + number * 16,
            size_bytes: 8,
            stack,
            extra: 0,
            kind: EventKind::Alloc,
            align_log2: 3,
            quality: StackQuality::Complete,
        })
        .collect();
    let mut encoder = Encoder::new();
    encoder.file_header(1);
    encoder.modules(&[module]);
    encoder.events(&batch, stacks, &TextTable::default());
    encoder.watermark(u64::MAX);
    encoder.end(&End { time_ns: ADDRESSES, kind: EndKind::Orderly });
    encoder.out
}
