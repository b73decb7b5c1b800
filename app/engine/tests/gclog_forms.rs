//! Forms that no runtime here writes: other versions, flags and circumstances, written by hand from what is known of
//! them, each with the exact numbers that must come out. One file, though a long one: each test is a text and its numbers,
//! and who adds a form looks here for the nearest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use dropscope_engine::PauseKind;
use dropscope_engine::gclog::{GcLog, GcSource, LineSample, parse};

const MS: u64 = 1_000_000;
const MB: u64 = 1 << 20;
const KB: u64 = 1 << 10;

fn read(text: &str) -> GcLog {
    let log = parse(text.as_bytes()).unwrap_or_else(|reason| panic!("{reason}: {text}"));
    assert_eq!(log.lines.total(), text.lines().count() as u64, "{text}");
    assert_eq!(log.lines.not_understood, 0, "{:?}", log.not_understood_samples);
    log
}

/// Start, duration and kind of each phase, in µs.
fn phases_us(log: &GcLog) -> Vec<(u64, u64, PauseKind)> {
    log.phases.iter().map(|phase| (phase.start_ns / 1_000, phase.duration_ns / 1_000, phase.kind)).collect()
}

/// Before, after and capacity of each sample, in `unit`.
fn sizes(log: &GcLog, unit: u64) -> Vec<(u64, u64, Option<u64>)> {
    let sizes = log.heap.iter();
    sizes.map(|s| (s.before_bytes / unit, s.after_bytes / unit, s.capacity_bytes.map(|bytes| bytes / unit))).collect()
}

fn names(log: &GcLog) -> Vec<(&str, Option<&str>)> {
    log.phases.iter().map(|phase| (phase.name.as_str(), phase.cause.as_deref())).collect()
}

use PauseKind::{Concurrent, StopTheWorld};

#[test]
fn go_1_5_told_five_phases() {
    let log =
        read("gc 7 @2.500s 3%: 0.5+12+0.25+30+1.5 ms clock, 1+12+0+1/2/3+4 ms cpu, 40->44->22 MB, 44 MB goal, 8 P\n");
    assert_eq!(
        phases_us(&log),
        [
            (2_500_000, 500, StopTheWorld),
            (2_500_500, 12_000, Concurrent),
            (2_512_500, 250, Concurrent),
            (2_512_750, 30_000, Concurrent),
            (2_542_750, 1_500, StopTheWorld),
        ]
    );
    let cpu: Vec<_> = log.phases.iter().map(|phase| phase.cpu_ns).collect();
    assert_eq!(cpu, [Some(MS), Some(12 * MS), Some(0), Some(6 * MS), Some(4 * MS)]);
    assert_eq!(sizes(&log, MB), [(40, 22, None)]);
}

#[test]
fn go_forced_collections_and_old_scavenger_lines() {
    let log = read(
        "GC forced\n\
         gc 3 @120.001s 0%: 0.011+1.5+0.020 ms clock, 0.09+0/1.1/0.4+0.16 ms cpu, 10->10->5 MB, 11 MB goal, 8 P (forced)\n\
         scvg0: inuse: 3, idle: 60, sys: 63, released: 57, consumed: 6 (MB)\n\
         scvg: 8 KB released\n\
         SCHED 1004ms: gomaxprocs=8 idleprocs=7 threads=9\n",
    );
    assert_eq!(names(&log)[0], ("sweep termination", Some("forced")));
    assert_eq!((log.lines.understood, log.lines.ignored), (1, 4));
}

