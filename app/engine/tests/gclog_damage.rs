//! Logs that are cut, damaged, mixed up or made to do harm: counted and told, never a crash and never a long wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use dropscope_engine::PauseKind;
use dropscope_engine::gclog::{GcLog, LineCounts, LineSample, MAX_SAMPLES, detect, parse};
use std::path::Path;
use std::time::{Duration, Instant};

fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gclogs");
    let mut samples: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("the samples")
        .map(|entry| entry.expect("a file").path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("readable")))
        .collect();
    samples.sort();
    assert!(samples.len() > 20, "samples of all families");
    samples
}

/// Lines as an editor counts them.
fn count_lines(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
    ends + u64::from(bytes.last().is_some_and(|&byte| byte != b'\n'))
}

/// What holds whatever is in the file.
fn check(bytes: &[u8], what: &str) -> Option<GcLog> {
    let result = parse(bytes);
    assert_eq!(result.is_ok(), detect(bytes).is_some() && !bytes.iter().all(u8::is_ascii_whitespace), "{what}");
    let log = result.ok()?;
    if !bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]) {
        assert_eq!(log.lines.total(), count_lines(bytes), "{what}: {:?}", log.lines);
    }
    assert_eq!(log.not_understood_samples.len() as u64, log.lines.not_understood.min(MAX_SAMPLES as u64), "{what}");
    assert!(log.not_understood_samples.iter().all(|sample| sample.text.chars().count() <= 201), "{what}");
    assert!(log.phases.is_sorted_by_key(|phase| phase.start_ns), "{what}");
    assert!(log.phases.iter().all(|phase| phase.end_ns() <= log.duration_ns), "{what}");
    for kind in [PauseKind::StopTheWorld, PauseKind::Concurrent] {
        assert!(log.covered_ns(kind) <= log.duration_ns, "{what}");
    }
    Some(log)
}

/// Numbers that are the same on every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const TOKENS: [&[u8]; 14] = [
        b"\n",
        b"\r\n",
        b"\0",
        b"\x1b[31m",
        b"\xff",
        "\u{20ac}".as_bytes(),
        b"[",
        b"]",
        b"(",
        b")",
        b"99999999999999999999999",
        b"->",
        b"GC(",
        b"gc 1 @",
    ];
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(200)).min(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let from = random.below(other.len());
                let to = (from + random.below(400)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            4 => drop(bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        }
    }
}

#[test]
fn damaged_logs_are_read_as_far_as_they_are_whole() {
    let samples = samples();
    let mut random = Random(0x1234_5678_9abc_def1);
    for (name, original) in &samples {
        for round in 0..150 {
            let mut bytes = original.clone();
            let (_, other) = &samples[random.below(samples.len())];
            damage(&mut bytes, other, &mut random);
            check(&bytes, &format!("{name}, round {round}"));
        }
    }
}

#[test]
fn a_log_cut_anywhere_loses_only_its_last_line() {
    for (name, bytes) in samples() {
        let whole = parse(&bytes).expect("a log");
        let mut random = Random(7);
        for _ in 0..60 {
            let end = random.below(bytes.len());
            let Some(log) = check(&bytes[..end], &name) else { continue };
            assert!(log.lines.not_understood <= 1, "{name} cut at {end}: {:?}", log.not_understood_samples);
            assert!(log.heap.len() <= whole.heap.len() || log.notes != whole.notes, "{name} cut at {end}");
        }
    }
}

/// All that a reader takes from a log, without line counts.
fn content(log: &GcLog) -> (String, Vec<u64>, u64) {
    let numbers = log.phases.iter().flat_map(|phase| [phase.start_ns, phase.duration_ns]);
    let sizes = log.heap.iter().flat_map(|sample| [sample.t_ns, sample.before_bytes, sample.after_bytes]);
    (log.label(), numbers.chain(sizes).collect(), log.duration_ns)
}

