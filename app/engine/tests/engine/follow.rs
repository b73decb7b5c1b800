//! A session reads on its own, and follows a file that grows.

use crate::support::Script;
use dropscope_engine::{EndKind, OpenError, ReadState, Session};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(10), "{what} did not come within 10 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_session_reads_to_the_end_and_wakes_its_watcher() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.dscope");
    let mut script = Script::new();
    for number in 0..50_000u64 {
        script.alloc((number % 3) as u32, number, 64 * (number + 1), 1);
    }
    std::fs::write(&path, script.end(EndKind::Orderly)).unwrap();
    let woken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&woken);
    let session = Session::open(&path, move || counter.store(1, Ordering::Relaxed)).unwrap();
    wait_for("the end", || session.state().is_final());
    let model = session.model().read();
    assert_eq!((model.blocks().count(), model.live().value_at(u64::MAX)), (50_000, 50_000));
    assert!(matches!(model.state(), ReadState::Ended(_)));
    drop(model);
    wait_for("a wake", || woken.load(Ordering::Relaxed) > 0);
    assert_eq!((session.progress().fraction(), session.failure()), (1.0, None));
}

#[test]
fn a_session_sorts_what_a_watermark_overtook() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("late.dscope");
    let mut script = Script::new();
    script.alloc(0, 10, 0x10, 1).flush(50).free(1, 20, 0x10).alloc(1, 30, 0x10, 2);
    std::fs::write(&path, script.end(EndKind::Orderly)).unwrap();
    let session = Session::open(&path, || {}).unwrap();
    wait_for("the sorted model", || {
        let model = session.model().read();
        model.state().is_final() && model.oddities().late_events == 0
    });
    assert_eq!(session.model().read().blocks().died_ns(dropscope_engine::BlockId(1)), Some(20));
}

#[test]
fn what_is_no_recording_gets_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let open = |path: &Path| Session::open(path, || {}).err().expect("an error");
    assert!(matches!(open(&path), OpenError::Io { .. }));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(open(&path), OpenError::Empty(_)));
    std::fs::write(&path, "#!/bin/sh\necho hello\n").unwrap();
    assert!(open(&path).to_string().contains("not a Dropscope recording"));
}