#[test]
fn a_service_that_was_restarted_shows_its_last_run() {
    let cycle = |number: u32, at: &str| {
        format!("gc {number} @{at}s 1%: 0.1+2+0.1 ms clock, 0.1+0/1/0+0.1 ms cpu, 4->4->2 MB, 5 MB goal, 2 P\n")
    };
    let go = [cycle(1, "0.5"), cycle(2, "1.5"), cycle(3, "2.5"), cycle(1, "0.6"), cycle(2, "1.6")].concat();
    let log = read(&go);
    assert_eq!((log.heap.len(), log.lines.understood, log.lines.ignored), (2, 2, 3));
    assert_eq!(log.heap[0].before_at_ns, 600 * MS);
    let jvm = |ms: u32| {
        format!("[0.004s][info][gc] Using Serial\n[0.5s][info][gc] GC(0) Pause Young (x) 4M->2M(9M) {ms}ms\n")
    };
    let log = read(&[jvm(3), jvm(7)].concat());
    assert_eq!(phases_us(&log), [(493_000, 7_000, StopTheWorld)]);
    assert_eq!((log.lines.understood, log.lines.ignored), (2, 2));
    assert!(log.notes.iter().any(|note| note.contains("2 runs")), "{:?}", log.notes);
}

#[test]
fn a_process_that_started_before_the_log_is_one_process() {
    // Numbers 1 to 8 are not in the file, and line 10 was lost.
    let cycle = |number: u32| {
        format!("gc {number} @{number}.0s 1%: 0.1+2+0.1 ms clock, 0.1+0/1/0+0.1 ms cpu, 4->4->2 MB, 5 MB goal, 2 P\n")
    };
    let log = read(&[cycle(9), cycle(11), cycle(12)].concat());
    assert_eq!((log.heap.len(), log.notes.len()), (3, 0));
}

#[test]
fn java_units_languages_and_intervals() {
    let log = read(
        "[1,500s][info][gc] GC(0) Pause Young (Allocation Failure) 1536K->512K(2G) 12,5ms\n\
         [2.000s][info][gc] GC(1) Pause Full (System.gc()) 3G->1G(4G) (1.500s, 2.000s) 500.000ms\n\
         [3000ms][info][gc] GC(2) Pause Young (Normal) (G1 Evacuation Pause) (Evacuation Failure) 8M->4M(16M) 1.25s\n",
    );
    let expected =
        [(1_487_500, 12_500, StopTheWorld), (1_500_000, 500_000, StopTheWorld), (1_750_000, 1_250_000, StopTheWorld)];
    assert_eq!(phases_us(&log), expected);
    let kb = |mb: u64| mb << 10;
    let expected = [(1536, 512, Some(kb(2048))), (kb(3072), kb(1024), Some(kb(4096))), (kb(8), kb(4), Some(kb(16)))];
    assert_eq!(sizes(&log, KB), expected);
    let causes = ["Allocation Failure", "System.gc()", "G1 Evacuation Pause; Evacuation Failure"];
    assert_eq!(names(&log).iter().map(|(_, cause)| cause.unwrap()).collect::<Vec<_>>(), causes);
    assert_eq!(names(&log)[2].0, "Pause Young (Normal)");
}

#[test]
fn java_starts_belong_to_ends_of_the_same_name_and_number() {
    let log = read(
        "[1.000s][info][gc,start] GC(4) Pause Young (Concurrent Start) (G1 Humongous Allocation)\n\
         [1.010s][info][gc      ] GC(4) Pause Young (Concurrent Start) (G1 Humongous Allocation) 9M->8M(20M) 9.000ms\n\
         [1.010s][info][gc      ] GC(5) Concurrent Mark Cycle\n\
         [1.011s][info][gc,marking] GC(5) Concurrent Mark\n\
         [1.020s][info][gc,start] GC(5) Pause Remark\n\
         [1.025s][info][gc      ] GC(5) Pause Remark 9M->9M(20M) 4.500ms\n\
         [1.025s][info][gc,cpu  ] GC(5) User=0.01s Sys=0.01s Real=0.00s\n\
         [1.030s][info][gc,marking] GC(5) Concurrent Mark 19.000ms\n\
         [1.040s][info][gc      ] GC(5) Concurrent Mark Cycle 30.000ms\n",
    );
    let expected =
        [(1_000_000, 9_000, StopTheWorld), (1_011_000, 19_000, Concurrent), (1_020_000, 4_500, StopTheWorld)];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(log.phases[2].cpu_ns, Some(20 * MS));
    assert_eq!((log.source, log.phases[0].cpu_ns), (GcSource::JvmG1, None));
    // The remark lies within the marking: time that is covered by both kinds counts for both.
    assert_eq!((log.covered_ns(StopTheWorld), log.covered_ns(Concurrent)), (13_500_000, 19_000_000));
}

