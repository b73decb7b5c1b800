//! The comparison in the window: logs beside recordings, aligned, scaled, saved; its numbers are those of the JSON.

use crate::invented::some_of_everything;
use crate::support::Driven;
use dropscope_app::model::command::{Command, SaveAs};
use dropscope_app::model::compare::numbers::cells;
use dropscope_app::model::state::{CompareTab, Screen};
use dropscope_engine::Alignment;
use std::path::{Path, PathBuf};

const GO: &str = "gc 1 @0.001s 2%: 0.020+0.5+0.010 ms clock, 0.040+0/1.0/0+0.020 ms cpu, 4->5->3 MB, 5 MB goal, 2 P\n\
                  lru is ready\n\
                  gc 2 @0.002s 2%: 0.030+0.5+0.040 ms clock, 0.060+0/1.0/0+0.080 ms cpu, 6->7->4 MB, 7 MB goal, 2 P\n\
                  gc 3 @0.0x0s 2%: cut\n";

const OPERATIONS: &str = r#"{"operation_log":1,"program":"lru.go"}
{"scope":"whole run","t_ns":50000,"end_ns":3000000}
{"operation":"request","t_ns":100000,"wall_ns":2600000,"count":6}
{"operation":"request","count":6,"wall_ns":{"p50":200,"p99":300,"p999":300,"p9999":300,"max":2600000}}
"#;

fn log(folder: &Path, operations: Option<&str>) -> PathBuf {
    let path = folder.join("lru-go.log");
    std::fs::write(&path, GO).unwrap();
    if let Some(operations) = operations {
        std::fs::write(dropscope_engine::gclog::operations_path(&path), operations).unwrap();
    }
    path
}

fn compared(operations: Option<&str>) -> Driven {
    let mut driven = Driven::new();
    let paths = [some_of_everything().write(driven.folder(), "owned"), log(driven.folder(), operations)];
    driven.open(&paths);
    assert_eq!(driven.harness.state().desk.state.screen, Screen::Comparison);
    driven
}

#[test]
fn a_log_is_a_row_beside_a_recording_and_what_it_does_not_tell_is_said() {
    let mut driven = compared(None);
    driven.assert_shows("Longest pause: 100 µs in owned (gc: full), 40.0 µs in lru-go (mark termination).");
    driven.assert_shows("1 lines of lru-go could not be read");
    driven.assert_shows("Go");
    driven.click("Logs");
    driven.assert_shows("4 lines: 2 understood, 0 with nothing needed here, 1 not understood, 1 of something else");
    driven.assert_shows("gc 3 @0.0x0s 2%: cut");
    driven.assert_shows("no file with the program's operations");
}

#[test]
fn a_log_alone_is_a_comparison_of_one() {
    let mut driven = Driven::new();
    let path = log(driven.folder(), None);
    driven.open(&[path]);
    driven.assert_shows("Longest pause: 40.0 µs in lru-go (mark termination).");
    driven.assert_hides("Differences");
    driven.click("Close lru-go");
    driven.assert_hides("Longest pause");
}

#[test]
fn every_number_of_the_table_is_the_one_of_the_json() {
    let driven = compared(Some(OPERATIONS));
    let result = driven.harness.state().desk.state.compare.result.get().unwrap();
    for row in &result.comparison.recordings {
        for [first, second] in dropscope_app::model::compare::numbers::cells(row) {
            driven.assert_shows(&first);
            driven.assert_shows(&second);
        }
    }
    let json = serde_json::to_value(&**result).unwrap();
    assert_eq!(json["recordings"][1]["operations"][0]["wall_ns"]["max"], 2_600_000);
    driven.assert_shows("2.60 ms");
    assert_eq!(json["recordings"][0]["stop_the_world"]["max_ns"], 100_000);
    driven.assert_shows("100 µs");
}