#[test]
fn line_ends_colours_and_encodings_change_nothing() {
    for (name, bytes) in samples() {
        let plain = parse(&bytes).expect("a log");
        let text = String::from_utf8(bytes).expect("text");
        let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let coloured: String = text.lines().map(|line| format!("\x1b[1;32m{line}\x1b[0m\x1b[K\n")).collect();
        let variants = [
            ("CRLF", text.replace('\n', "\r\n").into_bytes()),
            ("colours", coloured.into_bytes()),
            ("no last line end", text.trim_end().as_bytes().to_vec()),
            ("UTF-8 with mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
            ("UTF-16 as Windows writes it", [b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat()),
            ("UTF-16 the other way", [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat()),
        ];
        for (what, bytes) in variants {
            let log = parse(&bytes).unwrap_or_else(|reason| panic!("{name}, {what}: {reason}"));
            assert_eq!(content(&log), content(&plain), "{name}, {what}");
            assert_eq!(log.lines, plain.lines, "{name}, {what}");
        }
    }
}

#[test]
fn program_output_between_and_before_lines_is_counted_as_such() {
    let families =
        ["go-1.19.log", "java-17-g1.log", "java-17-zgc.log", "node-20.log", "node-26.log", "python-3.11.jsonl"];
    for (name, bytes) in samples().into_iter().filter(|(name, _)| families.iter().any(|end| name.ends_with(end))) {
        let plain = parse(&bytes).expect("a log");
        let text = String::from_utf8(bytes).expect("text");
        let output =
            "12:30:45 [main] INFO served 17 requests (3 ms) -> ok\n{\"level\":\"info\",\"t\":5}\nprogress 50 %";
        let mixed: String = text.lines().map(|line| format!("{output}{line}\n")).collect();
        let log = check(mixed.as_bytes(), &name).expect("a log");
        assert_eq!(content(&log), content(&plain), "{name}");
        let lines = text.lines().count() as u64;
        assert_eq!(log.lines, LineCounts { other: 2 * lines, ..plain.lines }, "{name}: the third part begins a line");
    }
}

#[test]
fn broken_lines_are_kept_to_be_shown() {
    let cut_lines = [
        ("gc 1 @0.012s 12%: 0.046+11+1.8 ms clock, 0.092+1.9/0.49/0.065+3.7 ms cpu, 3->6->5 MB, 4 MB goal, 2 P\n", 60),
        ("[0.226s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 20M->17M(380M) 31.442ms\n", 75),
        ("[1:0x2d23fd90]  69 ms: Scavenge 3.9 (4.0) -> 3.8 (5.0) MB, 1.08 / 0.00 ms  (average mu = 1.000) x; \n", 45),
        ("{\"t_ns\": 455836, \"gen\": 0, \"pause_ns\": 176328, \"rss_before\": 1, \"rss_after\": 2}\n", 40),
        (
            "64.3: [GC (Allocation Failure) 64.3: [ParNew: 613K->68K(613K), 0.10 secs] 885K->880K(1250K), 0.10 secs]\n",
            70,
        ),
    ];
    for (line, cut_at) in cut_lines {
        // Go numbers its collections; the same number again would be another process.
        let nth = |number: u32| line.replace("gc 1", &format!("gc {number}"));
        let text = format!("{}{}{}\n{}", nth(1), nth(2), &line[..cut_at], nth(3));
        let log = check(text.as_bytes(), line).expect("a log");
        assert_eq!((log.heap.len(), log.lines.not_understood), (3, 1), "{line}: {:?}", log.lines);
        let LineSample { line: number, text: shown } = &log.not_understood_samples[0];
        assert_eq!(*number, 3, "{line}");
        assert!(line[..cut_at].trim_end().ends_with(shown.as_str()), "{shown} of {line}"); // times before it may be read already
    }
    let line = format!("gc 1 @{}\n", "9".repeat(500));
    let text = format!("{}{}", cut_lines[0].0, line.repeat(50));
    let log = check(text.as_bytes(), "many").expect("a log");
    assert_eq!((log.lines.not_understood, log.not_understood_samples.len()), (50, MAX_SAMPLES));
    assert!(log.not_understood_samples[0].text.ends_with('…'));
}

/// Processes whose only line is half a whole one: neither half may be counted beside the line.
#[test]
fn a_line_with_a_whole_collection_and_a_cut_one_is_one_line() {
    let whole = "gc 1 @0.004s 9%: 0.059+4.6+0.19 ms clock, 0.11+1.0/0.35/0.37+0.38 ms cpu, 3->4->3 MB, 4 MB goal, \
                 0 MB stacks, 0 MB globals, 2 P";
    let log = format!("{whole}\n{whole} gc 2 @0.0\n{whole} gc 2 @0.0\n");
    let log = check(log.as_bytes(), "two cut lines").unwrap();
    assert_eq!((log.lines.not_understood, log.lines.total()), (2, 3), "{:?}", log.lines);
}

#[test]
fn harmful_files_take_no_longer_than_their_size() {
    let go = "gc 1 @0.012s 12%: 0.046+11+1.8 ms clock, 0.092+1.9/0.49/0.065+3.7 ms cpu, 3->6->5 MB, 4 MB goal, 2 P\n";
    let java = "[0.2s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 20M->17M(380M) 31.442ms\n";
    let v8 = "[1:0x2d23fd90]  69 ms: Scavenge 3.9 (4.0) -> 3.8 (5.0) MB, 1.08 / 0.00 ms  (average mu = 1.000) x; \n";
    let isolates: String = (0..20_000).map(|number| v8.replace("2d23fd90", &format!("{number:08x}"))).collect();
    let files: Vec<(&str, String)> = vec![
        ("brackets in one line", format!("{java}{}\n", "[".repeat(2 << 20))),
        ("decorations in one line", format!("{java}x{}\n", "[1s][gc]".repeat(1 << 18))),
        ("isolates in one line", format!("{v8}{}\n", "[1:0x2d23fd90] ".repeat(1 << 17))),
        ("unclosed isolates in one line", format!("{v8}{}\n", "[1".repeat(1 << 20))),
        ("starts in one line", format!("{go}{}\n", "gc 1 @".repeat(1 << 18))),
        ("plus signs", format!("{go}gc 2 @1s 1%: {}\n", "1+".repeat(1 << 20))),
        ("nested objects", format!("{{\"t_ns\":1,\"gen\":0,\"pause_ns\":1}}\n{}\n", "{\"a\":".repeat(1 << 18))),
        (
            "records without end",
            format!("1.0: [GC 1K->1K(1K), 0.1 secs]\n{}", "1.0: [GC [ParNew\n [\n".repeat(1 << 15)),
        ),
        ("processes without end", go.repeat(1 << 14)),
        ("isolates without end", isolates),
        ("starts without end", format!("{java}{}", "[0.1s][info][gc,start] GC(0) Pause Young (x)\n".repeat(1 << 15))),
        ("empty lines", format!("{go}{}", "\n".repeat(1 << 20))),
        ("great numbers", format!("{v8}{}", v8.replace("69 ms", "18446744073709551615.9 ms").repeat(1_000))),
    ];
    for (what, text) in files {
        let start = Instant::now();
        assert!(check(text.as_bytes(), what).is_some(), "{what}");
        assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
    }
}
