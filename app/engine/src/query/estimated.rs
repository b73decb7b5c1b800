//! The sums of a sample: each block counts as so many as it stands for.

use super::Sums;
use super::answer::Variances;
use crate::model::Model;
use crate::sampling::{EstimatedSum, chance};

/// What [`Sums`] become, while they are being summed up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimated {
    blocks: EstimatedSum,
    bytes: EstimatedSum,
    peak_bytes: EstimatedSum,
    left_blocks: EstimatedSum,
    left_bytes: EstimatedSum,
    lifetime_ns: f64,
    reallocs: f64,
    moves: f64,
    copied_bytes: f64,
}

impl Estimated {
    /// Adds one block, of which `sums` are.
    pub(super) fn add(&mut self, sums: &Sums, mean_bytes: u64) {
        let size_bytes = sums.bytes;
        self.blocks.add(sums.blocks as f64, size_bytes, mean_bytes);
        self.bytes.add(size_bytes as f64, size_bytes, mean_bytes);
        if sums.left_blocks > 0 {
            self.left_blocks.add(sums.left_blocks as f64, size_bytes, mean_bytes);
            self.left_bytes.add(sums.left_bytes as f64, size_bytes, mean_bytes);
        }
        if sums.peak_bytes > 0 {
            self.peak_bytes.add(sums.peak_bytes as f64, sums.peak_bytes, mean_bytes);
        }
        let weight = 1.0 / chance(size_bytes, mean_bytes);
        self.lifetime_ns += sums.lifetime_ns as f64 * weight;
        self.reallocs += sums.reallocs as f64 * weight;
        self.moves += sums.moves as f64 * weight;
        self.copied_bytes += sums.copied_bytes as f64 * weight;
    }

    /// The estimates, in whole numbers.
    pub(super) fn sums(&self) -> Sums {
        let whole = |sum: EstimatedSum| sum.estimate().value.round() as u64;
        let variance = |sum: EstimatedSum| sum.estimate().standard_error.powi(2) as f32;
        Sums {
            blocks: whole(self.blocks),
            bytes: whole(self.bytes),
            peak_bytes: whole(self.peak_bytes),
            left_blocks: whole(self.left_blocks),
            left_bytes: whole(self.left_bytes),
            lifetime_ns: self.lifetime_ns.round() as u128,
            reallocs: self.reallocs.round() as u64,
            moves: self.moves.round() as u64,
            copied_bytes: self.copied_bytes.round() as u64,
            usable_bytes: 0,
            variances: Variances {
                blocks: variance(self.blocks),
                bytes: variance(self.bytes),
                peak_bytes: variance(self.peak_bytes),
                left_blocks: variance(self.left_blocks),
                left_bytes: variance(self.left_bytes),
            },
        }
    }
}

/// What was alive at the recorded peak, for the whole program.
pub(super) fn peak_bytes(model: &Model, mean_bytes: u64) -> u64 {
    let (blocks, at_ns) = (model.blocks(), model.live().peak().at_ns);
    let mut sum = EstimatedSum::default();
    for block in blocks.live_at(at_ns) {
        let size_bytes = blocks.size_at(block, at_ns);
        sum.add(size_bytes as f64, size_bytes, mean_bytes);
    }
    sum.estimate().value.round() as u64
}
