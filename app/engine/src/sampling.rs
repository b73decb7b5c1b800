//! What a sampled recording says about the whole program: estimates without bias, and how far they may be off.
//!
//! A block of `size` bytes is in the recording with probability `p = 1 - exp(-size / mean)`. Counted as `1 / p` blocks,
//! it makes every sum right on average, and the variance of a sum of values `v` is estimated by the sum of
//! `v² (1 - p) / p²` ([Horvitz and Thompson](https://en.wikipedia.org/wiki/Horvitz%E2%80%93Thompson_estimator)).

use crate::ids::BlockId;
use crate::model::Model;
use serde::Serialize;

/// An estimate and its standard error: the truth lies within two of them in 19 of 20 cases.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, in the same unit.
    pub standard_error: f64,
}

/// A sum that is being estimated.
#[derive(Clone, Copy, Debug, Default)]
pub struct EstimatedSum {
    value: f64,
    variance: f64,
}

impl EstimatedSum {
    /// Adds a block of `size_bytes` that counts as `value`; negative to take it away again.
    pub fn add(&mut self, value: f64, size_bytes: u64, mean_bytes: u64) {
        let chance = chance(size_bytes, mean_bytes);
        self.value += value / chance;
        self.variance += value * value.abs() * (1.0 - chance) / (chance * chance);
    }

    /// Adds all of `other`, which is of other blocks.
    pub fn merge(&mut self, other: EstimatedSum) {
        self.value += other.value;
        self.variance += other.variance;
    }

    /// The sum.
    pub fn estimate(self) -> Estimate {
        Estimate { value: self.value.max(0.0), standard_error: self.variance.max(0.0).sqrt() }
    }
}

impl Estimate {
    /// The sum of estimates that are of different blocks.
    pub fn sum(estimates: impl Iterator<Item = Estimate>) -> Estimate {
        let (value, variance) = estimates.fold((0.0, 0.0), |(value, variance), one| {
            (value + one.value, variance + one.standard_error * one.standard_error)
        });
        Estimate { value, standard_error: variance.sqrt() }
    }
}

/// One byte in how many was chosen; none where everything was recorded.
pub fn mean_bytes(model: &Model) -> Option<u64> {
    Some(model.process().sample_mean_bytes).filter(|mean| *mean > 0)
}

/// With which probability a block of `size_bytes` is in a recording sampled by `mean_bytes`.
pub fn chance(size_bytes: u64, mean_bytes: u64) -> f64 {
    // A block of no bytes is never chosen; were it there, it would be one.
    if size_bytes == 0 { 1.0 } else { -(-(size_bytes as f64) / mean_bytes as f64).exp_m1() }
}

/// Estimates for the whole program.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct SamplingJson {
    /// One byte in so many was chosen.
    pub mean_bytes: u64,
    /// Births, each realloc being one: a block of another size has another chance to be chosen.
    pub allocs: Estimate,
    /// Bytes of them.
    pub bytes_allocated: Estimate,
    /// The most bytes alive at once.
    pub peak_live_bytes: Estimate,
    /// Bytes alive at the end.
    pub live_bytes_at_end: Estimate,
}

impl SamplingJson {
    /// The estimates from `model`; none where everything was recorded.
    pub fn new(model: &Model) -> Option<SamplingJson> {
        let mean_bytes = mean_bytes(model)?;
        let blocks = model.blocks();
        let mut allocs = EstimatedSum::default();
        let mut bytes = EstimatedSum::default();
        let mut changes: Vec<(u64, bool, BlockId)> = Vec::new();
        for block in blocks.ids() {
            let size_bytes = blocks.size_bytes(block);
            allocs.add(1.0, size_bytes, mean_bytes);
            bytes.add(size_bytes as f64, size_bytes, mean_bytes);
            changes.push((blocks.born_ns(block), true, block));
            if let Some(died_ns) = blocks.died_ns(block) {
                changes.push((died_ns, false, block));
            }
        }
        changes.sort_unstable_by_key(|&(time_ns, is_birth, _)| (time_ns, is_birth));
        let mut live = EstimatedSum::default();
        let mut peak = EstimatedSum::default();
        for (_, is_birth, block) in changes {
            let size_bytes = blocks.size_bytes(block);
            let value = if is_birth { size_bytes as f64 } else { -(size_bytes as f64) };
            live.add(value, size_bytes, mean_bytes);
            if live.value > peak.value {
                peak = live;
            }
        }
        Some(SamplingJson {
            mean_bytes,
            allocs: allocs.estimate(),
            bytes_allocated: bytes.estimate(),
            peak_live_bytes: peak.estimate(),
            live_bytes_at_end: live.estimate(),
        })
    }
}