#[test]
fn java_clocks_that_began_with_something_else_count_from_the_first_line() {
    let wall = read(
        "[2026-03-29T01:59:59.900+0100] Using G1\n\
         [2026-03-29T03:00:00.400+0200] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 9M->8M(20M) 100.000ms\n",
    );
    assert_eq!(phases_us(&wall), [(400_000, 100_000, StopTheWorld)]);
    let machine = read(
        "[86400000000000ns][gc] Using Serial\n[86400500000000ns][gc] GC(0) Pause Young (x) 9M->8M(20M) 100.000ms\n",
    );
    assert_eq!(phases_us(&machine), [(400_000, 100_000, StopTheWorld)]);
    for log in [wall, machine] {
        assert!(log.notes.iter().any(|note| note.contains("first line")), "{:?}", log.notes);
    }
}

#[test]
fn java_old_safepoints_stalls_and_names() {
    let log = read(
        "[0.010s][info][arguments] java_command: com.example.Main --port 80\n\
         [0.020s][info][gc] Using The Z Garbage Collector\n\
         [0.500s][info][gc] Allocation Stall (main) 12.500ms\n\
         [0.600s][info][gc,phases] GC(0) Pause Mark Start 0.500ms\n\
         [0.700s][info][safepoint] Application time: 0.1 seconds\n\
         [0.710s][info][safepoint] Entering safepoint region: ZMarkStart\n\
         [0.711s][info][safepoint] Total time for which application threads were stopped: 0.0010000 seconds, Stopping threads took: 0.0000100 seconds\n\
         [0.720s][info][safepoint] Entering safepoint region: RevokeBias\n\
         [0.721s][info][safepoint] Total time for which application threads were stopped: 0.0002000 seconds, Stopping threads took: 0.0000100 seconds\n",
    );
    assert_eq!(log.program.as_deref(), Some("com.example.Main"));
    assert_eq!(phases_us(&log), [(599_500, 500, StopTheWorld)]);
    for told in ["once (12.5 ms)", "for collections once (1 ms)", "other reasons once (0.2 ms)"] {
        assert!(log.notes.iter().any(|note| note.contains(told)), "{told}: {:?}", log.notes);
    }
}

#[test]
fn java_phases_that_a_full_collection_aborts() {
    let log = read(
        "[0.010s][info ][gc] Using G1\n\
         [1.000s][info ][gc        ] GC(5) Concurrent Mark Cycle\n\
         [1.001s][info ][gc,marking] GC(5) Concurrent Mark\n\
         [1.002s][info ][gc,marking] GC(5) Concurrent Mark From Roots\n\
         [1.010s][info ][gc,start  ] GC(6) Pause Full (G1 Compaction Pause)\n\
         [1.030s][info ][gc        ] GC(6) Pause Full (G1 Compaction Pause) 46M->20M(48M) 20.000ms\n\
         [1.031s][info ][gc,marking] GC(5) Concurrent Mark Abort\n\
         [1.031s][debug][gc        ] GC(5) Clear Bitmap 0.100ms\n\
         [1.032s][info ][gc        ] GC(5) Concurrent Mark Cycle 32.000ms\n\
         [1.020s][debug][gc,free   ] Using new region (4) for TLAB\n",
    );
    assert_eq!(phases_us(&log), [(1_001_000, 30_000, Concurrent), (1_010_000, 20_000, StopTheWorld)]);
    assert_eq!(names(&log)[0], ("Concurrent Mark", Some("aborted")));
    assert_eq!(log.notes, [] as [String; 0]);
}

