//! Reads a recording and prints its report and how fast that went: `cargo run --release --example look -- FILE [dump]`.

// An example says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use dropscope_engine::{Names, Report, dump, load};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the file of a recording");
    let began = Instant::now();
    let model = load(path.as_ref(), |_| {}).expect("a readable recording");
    let read = began.elapsed();
    let totals = model.totals();
    let events = totals.allocs + totals.frees + totals.reallocs;
    eprintln!(
        "{events} events in {read:.3?}: {:.1} million/s; {:.1} bytes of memory a block; {:?}",
        events as f64 / read.as_secs_f64() / 1e6,
        model.memory_bytes() as f64 / f64::from(model.blocks().count().max(1)),
        model.oddities(),
    );
    let names = Names::new(Arc::clone(model.backtraces()));
    if arguments.next().is_some() {
        dump(&model, &names, &mut std::io::stdout().lock()).expect("a place to print to");
        return;
    }
    let began = Instant::now();
    let report = Report::new(&model, &names);
    eprintln!("report in {:.3?}, {} stack nodes", began.elapsed(), model.backtraces().node_count());
    let began = Instant::now();
    let columns = model.live().columns(0..model.duration_ns().max(1), 1600);
    eprintln!("{} columns of live bytes in {:.3?}", columns.len(), began.elapsed());
    println!("{}", serde_json::to_string_pretty(&report).expect("a report that is JSON"));
}
