//! However a program ends, whatever it did up to there is in its recording.

use dropscope_tests::{DEBUG, dropscope, dump, fixture, record, report};
use serde_json::Value;
use std::collections::HashMap;
use std::process::{Command, Output};

/// What the program said it did, as words and how often. Unwinding releases what `main` still holds without a word.
fn said(output: &Output, how: &str) -> HashMap<String, usize> {
    let mut said = HashMap::new();
    if how == "panic" {
        said.insert("F90000".to_owned(), 1);
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        *said.entry(line.to_owned()).or_default() += 1;
    }
    said
}

/// The same words from the recording, of blocks of 50,000 bytes and more: only the program's own are as large.
fn recorded(events: &[Value]) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    for event in events {
        let letter = match event["event"].as_str() {
            Some("alloc") => "A",
            Some("realloc") => "R",
            Some("free") => "F",
            _ => continue,
        };
        if event["size"].as_u64().is_some_and(|size| size >= 50_000) {
            *found.entry(format!("{letter}{}", event["size"])).or_default() += 1;
        }
    }
    found
}

fn dies(how: &str, through_launcher: bool) -> (Output, Vec<Value>, Value, bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("death.dscope");
    let program = fixture("deaths", DEBUG);
    let output = if through_launcher {
        record(&program, &[how], &file)
    } else {
        Command::new(&program).arg(how).env("DROPSCOPE_OUT", &file).output().unwrap()
    };
    let ring = folder.path().join("death.dscope.ring").exists();
    (output, dump(&file), report(&file), ring)
}

#[test]
fn every_way_to_end_keeps_every_event_with_the_launcher() {
    for (how, status, complete) in [
        ("return", 0, true),
        ("exit", 7, true),
        ("_exit", 8, true),
        ("abort", 128 + 6, false),
        ("panic", 101, true),
        ("kill", 128 + 9, false),
    ] {
        let (output, events, report, ring) = dies(how, true);
        assert_eq!(output.status.code(), Some(status), "{how}: the program's own status");
        assert_eq!(recorded(&events), said(&output, how), "{how}");
        assert_eq!(report["complete"], complete, "{how}");
        assert_eq!(report["lost_events"], 0, "{how}");
        assert!(!ring, "{how}: the launcher leaves one file");
    }
}

#[test]
fn every_way_to_end_keeps_every_event_by_the_environment_alone() {
    for (how, orderly) in
        [("return", true), ("exit", true), ("_exit", false), ("abort", false), ("panic", true), ("kill", false)]
    {
        let (output, events, report, ring) = dies(how, false);
        assert_eq!(recorded(&events), said(&output, how), "{how}");
        assert_eq!(report["complete"], orderly, "{how}");
        assert_eq!(ring, !orderly, "{how}: what the program could not hand on stays in the ring");
    }
}

#[test]
fn arguments_are_left_out_when_asked() {
    let program = fixture("deaths", DEBUG);
    for (option, is_there) in [(None, true), (Some("--redact"), false)] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.dscope");
        let mut command = Command::new(dropscope());
        command.args(["record", "-o"]).arg(&file).args(option).arg("--").arg(&program).args(["return", "a-secret"]);
        assert!(command.status().unwrap().success());
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(bytes.windows(8).any(|window| window == b"a-secret"), is_there, "{option:?}");
        assert_eq!(report(&file)["complete"], true);
    }
}

#[test]
fn killed_at_random_moments_nothing_said_is_missing_and_nothing_comes_twice() {
    let program = fixture("deaths", DEBUG);
    for round in 0..20u64 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("killed.dscope");
        let out = std::fs::File::create(folder.path().join("said")).unwrap();
        let mut child = Command::new(&program).arg("endless").env("DROPSCOPE_OUT", &file).stdout(out).spawn().unwrap();
        // Spread over the writer's rhythm of 20 ms, and past several full chunks.
        std::thread::sleep(std::time::Duration::from_micros(60_000 + round * 7_300));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = std::fs::read_to_string(folder.path().join("said")).unwrap();
        let mut said: HashMap<String, usize> = HashMap::new();
        for line in text.lines() {
            *said.entry(line.to_owned()).or_default() += 1;
        }
        let found = recorded(&dump(&file));
        // The program says a thing after it did it, so the recording may know one more, and never less.
        let total = |words: &HashMap<String, usize>| words.values().sum::<usize>();
        for (word, count) in &said {
            let recorded = found.get(word).copied().unwrap_or(0);
            assert!(
                recorded == *count || recorded == count + 1,
                "round {round}: {word} {count} times, {recorded} recorded"
            );
        }
        assert!(total(&found) - total(&said) <= 1, "round {round}: {} said, {} recorded", total(&said), total(&found));
    }
}
