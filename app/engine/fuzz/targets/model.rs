//! Any bytes as a recording, read into the model, asked everything and printed.
#![no_main]

#[path = "../../../../tracker/format/fuzz/targets/input.rs"]
mod input;

use dropscope_engine::{Names, Report, dump, load};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|input: &[u8]| {
    let Some((path, _)) = input::write(input) else { return };
    let Ok(model) = load(&path, |_| {}) else { return };
    let names = Names::new(Arc::clone(model.backtraces()));
    let report = Report::new(&model, &names);
    assert_eq!(report.totals.allocs, model.totals().allocs);
    let _ = dump(&model, &names, &mut std::io::sink());
});