#[test]
fn java_threads_that_wait_are_told_and_no_pauses() {
    let log = read(
        "[0.010s][info][gc] Using The Z Garbage Collector\n\
         [0.500s][info][gc] GC(1) y: Relocation Stall (ZWorkerYoung#0) 3.000ms\n\
         [0.500s][info][gc] Relocation Stall (my thread) 4.000ms\n\
         [0.600s][info][gc] GC(1) Minor Collection (Allocation Rate) 40M(62%)->20M(31%) 0.150s\n",
    );
    assert_eq!(phases_us(&log), [(450_000, 150_000, Concurrent)]);
    assert!(log.notes.iter().any(|note| note.contains("once (4 ms)")), "{:?}", log.notes);
    let unknown = "[0.6s][info][gc] GC(1) Something New 4.000ms\n";
    let log = parse(format!("[0.1s][info][gc] Using G1\n{unknown}").as_bytes()).expect("a log");
    assert_eq!(log.not_understood_samples, [LineSample { line: 2, text: unknown.trim_end().to_owned() }]);
}

#[test]
fn java_8_parallel_with_dates() {
    let log = read(
        "OpenJDK 64-Bit Server VM (25.402-b06) for linux-amd64 JRE (1.8.0_402-b06)\n\
         Memory: 4k page, physical 8k(4k free), swap 0k(0k free)\n\
         CommandLine flags: -XX:+PrintGC -XX:+UseParallelGC\n\
         2024-05-06T10:00:01.250+0200: 1.250: [GC (Allocation Failure) [PSYoungGen: 800K->80K(900K)] 1000K->300K(2000K), 0.0125000 secs] [Times: user=0.03 sys=0.01, real=0.01 secs] \n\
         2024-05-06T10:00:02.000+0200: 2.000: [GC (Allocation Failure) --[PSYoungGen: 880K->880K(900K)] 1100K->1200K(2000K), 0.0050000 secs] [Times: user=0.00 sys=0.00, real=0.01 secs] \n\
         2024-05-06T10:00:02.100+0200: 2.100: [Full GC (Ergonomics) [PSYoungGen: 880K->0K(900K)] [ParOldGen: 320K->310K(1100K)] 1200K->310K(2000K), [Metaspace: 29K->29K(1056K)], 0.2500000 secs] [Times: user=0.40 sys=0.00, real=0.25 secs] \n\
         Heap\n\
         \x20PSYoungGen      total 900K, used 34K [0x1, 0x2, 0x3)\n\
         \x20 eden space 800K, 4% used [0x1,0x2,0x3)\n\
         \x20 to   space 100K, 0% used [0x1,0x2,0x3)\n",
    );
    let expected =
        [(1_250_000, 12_500, StopTheWorld), (2_000_000, 5_000, StopTheWorld), (2_100_000, 250_000, StopTheWorld)];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(sizes(&log, KB), [(1000, 300, Some(2000)), (1100, 1200, Some(2000)), (1200, 310, Some(2000))]);
    assert_eq!(log.phases[0].cpu_ns, Some(40 * MS));
    assert_eq!((log.source, names(&log)[2]), (GcSource::JvmParallel, ("Full GC", Some("Ergonomics"))));
}

