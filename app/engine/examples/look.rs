//! Reads a recording and prints its report and how fast that went: `cargo run --release -p dropscope-engine
//! --example look -- FILE`. With `load` behind the file it only reads; with `dump` it prints its events; with `ask` how long
//! whole answers take; with `follow` how far a session is, while its program runs.

// An example says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use dropscope_engine::query::{Cancel, GroupBy, Query, Side, When, ask};
use dropscope_engine::{Model, Names, Report, Session, dump, load};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the file of a recording");
    let what = arguments.next().unwrap_or_default();
    if what == "follow" {
        return follow(path.as_ref());
    }
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
    if what == "load" {
        return;
    }
    let names = Names::new(Arc::clone(model.backtraces()));
    if what == "dump" {
        dump(&model, &names, &mut std::io::stdout().lock()).expect("a place to print to");
        return;
    }
    if what == "ask" {
        return ask_all(&model, &names);
    }
    let began = Instant::now();
    let report = Report::new(&model, &names);
    eprintln!("report in {:.3?}, {} stack nodes", began.elapsed(), model.backtraces().node_count());
    let began = Instant::now();
    let columns = model.live().columns(0..model.duration_ns().max(1), 1600);
    eprintln!("{} columns of live bytes in {:.3?}", columns.len(), began.elapsed());
    println!("{}", serde_json::to_string_pretty(&report).expect("a report that is JSON"));
}

/// Questions about all blocks, each grouped in another way, twice: the first time with the names.
fn ask_all(model: &Model, names: &Names) {
    use GroupBy::{LifetimeClass, Owner, Site, SizeClass, Stacks, Threads};
    for group in [Site(Side::Birth), Owner, Stacks, SizeClass, LifetimeClass, Threads] {
        let query = Query::of(When::Ever).grouped(group);
        let took = [(); 2].map(|()| {
            let began = Instant::now();
            let answer = ask(model.into(), names, &query, &Cancel::default(), &mut |_| {});
            (began.elapsed(), answer.map_or(0, |answer| answer.total.blocks))
        });
        let [(first, blocks), (again, _)] = took;
        println!("{group:?}: {blocks} blocks in {first:.0?}, again in {again:.0?}");
    }
}

/// As a window would: looks 60 times a second, and says how long it had to wait for the model.
fn follow(path: &Path) {
    let session = Session::open(path, || {}).expect("a recording");
    let (mut longest_wait, mut told) = (Duration::ZERO, Instant::now());
    loop {
        let began = Instant::now();
        let model = session.model().read();
        longest_wait = longest_wait.max(began.elapsed());
        let state = model.state();
        if told.elapsed() >= Duration::from_millis(500) || state.is_final() {
            told = Instant::now();
            let (totals, duration_ns) = (model.totals(), model.duration_ns());
            let columns = model.live().columns(0..duration_ns.max(1), 1600);
            println!(
                "{state:?}: {} births in {:.3} s, {} bytes live, {} columns; waited {longest_wait:.2?} at most",
                totals.allocs,
                duration_ns as f64 / 1e9,
                totals.live_bytes,
                columns.len()
            );
        }
        drop(model);
        if state.is_final() {
            return;
        }
        std::thread::sleep(Duration::from_millis(16));
    }
}
