//! What measurements count, with the tracker as this test program's own allocator.

// A test's helper says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::panic)]

use dropscope::assert::{process, thread};
use std::hint::black_box;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

dropscope::attach!();

fn block(bytes: usize) -> Box<[u8]> {
    black_box(vec![1; bytes].into_boxed_slice())
}

#[test]
fn births_bytes_and_the_peak_are_exact() {
    let older = block(500);
    let measured = thread(|| {
        drop(block(1000));
        drop([block(300), block(400)]);
        drop(older);
        let mut grown = Vec::<u8>::with_capacity(10);
        grown.extend([0; 10]);
        grown.reserve_exact(1490);
        black_box(&grown);
    });
    let counts = measured.counts;
    assert_eq!((counts.allocs, counts.reallocs, counts.frees), (4, 1, 5), "{counts}");
    assert_eq!(counts.bytes_allocated, 1000 + 300 + 400 + 10 + 1500, "{counts}");
    assert_eq!((counts.peak_bytes, counts.leaked_blocks), (1500, 0), "{counts}");
    measured.no_leaks().at_most_allocs(5).at_most_peak_bytes(1500).at_most_bytes(3210);
}

#[test]
fn what_is_kept_is_leaked_whoever_had_blocks_before() {
    let older = block(100);
    let measured = thread(|| {
        drop(older);
        block(100)
    });
    // One released, one kept: the sum alone would say that nothing happened.
    assert_eq!((measured.counts.leaked_blocks, measured.counts.leaked_bytes), (1, 100));
    drop(measured.value);
    let mut outer = Vec::with_capacity(1);
    thread(|| outer.extend([0_u8; 64])).no_leaks();
}

/// Takes blocks from another thread and drops them, without a channel: those allocate by themselves now and then.
struct Taker {
    block: Mutex<Option<Box<[u8]>>>,
    taken: AtomicU32,
}

impl Taker {
    fn run(&self, rounds: u32) {
        while self.taken.load(Relaxed) < rounds {
            if let Some(received) = self.block.lock().unwrap().take() {
                drop(block(5000));
                drop(received);
                self.taken.fetch_add(1, Relaxed);
            }
            std::thread::yield_now();
        }
    }

    fn give(&self, bytes: usize, round: u32) {
        *self.block.lock().unwrap() = Some(block(bytes));
        while self.taken.load(Relaxed) < round {
            std::thread::yield_now();
        }
    }
}

#[test]
fn another_threads_release_counts_and_its_work_does_not() {
    let taker = Taker { block: Mutex::new(None), taken: AtomicU32::new(0) };
    std::thread::scope(|scope| {
        scope.spawn(|| taker.run(2));
        let own = thread(|| taker.give(700, 1));
        assert_eq!((own.counts.allocs, own.counts.peak_bytes), (1, 700), "{}", own.counts);
        own.no_leaks();
        let of_all = process(|| taker.give(700, 2));
        assert!(of_all.counts.peak_bytes >= 5700, "{}", of_all.counts);
    });
}

#[test]
fn measurements_in_one_another_each_have_their_own() {
    let mut kept = None;
    let outer = thread(|| {
        let inner = thread(|| {
            kept = Some(block(200));
            drop(block(900));
        });
        assert_eq!((inner.counts.allocs, inner.counts.leaked_bytes, inner.counts.peak_bytes), (2, 200, 1100));
        kept = None;
        process(|| drop(block(50))).at_most_peak_bytes(1 << 40);
    });
    assert_eq!((outer.counts.allocs, outer.counts.frees), (3, 3), "{}", outer.counts);
    outer.no_leaks();
}

#[test]
fn what_does_not_hold_is_told_with_all_figures() {
    let told = |check: fn()| *catch_unwind(check).unwrap_err().downcast::<String>().unwrap();
    let leak = told(|| drop(thread(|| block(77)).no_leaks().value));
    assert!(leak.starts_with("blocks alive at the end: 1, none allowed (1 allocation, 0 reallocs"), "{leak}");
    assert!(leak.ends_with("1 block (77 bytes) alive at the end)"), "{leak}");
    let peak = told(|| thread(|| drop(block(77))).at_most_peak_bytes(76).value);
    assert!(peak.starts_with("bytes at the peak: 77, at most 76 allowed (1 allocation"), "{peak}");
    // A panic of the work goes on, and the next measurement starts from nothing.
    assert_eq!(told(|| thread(|| -> () { panic!("{}", "of the work") }).value), "of the work");
    thread(|| ()).no_allocs();
}

/// A block that outlives its measurement is released where nobody counts; the next one at its address is another block.
#[test]
fn addresses_that_are_given_out_again_are_other_blocks() {
    for _ in 0..1000 {
        drop(dropscope::assert::thread(|| vec![1_u8; 700]).value);
        let grown = dropscope::assert::thread(|| {
            let mut text = vec![1_u8; 700];
            text.resize(70_000, 2);
            text.len()
        });
        grown.no_leaks();
        assert_eq!((grown.counts.allocs, grown.counts.reallocs, grown.counts.peak_bytes), (1, 1, 70_000));
    }
}

/// A measurement that ends stops nobody else's from counting.
#[test]
fn measurements_that_begin_as_others_end_miss_nothing() {
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for round in 0..200_000_u64 {
                    let counts = dropscope::assert::thread(|| drop(std::hint::black_box(Box::new(round)))).counts;
                    assert_eq!((counts.allocs, counts.frees, counts.leaked_blocks), (1, 1, 0), "{round}");
                }
            });
        }
    });
}
