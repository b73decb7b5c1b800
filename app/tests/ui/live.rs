//! Programs that still run: what has been read of one grows, and nothing moves under the pointer meanwhile; a group of
//! them is stopped.

use crate::support::{Driven, PATIENCE};
use dropscope_app::launch::{DemoOptions, ForeignError, ForeignLaunch, Options, absent, start_demo};
use dropscope_app::model::command::Command;
use dropscope_app::model::state::Tab;
use dropscope_demos::WorkloadOptions;
use dropscope_demos::languages::find_foreign;
use dropscope_engine::gclog::Log;
use egui_kittest::kittest::Queryable as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The number of the answer that the table of the view that is open shows.
fn serial(driven: &Driven) -> Option<u64> {
    let state = &driven.harness.state().desk.state;
    state.documents.first()?.analysis.answer(state.tab).map(|answer| answer.serial)
}

/// Draws until `is_so`; never longer than patience lasts.
fn until(driven: &mut Driven, what: &str, mut is_so: impl FnMut(&Driven) -> bool) {
    let started = Instant::now();
    while !is_so(driven) {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        driven.harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_moves_under_the_pointer_when_data_arrives() {
    hold_under_the_pointer(Tab::Sites);
}

#[test]
fn nothing_moves_under_the_pointer_when_the_question_reaches_to_the_end() {
    hold_under_the_pointer(Tab::Growth);
}

fn hold_under_the_pointer(tab: Tab) {
    let mut driven = Driven::new();
    let path = driven.folder().join("endless.dscope");
    let options = Options { output: Some(path.clone()), silent: true, ends_with_launch: true, ..Options::default() };
    let program = Some(PathBuf::from(env!("CARGO_BIN_EXE_dropscope")));
    // So many that it still runs when all has been seen, however busy the machine is.
    let endless = DemoOptions { entries: Some(500), operations: Some(1 << 30), program, ..DemoOptions::default() };
    let launch = start_demo("lru-raii", &endless, &options).unwrap();
    let desk = &mut driven.harness.state_mut().desk;
    desk.apply(Command::ChooseTab(tab));
    desk.apply(Command::Follow(path, "endless".to_owned()));
    until(&mut driven, "places are shown", |driven| serial(driven).is_some());
    let first = serial(&driven);
    until(&mut driven, "newer ones follow", |driven| serial(driven) != first);
    // Into the table, below its heading.
    let place = driven.harness.get_by_role_and_label(egui::accesskit::Role::Tab, tab.name()).rect();
    driven.harness.hover_at(egui::pos2(place.center().x, 700.0));
    driven.harness.step();
    driven.harness.step();
    let held = serial(&driven);
    let seconds = |driven: &Driven| driven.harness.state().desk.state.documents[0].facts.duration_ns / 1_000_000_000;
    let before = seconds(&driven);
    until(&mut driven, "more has been read", |driven| seconds(driven) > before + 1);
    until(&mut driven, "the table says that it waits", |driven| driven.shows("newer data waits for the pointer"));
    assert_eq!(serial(&driven), held, "the table under the pointer is another one");
    driven.harness.hover_at(egui::pos2(place.center().x, 5.0));
    until(&mut driven, "the newer ones are shown", |driven| serial(driven) != held);
    drop(launch);
}

#[test]
fn a_group_says_how_far_it_is_and_stops() {
    let mut driven = Driven::new();
    driven.harness.state_mut().desk.apply(Command::StartGroup("lru"));
    let is_shown = |driven: &Driven| driven.harness.state().desk.state.compared().next().is_some();
    until(&mut driven, "the first is shown", is_shown);
    driven.assert_shows("recording 1 of ");
    driven.harness.get_by_label("Stop").click();
    until(&mut driven, "the group has ended", |driven| driven.harness.state().desk.state.group.is_none());
    driven.settle();
    driven.assert_hides("recording 1 of ");
    assert_eq!(driven.harness.state().desk.state.compared().count(), 1, "what there is of the first stays");
}

#[test]
fn a_workload_in_another_language_runs_to_its_end_or_is_stopped() {
    let foreign = find_foreign("lru-python").unwrap();
    if let Some(program) = absent(foreign) {
        return eprintln!("left out: {program} is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let start = |operations, name: &str| {
        let options = WorkloadOptions { entries: 500, operations, seed: 1 };
        ForeignLaunch::start(foreign, options, folder.path().join(name), || {}).unwrap()
    };
    let end = |mut launch: ForeignLaunch| {
        let started = Instant::now();
        loop {
            if let Some(result) = launch.poll() {
                return result;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    end(start(2_000, "whole.log")).unwrap();
    let log = Log::open(&folder.path().join("whole.log")).unwrap();
    let requests = &log.operations.unwrap().sums[0];
    assert_eq!(requests.count, 2_000);
    assert!(requests.cpu_ns.is_some(), "the CPU time of its thread is measured");
    let endless = start(20_000_000, "endless.log");
    endless.stop();
    assert!(matches!(end(endless), Err(ForeignError::Cancelled)));
    assert!(!folder.path().join("endless.log").exists());
}
