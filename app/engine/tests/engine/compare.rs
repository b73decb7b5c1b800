//! Comparisons: rows of recordings and logs, what is put above what, the longest release, differences by place.

use crate::names::{birth, own_module, release};
use crate::support::Script;
use dropscope_engine::gclog::{Log, operations_path};
use dropscope_engine::{Alignment, CompareSource, Compared, Comparison, Model, Names};
use dropscope_format::EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
use serde_json::{Value, json};
use std::sync::Arc;

const MS: u64 = 1_000_000;

/// One run's log of Go's collector: two pauses and one marking for each line.
const GO: &str = "gc 1 @0.010s 2%: 0.020+1.5+0.010 ms clock, 0.040+0/1.0/0+0.020 ms cpu, 4->5->3 MB, 5 MB goal, 2 P\n\
                  lru is ready\n\
                  gc 2 @0.030s 2%: 0.030+2.5+0.040 ms clock, 0.060+0/1.0/0+0.080 ms cpu, 6->7->4 MB, 7 MB goal, 2 P\n\
                  gc 3 @0.0x0s 2%: cut\n";

const OPERATIONS: &str = r#"{"operation_log":1,"program":"lru.go"}
{"scope":"fill the cache","t_ns":1000000,"end_ns":20000000}
{"scope":"answer requests","t_ns":20000000,"end_ns":40000000}
{"operation":"request","t_ns":20000000,"wall_ns":300,"count":4}
{"operation":"request","t_ns":30000000,"wall_ns":2600000,"count":1}
{"operation":"request","count":5,"wall_ns":{"p50":200,"p99":300,"p999":300,"p9999":300,"max":2600000}}
{"operation":"request","coun
{"end_ns":41000000}
"#;

fn names(model: &Model) -> Names {
    Names::new(Arc::clone(model.backtraces()))
}

fn compared(rows: &[(&str, CompareSource<'_>)], align: Alignment) -> Value {
    let rows: Vec<_> = rows.iter().map(|&(name, source)| Compared { name: name.to_owned(), source }).collect();
    serde_json::to_value(Comparison::new(&rows, align)).unwrap()
}

fn log(operations: Option<&str>) -> Log {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lru-go.log");
    std::fs::write(&path, GO).unwrap();
    if let Some(operations) = operations {
        std::fs::write(operations_path(&path), operations).unwrap();
    }
    Log::open(&path).unwrap()
}

#[test]
fn a_log_is_a_row_whose_unknown_numbers_are_null() {
    let log = log(None);
    let row = &compared(&[("go", CompareSource::Log(&log))], Alignment::Start)["recordings"][0];
    assert_eq!((&row["kind"], &row["name"], &row["origin_ns"]), (&json!("gc-log"), &json!("go"), &json!(0)));
    assert_eq!(row["totals"]["peak_live_bytes"], 7 << 20, "the heap at its greatest");
    assert_eq!(row["totals"]["live_bytes_at_end"], 4 << 20);
    for unknown in ["allocs", "frees", "bytes_allocated", "live_blocks_at_end"] {
        assert_eq!(row["totals"][unknown], Value::Null, "{unknown}");
    }
    assert_eq!(
        (&row["leaked_bytes"], &row["collector"], &row["longest_release"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(row["stop_the_world"], json!({"count": 4, "total_ns": 100_000, "max_ns": 40_000}));
    assert_eq!(row["concurrent"], json!({"count": 2, "total_ns": 4 * MS, "max_ns": 5 * MS / 2}));
    assert_eq!(row["pauses"].as_array().unwrap().len(), 6);
    assert_eq!(row["log"]["collector"], "Go");
    assert_eq!(
        row["log"]["lines"],
        json!({"total": 4, "understood": 2, "ignored": 0, "not_understood": 1, "other": 1})
    );
    assert_eq!(row["log"]["not_understood_samples"], json!([{"line": 4, "text": "gc 3 @0.0x0s 2%: cut"}]));
    assert_eq!((&row["complete"], &row["operations"]), (&json!(false), &json!([])));
}

#[test]
fn operations_beside_a_log_are_its_latency_and_broken_lines_of_them_are_counted() {
    let log = log(Some(OPERATIONS));
    let row =
        &compared(&[("go", CompareSource::Log(&log))], Alignment::Scope("answer requests".to_owned()))["recordings"][0];
    assert_eq!((&row["program"], &row["duration_ns"]), (&json!("lru.go"), &json!(41 * MS)));
    assert_eq!(row["origin_ns"], 20 * MS);
    let operation = &row["operations"][0];
    assert_eq!((&operation["name"], &operation["count"]), (&json!("request"), &json!(5)));
    assert_eq!(operation["wall_ns"], json!({"p50": 200, "p99": 300, "p999": 300, "p9999": 300, "max": 2_600_000}));
    assert_eq!((&operation["cpu_ns"], &operation["max_frees_in_one"]), (&Value::Null, &Value::Null));
    let lines = &row["log"]["operation_lines"];
    assert_eq!((&lines["understood"], &lines["not_understood"]), (&json!(7), &json!(1)));
    assert_eq!(row["log"]["operation_not_understood_samples"][0]["line"], 7);
    let slowest = &log.operations.unwrap().slowest;
    assert_eq!(slowest.iter().map(|one| one.wall_ns).collect::<Vec<_>>(), [300, 2_600_000]);
}

#[test]
fn a_stretch_of_releases_ends_where_the_thread_does_something_else() {
    let mut script = Script::new();
    for number in 0..40 {
        script.alloc(0, 10 + number, 0x1000 + number * 16, 8);
    }
    script.text(0, OperationBegin, 900, "drop all", 0);
    // Ten releases in 900 ns, an allocation, four in 300 ns; those of another thread lie between and count apart.
    for number in 0..10 {
        script.free(0, 1_000 + number * 100, 0x1000 + number * 16);
    }
    script.alloc(0, 1_950, 0x9000, 1);
    for number in 10..14 {
        script.free(0, 2_000 + (number - 10) * 100, 0x1000 + number * 16);
    }
    script.text(0, OperationEnd, 2_900, "drop all", 1_500);
    script.free(1, 1_050, 0x1000 + 20 * 16).free(1, 1_150, 0x1000 + 21 * 16);
    // After a long rest it is not the same stretch any more.
    script.free(1, 1_150 + 30 * MS, 0x1000 + 22 * 16);
    let model = script.load();
    let names = names(&model);
    let row = &compared(&[("a", CompareSource::Recording(&model, &names))], Alignment::Start)["recordings"][0];
    let longest = &row["longest_release"];
    assert_eq!((&longest["t_ns"], &longest["duration_ns"]), (&json!(1_000), &json!(900)));
    assert_eq!((&longest["blocks"], &longest["bytes"]), (&json!(10), &json!(80)));
    assert_eq!((&longest["operation"], &longest["operation_cpu_ns"]), (&json!("drop all"), &json!(1_500)));
    assert_eq!(row["longest_collector_release"], Value::Null);
}

/// Two blocks that a real owner's drop glue releases, and one that stays.
fn story(scale: u64) -> Model {
    let mut script = Script::new();
    let (born_at, _) = birth();
    script.modules(&[own_module()]).at(&born_at);
    script.text(0, ScopeEnter, 5 * scale, "work", 0).text(0, ScopeExit, 6 * scale, "work", 0);
    script.text(0, ScopeEnter, 7 * scale, "gc: all", 0).text(0, ScopeExit, 8 * scale, "gc: all", 0);
    script.text(0, Mark, 9 * scale, "ready", 0);
    script.alloc(0, 10 * scale, 0x10, 100 * scale).alloc(0, 11 * scale, 0x20, 50).alloc(0, 12 * scale, 0x30, 7);
    script.at(&release()).free(0, 20 * scale, 0x10).free(0, 21 * scale, 0x20);
    script.load()
}

#[test]
fn the_longest_release_says_where_and_of_what() {
    let model = story(1);
    let names = names(&model);
    let row = &compared(&[("a", CompareSource::Recording(&model, &names))], Alignment::Start)["recordings"][0];
    let longest = &row["longest_release"];
    assert_eq!((&longest["blocks"], &longest["owner"]), (&json!(2), &json!("Vec<Owner>")));
    assert!(longest["at"]["file"].as_str().unwrap().ends_with("names.rs"), "{longest}");
}

#[test]
fn rows_stand_by_a_mark_or_a_scope_where_they_have_it() {
    let (one, ten, log) = (story(1), story(10), log(Some(OPERATIONS)));
    let (names_one, names_ten) = (names(&one), names(&ten));
    let sources = [
        CompareSource::Recording(&one, &names_one),
        CompareSource::Recording(&ten, &names_ten),
        CompareSource::Log(&log),
    ];
    let origins = |align: Alignment| sources.map(|source| align.origin_ns(source));
    assert_eq!(origins(Alignment::Start), [Some(0); 3]);
    assert_eq!(origins(Alignment::Mark("ready".to_owned())), [Some(9), Some(90), None]);
    assert_eq!(origins(Alignment::Scope("work".to_owned())), [Some(5), Some(50), None]);
    assert_eq!(origins(Alignment::Scope("fill the cache".to_owned())), [None, None, Some(MS)]);
    let choices = |source| Alignment::choices(source, 10);
    let (scope, mark) = (|name: &str| Alignment::Scope(name.to_owned()), |text: &str| Alignment::Mark(text.to_owned()));
    assert_eq!(choices(sources[0]), [scope("work"), mark("ready")], "a collector's scopes are no landmarks");
    assert_eq!(choices(sources[2]), [scope("fill the cache"), scope("answer requests")]);
    assert_eq!(Alignment::choices(sources[2], 1), [scope("fill the cache")]);
    let told = compared(&[("a", sources[0]), ("go", sources[2])], scope("work"));
    assert_eq!(told["align"], json!({"by": "scope", "name": "work"}));
    assert_eq!((&told["recordings"][0]["origin_ns"], &told["recordings"][1]["origin_ns"]), (&json!(5), &json!(null)));
}

#[test]
fn differences_are_by_place_and_by_owner_against_the_first_recording() {
    let (small, big, log) = (story(1), story(10), log(None));
    let (names_small, names_big) = (names(&small), names(&big));
    let rows = [
        ("go", CompareSource::Log(&log)),
        ("small", CompareSource::Recording(&small, &names_small)),
        ("big", CompareSource::Recording(&big, &names_big)),
    ];
    let differences = &compared(&rows, Alignment::Start)["differences"];
    assert_eq!(differences.as_array().unwrap().len(), 1, "a log has no sites");
    let difference = &differences[0];
    assert_eq!((&difference["base"], &difference["other"]), (&json!("small"), &json!("big")));
    let site = &difference["sites"][0];
    assert!(site["at"]["file"].as_str().unwrap().ends_with("names.rs"));
    assert_eq!(site["base"], json!({"blocks": 3, "bytes": 157, "peak_bytes": 157, "leaked_bytes": 7}));
    assert_eq!(site["other"], json!({"blocks": 3, "bytes": 1057, "peak_bytes": 1057, "leaked_bytes": 7}));
    assert_eq!(site["bytes_change"], 900);
    let owner = &difference["owners"][0];
    assert_eq!((&owner["owner"], &owner["bytes_change"]), (&json!("Vec<Owner>"), &json!(900)));
    let same = compared(&[rows[1], rows[1]], Alignment::Start);
    assert_eq!((&same["differences"][0]["sites"], &same["differences"][0]["owners"]), (&json!([]), &json!([])));
}

#[test]
fn of_a_million_steps_the_longest_are_kept_and_the_rest_is_counted() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 1);
    for number in 0..3_000 {
        let start_ns = 1_000 + number * 100;
        script.text(0, ScopeEnter, start_ns, "gc-step: x", 0);
        script.text(0, ScopeExit, start_ns + 1 + number % 60, "gc-step: x", 0);
    }
    let model = script.load();
    let names = names(&model);
    let row = &compared(&[("a", CompareSource::Recording(&model, &names))], Alignment::Start)["recordings"][0];
    assert_eq!((&row["concurrent"]["count"], &row["concurrent"]["max_ns"]), (&json!(3_000), &json!(60)));
    let pauses = row["pauses"].as_array().unwrap();
    assert_eq!((pauses.len(), &row["pauses_left_out"]), (1_000, &json!(2_000)));
    let shortest = pauses.iter().map(|pause| pause["duration_ns"].as_u64().unwrap()).min();
    assert_eq!(shortest, Some(41), "a third of sixty lengths, each 50 times");
    assert!(pauses.is_sorted_by_key(|pause| pause["t_ns"].as_u64()));
}
