//! Live bytes, searches and steps over random recordings, against a slow and obvious second opinion.

use crate::support::{Random, Script};
use dropscope_engine::{BlockId, Model, StepKind};

/// Threads that bear, hand over, change and release blocks. Times rise by 0 to `step_ns` an event.
fn random_model(seed: u64, events: usize, step_ns: u64) -> Model {
    let mut random = Random(seed);
    let mut script = Script::new();
    let mut now_ns = 1;
    let mut live: Vec<(u64, u64)> = Vec::new();
    let mut free_places: Vec<u64> = (1..2000).map(|place| place * 64).collect();
    for number in 0..events {
        now_ns += random.below(step_ns + 1);
        let thread = random.below(4) as u32;
        match random.below(10) {
            0..=4 => {
                let Some(place) = free_places.pop() else { continue };
                let size_bytes = 1 + random.below(1000);
                script.alloc(thread, now_ns, place, size_bytes);
                live.push((place, size_bytes));
            }
            5 if !live.is_empty() => {
                let at = random.below(live.len() as u64) as usize;
                let Some(place) = free_places.pop() else { continue };
                let (old, size_bytes) = (live[at], 1 + random.below(1000));
                // Its old place stays out of use, so that equal times cannot make the story ambiguous.
                script.realloc(thread, (now_ns, now_ns + step_ns), old, (place, size_bytes));
                now_ns += step_ns;
                live[at] = (place, size_bytes);
            }
            _ if !live.is_empty() => {
                let (place, _) = live.swap_remove(random.below(live.len() as u64) as usize);
                script.free(thread, now_ns, place);
                if step_ns > 0 {
                    now_ns += 1;
                    free_places.push(place);
                }
            }
            _ => {}
        }
        if number % 100 == 99 {
            script.flush(now_ns);
        }
    }
    script.load()
}

/// Live bytes after each moment at which something happened.
fn slow_curve(model: &Model) -> Vec<(u64, i64)> {
    let blocks = model.blocks();
    let mut steps: Vec<(u64, i64)> = Vec::new();
    for block in blocks.ids() {
        steps.push((blocks.born_ns(block), blocks.first_size_bytes(block) as i64));
        for change in blocks.reallocs(block) {
            steps.push((change.time_ns, change.size_bytes as i64 - change.old_size_bytes as i64));
        }
        if let Some(died_ns) = blocks.died_ns(block) {
            steps.push((died_ns, -(blocks.size_bytes(block) as i64)));
        }
    }
    steps.sort_unstable();
    let mut live = 0;
    let mut curve: Vec<(u64, i64)> = vec![(0, 0)];
    for (time_ns, by) in steps {
        live += by;
        match curve.last_mut() {
            Some(last) if last.0 == time_ns => last.1 = live,
            _ => curve.push((time_ns, live)),
        }
    }
    curve
}

fn slow_value(curve: &[(u64, i64)], time_ns: u64) -> u64 {
    curve.iter().rfind(|point| point.0 <= time_ns).map_or(0, |point| point.1 as u64)
}

#[test]
fn live_bytes_match_a_slow_count_at_every_moment_and_in_every_column() {
    for (seed, events, step_ns) in [(1, 30, 5), (2, 3000, 50), (3, 20_000, 3), (4, 9000, 2_000_000)] {
        let model = random_model(seed, events, step_ns);
        let curve = slow_curve(&model);
        let live = model.live();
        let mut random = Random(seed + 100);
        let end_ns = model.duration_ns() + 5;
        for _ in 0..200 {
            let time_ns = random.below(end_ns);
            assert_eq!(live.value_at(time_ns), slow_value(&curve, time_ns), "seed {seed}, at {time_ns} ns");
        }
        for round in 0..40 {
            let (a, b) = (random.below(end_ns), random.below(end_ns));
            let range_ns = if round == 0 { 0..end_ns } else { a.min(b)..a.max(b) + 1 };
            let columns = live.columns(range_ns.clone(), 100 + random.below(64) as usize);
            assert_eq!((columns[0].start_ns, columns[columns.len() - 1].end_ns), (range_ns.start, range_ns.end));
            for column in &columns {
                // Within one moment releases come first, so the least may be below what a moment ends with.
                let first = slow_value(&curve, column.start_ns.saturating_sub(1));
                let within = curve.iter().filter(|p| p.0 >= column.start_ns && p.0 < column.end_ns);
                let values: Vec<u64> = within.map(|point| point.1 as u64).chain([first]).collect();
                let (min, max) = (*values.iter().min().unwrap(), *values.iter().max().unwrap());
                assert!(column.min_bytes <= min && column.max_bytes >= max, "seed {seed}: {column:?}, {min}..{max}");
                let within = column.start_ns..column.end_ns;
                let blocks = model.blocks();
                let is_change = (0..blocks.realloc_count())
                    .any(|row| blocks.realloc(row).is_some_and(|change| within.contains(&change.time_ns)));
                if blocks.died_in(within).len() == 0 && !is_change {
                    assert_eq!(column.min_bytes, min, "seed {seed}: {column:?}");
                }
            }
            let most = columns.iter().map(|column| column.max_bytes).max().unwrap();
            let peak = live.peak_in(range_ns.clone());
            assert_eq!(peak.bytes, most, "seed {seed} {range_ns:?}");
            assert!(range_ns.contains(&peak.at_ns));
        }
        let peak = live.peak();
        assert_eq!(live.peak_in(0..end_ns), peak);
        assert_eq!(model.totals().peak_live_bytes, peak.bytes);
        assert_eq!(live.value_at(u64::MAX), model.totals().live_bytes);
    }
}

