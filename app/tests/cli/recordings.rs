//! `report`, `dump` and `compare` on invented recordings: sums, and first of all what is missing.

use crate::support::Place;
use dropscope_format::{ChunkSequence, Realloc};
use dropscope_format::{
    Encoder, End, EndKind, Event, EventBatch, EventKind, LostCause, Process, StackId, StackQuality, StackTree, Status,
    Thread, ThreadId, ring,
};
use serde_json::Value;

/// What an invented recording is like.
#[derive(Default)]
pub(crate) struct Invented {
    end: Option<EndKind>,
    lost: u64,
}

fn event(time_ns: u64, kind: EventKind, address: u64, size_bytes: u64) -> Event {
    let quality = StackQuality::Complete;
    Event { time_ns, address, size_bytes, stack: StackId::EMPTY, extra: 0, kind, align_log2: 3, quality }
}

impl Invented {
    /// Three blocks, of which two are released, one after it has grown; an operation of 4 µs around all of it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut texts = dropscope_format::TextTable::default();
        let name = ring::Texts::intern(&mut texts, "request");
        let text = |time_ns, kind, cpu_ns| Event { extra: name.0, ..event(time_ns, kind, cpu_ns, 0) };
        let events = vec![
            text(1_000, EventKind::OperationBegin, 100),
            event(2_000, EventKind::Alloc, 0x1000, 100),
            event(2_500, EventKind::AllocZeroed, 0x2000, 200),
            event(3_000, EventKind::Realloc, 0x5000, 400),
            event(3_500, EventKind::Alloc, 0x3000, 50),
            event(4_000, EventKind::Free, 0x5000, 400),
            event(4_500, EventKind::Free, 0x2000, 200),
            text(5_000, EventKind::OperationEnd, 3_100),
        ];
        let grown = Realloc { old_address: 0x1000, old_size_bytes: 100, started_ns: 2_900 };
        let batch =
            EventBatch { chunk: ChunkSequence(1), to_word: 100, events, reallocs: vec![grown], ..<_>::default() };
        let mut encoder = Encoder::new();
        encoder.file_header(7);
        encoder.process(&Process { program: "/bin/invented".to_owned(), pid: 1, ..Process::default() });
        encoder.thread(&Thread { thread: ThreadId(0), os_id: 1, name: "main".to_owned(), ended: false });
        encoder.events(&batch, &StackTree::new(), &texts);
        encoder.watermark(u64::MAX);
        let mut status = Status::default();
        status.lost_events[LostCause::Nested as usize] = self.lost;
        encoder.status(&status);
        if let Some(kind) = self.end {
            encoder.end(&End { time_ns: 6_000, kind });
        }
        encoder.out
    }
}

fn orderly() -> Invented {
    Invented { end: Some(EndKind::Orderly), lost: 0 }
}

/// One that was stopped while its program went on.
pub(crate) fn stopped() -> Invented {
    Invented { end: Some(EndKind::Stopped), lost: 0 }
}

/// What is left then is called alive and not leaked, whatever tells of it.
#[test]
fn what_is_alive_at_a_stop_is_not_called_leaked() {
    let place = Place::new();
    place.write("a.dscope", &stopped().bytes());
    place.write("b.dscope", &orderly().bytes());
    let done = place.run(&["report", "a.dscope"]).exits(0).prints("1 of the program, 50 B");
    let done = done.prints("Alive when the recording was stopped");
    assert!(!done.out().contains("leaked"), "{done}");
    let done = place.run(&["compare", "a.dscope", "b.dscope"]).exits(0);
    let one_line = done.out().split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["leaked - 50 B", "a was stopped while its program went on: what leaked is not known"] {
        assert!(one_line.contains(words), "{words}: {done}");
    }
}

#[test]
fn a_report_in_words_has_the_sums() {
    let place = Place::new();
    place.write("a.dscope", &orderly().bytes());
    let done = place.run(&["report", "a.dscope"]).exits(0).says_nothing();
    let done = done.prints("a.dscope: /bin/invented\n").prints("650 B live").prints("3 blocks").prints("request");
    let done = done.prints("Recorder    not known what it took");
    assert!(!done.out().contains('!'), "a warning about nothing: {done}");
    assert!(done.out().lines().all(|line| line.chars().count() <= 120), "too wide: {done}");
}