#[test]
fn rows_are_aligned_by_a_scope_that_both_have_and_scaled_apart() {
    let mut driven = compared(Some(OPERATIONS));
    let result = driven.harness.state().desk.state.compare.result.get().unwrap();
    let by = Alignment::Scope("whole run".to_owned());
    assert!(result.choices.contains(&by), "{:?}", result.choices);
    driven.harness.state_mut().desk.apply(Command::Align(by));
    driven.settle();
    assert_eq!(driven.harness.state().desk.state.compare.origins_ns, [Some(100_000), Some(50_000)]);
    driven.assert_hides("has no such moment");
    driven.harness.state_mut().desk.apply(Command::Align(Alignment::Mark("configuration read".to_owned())));
    driven.settle();
    assert_eq!(driven.harness.state().desk.state.compare.origins_ns, [Some(200_000), None]);
    driven.assert_shows("has no such moment: shown from its start");
    driven.click("Own scales");
    assert!(driven.harness.state().desk.state.compare.is_scaled_apart);
}

#[test]
fn the_cursor_stays_and_each_row_tells_its_value() {
    let mut driven = compared(Some(OPERATIONS));
    driven.harness.state_mut().desk.apply(Command::SetCompareCursor(Some(1_100_000)));
    driven.settle();
    driven.assert_shows("heap, slowest near here 2.60 ms, mark 500 µs beside the program");
    driven.assert_shows(" live, slowest near here");
    driven.harness.state_mut().desk.apply(Command::SetCompareCursor(Some(2_900_000)));
    driven.settle();
    driven.assert_shows("has ended");
}

#[test]
fn a_page_and_a_picture_are_saved_and_told() {
    let mut driven = compared(Some(OPERATIONS));
    let (page, picture) = (driven.folder().join("a.html"), driven.folder().join("a.png"));
    for (save_as, path) in [(SaveAs::Page, &page), (SaveAs::Picture, &picture)] {
        driven.harness.state_mut().desk.apply(Command::SaveComparison(save_as, Some(path.clone())));
        driven.settle();
        driven.assert_shows(&format!("Saved: {}", path.display()));
    }
    let page = std::fs::read_to_string(page).unwrap();
    for part in ["<!DOCTYPE html>", "Longest pause: 100 µs in owned", "data:image/png;base64,", "id=\"comparison\""] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "it needs nothing from elsewhere");
    let json = page.split_once("id=\"comparison\">").unwrap().1.split_once("</script>").unwrap().0;
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["recordings"][1]["log"]["collector"], "Go");
    // The page is made from the files anew, the window's numbers from what it has open: they are the same.
    let state = &driven.harness.state().desk.state;
    let result = state.compare.result.get().unwrap();
    assert_eq!(serde_json::to_value(result.as_ref()).unwrap(), json);
    let table = page.split_once("<h2>Numbers</h2>").unwrap().1.split_once("</table>").unwrap().0;
    for [above, below] in result.comparison.recordings.iter().flat_map(cells) {
        // Thin spaces are no-break spaces there.
        let has = |number: &str| table.contains(&number.replace('\u{202f}', "\u{a0}"));
        assert!(has(&above) && has(&below), "{above} {below} in {table}");
        driven.assert_shows(&above);
        driven.assert_shows(&below);
    }
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    let nowhere = driven.folder().join("no/such/folder.html");
    driven.harness.state_mut().desk.apply(Command::SaveComparison(SaveAs::Page, Some(nowhere)));
    driven.settle();
    driven.assert_shows("The comparison cannot be saved");
}

#[test]
fn two_recordings_have_differences_by_site_and_owner() {
    let mut driven = Driven::new();
    let paths = ["before", "after"].map(|name| some_of_everything().write(driven.folder(), name));
    driven.open(&paths);
    driven.harness.state_mut().desk.apply(Command::ChooseCompareTab(CompareTab::Differences));
    driven.settle();
    driven.assert_shows("after against before");
    driven.assert_shows("No difference by what is born at");
}
