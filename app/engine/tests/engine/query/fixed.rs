//! What answers look like besides their sums: words, parts, cancelling, differences.

use crate::support::Script;
use dropscope_engine::query::{
    Cancel, Difference, Differences, GroupBy, Key, Lived, Measure, Origins, Query, Side, SizeClass, When, Which, ask,
};
use dropscope_engine::{Model, Names, ThreadNumber};
use parking_lot::RwLock;
use std::collections::HashSet;
use std::sync::Arc;

/// Two threads; the second releases what the first bore.
fn recording() -> Model {
    let mut script = Script::new();
    script.name_thread(0, "main").name_thread(1, "worker");
    script.at(&[0x10, 0x20]).alloc(0, 1_000, 0x100, 40).alloc(0, 2_000_000, 0x200, 50);
    script.at(&[0x10, 0x30]).alloc(0, 3_000_000, 0x300, 100).realloc(
        0,
        (3_100_000, 3_200_000),
        (0x300, 100),
        (0x400, 300),
    );
    script.at(&[0x40]).free(1, 4_000_000, 0x100).free(0, 5_000_000, 0x200);
    script.load()
}

fn answer(model: &Model, query: &Query) -> dropscope_engine::query::Answer {
    let names = Names::new(Arc::clone(model.backtraces()));
    ask(model.into(), &names, query, &Cancel::default(), &mut |_| {}).expect("nobody cancelled")
}

#[test]
fn a_question_is_a_value_that_can_be_said_in_words() {
    let model = recording();
    let names = Names::new(Arc::clone(model.backtraces()));
    let words = |query: &Query| query.words((&model).into(), &names);
    let query = Query::of(When::BornInAndAlive(1_200_000_000..3_400_000_000)).grouped(GroupBy::Owner);
    assert_eq!(words(&query), "born in 1.2 s to 3.4 s, still alive then, by owner");
    let which = Which {
        when: When::LiveAt(3_000_000),
        lived: Some(Lived::LessThanNs(1_500_000)),
        born_on: Some(ThreadNumber(0)),
        released_on: Some(ThreadNumber(1)),
        size_bytes: Some(16..=64),
        owners: Some(vec![Arc::from("Order"), Arc::from("Item")]),
        origins: Origins::OWN,
        ..Which::default()
    };
    let query = Query { which, group: GroupBy::Threads, measure: Measure::Blocks };
    assert_eq!(
        words(&query),
        "alive at 3 ms, lived less than 1.5 ms, born on main, released on worker, of 16 to 64 bytes, released by \
         Order > Item, without the runtime's own, by threads of birth and release"
    );
    let mut keys = HashSet::from([query.clone(), query.clone()]);
    keys.insert(query.summed(Measure::Bytes));
    assert_eq!(keys.len(), 2);
}

#[test]
fn rows_tell_what_they_stand_for_and_what_share_they_are() {
    let model = recording();
    let threads = answer(&model, &Query::of(When::Ever).grouped(GroupBy::Threads));
    let rows: Vec<_> = threads.groups.rows().iter().map(|row| (&*row.label, row.sums.blocks, row.sums.bytes)).collect();
    assert_eq!(rows, [("main, alive", 1, 300), ("main", 1, 50), ("main to worker", 1, 40)]);
    let moved = &threads.groups.rows()[0].sums;
    assert_eq!((moved.reallocs, moved.moves, moved.copied_bytes), (1, 1, 100));
    assert_eq!((threads.peak_bytes, moved.peak_bytes), (390, 300));
    assert!((threads.share(moved) - 300.0 / 390.0).abs() < 1e-9);
    assert_eq!(threads.groups.rows()[1].sums.mean_lifetime_ns(), 3_000_000);

    let sizes = answer(&model, &Query::of(When::LiveAt(3_000_000)).grouped(GroupBy::SizeClass));
    let rows: Vec<_> = sizes.groups.rows().iter().map(|row| (row.key.clone(), &*row.label, row.sums.bytes)).collect();
    assert_eq!(
        rows,
        [(Key::SizeClass(SizeClass(7)), "64 to 127 B", 100), (Key::SizeClass(SizeClass(6)), "32 to 63 B", 90)]
    );
}

