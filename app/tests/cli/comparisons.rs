//! `dropscope compare` and `open` on logs beside recordings; demos in other languages, where those are installed.

use crate::support::Place;
use serde_json::Value;
use std::fs;

const GO: &[u8] =
    b"gc 1 @0.001s 2%: 0.020+0.5+0.010 ms clock, 0.040+0/1.0/0+0.020 ms cpu, 4->5->3 MB, 5 MB goal, 2 P\n\
                    output of the program\n\
                    gc 2 @0.0x0s 2%: cut\n";
const OPERATIONS: &[u8] = br#"{"scope":"fill the cache","t_ns":5,"end_ns":3000}
{"operation":"request","count":6,"wall_ns":{"p50":200,"p99":300,"p999":300,"p9999":301,"max":2600000}}
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("go.log", GO);
    place.write("go.log.operations.jsonl", OPERATIONS);
    let sizes = ["--entries", "500", "--operations", "2000"];
    place.run(&[&["demo", "lru-raii", "-o", "owned.dscope"], &sizes[..]].concat()).exits(0);
    place
}

#[test]
fn a_log_stands_beside_a_recording_in_words_and_for_programs() {
    let place = place();
    let files = ["compare", "owned.dscope", "go.log"];
    let done = place.run(&files).exits(0).says_nothing();
    let done = done.prints("! 1 lines of go could not be read.").prints("line 3: gc 2 @0.0x0s 2%: cut");
    let done = done.prints("Operation `request`").prints("p99.99").prints("Go");
    done.prints("Longest pause: none in owned, 20.0 µs in go (sweep termination).");
    let json = |more: &[&str]| -> Value {
        let words = [&files[..], &["--json"], more].concat();
        serde_json::from_str(&place.run(&words).exits(0).out()).expect("JSON")
    };
    let compared = json(&[]);
    let (owned, go) = (&compared["recordings"][0], &compared["recordings"][1]);
    assert_eq!((&owned["kind"], &go["kind"]), (&Value::from("recording"), &Value::from("gc-log")));
    assert_eq!(go["totals"]["allocs"], Value::Null);
    assert_eq!(go["stop_the_world"]["max_ns"], 20_000);
    assert_eq!(go["operations"][0]["wall_ns"]["p9999"], 301);
    // Which release took longest is the scheduler's doing in a run as short as this one; that the cache went in one
    // operation is not.
    assert!(owned["longest_release"]["blocks"].as_u64().expect("a release") > 1, "{owned}");
    let operations = owned["operations"].as_array().expect("operations");
    let dropped = operations.iter().find(|one| one["name"] == "drop the whole cache").expect("the drop");
    assert!(dropped["max_frees_in_one"].as_u64().expect("its frees") > 500, "{dropped}");
    let sentences = compared["sentences"].as_array().expect("sentences");
    assert!(sentences.iter().any(|one| one.as_str().is_some_and(|one| one.starts_with("Limits: "))), "{sentences:?}");
    let aligned = json(&["--align", "scope=fill the cache"]);
    assert_eq!(aligned["recordings"][1]["origin_ns"], 5);
    assert!(aligned["recordings"][0]["origin_ns"].as_u64().expect("a scope") > 0);
    place.run(&[&files[..], &["--align", "mark=nowhere"]].concat()).exits(0).says("owned has no mark “nowhere”");
    place.run(&[&files[..], &["--align", "middle"]].concat()).exits(2).says("--align is `start`, `mark=TEXT`");
}

#[test]
fn a_page_and_a_picture_are_saved_and_named() {
    let place = place();
    let saved = ["compare", "owned.dscope", "go.log", "--html", "a.html", "--png", "a.png"];
    assert_eq!(place.run(&saved).exits(0).says_nothing().out(), "a.html\na.png\n");
    let page = fs::read_to_string(place.path("a.html")).expect("the page");
    assert!(
        page.contains("data:image/png;base64,") && page.contains("20.0 µs".replace(' ', "\u{a0}").as_str())
            || page.contains("20.0 µs")
    );
    assert!(page.contains("gc 2 @0.0x0s 2%: cut"), "lines that were not understood are in the page");
    assert!(fs::read(place.path("a.png")).expect("the picture").starts_with(b"\x89PNG"));
    place.run(&["compare", "owned.dscope", "go.log", "--html", "no/folder/a.html"]).exits(1).says("no/folder/a.html");
}

