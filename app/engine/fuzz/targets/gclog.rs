//! Any bytes as a collector's log: what the importers say of it holds, and each line is counted once.
#![no_main]

use dropscope_engine::PauseKind;
use dropscope_engine::gclog::{MAX_SAMPLES, detect, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let result = parse(bytes);
    let is_blank = bytes.iter().all(u8::is_ascii_whitespace);
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if !is_wide {
        assert_eq!(result.is_ok(), detect(bytes).is_some() && !is_blank);
    }
    let Ok(log) = result else { return };
    if !is_wide {
        let ends = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let lines = ends + u64::from(bytes.last().is_some_and(|&byte| byte != b'\n'));
        assert_eq!(log.lines.total(), lines, "{:?}", log.lines);
    }
    assert_eq!(log.not_understood_samples.len() as u64, log.lines.not_understood.min(MAX_SAMPLES as u64));
    assert!(log.phases.is_sorted_by_key(|phase| phase.start_ns));
    assert!(log.phases.iter().all(|phase| phase.end_ns() <= log.duration_ns));
    for kind in [PauseKind::StopTheWorld, PauseKind::Concurrent] {
        assert!(log.covered_ns(kind) <= log.duration_ns);
    }
});
