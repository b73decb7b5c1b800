//! Logs as real runtimes wrote them: every number is compared with one that is taken from the text in another way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use dropscope_engine::PauseKind;
use dropscope_engine::gclog::{GcLog, GcSource, NotALog, OpenLogError, detect, open, parse};
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gclogs").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("the sample exists")
}

/// Opens a sample and checks what holds for every log.
fn sample(name: &str) -> GcLog {
    let log = open(&path(name)).expect("the sample is a log");
    assert_eq!(log.lines.total(), text(name).lines().count() as u64, "{name}: every line is counted once");
    assert_eq!(log.lines.not_understood, 0, "{name}: {:?}", log.not_understood_samples);
    assert!(log.phases.is_sorted_by_key(|phase| phase.start_ns), "{name}");
    assert!(log.heap.is_sorted_by_key(|sample| sample.t_ns), "{name}");
    assert!(log.phases.iter().all(|phase| phase.end_ns() <= log.duration_ns), "{name}");
    assert_eq!(detect(text(name).as_bytes()), Some(log.source), "{name}");
    log
}

fn durations_ns(log: &GcLog, kind: PauseKind) -> Vec<u64> {
    log.phases_of(kind).map(|phase| phase.duration_ns).collect()
}

/// `12.345` of a unit in ns; by floating point, unlike the readers.
fn ns(number: &str, unit_ns: f64) -> u64 {
    (number.parse::<f64>().unwrap_or_else(|_| panic!("{number} is a number")) * unit_ns).round() as u64
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("{before:?} in {text:?}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("{after:?} in {text:?}")).0
}

const STOPPED: PauseKind = PauseKind::StopTheWorld;
const CONCURRENT: PauseKind = PauseKind::Concurrent;

#[test]
fn go_gives_two_pauses_and_one_marking_for_each_line() {
    for (name, source) in [("go-1.19.log", GcSource::Go), ("go-1.27-pacer-scavenger.log", GcSource::Go)] {
        let log = sample(name);
        let text = text(name);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("gc ")).collect();
        let clock = |line: &str, index: usize| {
            let clocks = between(line, "%: ", " ms clock");
            ns(clocks.split('+').nth(index).expect("three times"), 1e6)
        };
        assert_eq!((log.source, log.lines.understood), (source, lines.len() as u64));
        let pauses: Vec<u64> = lines.iter().flat_map(|line| [clock(line, 0), clock(line, 2)]).collect();
        assert_eq!(durations_ns(&log, STOPPED), pauses, "{name}");
        let marks: Vec<u64> = lines.iter().map(|line| clock(line, 1)).collect();
        assert_eq!(durations_ns(&log, CONCURRENT), marks, "{name}");
        for (line, sample) in lines.iter().zip(&log.heap) {
            let sizes: Vec<u64> = between(line, " cpu, ", " MB").split("->").map(|mb| mb.parse().unwrap()).collect();
            assert_eq!((sample.before_bytes >> 20, sample.after_bytes >> 20), (sizes[0], sizes[2]), "{line}");
            assert_eq!(sample.end_bytes.map(|bytes| bytes >> 20), Some(sizes[1]), "{line}");
            assert_eq!(sample.before_at_ns, ns(between(line, "@", "s "), 1e9), "{line}");
            assert_eq!(
                sample.t_ns,
                sample.before_at_ns + (0..3).map(|index| clock(line, index)).sum::<u64>(),
                "{line}"
            );
        }
    }
    let log = sample("go-1.19.log");
    assert_eq!(log.longest(STOPPED).map(|phase| (phase.collection, phase.duration_ns)), Some((Some(1), 1_800_000)));
    // 0.092 | 1.9 + 0.49 + 0.065 | 3.7 ms of processor time.
    let cpu: Vec<_> = log.phases.iter().take(3).map(|phase| phase.cpu_ns).collect();
    assert_eq!(cpu, [Some(92_000), Some(2_455_000), Some(3_700_000)]);
    let names: Vec<_> = log.phases.iter().take(3).map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["sweep termination", "mark", "mark termination"]);
}

