//! What `report`, `compare` and `dump` print: the contract's fields, and the right numbers in them.

use crate::names::{birth, own_module, release};
use crate::support::{Random, Script, load_bytes};
use dropscope_engine::{Alignment, BlockId, CompareSource, Compared, Comparison, Model, Names, Report, dump};
use dropscope_format::EndKind;
use dropscope_format::EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
use serde_json::{Value, json};
use std::sync::Arc;

const MILLISECOND: u64 = 1_000_000;

/// Two births at one site, one of them released by an owner; operations; a pause; no module for the rest.
fn story() -> Model {
    let mut script = Script::new();
    script.name_thread(0, "main").modules(&[own_module()]);
    let (born_at, _) = birth();
    script.at(&born_at).alloc(0, 10, 0x10, 100).zeroed(0, 20, 0x20, 200);
    script.realloc(0, (30, 31), (0x10, 100), (0x30, 300));
    script.text(0, ScopeEnter, 40, "gc: all", 0).text(0, ScopeExit, 45, "gc: all", 0);
    for number in 0..10 {
        let begin_ns = 1000 + number * 100;
        script.text(0, OperationBegin, begin_ns, "request", number * 10);
        script.text(0, OperationEnd, begin_ns + number + 1, "request", number * 10 + 1);
    }
    script.text(0, Mark, 5000, "here", 0);
    script.at(&release()).free(1, 2 * MILLISECOND, 0x30);
    script.load()
}

fn names(model: &Model) -> Names {
    Names::new(Arc::clone(model.backtraces()))
}

#[test]
fn the_report_has_every_field_of_the_contract() {
    let model = story();
    let report = serde_json::to_value(Report::new(&model, &names(&model))).unwrap();
    assert_eq!(report["format"], 1);
    assert_eq!((&report["program"], &report["complete"]), (&json!("/home/me/invented"), &json!(true)));
    assert_eq!((&report["lost_events"], &report["duration_ns"]), (&json!(0), &json!(2 * MILLISECOND + 10)));
    assert_eq!(
        report["totals"],
        json!({
            "allocs": 2, "reallocs": 1, "frees": 1, "bytes_allocated": 500, "peak_live_bytes": 500, "peak_at_ns": 31,
            "live_blocks_at_end": 1, "live_bytes_at_end": 200
        })
    );
    assert_eq!(report["runtime"], json!({"allocs": 0, "live_blocks_at_end": 0, "live_bytes_at_end": 0}));
    let site = &report["sites"][0];
    assert_eq!((&site["allocs"], &site["bytes"], &site["peak_bytes"]), (&json!(2), &json!(500), &json!(500)));
    assert_eq!((&site["leaked_bytes"], &site["short_lived"]), (&json!(200), &json!(0)));
    assert!(site["at"]["file"].as_str().unwrap().ends_with("names.rs"));
    let leak = &report["leaks"][0];
    assert_eq!((&leak["blocks"], &leak["bytes"], &leak["at"]), (&json!(1), &json!(200), &site["at"]));
    let owner = &report["owners"][0];
    assert_eq!((&owner["owner"], &owner["frees"], &owner["bytes"]), (&json!("Vec<Owner>"), &json!(1), &json!(300)));
    let operation = &report["operations"][0];
    assert_eq!((&operation["name"], &operation["count"]), (&json!("request"), &json!(10)));
    assert_eq!(operation["wall_ns"], json!({"p50": 5, "p99": 10, "p999": 10, "p9999": 10, "max": 10}));
    assert_eq!(operation["cpu_ns"], json!({"p50": 1, "p99": 1, "p999": 1, "p9999": 1, "max": 1}));
    assert_eq!(operation["max_frees_in_one"], 0);
    assert_eq!(report["pauses"], json!([{"t_ns": 40, "duration_ns": 5, "kind": "stop-the-world", "name": "gc: all"}]));
}

