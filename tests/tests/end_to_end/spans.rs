//! `tracing` under tokio: what a task allocates lies in its span, on whatever thread it is polled.

use dropscope_tests::{apart, dump, record, report};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// For each birth of `size` bytes: its thread and the scopes that are open on it, outermost first.
fn births(events: &[Value], size: u64) -> Vec<(u64, Vec<String>)> {
    let mut open: HashMap<u64, Vec<String>> = HashMap::new();
    let mut births = Vec::new();
    for event in events {
        let Some(thread) = event["thread"].as_u64() else { continue };
        let scopes = open.entry(thread).or_default();
        let name = || event["name"].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("scope_enter") => scopes.push(name()),
            Some("scope_exit") => assert_eq!(scopes.pop(), Some(name()), "scopes nest: {event}"),
            Some("alloc") if event["size"] == size => births.push((thread, scopes.clone())),
            _ => {}
        }
    }
    births
}

#[test]
fn blocks_lie_in_their_tasks_span_when_it_moves_between_threads() {
    let Some(programs) = apart("spans", &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spans.dscope");
    let output = record(&programs.join("spans"), &[], &file);
    assert_eq!(output.stdout, b"ok\n", "{output:?}");
    let events = dump(&file);
    for (size, span) in [(50_001, "first"), (50_002, "second")] {
        let births = births(&events, size);
        assert_eq!(births.len(), 6, "{span}");
        assert!(births.iter().all(|(_, scopes)| scopes == &[span]), "{span}: {births:?}");
        let threads: BTreeSet<u64> = births.iter().map(|(thread, _)| *thread).collect();
        assert!(threads.len() > 1, "{span} has moved: {births:?}");
    }
    let marks = events.iter().filter(|event| event["event"] == "mark").filter_map(|event| event["name"].as_str());
    let marks: Vec<&str> = marks.collect();
    let has =
        |number: u32| marks.iter().any(|mark| mark.contains("a request") && mark.contains(&format!("number={number}")));
    assert!(marks.len() == 3 && (0..3).all(has), "{marks:?}");
    let report = report(&file);
    let operations = report["operations"].as_array().unwrap();
    assert_eq!((operations.len(), &operations[0]["name"]), (1, &Value::from("request")), "{operations:?}");
    assert_eq!(operations[0]["count"], 3, "each ends where its task is then: {operations:?}");
    assert_eq!(operations[0]["frees_counted"], false, "they overlap on their threads: {operations:?}");
    assert!(operations[0]["cpu_ns"]["max"].as_u64() <= operations[0]["wall_ns"]["max"].as_u64(), "{operations:?}");
}
