//! When the classic collector of the crate `gc` works: whenever there is twice as much as after its last collection.
//!
//! By itself it decides inside of any allocation. Here it is asked for, by the same rule, so that its pauses have a name
//! on the time axis; its frees are known by their stacks in either case.

use dropscope::scope;

/// Below this a collection is not worth its name, in bytes.
const LEAST_BYTES: usize = 1 << 20;

/// Decides when to collect on this thread.
pub struct Classic {
    threshold_bytes: usize,
}

impl Classic {
    /// Takes over from the collector's own decision.
    pub fn new() -> Self {
        gc::configure(|config| config.threshold = usize::MAX);
        Self { threshold_bytes: LEAST_BYTES }
    }

    /// Collects if it is time.
    pub fn end_of_request(&mut self) {
        if gc::stats().bytes_allocated >= self.threshold_bytes {
            self.collect();
        }
    }

    /// Collects: marks all that can be reached from the program, releases all that cannot.
    pub fn collect(&mut self) {
        let _pause = scope!("gc: force_collect");
        gc::force_collect();
        self.threshold_bytes = (2 * gc::stats().bytes_allocated).max(LEAST_BYTES);
    }
}

impl Default for Classic {
    fn default() -> Self {
        Self::new()
    }
}