#[test]
fn columns_are_exact_where_no_two_events_share_a_moment() {
    let mut script = Script::new();
    for number in 0..5000u64 {
        script.alloc(0, 10 * number + 1, 64 * (number % 7 + 1), number % 97 + 1);
        script.free(0, 10 * number + 6, 64 * (number % 7 + 1));
    }
    let model = script.load();
    let curve = slow_curve(&model);
    for count in [100, 1600] {
        for column in model.live().columns(3..49_777, count) {
            let first = slow_value(&curve, column.start_ns.saturating_sub(1));
            let within = curve.iter().filter(|p| p.0 >= column.start_ns && p.0 < column.end_ns);
            let values: Vec<u64> = within.map(|point| point.1 as u64).chain([first]).collect();
            assert_eq!(Some(column.min_bytes), values.iter().min().copied(), "{column:?}");
            assert_eq!(Some(column.max_bytes), values.iter().max().copied(), "{column:?}");
        }
    }
}

#[test]
fn wide_columns_leave_nothing_out_and_are_at_most_a_leaf_off() {
    let mut script = Script::new();
    for number in 0..50_000u64 {
        script.alloc(0, 10 * number + 1, 64 * (number + 1), number % 97 + 1);
        if number % 3 == 0 {
            script.free(0, 10 * number + 6, 64 * (number + 1));
        }
    }
    let model = script.load();
    assert_eq!(model.blocks().count(), 50_000);
    let live = model.live();
    for (range_ns, count) in [(0..500_000u64, 100), (1234..498_765, 7), (77..400_001, 1)] {
        let columns = live.columns(range_ns.clone(), count);
        assert_eq!(columns.len(), count);
        let most = columns.iter().map(|column| column.max_bytes).max();
        assert_eq!(most, Some(live.peak_in(range_ns.clone()).bytes));
        for column in &columns {
            // A leaf's 256 events take no more than 1940 ns here.
            let exact = live.columns(column.start_ns..column.end_ns, 1)[0];
            let around = live.peak_in(column.start_ns.saturating_sub(1940)..column.end_ns + 1940).bytes;
            let before = live.peak_in(column.start_ns..column.end_ns.saturating_sub(1940)).bytes;
            assert!(column.max_bytes >= before && column.max_bytes <= around, "{column:?} {exact:?}");
        }
    }
}

#[test]
fn searches_by_time_match_a_slow_search() {
    let model = random_model(9, 20_000, 40);
    let blocks = model.blocks();
    let mut random = Random(5);
    for _ in 0..50 {
        let (a, b) = (random.below(model.duration_ns()), random.below(model.duration_ns()));
        let range_ns = a.min(b)..a.max(b);
        let slow = |keep: &dyn Fn(BlockId) -> bool| blocks.ids().filter(|&id| keep(id)).collect::<Vec<_>>();
        let died_after = |id: BlockId, time_ns: u64| blocks.died_ns(id).is_none_or(|died_ns| died_ns > time_ns);
        assert_eq!(blocks.live_at(a).collect::<Vec<_>>(), slow(&|id| blocks.born_ns(id) <= a && died_after(id, a)));
        assert_eq!(
            blocks.overlapping(range_ns.clone()).collect::<Vec<_>>(),
            slow(&|id| blocks.born_ns(id) < range_ns.end && died_after(id, range_ns.start))
        );
        assert_eq!(
            blocks.born_in(range_ns.clone()).collect::<Vec<_>>(),
            slow(&|id| range_ns.contains(&blocks.born_ns(id)))
        );
        let mut died: Vec<BlockId> = blocks.died_in(range_ns.clone()).collect();
        died.sort_unstable();
        assert_eq!(died, slow(&|id| blocks.died_ns(id).is_some_and(|died_ns| range_ns.contains(&died_ns))));
    }
}

#[test]
fn events_of_a_random_recording_are_all_there_and_in_order() {
    let model = random_model(11, 5000, 2);
    let steps: Vec<_> = model.events(0..u64::MAX).collect();
    assert!(steps.is_sorted_by_key(|step| step.key));
    let totals = model.totals();
    let count = |is: fn(&StepKind) -> bool| steps.iter().filter(|step| is(&step.kind)).count() as u64;
    assert_eq!(count(|kind| matches!(kind, StepKind::Alloc(_))), totals.allocs);
    assert_eq!(count(|kind| matches!(kind, StepKind::Free(_))), totals.frees);
    assert_eq!(count(|kind| matches!(kind, StepKind::Realloc(..))), totals.reallocs);
    for pair in steps.windows(2).step_by(7) {
        assert_eq!(model.next_event(pair[0].key), Some(pair[1]));
        assert_eq!(model.previous_event(pair[1].key), Some(pair[0]));
    }
}