#[test]
fn a_site_without_names_is_null() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 5);
    let model = script.load();
    let report = serde_json::to_value(Report::new(&model, &names(&model))).unwrap();
    assert_eq!(report["leaks"], json!([{"blocks": 1, "bytes": 5, "at": null}]));
    assert_eq!(report["sites"][0]["at"], Value::Null);
}

/// Blocks that live up to 3 ms, some of them to the end, some grown in between: several runs of each column.
fn many_blocks() -> Model {
    let (mut script, mut random) = (Script::new(), Random(7));
    let mut alive = Vec::new();
    for step in 0..1500 {
        let now_ns = step * MILLISECOND / 100 + random.below(3);
        let chosen = random.below(alive.len().max(1) as u64) as usize;
        match random.below(5) {
            0 if !alive.is_empty() => {
                let (address, size_bytes) = &mut alive[chosen];
                let more = *size_bytes + random.below(900);
                script.realloc(0, (now_ns, now_ns + 1), (*address, *size_bytes), (*address, more));
                *size_bytes = more;
            }
            1 | 2 if alive.len() > 90 => {
                let (address, _) = alive.swap_remove(chosen);
                script.free(0, now_ns, address);
            }
            _ => {
                let block = ((step + 1) * 0x100, random.below(500));
                script.alloc(0, now_ns, block.0, block.1);
                alive.push(block);
            }
        }
    }
    script.load()
}

#[test]
fn the_sums_of_a_site_are_those_of_its_blocks_one_by_one() {
    let model = many_blocks();
    let (blocks, peak_ns) = (model.blocks(), model.totals().peak_at_ns);
    let is_at_peak =
        |block| blocks.born_ns(block) <= peak_ns && blocks.died_ns(block).is_none_or(|died| died > peak_ns);
    let is_short = |block| blocks.lifetime_ns(block).is_some_and(|lifetime_ns| lifetime_ns < MILLISECOND);
    let sum = |of: &dyn Fn(BlockId) -> u64| blocks.ids().map(of).sum::<u64>();
    let report = serde_json::to_value(Report::new(&model, &names(&model))).unwrap();
    let expected = json!({
        "at": null,
        "allocs": blocks.count(),
        "bytes": sum(&|block| blocks.size_bytes(block)),
        "peak_bytes": sum(&|block| if is_at_peak(block) { blocks.size_at(block, peak_ns) } else { 0 }),
        "leaked_bytes": sum(&|block| if blocks.is_alive(block) { blocks.size_bytes(block) } else { 0 }),
        "short_lived": sum(&|block| u64::from(is_short(block))),
    });
    assert_eq!(report["sites"], json!([expected]));
    let live: Vec<BlockId> = blocks.live_at(peak_ns).collect();
    assert_eq!(live, blocks.ids().filter(|&block| is_at_peak(block)).collect::<Vec<_>>());
    assert_eq!(expected["peak_bytes"], model.totals().peak_live_bytes);
    let short_lived = expected["short_lived"].as_u64().unwrap();
    assert!((100..u64::from(blocks.released_count()) - 100).contains(&short_lived), "some of both: {short_lived}");
}

