//! Which block a release ends, whatever order the threads' events come in.

use crate::support::{Random, Script, load_bytes};
use dropscope_engine::{BlockId, EndKind, Model, PauseKind, ReadState, StepKey, StepKind, ThreadNumber, Verdict};
use dropscope_format::EventKind;

/// Size, birth and death of all blocks.
fn lives(model: &Model) -> Vec<(u64, u64, Option<u64>)> {
    let blocks = model.blocks();
    blocks.ids().map(|block| (blocks.size_bytes(block), blocks.born_ns(block), blocks.died_ns(block))).collect()
}

#[test]
fn a_place_given_out_again_is_another_block() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 7).free(0, 2, 0x10).alloc(0, 3, 0x10, 8).zeroed(0, 4, 0x20, 9).free(0, 5, 0x20);
    let model = script.load();
    assert_eq!(lives(&model), [(7, 1, Some(2)), (8, 3, None), (9, 4, Some(5))]);
    let blocks = model.blocks();
    assert_eq!((blocks.is_zeroed(BlockId(2)), blocks.is_zeroed(BlockId(3))), (false, true));
    assert_eq!((blocks.align_bytes(BlockId(1)), blocks.address(BlockId(3))), (8, 0x20));
    let totals = model.totals();
    assert_eq!((totals.allocs, totals.frees, totals.reallocs), (3, 2, 0));
    assert_eq!((totals.bytes_allocated, totals.live_blocks, totals.live_bytes), (24, 1, 8));
    assert_eq!((totals.peak_live_bytes, totals.peak_at_ns), (17, 4));
    assert_eq!(model.oddities(), Default::default());
    assert!(model.state().is_complete());
    assert_eq!(model.duration_ns(), 15);
    assert!(!blocks.contains(BlockId(0)) && !blocks.contains(BlockId(4)));
    assert_eq!((blocks.size_bytes(BlockId(0)), blocks.died_ns(BlockId(9))), (0, None));
}

/// Long enough for its groups to be decoded ahead by another thread, and for the table of living blocks to grow and to get
/// crowded: some places are odd, some far apart.
#[test]
fn every_block_of_a_long_recording_has_its_own_life() {
    const EVENTS: u64 = 150_000;
    let (mut script, mut random) = (Script::new(), Random(11));
    let mut expected: Vec<(u64, u64, Option<u64>)> = Vec::new();
    // Who bore each and released it, by the thread's number in the file; and these in order of their first event.
    let mut threads: Vec<(u32, Option<u32>)> = Vec::new();
    let mut numbered: Vec<u32> = Vec::new();
    // Place and number of those alive.
    let mut alive: Vec<(u64, usize)> = Vec::new();
    let mut free_places: Vec<u64> = Vec::new();
    for number in 1..=EVENTS {
        let (thread, now_ns) = (random.below(3) as u32, number * 10);
        if !numbered.contains(&thread) {
            numbered.push(thread);
        }
        let wants_more = random.below(20_000) as usize >= alive.len();
        if wants_more || alive.is_empty() {
            let place = match free_places.len() {
                0 => number * 32 + [0, 16, 24, 1 << 40][random.below(4) as usize],
                count => free_places.swap_remove(random.below(count as u64) as usize),
            };
            let size_bytes = 1 + random.below(5000);
            script.alloc(thread, now_ns, place, size_bytes);
            alive.push((place, expected.len()));
            expected.push((size_bytes, now_ns, None));
            threads.push((thread, None));
        } else {
            let (place, block) = alive.swap_remove(random.below(alive.len() as u64) as usize);
            script.free(thread, now_ns, place);
            expected[block].2 = Some(now_ns);
            threads[block].1 = Some(thread);
            if random.below(2) == 0 {
                free_places.push(place);
            }
        }
        if number % 3000 == 0 {
            script.flush(now_ns);
        }
    }
    let model = script.load();
    assert_eq!(model.oddities(), Default::default());
    assert!(lives(&model) == expected, "a block has another's life");
    let blocks = model.blocks();
    let in_file = |number: ThreadNumber| numbered[number.0 as usize];
    let of_blocks = blocks.ids().map(|block| (in_file(blocks.thread(block)), blocks.freed_by(block).map(in_file)));
    assert!(of_blocks.collect::<Vec<_>>() == threads, "a block is another thread's");
    let live_bytes = expected.iter().filter(|block| block.2.is_none()).map(|block| block.0).sum::<u64>();
    assert_eq!((model.totals().live_blocks, model.totals().live_bytes), (alive.len() as u64, live_bytes));
}