#[test]
fn java_8_cms_records_in_pieces() {
    let log = read(
        "3.000: [GC (CMS Initial Mark) [1 CMS-initial-mark: 500K(1000K)] 700K(2000K), 0.0010000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]\n\
         3.001: [CMS-concurrent-mark-start]\n\
         3.101: [CMS-concurrent-mark: 0.050/0.100 secs] [Times: user=0.10 sys=0.00, real=0.10 secs]\n\
         3.200: [GC (Allocation Failure) 3.200: [ParNew\n\
         Desired survivor size 34865152 bytes, new threshold 6 (max 6)\n\
         - age   1:   11111 bytes,   11111 total\n\
         : 90K->30K(100K), 0.0200000 secs] 900K->600K(2000K), 0.0210000 secs] [Times: user=0.07 sys=0.01, real=0.02 secs]\n\
         4.000: [GC (CMS Final Remark) [YG occupancy: 38 K (61 K)]4.000: [Rescan (parallel) , 0.0085125 secs]4.009: [weak refs processing, 0.0000243 secs][1 CMS-remark: 50K(60K)] 800K(2000K), 0.0110000 secs] [Times: user=0.06 sys=0.00, real=0.01 secs]\n\
         5.000: [GC (Allocation Failure) 5.000: [ParNew: 90K->90K(100K), 0.0000283 secs]5.001: [CMS5.101: [CMS-concurrent-preclean: 0.002/0.100 secs] [Times: user=0.41 sys=0.03, real=0.15 secs]\n\
         \x20(concurrent mode failure): 600K->500K(1000K), 0.3000000 secs] 700K->500K(2000K), [Metaspace: 2K->2K(10K)], 0.3010000 secs] [Times: user=0.30 sys=0.01, real=0.30 secs]\n\
         starting up... 6.000: [Full GC (System.gc())  500K->400K(2000K), 0,1000000 secs]\n\
         6.200: Total time for which application threads were stopped: 0.0021390 seconds, Stopping threads took: 0.0000582 seconds\n",
    );
    let expected = [
        (3_000_000, 1_000, StopTheWorld),
        (3_001_000, 100_000, Concurrent),
        (3_200_000, 21_000, StopTheWorld),
        (4_000_000, 11_000, StopTheWorld),
        (5_000_000, 301_000, StopTheWorld),
        (5_001_000, 100_000, Concurrent),
        (6_000_000, 100_000, StopTheWorld),
    ];
    assert_eq!(phases_us(&log), expected);
    let used = [(700, 700), (900, 600), (800, 800), (700, 500), (500, 400)].map(|(a, b)| (a, b, Some(2000)));
    assert_eq!(sizes(&log, KB), used);
    assert_eq!(log.label(), "Java (CMS)");
    assert!(log.notes.iter().any(|note| note.contains("the log does not tell")), "{:?}", log.notes);
}

#[test]
fn java_8_g1_writes_details_in_lines_of_their_own() {
    let log = read(
        "10.000: [GC pause (G1 Evacuation Pause) (young), 0.0600000 secs]\n\
         \x20  [Parallel Time: 23.1 ms, GC Workers: 4]\n\
         \x20     [GC Worker Start (ms): Min: 1.7, Avg: 1.8, Max: 1.8, Diff: 0.2]\n\
         \x20  [Eden: 24.0M(24.0M)->0.0B(13.0M) Survivors: 0.0B->3072.0K Heap: 24.5M(256.0M)->4096.0K(256.0M)]\n\
         \x20[Times: user=0.08 sys=0.02, real=0.07 secs] \n\
         #2: 11.000: [GC pause (G1 Evacuation Pause) (young) (initial-mark) 30M->10M(256M), 0.0030000 secs]\n\
         11.001: [GC concurrent-root-region-scan-start]\n\
         11.050: [GC concurrent-mark-end, 0.0450000 secs]\n\
         11.060: [GC remark 11.060: [Finalize Marking, 0.0003 secs] 11.061: [GC ref-proc, 0.0004 secs], 0.0015000 secs]\n\
         \x20[Times: user=0.01 sys=0.00, real=0.00 secs]\n\
         11.070: [GC cleanup 20M->16M(256M), 0.0006000 secs]\n\
         12.000: [GC pause (G1 Evacuation Pause) (mixed) 12.001: [G1Ergonomics (CSet Construction) start]\n\
         \x2012.002: [G1Ergonomics (CSet Construction) finish]\n\
         , 0.0100000 secs]\n",
    );
    let expected = [
        (10_000_000, 60_000, StopTheWorld),
        (11_000_000, 3_000, StopTheWorld),
        (11_005_000, 45_000, Concurrent),
        (11_060_000, 1_500, StopTheWorld),
        (11_070_000, 600, StopTheWorld),
        (12_000_000, 10_000, StopTheWorld),
    ];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(sizes(&log, KB)[0], (25_088, 4_096, Some(256 << 10)));
    assert_eq!(log.phases[0].cpu_ns, Some(100 * MS));
    assert_eq!(names(&log)[0], ("GC pause (young)", Some("G1 Evacuation Pause")));
    assert_eq!(log.source, GcSource::JvmG1);
}

