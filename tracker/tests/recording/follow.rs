//! A recording can be read while it is being written.

use crate::support::{Fixture, Read, assert_as_logged};
use dropscope_format::{Recording, State};
use std::time::{Duration, Instant};

#[test]
fn a_running_program_is_followed_and_then_killed() {
    let mut read = Read::nothing();
    let run = Fixture::new(&["endless"]).run_by(|command, folder| {
        let mut child = command.spawn().unwrap();
        let path = folder.path().join("out.dscope");
        let until = Instant::now() + Duration::from_secs(20);
        let mut recording = loop {
            match Recording::open(&path) {
                Ok(recording) => break recording,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
        };
        // The program itself says how far it is, by its log; the file follows it by less than what it does in 20 ms
        // and a slow machine's hiccups.
        while read.told.len() < 50_000 {
            read.on(&mut recording);
            assert!(matches!(read.state, State::Reading | State::Following), "{:?}", read.state);
            assert!(Instant::now() < until, "only {} events", read.told.len());
        }
        let last_ns = read.told.last().unwrap().event.time_ns;
        assert!(read.watermark_ns > 0 && read.watermark_ns <= last_ns + 1_000_000_000, "{}", read.watermark_ns);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        while matches!(read.state, State::Reading | State::Following) {
            read.on(&mut recording);
        }
        output
    });
    assert_eq!(read.state, State::Cut);
    read.assert_nothing_lost();
    let (logged, mut told) = (run.log(), read.logged());
    for (thread, events) in &mut told {
        let finished = logged.get(thread).map_or(0, Vec::len);
        assert!(events.len() - finished <= 1, "{} events, {finished} logged", events.len());
        events.truncate(finished);
    }
    told.retain(|_, events| !events.is_empty());
    assert_as_logged(&logged, &told);
}
