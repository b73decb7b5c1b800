//! The comparison: the same work, owned and collected, recorded and put side by side.

use dropscope_tests::{dropscope, report, succeed};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

const VARIANTS: [&str; 3] = ["lru-raii", "lru-gc-arena-stop", "lru-gc-arena-incremental"];

fn record_all(folder: &std::path::Path) -> Vec<PathBuf> {
    VARIANTS
        .iter()
        .map(|name| {
            let file = folder.join(format!("{name}.dscope"));
            let small = ["--entries", "3000", "--operations", "20000"];
            succeed(Command::new(dropscope()).args(["demo", name]).args(small).arg("-o").arg(&file));
            file
        })
        .collect()
}

#[test]
fn the_comparison_shows_who_pauses_and_who_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = record_all(folder.path());
    let reports: Vec<Value> = files.iter().map(|file| report(file)).collect();
    for report in &reports {
        let request = report["operations"].as_array().unwrap().iter().find(|row| row["name"] == "request");
        assert_eq!(request.unwrap()["count"], 20_000, "the same number of requests in each");
        assert_eq!(report["lost_events"], 0);
    }
    let kinds = |report: &Value| -> Vec<String> {
        let pauses = report["pauses"].as_array().unwrap();
        pauses.iter().map(|pause| pause["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&reports[0]).is_empty(), "ownership has no collector");
    assert!(kinds(&reports[1]).iter().any(|kind| kind == "stop-the-world"));
    assert!(kinds(&reports[2]).iter().any(|kind| kind == "concurrent"));
    let most_frees = |report: &Value| {
        let rows = report["operations"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == "request").unwrap()["max_frees_in_one"].as_u64().unwrap()
    };
    assert!(most_frees(&reports[0]) <= 3, "a request of the owned cache releases what it evicts");
    assert!(most_frees(&reports[1]) > 500, "a stop releases everything at once");

    let compared = succeed(Command::new(dropscope()).args(["compare", "--json"]).args(&files));
    let compared: Value = serde_json::from_slice(&compared.stdout).unwrap();
    let text = compared.to_string();
    for report in &reports {
        let peak = report["totals"]["peak_live_bytes"].as_u64().unwrap();
        assert!(text.contains(&peak.to_string()), "compare names the peak {peak} of each report: {text}");
    }
}