#[test]
fn java_8_records_between_the_lines_of_others() {
    let log = read(
        "10.000: [GC pause (G1 Humongous Allocation) (young)10.005: [GC concurrent-root-region-scan-end, 0.0157002 secs]\n\
         10.005: [GC concurrent-mark-start]\n\
         , 0.0470000 secs]\n\
         11.000: [GC concurrent-count-end, 0.0019007]\n\
         12.000: [GC concurrent-string-deduplication, 31.4K->7128.0B(24.5K), avg 67.3%, 0.0009000 secs]\n\
         13.000: [GC (CMS Final Remark) [YG occupancy: 104 K (479 K)]{Heap before GC invocations=22 (full 13):\n\
         \x20par new generation   total 479K, used 104K [0x00000000f6400000, 0x00000000f9800000)\n\
         13.001: [GC (CMS Final Remark) 13.001: [ParNew: 104K->104K(479K), 0.0000303 secs] 111K->111K(1544K), 0.0030000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]\n\
         Heap after GC invocations=23 (full 13):\n\
         }\n\
         13.005: [Rescan (parallel) , 0.0002732 secs]13.006: [weak refs processing, 0.0000176 secs][1 CMS-remark: 100K(1064K)] 111K(1544K), 0.0110000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]\n",
    );
    let expected = [
        (10_000_000, 47_000, StopTheWorld),
        (10_998_099, 1_900, Concurrent),
        (11_999_100, 900, Concurrent),
        (13_000_000, 11_000, StopTheWorld),
        (13_001_000, 3_000, StopTheWorld),
    ];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(log.covered_ns(StopTheWorld), 58 * MS, "what lies within another pause counts once");
}

#[test]
fn shenandoah_of_java_8_has_a_form_of_its_own() {
    let log = read(
        "CommandLine flags: -XX:+PrintGC -XX:+PrintGCDetails -XX:+UseShenandoahGC\n\
         2.464: [Pause Init Mark (process weakrefs), start]\n\
         \x20   Using 2 of 2 workers for init marking\n\
         2.468: [Pause Init Mark (process weakrefs), 3.500 ms]\n\
         2.468: [Concurrent marking (process weakrefs), start]\n\
         3.334: [Concurrent marking (process weakrefs), 866.000 ms]\n\
         3.344: [Concurrent cleanup 1613M->1361M(1636M), 0.092 ms]\n\
         4.000: [Pause Full (Allocation Failure) 1900M->700M(2000M), 100.000 ms]\n",
    );
    let expected = [
        (2_464_500, 3_500, StopTheWorld),
        (2_468_000, 866_000, Concurrent),
        (3_343_908, 92, Concurrent),
        (3_900_000, 100_000, StopTheWorld),
    ];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(sizes(&log, MB), [(1613, 1361, Some(1636)), (1900, 700, Some(2000))]);
    assert_eq!((&*log.label(), names(&log)[3]), ("Java (Shenandoah)", ("Pause Full", Some("Allocation Failure"))));
    let empty = read("CommandLine flags: -XX:+PrintGC -XX:+UseParallelGC\n");
    assert_eq!(empty.notes, ["No collection is in this log."]);
}