#[test]
fn what_is_missing_comes_first() {
    let place = Place::new();
    let cases = [
        (Invented { end: Some(EndKind::Killed(9)), lost: 0 }, "! Not complete: the program was killed by SIGKILL (9)"),
        (Invented { end: None, lost: 0 }, "! Not complete: the recording has no end"),
        (Invented { end: Some(EndKind::Stopped), lost: 0 }, "! Stopped while the program went on: what was alive"),
        (Invented { lost: 1, ..orderly() }, "! 1 event could not be recorded: in a signal handler"),
        (Invented { lost: 12, ..orderly() }, "! 12 events could not be recorded: in a signal handler"),
    ];
    for (invented, warning) in cases {
        place.write("a.dscope", &invented.bytes());
        let done = place.run(&["report", "a.dscope"]).exits(0);
        assert!(done.out().lines().nth(1).is_some_and(|line| line.starts_with(warning)), "no {warning:?}: {done}");
        assert!(!done.out().contains(" lost: "), "the same once more: {done}");
        let report: Value = serde_json::from_str(&place.run(&["report", "a.dscope", "--json"]).out()).expect("JSON");
        let is_complete = matches!(invented.end, Some(EndKind::Orderly | EndKind::Stopped));
        assert_eq!(report["complete"], is_complete, "{report}");
        assert_eq!(report["stopped"], invented.end == Some(EndKind::Stopped), "{report}");
        assert_eq!(report["lost_events"], invented.lost, "{report}");
    }
}

#[test]
fn a_file_cut_in_the_middle_is_read_up_to_there() {
    let place = Place::new();
    let whole = orderly().bytes();
    for length in (32..whole.len()).step_by(7) {
        place.write("cut.dscope", &whole[..length]);
        place.run(&["report", "cut.dscope"]).exits(0).prints("! Not complete");
        place.run(&["dump", "cut.dscope"]).exits(0).says_nothing();
    }
}

#[test]
fn the_report_for_programs_has_the_contracts_fields() {
    let place = Place::new();
    place.write("a.dscope", &orderly().bytes());
    let report: Value =
        serde_json::from_str(&place.run(&["report", "--json", "a.dscope"]).exits(0).out()).expect("one JSON object");
    assert_eq!(report["format"], 1);
    assert_eq!(report["totals"]["allocs"], 3);
    assert_eq!(report["totals"]["reallocs"], 1);
    assert_eq!(report["totals"]["frees"], 2);
    assert_eq!(report["totals"]["peak_live_bytes"], 650);
    assert_eq!(report["totals"]["live_blocks_at_end"], 1);
    assert_eq!(report["operations"][0]["wall_ns"]["max"], 4_000);
    assert_eq!(report["operations"][0]["cpu_ns"]["max"], 3_000);
    assert_eq!(report["operations"][0]["max_frees_in_one"], 2);
}

#[test]
fn dump_is_one_object_for_each_event_and_a_closed_reader_ends_it() {
    let place = Place::new();
    place.write("a.dscope", &orderly().bytes());
    let lines = place.run(&["dump", "a.dscope"]).exits(0).says_nothing().out();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let kinds: Vec<&str> =
        events.iter().filter_map(|event| event["event"].as_str()).filter(|kind| *kind != "thread").collect();
    let all = ["operation_begin", "alloc", "alloc", "realloc", "alloc", "free", "free", "operation_end"];
    assert_eq!(kinds, all, "{lines}");
    let mut child = place.command(&["dump", "a.dscope"]).spawn().expect("dropscope starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn compare_puts_recordings_side_by_side() {
    let place = Place::new();
    place.write("a.dscope", &orderly().bytes());
    place.write("b.dscope", &Invented { end: Some(EndKind::Killed(15)), lost: 3 }.bytes());
    let done = place.run(&["compare", "a.dscope", "b.dscope"]).exits(0).says_nothing();
    let done = done.prints("! b is not complete").prints("! b lacks 3 events").prints("Operation `request`");
    let one_line = done.out().replace('\n', " ");
    for sentence in [
        "Slowest “request”: 4.00 µs in a (3.00 µs CPU), 4.00 µs in b (3.00 µs CPU).",
        "Peak: 650 B in a, 650 B in b (the same).",
        "b lacks 3 events that were lost",
    ] {
        assert!(one_line.contains(sentence), "{sentence}: {done}");
    }
    let compared: Value =
        serde_json::from_str(&place.run(&["compare", "a.dscope", "b.dscope", "--json"]).out()).expect("JSON");
    assert_eq!(compared["format"], 1);
    let names: Vec<&Value> =
        compared["recordings"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["a", "b"]);
}
