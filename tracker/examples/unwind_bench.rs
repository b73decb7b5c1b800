//! Nanoseconds for one captured stack: nothing changed, the usual few frames changed, all frames new; fast and portable.
//!
//! `cargo run --release -p dropscope --example unwind_bench`
#![allow(unsafe_code, reason = "zeroed memory for the previous stack")]

#[path = "../src/unwind/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the module itself, without the rest of the crate")]
mod unwind;

use std::hint::black_box;
use std::time::Instant;
use unwind::PreviousStack;

const REPEATS: usize = 15;

/// Calls itself until `depth` frames are there, then `leaf`.
#[inline(never)]
fn at_depth(depth: usize, previous: &mut PreviousStack, leaf: &mut dyn FnMut(&mut PreviousStack)) -> usize {
    if depth == 0 {
        leaf(previous);
        return black_box(0);
    }
    black_box(at_depth(depth - 1, previous, leaf)) + 1
}

#[inline(never)]
fn one(previous: &mut PreviousStack) -> usize {
    black_box(previous.capture().depth)
}

#[inline(never)]
fn two(previous: &mut PreviousStack) -> usize {
    black_box(one(previous)) + 1
}

#[inline(never)]
fn three(previous: &mut PreviousStack) -> usize {
    black_box(two(previous)) + 1
}

/// The least of several repeats, per call.
fn least_ns(calls: u32, mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..REPEATS {
        let start = Instant::now();
        for _ in 0..calls {
            work();
        }
        least = least.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    least
}

fn measure(depth: usize, previous: &mut PreviousStack, calls: u32) -> [f64; 4] {
    let mut found = [0.0; 4];
    at_depth(depth, previous, &mut |previous| {
        let depth = one(previous);
        found[0] = depth as f64;
        found[1] = least_ns(calls, || _ = one(previous));
        // Three frames go and three others come, as between an allocation and a release.
        let pair = least_ns(calls, || _ = three(previous) + one(previous));
        found[2] = pair / 2.0;
    });
    // From one frame to all and back.
    let shallow = least_ns(calls, || _ = one(previous));
    let mut whole = || {
        one(previous);
        at_depth(depth, previous, &mut |previous| _ = one(previous));
    };
    found[3] = least_ns(calls, &mut whole) - shallow;
    found
}

fn main() {
    // SAFETY: all-zero bytes are a valid empty memory, as its documentation says.
    let mut previous: Box<PreviousStack> = unsafe { Box::new_zeroed().assume_init() };
    println!("{:10} {:>6} {:>12} {:>12} {:>12}", "", "frames", "same", "few changed", "all new");
    for (name, force_portable, calls) in [("fast", false, 20_000), ("portable", true, 200)] {
        unwind::initialise(force_portable);
        if force_portable == unwind::is_fast() {
            println!("{name}: not on this machine");
            continue;
        }
        for depth in [2, 20, 50] {
            let [frames, same, few, new] = measure(depth, &mut previous, calls);
            println!("{name:10} {frames:6} {same:9.1} ns {few:9.1} ns {new:9.1} ns");
        }
    }
}