#[test]
fn threads_are_merged_by_time_and_numbered_by_their_first_event() {
    let mut script = Script::new();
    script.name_thread(4, "worker").name_thread(9, "main");
    // Thread 4's events stand first in the file, but are later in time.
    script.alloc(4, 20, 0x10, 2).free(4, 40, 0x20);
    script.alloc(9, 10, 0x10, 1).free(9, 15, 0x10).alloc(9, 30, 0x20, 3);
    let model = script.load();
    assert_eq!(lives(&model), [(1, 10, Some(15)), (2, 20, None), (3, 30, Some(40))]);
    let names: Vec<_> = model.threads().iter().map(|thread| &*thread.name).collect();
    assert_eq!(names, ["main", "worker"]);
    let blocks = model.blocks();
    assert_eq!((blocks.thread(BlockId(3)), blocks.freed_by(BlockId(3))), (ThreadNumber(0), Some(ThreadNumber(1))));
    assert_eq!(model.threads()[1].os_id, 104);
    assert_eq!((model.threads()[0].allocs, model.threads()[1].frees, model.threads()[1].bytes_freed), (2, 1, 3));
}

#[test]
fn at_the_same_moment_a_place_is_given_up_before_it_is_taken() {
    let mut script = Script::new();
    script.alloc(1, 5, 0x10, 1).alloc(0, 9, 0x10, 2).free(1, 9, 0x10);
    assert_eq!(lives(&script.load()), [(1, 5, Some(9)), (2, 9, None)]);
}

#[test]
fn a_block_handed_over_within_one_moment_is_still_matched() {
    let mut script = Script::new();
    // The release is given first, since releases are; its block is born in the same ns.
    script.alloc(1, 9, 0x10, 1).free(0, 9, 0x10).alloc(2, 9, 0x10, 2);
    let model = script.load();
    assert_eq!(lives(&model), [(1, 9, Some(9)), (2, 9, None)]);
    assert_eq!(model.oddities().unmatched_frees, 0);
}

#[test]
fn a_realloc_begun_within_the_moment_of_the_birth_finds_its_block() {
    let mut script = Script::new();
    script.alloc(1, 9, 0x10, 1).realloc(0, (9, 12), (0x10, 1), (0x20, 2)).alloc(2, 10, 0x10, 3);
    let model = script.load();
    assert_eq!(lives(&model), [(2, 9, None), (3, 10, None)]);
    assert_eq!(model.oddities(), Default::default());
}

#[test]
fn a_block_in_the_middle_of_its_realloc_is_at_no_place() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 8);
    // While thread 0 moves its block away, thread 1 gets the old place and even releases it.
    script.realloc(0, (10, 20), (0x10, 8), (0x30, 16));
    script.alloc(1, 15, 0x10, 100).free(1, 18, 0x10).alloc(1, 19, 0x10, 101);
    script.free(1, 30, 0x30);
    let model = script.load();
    assert_eq!(lives(&model), [(16, 1, Some(30)), (100, 15, Some(18)), (101, 19, None)]);
    let changes: Vec<_> = model.blocks().reallocs(BlockId(1)).collect();
    assert_eq!(changes.len(), 1);
    let change = changes[0];
    assert_eq!((change.time_ns, change.old_size_bytes, change.size_bytes), (20, 8, 16));
    assert_eq!((change.old_address, change.address, change.moved()), (0x10, 0x30, true));
    assert_eq!(model.oddities(), Default::default());
}

#[test]
fn a_chain_of_reallocs_keeps_the_block_and_each_step() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 32).realloc(0, (2, 3), (0x10, 32), (0x10, 64)).realloc(1, (4, 5), (0x10, 64), (0x90, 48));
    let model = script.load();
    let blocks = model.blocks();
    assert_eq!(blocks.count(), 1);
    let step = |c: dropscope_engine::ReallocRow| (c.thread.0, c.old_size_bytes, c.size_bytes, c.moved());
    let steps: Vec<_> = blocks.reallocs(BlockId(1)).map(step).collect();
    assert_eq!(steps, [(0, 32, 64, false), (1, 64, 48, true)]);
    assert_eq!((blocks.first_size_bytes(BlockId(1)), blocks.size_bytes(BlockId(1))), (32, 48));
    assert_eq!((blocks.first_address(BlockId(1)), blocks.address(BlockId(1))), (0x10, 0x90));
    let totals = model.totals();
    assert_eq!((totals.allocs, totals.reallocs, totals.bytes_allocated, totals.live_bytes), (1, 2, 48, 48));
    assert_eq!((totals.peak_live_bytes, totals.peak_at_ns), (64, 3));
}

