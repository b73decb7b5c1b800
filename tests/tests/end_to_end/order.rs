//! Places and owners, in every way a program is commonly built.

use dropscope_tests::{Build, DEBUG, dump, fixture, fixture_source, line_of, place, record, report};
use serde_json::Value;

const BUILDS: [Build; 6] = [
    DEBUG,
    Build { profile: "dev", edition: 2021 },
    Build { profile: "dev-abort", edition: 2024 },
    Build { profile: "release", edition: 2024 },
    Build { profile: "release", edition: 2021 },
    Build { profile: "release-abort", edition: 2024 },
];

struct Recorded {
    events: Vec<Value>,
    report: Value,
}

fn recorded(build: Build) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.dscope");
    let output = record(&fixture("order", build), &[], &file);
    assert!(output.status.success(), "{build:?}: {output:?}");
    assert_eq!(output.stdout, b"order\n", "{build:?}");
    assert!(!folder.path().join("order.dscope.ring").exists(), "{build:?}: an orderly end leaves one file");
    Recorded { events: dump(&file), report: report(&file) }
}

/// The one event of this kind and size.
fn one<'a>(events: &'a [Value], kind: &str, size: u64) -> &'a Value {
    let found: Vec<&Value> = events.iter().filter(|event| event["event"] == kind && event["size"] == size).collect();
    assert_eq!(found.len(), 1, "{kind} of {size} bytes: {found:#?}");
    found[0]
}

fn owners(event: &Value) -> Vec<&str> {
    event["owners"].as_array().map_or(vec![], |owners| owners.iter().filter_map(Value::as_str).collect())
}

#[test]
fn births_and_releases_have_their_places_in_every_build() {
    let source = fixture_source("order");
    for build in BUILDS {
        let Recorded { events, report } = recorded(build);
        assert_eq!(report["complete"], true, "{build:?}");
        assert_eq!(report["lost_events"], 0, "{build:?}");
        for size in [1001, 1002, 1004, 1005] {
            let birth = one(&events, "alloc", size);
            assert!(place(birth).starts_with(&format!("order.rs:{}:", line_of("order", "name"))), "{build:?}: {birth}");
        }
        let end = line_of("order", "end of scoped");
        for size in [1001, 1002] {
            let free = one(&events, "free", size);
            assert_eq!(place(free), format!("order.rs:{end}:1"), "{build:?}: the closing brace of `scoped`");
            assert_eq!(free["block"], one(&events, "alloc", size)["block"], "{build:?}");
            assert_eq!(owners(free), ["Order", "Vec<Item>", "Item", "String"], "{build:?}");
        }
        let line = source.lines().nth(end as usize - 1).unwrap();
        assert!(line.starts_with('}'), "the place is a brace: {line}");
        let grown = one(&events, "realloc", 40_000);
        assert_eq!(grown["old_size"], 3000, "{build:?}");
        assert!(place(grown).starts_with(&format!("order.rs:{}:", line_of("order", "regrows"))), "{build:?}: {grown}");
        assert_eq!(grown["block"], one(&events, "free", 40_000)["block"], "{build:?}");
    }
}

#[test]
fn a_debug_build_has_every_chain_whole() {
    let Recorded { events, .. } = recorded(DEBUG);
    let chain = |size: u64| owners(one(&events, "free", size)).join(" > ");
    assert_eq!(chain(72), "Order > Vec<Item>");
    assert_eq!(chain(17), "Order > Option<Box<str>> > Box<str>");
    assert_eq!(chain(14), "Order > PathBuf");
    assert_eq!(chain(40_000), "Vec<u8>");
    assert_eq!(chain(336), "Rc<[u64; 40]>");
    let inner = one(&events, "free", 1004);
    assert_eq!(inner["thread"], 1, "released where it lived");
    assert_eq!(one(&events, "alloc", 1005)["thread"], 1);
    assert_eq!(one(&events, "free", 1005)["thread"], 0, "made on the worker, released on main");
}

#[test]
fn the_report_is_exact() {
    let Recorded { events, report } = recorded(DEBUG);
    let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count() as u64;
    let totals = &report["totals"];
    assert_eq!(totals["allocs"], count("alloc"));
    assert_eq!(totals["reallocs"], count("realloc"));
    assert_eq!(totals["frees"], count("free"));
    // What is alive over time, recounted from the dump.
    let (mut live, mut peak) = (std::collections::HashMap::new(), 0);
    let mut live_bytes = 0u64;
    for event in &events {
        let block = event["block"].as_u64();
        match event["event"].as_str().unwrap() {
            "alloc" | "realloc" => {
                live_bytes += event["size"].as_u64().unwrap();
                live_bytes -= live.insert(block, event["size"].as_u64().unwrap()).unwrap_or(0);
            }
            "free" => live_bytes -= live.remove(&block).unwrap(),
            _ => {}
        }
        peak = peak.max(live_bytes);
    }
    assert_eq!(totals["peak_live_bytes"], peak);
    assert_eq!(totals["live_bytes_at_end"], live_bytes);
    assert_eq!(totals["live_blocks_at_end"], live.len() as u64);
    // One leak, and it is the program's; what the runtime keeps stands apart.
    let leaks = report["leaks"].as_array().unwrap();
    assert_eq!(leaks.len(), 1, "{leaks:#?}");
    assert_eq!((&leaks[0]["blocks"], &leaks[0]["bytes"]), (&Value::from(1), &Value::from(5005)));
    assert!(place(&leaks[0]).starts_with(&format!("order.rs:{}:", line_of("order", "leak"))));
    assert_eq!(report["runtime"]["live_bytes_at_end"].as_u64().unwrap() + 5005, live_bytes);
    let operations = report["operations"].as_array().unwrap();
    assert_eq!((&operations[0]["name"], &operations[0]["count"]), (&Value::from("work"), &Value::from(1)));
    assert_eq!(operations[0]["frees_counted"], true);
    assert_eq!(operations[0]["max_frees_in_one"], 5, "two names, their buffer, the note and the path");
}

#[test]
fn events_come_in_order_with_scopes_marks_and_threads() {
    let Recorded { events, .. } = recorded(DEBUG);
    let times: Vec<u64> = events.iter().filter_map(|event| event["t_ns"].as_u64()).collect();
    assert!(times.is_sorted());
    let position = |kind: &str, name: &str| {
        events.iter().position(|event| event["event"] == kind && event["name"] == name).unwrap_or_else(|| {
            panic!("no {kind} {name}");
        })
    };
    let order = [
        position("operation_begin", "work"),
        position("scope_enter", "scoped"),
        events.iter().position(|event| event["event"] == "free" && event["size"] == 1002).unwrap(),
        position("scope_exit", "scoped"),
        position("operation_end", "work"),
        position("mark", "before the thread"),
        position("thread", "worker"),
        position("mark", "end of main"),
    ];
    assert!(order.is_sorted(), "{order:?}");
    let births: Vec<u64> =
        events.iter().filter(|event| event["event"] == "alloc").filter_map(|event| event["block"].as_u64()).collect();
    assert_eq!(births, (1..=births.len() as u64).collect::<Vec<_>>(), "blocks are numbered in order of birth");
}