#[test]
fn go_run_shows_the_program_and_not_its_tools() {
    let log = sample("go-run.log");
    let text = text("go-run.log");
    let gc_lines = text.lines().filter(|line| line.starts_with("gc ") && line.contains(" ms clock, ")).count() as u64;
    assert_eq!(log.lines.understood + log.lines.ignored, gc_lines, "{:?}", log.lines);
    // The program's collections are the last four lines before its own output.
    let last: Vec<&str> = text.lines().filter(|line| line.starts_with("gc ")).rev().take(4).collect();
    let starts: Vec<u64> = last.iter().rev().map(|line| ns(between(line, "@", "s "), 1e9)).collect();
    assert_eq!(log.heap.iter().map(|sample| sample.before_at_ns).collect::<Vec<_>>(), starts);
    assert!(log.notes.iter().any(|note| note.contains("Go processes")), "{:?}", log.notes);
}

/// Durations of lines that have ` Pause ` or ` Concurrent ` right after the collection's number.
fn unified_ns(text: &str, word: &str) -> Vec<u64> {
    let lines = text.lines().filter_map(|line| line.split_once(") ")).map(|(_, message)| message);
    let messages = lines.map(|message| message.trim_start_matches("Y: ").trim_start_matches("O: "));
    messages
        .filter(|message| message.starts_with(word))
        .filter_map(|message| Some(ns(message.rsplit(' ').next()?.strip_suffix("ms")?, 1e6)))
        .collect()
}

#[test]
fn java_pauses_and_concurrent_phases_are_those_of_the_log() {
    let logs = [
        ("java-17-g1.log", GcSource::JvmG1),
        ("java-17-g1-nanoseconds.log", GcSource::JvmG1),
        ("java-17-g1-no-decorations.log", GcSource::JvmG1),
        ("java-17-g1-out-of-memory.log", GcSource::JvmG1),
        ("java-17-serial.log", GcSource::JvmSerial),
        ("java-25-serial.log", GcSource::JvmSerial),
        ("java-21-parallel-safepoints.log", GcSource::JvmParallel),
        ("java-17-zgc.log", GcSource::JvmZ),
        ("java-21-zgc-all-decorations.log", GcSource::JvmZ),
        ("java-21-zgc-generational-cut.log", GcSource::JvmZ),
        ("java-17-shenandoah.log", GcSource::JvmOther),
    ];
    for (name, source) in logs {
        let log = sample(name);
        let text = text(name);
        assert_eq!(log.source, source, "{name}");
        let sorted = |mut durations: Vec<u64>| {
            durations.sort_unstable();
            durations
        };
        assert_eq!(sorted(durations_ns(&log, STOPPED)), sorted(unified_ns(&text, "Pause ")), "{name}");
        let mut concurrent = unified_ns(&text, "Concurrent ");
        let cycles =
            [unified_ns(&text, "Concurrent Mark Cycle "), unified_ns(&text, "Concurrent Undo Cycle ")].concat();
        // A cycle is a phase only where its phases are not told.
        if name != "java-17-g1-no-decorations.log" {
            concurrent.retain(|duration_ns| !cycles.contains(duration_ns));
        }
        let told = log.phases_of(CONCURRENT).filter(|phase| phase.cause.as_deref() != Some("aborted"));
        assert_eq!(sorted(told.map(|phase| phase.duration_ns).collect()), sorted(concurrent), "{name}");
    }
}

#[test]
fn sums_are_those_of_the_lines() {
    // The last word before ` / 0.00 ms` is V8's pause, the last of a line with `Pause` the JVM's.
    for name in ["node-20.log", "node-26.log", "node-20-small-young-generation.log"] {
        let text = text(name);
        let lines = text.lines().filter(|line| line.contains(" MB, "));
        let pauses = lines.map(|line| ns(between(line, ") MB, ", " / ").rsplit(' ').next().unwrap(), 1e6));
        assert_eq!(sample(name).covered_ns(STOPPED), pauses.sum::<u64>(), "{name}");
    }
    for name in ["java-17-g1.log", "java-17-g1-humongous-uptime-ms.log", "java-17-serial.log", "java-25-serial.log"] {
        assert_eq!(sample(name).covered_ns(STOPPED), unified_ns(&text(name), "Pause ").iter().sum::<u64>(), "{name}");
    }
}