#[test]
fn pauses_that_a_coarse_clock_puts_into_each_other_keep_their_sum() {
    let log = read(
        "[1:0x1000]       70 ms: Scavenge 3.9 (4.0) -> 3.8 (5.0) MB, 1.08 / 0.00 ms  allocation failure;\n\
         [1:0x1000]       71 ms: Scavenge 3.9 (5.0) -> 3.8 (6.0) MB, 1.50 / 0.00 ms  allocation failure;\n\
         [1:0x1000]       71 ms: Scavenge 4.9 (6.2) -> 4.9 (8.2) MB, 0.30 / 0.00 ms  allocation failure;\n",
    );
    assert_eq!(log.covered_ns(StopTheWorld), 2_880_000);
    let starts: Vec<u64> = log.phases.iter().map(|phase| phase.start_ns).collect();
    assert_eq!(starts, [68_920_000, 70_000_000, 71_500_000]);
    // Up to JDK 11 a full collection of Serial is told within the young one that asked for it.
    let log = read(
        "[1.040s][gc,start] GC(24) Pause Young (Allocation Failure)\n\
         [1.042s][gc,start] GC(25) Pause Full (Allocation Failure)\n\
         [1.083s][gc] GC(25) Pause Full (Allocation Failure) 453M->337M(494M) 41.000ms\n\
         [1.084s][gc] GC(24) Pause Young (Allocation Failure) 453M->337M(494M) 44.000ms\n",
    );
    assert_eq!(log.covered_ns(StopTheWorld), 44 * MS);
}

#[test]
fn v8_of_all_times() {
    let log = read(
        "15 ms: Scavenge 1.5 -> 1.0 MB, 2 ms [allocation failure].\n\
         20 ms: Scavenge 1.5 (36.0) -> 1.0 (37.0) MB, 1 ms [Runtime::PerformGC].\n\
         2000 ms: Mark-sweep 400.0 (440.0) -> 300.0 (434.0) MB, 150.5 / 0 ms (+ 28.5 ms in 17 steps since start of marking, biggest step 5.5 ms) [last resort gc].\n\
         3000 ms: Mark-sweep 400.0 (440.0) -> 300.0 (434.0) MB, 100.0 / 0.0 ms [allocation failure] [scavenge might not succeed].\n",
    );
    let expected = [
        (13_000, 2_000, StopTheWorld),
        (19_000, 1_000, StopTheWorld),
        (1_821_000, 28_500, Concurrent),
        (1_849_500, 150_500, StopTheWorld),
        (2_900_000, 100_000, StopTheWorld),
    ];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(sizes(&log, MB)[..2], [(1, 1, None), (1, 1, Some(37))]);
    assert_eq!(names(&log)[4], ("Mark-sweep", Some("allocation failure; scavenge might not succeed")));
    let log = read(
        "[8704:000001C85EC30770]   1000 ms: Mark-sweep (reduce) 80.0 (90.0) -> 70.0 (91.0) MB, 50.5 / 0.1 ms  (average mu = 0.7, current mu = 0.3) last resort GC in old space requested\n\
         [8704:000001C85EC30770]   1100 ms: Scavenge (interleaved) 80.0 (90.0) -> 70.0 (91.0) MB, pooled: 2 MB, 5.25 / 0.00 ms  (average mu = 0.7, current mu = 0.3) task; \n\
         [8704:000001C85EC30770:0]   1200 ms: Memory reducer: started GC #1\n\
         [8704:000001C85EC30770]   1300 ms: Incremental Brand-New 80.0 (90.0) -> 70.0 (91.0) MB, pooled: 2.5 MB, 7.25 / 0.00 ms (average mu = 0.7, current mu = 0.3) task; \n\
         <--- Last few GCs --->\n",
    );
    let expected =
        [(949_500, 50_500, StopTheWorld), (1_094_750, 5_250, StopTheWorld), (1_292_750, 7_250, StopTheWorld)];
    assert_eq!(phases_us(&log), expected);
    assert_eq!(names(&log)[0], ("Mark-sweep (reduce)", Some("last resort GC in old space requested")));
    assert_eq!(names(&log)[1], ("Scavenge (interleaved)", Some("task")));
    assert_eq!((log.lines.understood, log.lines.ignored), (3, 2));
}

