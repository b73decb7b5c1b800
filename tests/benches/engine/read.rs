//! Reads a recording in a process of its own, asks about it, and prints what that took.

use crate::process::cpu_seconds;
use dropscope_engine::query::{Cancel, Direction, GroupBy, Query, Side, When, ask};
use dropscope_engine::{Model, Names, load};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) fn read(path: &Path) {
    let own_cpu = || cpu_seconds("self").expect("the system's books");
    let (cpu_before, began) = (own_cpu(), Instant::now());
    let model = load(path, |_| {}).expect("a readable recording");
    println!("wall_seconds {}", began.elapsed().as_secs_f64());
    let totals = model.totals();
    // Of all threads: groups are decoded by one of their own.
    println!("cpu_seconds {}", own_cpu() - cpu_before);
    println!("events {}", totals.allocs + totals.reallocs + totals.frees);
    println!("blocks {}", totals.allocs);
    println!("model_bytes {}", model.memory_bytes());
    let names = Names::new(Arc::clone(model.backtraces()));
    let middle_ns = model.duration_ns() / 2;
    let live = Query::of(When::LiveAt(middle_ns)).grouped(GroupBy::Calls(Side::Birth, Direction::TopDown));
    let born = Query::of(When::BornInAndAlive(0..middle_ns)).grouped(GroupBy::Owner);
    for (name, query) in [("live", live), ("born", born)] {
        question(name, &query, &model, &names);
    }
}

/// The first time is what counts: with it come the names.
fn question(name: &str, query: &Query, model: &Model, names: &Names) {
    let began = Instant::now();
    let mut first = None;
    let answer = ask(model.into(), names, query, &Cancel::default(), &mut |_| {
        first.get_or_insert_with(|| began.elapsed());
    });
    let whole = began.elapsed();
    assert!(answer.is_some_and(|answer| answer.total.blocks > 0), "there is an answer");
    println!("{name}_first_ms {}", ms(first.unwrap_or(whole)));
    println!("{name}_whole_ms {}", ms(whole));
    let cancel = Cancel::default();
    let cancelled = std::thread::scope(|scope| {
        let (theirs, longer) = (cancel.clone(), Query::of(When::Ever).grouped(query.group));
        let asked = scope.spawn(move || ask(model.into(), names, &longer, &theirs, &mut |_| {}));
        std::thread::sleep(Duration::from_millis(20));
        let began = Instant::now();
        cancel.cancel();
        drop(asked.join());
        began.elapsed()
    });
    println!("{name}_cancel_ms {}", ms(cancelled));
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