#[test]
fn g1_tells_sizes_causes_processor_time_and_starts() {
    let log = sample("java-17-g1.log");
    let text = text("java-17-g1.log");
    let ends = text.lines().filter(|line| line.contains("[gc          ]") && line.contains("->"));
    let transitions: Vec<&str> = ends.map(|line| line.rsplit(' ').nth(1).expect("sizes")).collect();
    let told = log.heap.iter().map(|sample| {
        let capacity = sample.capacity_bytes.expect("G1 tells it");
        format!("{}M->{}M({}M)", sample.before_bytes >> 20, sample.after_bytes >> 20, capacity >> 20)
    });
    assert_eq!(told.collect::<Vec<_>>(), transitions);
    let first = &log.phases[0];
    assert_eq!((first.name.as_str(), first.cause.as_deref()), ("Pause Young (Normal)", Some("G1 Evacuation Pause")));
    assert_eq!((first.start_ns, first.cpu_ns, first.collection), (195_000_000, Some(30_000_000), Some(0)));
    assert_eq!(log.duration_ns, 3_341_000_000, "the last line's time");
    assert!(log.phases.iter().all(|phase| phase.cpu_ns.is_some()));
    assert_eq!(log.notes, [] as [String; 0]);
}

#[test]
fn zgc_tells_cycles_and_what_the_heap_could_hold() {
    let log = sample("java-17-zgc.log");
    let text = text("java-17-zgc.log");
    let sizes = text.lines().filter(|line| line.contains("%)->")).map(|line| line.rsplit(' ').next().expect("sizes"));
    let mb = |size: &str| size.split('M').next().expect("megabytes").parse::<u64>().unwrap();
    let sizes: Vec<_> = sizes.map(|sizes| sizes.split_once("->").expect("two")).map(|(a, b)| (mb(a), mb(b))).collect();
    let told: Vec<_> = log.heap.iter().map(|sample| (sample.before_bytes >> 20, sample.after_bytes >> 20)).collect();
    assert_eq!(told, sizes);
    assert!(log.heap.iter().all(|sample| sample.capacity_bytes.is_some_and(|bytes| bytes >= 378 << 20)));
    assert_eq!(log.longest(STOPPED).map(|phase| phase.duration_ns), Some(21_000));
    let generational = sample("java-21-zgc-generational-cut.log");
    let names: Vec<_> = generational.phases_of(STOPPED).map(|phase| phase.name.as_str()).collect();
    assert_eq!(names[..2], ["Pause Mark Start (Major) (young)", "Pause Mark End (young)"]);
    assert!(names.contains(&"Pause Mark End (old)"));
    assert!(generational.notes.iter().any(|note| note.contains("no end in this log")), "{:?}", generational.notes);
}

#[test]
fn headlines_alone_are_no_pauses() {
    let newer = sample("java-21-zgc-headlines.log");
    assert_eq!((newer.phases_of(STOPPED).count(), newer.phases_of(CONCURRENT).count()), (0, 3));
    assert_eq!(durations_ns(&newer, CONCURRENT), [99_000_000, 80_000_000, 76_000_000]);
    assert_eq!(newer.lines.other, 2, "what the program printed");
    let older = sample("java-17-zgc-headlines.log");
    assert_eq!((older.phases.len(), older.heap.len()), (0, 3));
    for log in [newer, older] {
        assert!(log.notes.iter().any(|note| note.contains("-Xlog:gc*")), "{:?}", log.notes);
    }
}

#[test]
fn safepoints_are_the_pauses_where_there_is_nothing_else() {
    let log = sample("java-17-safepoints-only.log");
    let text = text("java-17-safepoints-only.log");
    let totals: Vec<u64> = text.lines().map(|line| between(line, "Total: ", " ns").parse().unwrap()).collect();
    assert_eq!(durations_ns(&log, STOPPED), totals);
    assert_eq!(log.phases[0].cause.as_deref(), Some("G1CollectForAllocation"));
    let both = sample("java-21-parallel-safepoints.log");
    assert_eq!(both.phases_of(STOPPED).count(), 2, "a pause and its safepoint are one stop");
    assert!(both.notes.iter().any(|note| note.contains("longest 29.388 ms")), "{:?}", both.notes);
}

