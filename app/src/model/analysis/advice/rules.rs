//! When something stands out: plain numbers in, yes or no out.

use dropscope_engine::{Frame, FrameKind};
use std::sync::Arc;

/// Less is not worth a sentence.
const LEAST_BYTES: u64 = 1024;
/// A place that makes this much of all events stands out, in percent.
pub(super) const ONE_PLACE_PERCENT: u64 = 60;
/// Of fewer events nothing is said.
const LEAST_EVENTS: u64 = 1000;
/// A block that doubled so often had a known destination.
pub(super) const LEAST_DOUBLINGS: u64 = 8;
/// Fewer blocks are no habit.
pub(super) const LEAST_CLONES: u64 = 50;
const LEAST_CROSSING: u64 = 100;
const CROSSING_PERCENT: u64 = 5;

/// Less than this much more than was asked for is what allocators cost, in percent.
const ROUNDED_UP_PERCENT: u64 = 25;
const LEAST_ROUNDED_UP_BYTES: u64 = 1 << 20;

fn steps(bytes: &[u64]) -> (usize, usize) {
    let up = bytes.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let down = bytes.windows(2).filter(|pair| pair[1] < pair[0]).count();
    (up, down)
}

/// Live bytes over time that grow at three of four steps, and most of what is there at the end is never released.
pub(super) fn is_growing_leak(bytes: &[u64], left_bytes: u64) -> bool {
    let (up, _) = steps(bytes);
    let last = bytes.last().copied().unwrap_or(0);
    up * 4 >= bytes.len().saturating_sub(1) * 3 && left_bytes >= LEAST_BYTES && left_bytes * 2 >= last
}

/// Live bytes over most of the run that only grow, make a tenth of the peak, and are released after all.
pub(super) fn never_shrinks(bytes: &[u64], left_bytes: u64, peak_bytes: u64) -> bool {
    let (up, down) = steps(bytes);
    let last = bytes.last().copied().unwrap_or(0);
    down == 0 && up >= 3 && last >= 4 * LEAST_BYTES && last.saturating_mul(10) >= peak_bytes && left_bytes * 10 < last
}

/// Whether a place makes most of all events.
pub(super) fn is_one_place(events: u64, all: u64) -> bool {
    all >= LEAST_EVENTS && events.saturating_mul(100) >= all.saturating_mul(ONE_PLACE_PERCENT)
}

/// Whether so many of all released blocks make a habit of crossing threads.
pub(super) fn is_crossing(crossed: u64, released: u64) -> bool {
    crossed >= LEAST_CROSSING && crossed.saturating_mul(100) >= released.saturating_mul(CROSSING_PERCENT)
}

/// Whether an allocator gave much more than it was asked for.
pub(super) fn is_rounded_up(added_bytes: u64, requested_bytes: u64) -> bool {
    added_bytes > LEAST_ROUNDED_UP_BYTES
        && added_bytes.saturating_mul(100) > requested_bytes.saturating_mul(ROUNDED_UP_PERCENT)
}

/// How often a size at least doubled.
pub(super) fn doublings(sizes: &[u64]) -> u64 {
    sizes.windows(2).filter(|pair| pair[0] > 0 && pair[1] >= pair[0].saturating_mul(2)).count() as u64
}

/// Whether the library copies something for the program here.
pub(super) fn is_clone(frames: &[Arc<Frame>]) -> bool {
    let library = frames.iter().take_while(|frame| frame.kind != FrameKind::User);
    library.into_iter().any(|frame| {
        let name = frame.function.rsplit("::").find(|part| !part.starts_with('<')).unwrap_or_default();
        matches!(name, "clone" | "to_vec" | "to_owned" | "to_string" | "cloned")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_grows_and_a_cache_only_never_shrinks() {
        let steady = [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000];
        assert!(is_growing_leak(&steady, 8000));
        assert!(!is_growing_leak(&steady, 100), "nearly all of it is released in the end");
        assert!(!is_growing_leak(&[8000; 9], 8000), "it is kept, and does not grow");
        assert!(never_shrinks(&steady, 0, 20_000));
        assert!(!never_shrinks(&steady, 8000, 20_000), "a leak is another finding");
        assert!(!never_shrinks(&[0, 9000, 8000, 9000, 9500, 9600, 9700, 9800, 9900], 0, 20_000));
        assert!(!never_shrinks(&steady, 0, 1_000_000), "too little to matter");
    }

    #[test]
    fn shares_are_of_enough_events() {
        assert!(is_one_place(600, 1000) && !is_one_place(599, 1000) && !is_one_place(9, 10));
        assert!(is_crossing(100, 2000) && !is_crossing(100, 2001) && !is_crossing(99, 99));
    }

    #[test]
    fn doublings_are_counted() {
        assert_eq!(doublings(&[4, 8, 16, 24, 48, 0, 5]), 3);
        assert_eq!(doublings(&[]), 0);
    }

    #[test]
    fn clones_are_told_by_what_the_program_calls() {
        let frame = |function: &str, kind| {
            Arc::new(Frame {
                function: function.into(),
                file: None,
                path: None,
                line: 0,
                column: 0,
                inlined: false,
                kind,
                address: 0,
            })
        };
        let user = || frame("demo::run", FrameKind::User);
        let alloc = || frame("alloc::alloc::alloc", FrameKind::Std);
        let clone = frame("<alloc::string::String as core::clone::Clone>::clone", FrameKind::Std);
        assert!(is_clone(&[alloc(), clone.clone(), user()]));
        assert!(is_clone(&[alloc(), frame("alloc::slice::<impl [T]>::to_vec", FrameKind::Std), user()]));
        assert!(!is_clone(&[alloc(), frame("alloc::vec::Vec<T>::with_capacity", FrameKind::Std), user()]));
        assert!(!is_clone(&[alloc(), user(), clone]), "who calls the program's own code does not count");
    }
}