#[test]
fn a_tree_without_names_is_one_of_addresses() {
    use dropscope_engine::query::Direction::{BottomUp, TopDown};
    let model = recording();
    let tree = |direction| {
        let answer = answer(&model, &Query::of(When::Ever).grouped(GroupBy::Calls(Side::Birth, direction)));
        let tree = answer.groups.tree().expect("a tree");
        let line = |node: &dropscope_engine::query::TreeNode| {
            format!("{}{} {} {}", " ".repeat(node.depth as usize), node.label, node.total.bytes, node.own.bytes)
        };
        tree.nodes.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(tree(TopDown), ["all 390 0", " 0x10 390 0", "  0x30 300 300", "  0x20 90 90"]);
    assert_eq!(tree(BottomUp), ["all 390 0", " 0x30 300 0", " 0x20 90 0", "  0x10 300 300", "  0x10 90 90"]);
}

#[test]
fn what_is_different_is_told_by_words_with_the_greatest_change_first() {
    let model = recording();
    let by_thread = |when| answer(&model, &Query::of(when).grouped(GroupBy::Threads));
    let (early, late) = (by_thread(When::BornIn(0..2_500_000)), by_thread(When::BornIn(2_500_000..9_000_000)));
    let difference = Difference::between(&early, &late).expect("two tables");
    let Differences::Table(rows) = &difference.groups else { panic!("a table") };
    let rows: Vec<_> = rows.iter().map(|row| (&*row.label, row.change(Measure::Bytes))).collect();
    assert_eq!(rows, [("main, alive", 300), ("main", -50), ("main to worker", -40)]);
    assert_eq!((difference.before.bytes, difference.after.bytes), (90, 300));

    let calls = GroupBy::Calls(Side::Birth, dropscope_engine::query::Direction::TopDown);
    let trees =
        [When::LiveAt(2_000_000), When::LiveAt(4_500_000)].map(|when| answer(&model, &Query::of(when).grouped(calls)));
    let difference = Difference::between(&trees[0], &trees[1]).expect("two trees");
    let Differences::Tree(nodes) = &difference.groups else { panic!("a tree") };
    let nodes: Vec<_> =
        nodes.iter().map(|node| (&*node.row.label, node.depth, node.row.change(Measure::Bytes))).collect();
    assert_eq!(nodes, [("all", 0, 260), ("0x10", 1, 260), ("0x30", 2, 300), ("0x20", 2, -40)]);
    assert_eq!(Difference::between(&early, &trees[0]), None);
}

/// Blocks that die in the order of their birth, but for a few: thousands in a row are dead, and passed over at once.
#[test]
fn long_runs_of_dead_blocks_are_passed_over_and_none_that_lives() {
    const AGE_NS: u64 = 25_005;
    let is_kept = |number: u64| number == 9_000 || number >= 12_500;
    let lives: Vec<(u64, u64)> = (0..13_000)
        .map(|number| (number * 10, if is_kept(number) { u64::MAX } else { number * 10 + AGE_NS }))
        .collect();
    let mut script = Script::new();
    for (number, &(born_ns, died_ns)) in (0u64..).zip(&lives) {
        script.alloc(0, born_ns, 0x1000 + number * 64, number);
        if died_ns < u64::MAX {
            script.free(1, died_ns, 0x1000 + number * 64);
        }
    }
    let model = script.load();
    let check = |when: When, is_it: &dyn Fn(u64, u64) -> bool| {
        let expected = (0u64..).zip(&lives).filter(|(_, (born_ns, died_ns))| is_it(*born_ns, *died_ns));
        let (blocks, bytes) = expected.fold((0, 0), |(blocks, bytes), (number, _)| (blocks + 1, bytes + number));
        let total = answer(&model, &Query::of(when.clone())).total;
        assert_eq!((total.blocks, total.bytes), (blocks, bytes), "{when:?}");
    };
    // Around the releases of every 512th block: whatever the length of a run, these are its edges.
    for at_ns in (0..26).flat_map(|run| (0..3).map(move |more| (run * 512 * 10 + AGE_NS - 11) + more)) {
        check(When::LiveAt(at_ns), &|born, died| born <= at_ns && died > at_ns);
        check(When::BornInAndAlive(70..at_ns), &|born, died| (70..at_ns).contains(&born) && died >= at_ns);
        check(When::AliveIn(at_ns..at_ns + 5), &|born, died| born < at_ns + 5 && died >= at_ns);
        check(When::ReleasedIn(at_ns..at_ns + 500), &|_, died| (at_ns..at_ns + 500).contains(&died));
    }
    check(When::NeverReleased, &|_, died| died == u64::MAX);
    let live_ns = 9_500 * 10 + AGE_NS;
    let found: Vec<u64> = model.blocks().live_at(live_ns).map(|block| u64::from(block.0) - 1).collect();
    let is_live = |number: &u64| lives[*number as usize].0 <= live_ns && lives[*number as usize].1 > live_ns;
    assert_eq!(found, (0..13_000).filter(is_live).collect::<Vec<u64>>());
}

/// A recording long enough to be answered in parts, if the machine is not faster than any yet.
fn long() -> Model {
    let mut script = Script::new();
    for number in 0..200_000u64 {
        script.at(&[0x10, 0x20 + number % 7]).alloc(0, number * 10, 0x1000 + number * 64, number % 100);
        if number % 10_000 == 0 {
            script.flush(number * 10);
        }
    }
    script.load()
}

#[test]
fn a_cancelled_question_has_no_answer_and_a_growing_model_can_be_asked() {
    let model = RwLock::new(long());
    let names = Names::new(Arc::clone(model.read().backtraces()));
    let query = Query::of(When::Ever).grouped(GroupBy::Stack(Side::Birth));
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(ask((&model).into(), &names, &query, &cancel, &mut |_| {}), None);
    let mut last = 0.0;
    let answer = ask((&model).into(), &names, &query, &Cancel::default(), &mut |part| {
        assert!(!part.is_complete() && part.fraction >= last && part.total.blocks <= 200_000);
        last = part.fraction;
    });
    let answer = answer.expect("nobody cancelled");
    assert_eq!((answer.total.blocks, answer.groups.rows().len()), (200_000, 7));
    assert_eq!(answer.generation, model.read().generation());
}