#[test]
fn a_log_without_times_lays_pauses_end_to_end() {
    let log = sample("java-17-g1-no-decorations.log");
    let mut expected_ns = 0;
    for pause in log.phases_of(STOPPED) {
        assert_eq!(pause.start_ns, expected_ns);
        expected_ns = pause.end_ns();
    }
    assert!(log.notes.iter().any(|note| note.contains("no times")), "{:?}", log.notes);
}

#[test]
fn collectors_without_a_source_of_their_own_are_named() {
    let log = sample("java-17-shenandoah.log");
    assert_eq!(log.label(), "Java (Shenandoah)");
    assert_eq!(log.phases_of(STOPPED).count(), 12);
    assert_eq!(log.longest(STOPPED).map(|phase| phase.duration_ns), Some(94_000));
}

#[test]
fn v8_ends_each_pause_at_the_time_of_its_line() {
    for name in ["node-20.log", "node-26.log"] {
        let log = sample(name);
        let text = text(name);
        let lines: Vec<&str> = text.lines().collect();
        let pauses: Vec<u64> = lines
            .iter()
            .map(|line| ns(between(line, "MB, ", " / ").rsplit(' ').next().expect("a number"), 1e6))
            .collect();
        assert_eq!(durations_ns(&log, STOPPED), pauses, "{name}");
        for (line, sample) in lines.iter().zip(&log.heap) {
            let sizes = between(line, " ms: ", " MB, ").split_once(" -> ").expect("sizes");
            let bytes = |text: &str| ns(text, f64::from(1 << 20));
            assert_eq!(sample.before_bytes, bytes(sizes.0.rsplit(' ').nth(1).unwrap()), "{line}");
            assert_eq!(sample.after_bytes, bytes(sizes.1.split(' ').next().unwrap()), "{line}");
            assert_eq!(sample.capacity_bytes, Some(bytes(between(sizes.1, "(", ")"))), "{line}");
            assert_eq!(sample.t_ns, ns(between(line, "]", " ms: ").trim(), 1e6), "{line}");
        }
        let marking = lines.iter().filter(|line| line.contains("(+ ")).count();
        assert_eq!(log.phases_of(CONCURRENT).count(), marking, "{name}");
    }
    let log = sample("node-20.log");
    let marking = log.phases_of(CONCURRENT).next().expect("marking");
    // 85 ms since its start, to the end of the pause of 20.83 ms at 1060 ms.
    assert_eq!((marking.start_ns, marking.duration_ns), (975_000_000, 64_170_000));
    assert_eq!(marking.cause.as_deref(), Some("on the program's thread: 8.1 ms in 15 steps, the longest 5.2 ms"));
    let compaction = log.phases.iter().find(|phase| phase.name == "Mark-Compact").expect("a compaction");
    assert_eq!(
        compaction.cause.as_deref(),
        Some("finalize incremental marking via stack guard; GC in old space requested")
    );
    assert_eq!(log.phases[0].cause.as_deref(), Some("allocation failure"));
    assert!(log.notes.iter().any(|note| note.contains("17.9 ms in 29 steps")), "{:?}", log.notes);
}