#[test]
fn a_log_is_opened_and_what_is_neither_is_told() {
    let place = place();
    place.run(&["open", "go.log"]).exits(0).prints("go.log.png\n");
    place.run(&["shot", "go.log", "-o", "x.png"]).exits(0);
    place.run(&["shot", "go.log", "-o", "x.png", "--view", "sites"]).exits(1).says("--view compare");
    place.write("notes.txt", b"nothing of a collector\n");
    let neither = "notes.txt is not a Dropscope recording";
    for words in [&["open", "notes.txt"][..], &["compare", "go.log", "notes.txt"]] {
        place.run(words).exits(1).says(neither).says("no log of a garbage collector either");
    }
}

/// Runs `name` small, or says that its language is not installed.
fn run_foreign(place: &Place, name: &str) -> Option<Value> {
    let done = place.run(&["demo", name, "--entries", "20000", "--operations", "60000"]);
    if done.err().contains("is not in PATH") {
        eprintln!("skipped: {name} ({})", done.err().trim());
        return None;
    }
    done.exits(0).says(&format!("{name}.log"));
    let log = format!("{name}.log");
    let out = place.run(&["compare", &log, &log, "--json"]).exits(0).out();
    Some(serde_json::from_str(&out).expect("JSON"))
}

#[test]
fn the_cache_in_other_languages_gives_a_log_and_its_latencies() {
    let place = Place::new();
    for (name, collector) in [
        ("lru-go", "Go"),
        ("lru-java-serial", "Java (Serial)"),
        ("lru-node", "JavaScript (V8)"),
        ("lru-python", "Python"),
    ] {
        let Some(compared) = run_foreign(&place, name) else { continue };
        let row = &compared["recordings"][0];
        assert_eq!(row["log"]["collector"], collector);
        assert_eq!(row["log"]["lines"]["not_understood"], 0, "{row}");
        assert_eq!(
            (&row["operations"][0]["name"], &row["operations"][0]["count"]),
            (&"request".into(), &60_000.into())
        );
        let times = &row["operations"][0]["wall_ns"];
        let times: Vec<u64> =
            ["p50", "p99", "p999", "p9999", "max"].iter().filter_map(|name| times[*name].as_u64()).collect();
        assert!(times.len() == 5 && times.is_sorted() && times[0] > 0, "{times:?}");
        // So small a cache can fit into the JVM's first young generation.
        let is_sure = !name.contains("java");
        assert!(
            !is_sure || row["stop_the_world"]["count"].as_u64().expect("a count") > 0,
            "{name} never collected: {row}"
        );
    }
}

#[test]
fn a_language_that_is_not_installed_is_named_and_a_foreign_file_is_kept() {
    let place = Place::new();
    let mut command = place.command(&["demo", "lru-go"]);
    command.env("PATH", place.path("empty"));
    crate::support::Done::of(command).exits(1).says("`go` is not in PATH");
    let mut command = place.command(&["demos"]);
    command.env("PATH", place.path("empty"));
    crate::support::Done::of(command).exits(0).prints("lru-go").prints("(`go` is not in PATH)");
    place.run(&["demo", "lru", "-o", "nowhere"]).exits(1).says("nowhere is no folder");
}

#[test]
fn a_group_is_recorded_and_compared_in_one_command() {
    let place = Place::new();
    let mut command = place.command(&["demo", "graph", "--entries", "50", "--operations", "200"]);
    command.env("PATH", place.path("empty"));
    let done = crate::support::Done::of(command).exits(0).says("to look at it: dropscope open graph-raii.dscope");
    done.prints("graph-raii-arena").prints("Operation `replace`").prints("Longest release without a collector");
    assert_eq!(place.names().len(), 5);
}