#[test]
fn releases_and_reallocs_of_unknown_blocks_are_told_and_harm_nothing() {
    let mut script = Script::new();
    script.free(0, 1, 0x66).realloc(0, (2, 3), (0x77, 5), (0x88, 50)).free(0, 9, 0x88);
    let model = script.load();
    assert_eq!(lives(&model), [(50, 3, Some(9))]);
    assert!(model.blocks().is_adopted(BlockId(1)));
    let oddities = model.oddities();
    assert_eq!((oddities.unmatched_frees, oddities.unmatched_reallocs), (1, 1));
    assert_eq!(model.unmatched_frees()[0].address, 0x66);
    let totals = model.totals();
    assert_eq!((totals.allocs, totals.reallocs, totals.frees, totals.live_bytes), (0, 1, 1, 0));
}

#[test]
fn a_birth_at_a_live_place_means_that_a_release_was_lost() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 7).alloc(0, 2, 0x10, 8);
    let model = script.load();
    assert_eq!(lives(&model), [(7, 1, Some(2)), (8, 2, None)]);
    assert!(model.blocks().is_lost(BlockId(1)));
    assert_eq!((model.oddities().lost_frees, model.totals().frees, model.totals().live_blocks), (1, 0, 1));
}

#[test]
fn events_that_a_watermark_overtook_are_sorted_in_the_end() {
    let mut script = Script::new();
    script.alloc(0, 10, 0x10, 1).flush(50);
    // Contradicts the promise: the free of that block and the next birth at its place come after the watermark.
    script.alloc(0, 60, 0x10, 3).flush(70);
    script.free(1, 20, 0x10).alloc(1, 30, 0x10, 2).free(1, 40, 0x10);
    let model = script.load();
    assert_eq!(lives(&model), [(1, 10, Some(20)), (2, 30, Some(40)), (3, 60, None)]);
    assert_eq!(model.oddities(), Default::default());
}

#[test]
fn sizes_beyond_four_gigabytes_and_times_beyond_four_seconds_are_exact() {
    let mut script = Script::new();
    let (huge, late_ns) = (5_000_000_000, 20_000_000_000);
    script.alloc(0, 1, 0x10, huge).alloc(0, late_ns, 0x20, 3).free(0, late_ns + 1, 0x10);
    let model = script.load();
    assert_eq!(lives(&model), [(huge, 1, Some(late_ns + 1)), (3, late_ns, None)]);
    assert_eq!(model.totals().peak_live_bytes, huge + 3);
}

#[test]
fn scopes_nest_and_operations_count_what_their_thread_did() {
    use EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
    let mut script = Script::new();
    script.text(0, ScopeExit, 1, "never begun", 0);
    script.text(0, ScopeEnter, 2, "outer", 0).text(0, ScopeEnter, 3, "inner", 0).text(
        0,
        OperationBegin,
        4,
        "request",
        100,
    );
    script.alloc(0, 5, 0x10, 10).alloc(1, 6, 0x20, 99).free(0, 7, 0x10).text(0, Mark, 8, "here", 0);
    script.text(0, OperationEnd, 9, "request", 130);
    // Guards dropped in the order they were made.
    script.text(0, ScopeExit, 10, "outer", 0).text(0, ScopeExit, 11, "inner", 0).text(0, ScopeEnter, 12, "open", 0);
    let model = script.load();
    let scopes: Vec<_> =
        model.scopes().iter().map(|s| (model.text(s.name).to_owned(), s.start_ns, s.end_ns, s.depth)).collect();
    assert_eq!(
        scopes,
        [("outer".to_owned(), 2, Some(10), 0), ("inner".to_owned(), 3, Some(11), 1), ("open".to_owned(), 12, None, 0)]
    );
    assert_eq!(model.oddities().unmatched_exits, 1);
    let operation = model.operations()[0];
    assert_eq!((model.text(operation.name), operation.wall_ns(), operation.cpu_ns), ("request", Some(5), 30));
    assert_eq!((operation.allocs, operation.bytes_allocated, operation.frees, operation.bytes_freed), (1, 10, 1, 10));
    assert_eq!(model.text(model.marks()[0].text), "here");
    assert_eq!(model.threads()[0].scope_levels, 2);
}