#[test]
fn v8_names_and_values_are_read_as_text_and_as_json() {
    let log = sample("node-20-values.log");
    let text = text("node-20-values.log");
    let value = |line: &str, name: &str| between(line, &format!(" {name}="), " ").to_owned();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("pause=")).collect();
    let pauses: Vec<u64> = lines.iter().map(|line| ns(&value(line, "pause"), 1e6)).collect();
    assert_eq!(durations_ns(&log, STOPPED), pauses);
    for (line, sample) in lines.iter().zip(&log.heap) {
        assert_eq!(sample.before_bytes.to_string(), value(line, "total_size_before"));
        assert_eq!(sample.after_bytes.to_string(), value(line, "total_size_after"));
    }
    assert_eq!(log.phases_of(CONCURRENT).count(), 1, "one of them ends a marking");
    let json = sample("node-26-values.log");
    assert_eq!(durations_ns(&json, STOPPED), [1_130_000, 1_024_000, 6_734_000]);
    let last = json.heap.last().expect("a sample");
    assert_eq!((last.before_bytes, last.after_bytes, last.capacity_bytes), (107_390_360, 4_289_208, Some(75_370_496)));
}

#[test]
fn v8_repeats_its_last_lines_when_memory_is_out() {
    let log = sample("node-14-out-of-memory.log");
    let text = text("node-14-out-of-memory.log");
    let before_end = text.split_once("<--- Last few GCs --->").expect("the end").0;
    assert_eq!(log.phases_of(STOPPED).count(), before_end.lines().filter(|line| line.contains(" MB, ")).count());
    // Where nothing came before, the repeated lines are the log.
    let end_only = parse(&text.as_bytes()[before_end.len()..]).expect("a log");
    assert_eq!(end_only.phases_of(STOPPED).count(), 1);
}

#[test]
fn other_traces_of_v8_are_known() {
    let log = sample("node-20-verbose.log");
    assert_eq!((log.lines.understood, log.lines.ignored, log.lines.other), (4, 56, 0));
}

#[test]
fn python_pauses_begin_at_their_times() {
    for name in ["python-3.11.jsonl", "python-3.11-recorder.jsonl"] {
        let log = sample(name);
        let text = text(name);
        let records: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let pauses = records.iter().filter(|record| record.get("pause_ns").is_some());
        for ((record, phase), sample) in pauses.zip(&log.phases).zip(&log.heap) {
            let number = |name: &str| record[name].as_u64().unwrap();
            assert_eq!((phase.start_ns, phase.duration_ns), (number("t_ns"), number("pause_ns")));
            assert_eq!(phase.name, format!("generation {}", number("gen")));
            assert_eq!((sample.before_bytes, sample.after_bytes), (number("rss_before"), number("rss_after")));
        }
        assert_eq!(log.lines.understood as usize, records.len());
        assert!(log.notes.iter().any(|note| note.contains("resident memory")));
    }
    let recorded = sample("python-3.11-recorder.jsonl");
    assert_eq!(recorded.program.as_deref(), Some("lru.py"));
    assert_eq!(recorded.duration_ns, 1_855_402_494, "the recorder's last line");
}

#[test]
fn python_statistics_have_durations_only() {
    let log = sample("python-3.11-stats.log");
    let text = text("python-3.11-stats.log");
    let elapsed = text.lines().filter(|line| line.contains("gc: done")).map(|line| {
        let seconds = line.rsplit(", ").next().expect("the last item");
        ns(seconds.strip_suffix("s elapsed").expect("elapsed"), 1e9)
    });
    assert_eq!(durations_ns(&log, STOPPED), elapsed.collect::<Vec<_>>());
    assert_eq!(log.heap, []);
    assert!(log.notes.iter().any(|note| note.contains("end to end")), "{:?}", log.notes);
}

#[test]
fn what_is_no_log_gets_a_sentence() {
    assert_eq!(parse(b""), Err(NotALog::Empty));
    assert_eq!(parse(b" \n\n\r\n"), Err(NotALog::Empty));
    let prose = b"Dear reader,\nthis is [a] letter: 1 GC(2) 3.\n[12:30:45] GET /\n[77] x\nMemory: 4\ngc 5 done\n";
    assert_eq!(parse(prose), Err(NotALog::NoCollectorLine));
    assert_eq!(detect(prose), None);
    let missing = open(&path("no-such.log")).expect_err("there is no such file");
    assert!(matches!(missing, OpenLogError::Io { .. }) && missing.to_string().contains("no-such.log"), "{missing}");
    let foreign = open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect_err("no log");
    assert!(foreign.to_string().contains("GODEBUG=gctrace=1"), "{foreign}");
}