#[test]
fn the_dump_has_one_object_a_line_in_order_of_time() {
    let model = story();
    let mut out = Vec::new();
    dump(&model, &names(&model), &mut out).unwrap();
    let lines: Vec<Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert_eq!(lines[0], json!({"event": "thread", "thread": 0, "name": "main"}));
    let keys = |line: &Value| line.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let alloc = &lines[1];
    let expected = ["event", "t_ns", "thread", "block", "address", "size", "align", "zeroed", "at", "frames"];
    assert_eq!(keys(alloc), expected.map(str::to_owned).into());
    assert_eq!((&alloc["event"], &alloc["block"], &alloc["address"]), (&json!("alloc"), &json!(1), &json!("0x10")));
    assert_eq!((&alloc["size"], &alloc["align"], &alloc["zeroed"]), (&json!(100), &json!(8), &json!(false)));
    assert_eq!(keys(&alloc["at"]), ["function", "file", "line", "column"].map(str::to_owned).into());
    assert_eq!(keys(&alloc["frames"][0]), ["function", "file", "line", "column", "inlined"].map(str::to_owned).into());
    assert_eq!(lines[2]["zeroed"], true);
    let realloc = &lines[3];
    assert_eq!((&realloc["event"], &realloc["block"]), (&json!("realloc"), &json!(1)));
    assert_eq!((&realloc["old_size"], &realloc["size"]), (&json!(100), &json!(300)));
    assert_eq!((&realloc["moved"], &realloc["address"]), (&json!(true), &json!("0x30")));
    assert_eq!(lines[4], json!({"event": "scope_enter", "t_ns": 40, "thread": 0, "name": "gc: all"}));
    let free = &lines[lines.len() - 1];
    assert_eq!((&free["event"], &free["block"], &free["thread"]), (&json!("free"), &json!(1), &json!(1)));
    assert_eq!((&free["size"], &free["owners"][0]), (&json!(300), &json!("Vec<Owner>")));
    assert_eq!(lines[lines.len() - 2], json!({"event": "thread", "thread": 1, "name": "thread 1"}));
    assert_eq!(lines[lines.len() - 3], json!({"event": "mark", "t_ns": 5000, "thread": 0, "name": "here"}));
    let times: Vec<u64> = lines.iter().filter_map(|line| line["t_ns"].as_u64()).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_release_of_an_unknown_block_has_no_block() {
    let mut script = Script::new();
    script.free(0, 3, 0x66).realloc(0, (4, 5), (0x77, 5), (0x88, 50));
    let model = script.load();
    let mut out = Vec::new();
    dump(&model, &names(&model), &mut out).unwrap();
    let lines: Vec<Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[1]["block"], &lines[1]["address"]), (&Value::Null, &json!("0x66")));
    assert_eq!(
        (&lines[2]["event"], &lines[2]["old_size"], &lines[2]["size"]),
        (&json!("realloc"), &json!(5), &json!(50))
    );
}

#[test]
fn a_comparison_sums_pauses_by_kind() {
    let model = story();
    let names = names(&model);
    let source = CompareSource::Recording(&model, &names);
    let one = |name: &str| Compared { name: name.to_owned(), source };
    let compared = serde_json::to_value(Comparison::new(&[one("a"), one("b")], Alignment::Start)).unwrap();
    assert_eq!(compared["format"], 1);
    assert_eq!(compared["recordings"][1]["name"], "b");
    let first = &compared["recordings"][0];
    assert_eq!(first["stop_the_world"], json!({"count": 1, "total_ns": 5, "max_ns": 5}));
    assert_eq!(first["concurrent"]["count"], 0);
    assert_eq!((&first["totals"]["peak_live_bytes"], &first["leaked_bytes"]), (&json!(500), &json!(200)));
}

/// Found by the fuzzer: sums of what a damaged or made-up file says.
#[test]
fn sizes_and_counts_that_cannot_be_are_summed_without_harm() {
    let mut script = Script::new();
    script.at(&[1, 2]);
    for (number, time_ns) in [(1, 10), (2, 20), (3, 30)] {
        script.alloc(0, time_ns, number << 12, u64::MAX);
    }
    script.free(0, 40, 1 << 12).free(0, 50, 2 << 12);
    let mut bytes = script.end(EndKind::Orderly);
    let mut encoder = dropscope_format::Encoder::new();
    let status = dropscope_engine::Status {
        lost_events: [u64::MAX; dropscope_format::LOST_CAUSES],
        complete_stacks: u64::MAX,
        truncated_stacks: u64::MAX,
        ..<_>::default()
    };
    encoder.status(&status);
    bytes.extend(encoder.out);
    let model = load_bytes(&bytes);
    let names = Names::new(Arc::clone(model.backtraces()));
    let report = Report::new(&model, &names);
    assert_eq!((report.totals.allocs, report.totals.frees), (3, 2));
    assert!(report.lost_events > 0);
    dropscope_engine::dump(&model, &names, &mut std::io::sink()).unwrap();
}