#[test]
fn collector_scopes_are_pauses() {
    use EventKind::{ScopeEnter, ScopeExit};
    let mut script = Script::new();
    script.text(0, ScopeEnter, 2, "gc: all", 0).text(0, ScopeExit, 5, "gc: all", 0);
    script.text(0, ScopeEnter, 6, "gc-step: some", 0).text(0, ScopeExit, 7, "gc-step: some", 0);
    script.text(0, ScopeEnter, 8, "garbage", 0).text(0, ScopeExit, 9, "garbage", 0);
    let model = script.load();
    let pauses: Vec<_> = model.pauses().map(|pause| (pause.start_ns, pause.end_ns, pause.kind)).collect();
    assert_eq!(pauses, [(2, 5, PauseKind::StopTheWorld), (6, 7, PauseKind::Concurrent)]);
}

#[test]
fn stepping_goes_through_every_event_once_forwards_and_backwards() {
    use EventKind::{Mark, ScopeEnter, ScopeExit};
    let mut script = Script::new();
    script.text(0, ScopeEnter, 2, "s", 0).alloc(0, 2, 0x10, 1).free(0, 2, 0x10).text(0, ScopeExit, 2, "s", 0);
    script.alloc(0, 3, 0x10, 1).realloc(0, (4, 5), (0x10, 1), (0x20, 2)).text(1, Mark, 5, "m", 0).free(1, 5, 0x20);
    script.free(1, 6, 0x99);
    let model = script.load();
    let mut forwards = Vec::new();
    let mut key = StepKey::before(0);
    while let Some(step) = model.next_event(key) {
        key = step.key;
        forwards.push((step.time_ns, step.kind));
    }
    let changed = StepKind::Realloc(BlockId(2), 0);
    assert_eq!(forwards.len(), 9);
    assert_eq!(forwards[1], (2, StepKind::Alloc(BlockId(1))));
    assert_eq!(forwards[2], (2, StepKind::Free(BlockId(1))));
    // The block changes before it is released, though both are in one ns.
    let place = |kind| forwards.iter().position(|step| step.1 == kind).unwrap();
    assert!(place(changed) < place(StepKind::Free(BlockId(2))));
    assert_eq!(forwards[8], (6, StepKind::UnmatchedFree(0)));

    let mut backwards = Vec::new();
    let mut key = StepKey::after(u64::MAX);
    while let Some(step) = model.previous_event(key) {
        key = step.key;
        backwards.push((step.time_ns, step.kind));
    }
    backwards.reverse();
    assert_eq!(forwards, backwards);
    let all: Vec<_> = model.events(0..u64::MAX).map(|step| (step.time_ns, step.kind)).collect();
    assert_eq!(forwards, all);
    assert_eq!(model.events(3..6).count(), 4);
    assert_eq!(model.next_event(StepKey::after(3)).map(|step| step.time_ns), Some(5));
    assert_eq!(
        model.previous_event(StepKey::before(3)).map(|step| step.kind),
        Some(StepKind::ScopeExit(dropscope_engine::ScopeId(0)))
    );
}

#[test]
fn a_cut_file_and_a_killed_program_are_not_complete() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 1).flush(5).alloc(0, 6, 0x20, 2).flush(9);
    let bytes = script.take_bytes();
    let model = load_bytes(&bytes[..bytes.len() - 3]);
    assert_eq!((model.state(), model.totals().allocs), (ReadState::Cut, 2));
    assert!(model.state().is_final() && !model.state().is_complete());

    let mut script = Script::new();
    script.alloc(0, 1, 0x10, 1);
    let model = load_bytes(&script.end(EndKind::Killed(9)));
    assert!(!model.state().is_complete());
}

#[test]
fn a_release_without_a_block_gets_a_verdict() {
    let mut script = Script::new();
    script.alloc(0, 1, 0x100, 40).free(0, 2, 0x100).alloc(0, 3, 0x100, 41).free(0, 4, 0x100);
    script.alloc(0, 5, 0x200, 32).realloc(0, (6, 7), (0x200, 32), (0x300, 64));
    script.free(0, 8, 0x100).free(0, 9, 0x200).free(0, 10, 0x310).free(0, 11, 0x900);
    let model = script.load();
    let verdicts: Vec<_> = (0..5).map(|row| model.verdict(row)).collect();
    let double = |block| Some(Verdict::Double(BlockId(block)));
    assert_eq!(verdicts, [double(2), double(3), Some(Verdict::Inside(BlockId(3))), Some(Verdict::Unknown), None]);
}