#[test]
fn v8_lines_that_cut_each_other_off() {
    let log = read(
        "e [41:0x5674750]      100 ms: Mark-sweep 10.0 (12.0) -> 8.0 (11.0) MB, 3.5 / 0.0 ms  (average mu = 0.7) last resor[41:0x5674750]      200 ms: Scavenge 9.0 (12.0) -> 8.0 (11.0) MB, 2.5 / 0.0 ms  (average mu = 0.6, curr\n",
    );
    assert_eq!(phases_us(&log), [(96_500, 3_500, StopTheWorld), (197_500, 2_500, StopTheWorld)]);
    assert_eq!(names(&log), [("Mark-sweep", Some("last resor")), ("Scavenge", None)]);
    assert_eq!(log.lines.understood, 1, "one line, however much is in it");
}

#[test]
fn v8_workers_have_heaps_of_their_own() {
    let line = |isolate: &str, at: u32| {
        format!(
            "[9:{isolate}] {at} ms: Scavenge 4.0 (5.0) -> 3.0 (6.0) MB, 1.0 / 0.0 ms  (average mu = 1.0, current mu = 1.0) task; \n"
        )
    };
    let log = read(
        &[line("0xaaaa", 10), line("0xbbbb", 5), line("0xaaaa", 20), line("0xbbbb", 9), line("0xaaaa", 30)].concat(),
    );
    assert_eq!(log.heap.iter().map(|sample| sample.t_ns / MS).collect::<Vec<_>>(), [10, 20, 30]);
    assert_eq!((log.lines.understood, log.lines.ignored), (3, 2));
    assert!(log.notes.iter().any(|note| note.contains("2 isolates") && note.contains("0xaaaa")), "{:?}", log.notes);
}

#[test]
fn python_of_other_versions() {
    let log = read(
        "gc: collecting generation 2...\n\
         gc: objects in each generation: 250 3497 0\n\
         gc: done, 252 unreachable, 0 uncollectable, 0.0046s elapsed.\n\
         gc: collecting generation 0...\n\
         gc: objects in permanent generation: 375\n\
         gc: done, 0.0004s elapsed\n\
         gc: collectable <list 0x7f00>\n",
    );
    assert_eq!(phases_us(&log), [(0, 4_600, StopTheWorld), (4_600, 400, StopTheWorld)]);
    assert_eq!(names(&log), [("generation 2", None), ("generation 0", None)]);
    assert_eq!((log.lines.understood, log.lines.ignored), (2, 5));
}

#[test]
fn python_without_sizes_and_started_twice() {
    let record = |t_ns: u64| {
        format!(
            "{{\"t_ns\": {t_ns}, \"gen\": 2, \"pause_ns\": 5000, \"collected\": 1, \"uncollectable\": 2, \"rss_before\": null, \"rss_after\": null}}\n"
        )
    };
    let header = "{\"gc_log\": \"python\", \"version\": 1, \"python\": \"3.13.0\", \"program\": \"serve.py\"}\n";
    let log = read(
        &[header, &record(1_000_000), &record(9_000_000), header, &record(2_000_000), "{\"end_ns\": 7000000}\n"]
            .concat(),
    );
    assert_eq!(phases_us(&log), [(2_000, 5, StopTheWorld)]);
    assert_eq!((log.heap.len(), log.duration_ns, log.program.as_deref()), (0, 7 * MS, Some("serve.py")));
    assert_eq!((log.lines.understood, log.lines.ignored), (3, 3));
    assert!(log.notes.iter().any(|note| note.starts_with("2 objects could not")), "{:?}", log.notes);
}
