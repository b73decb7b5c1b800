//! What the allocator gave beyond what it was asked for, as JSON.

use crate::usable::Rounding;
use serde::Serialize;

/// What the allocator gave beyond what it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct RoundingJson {
    /// For how many sizes the recorder has asked it. What it gives for one it gives for all from that to the usable size.
    pub asked_sizes: u64,
    /// For the blocks alive at the peak.
    pub at_peak: RoundingSum,
    /// For those alive at the end.
    pub at_end: RoundingSum,
    /// For all blocks, each with its last size.
    pub allocated: RoundingSum,
}

/// What it gave for some blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RoundingSum {
    /// What was asked for.
    pub requested_bytes: u64,
    /// What may be used. The blocks of sizes that it was not asked for count as they were requested.
    pub usable_bytes: u64,
    /// Requested bytes of those.
    pub not_known_bytes: u64,
}

impl From<Rounding> for RoundingSum {
    fn from(rounding: Rounding) -> RoundingSum {
        RoundingSum {
            requested_bytes: rounding.requested_bytes(),
            usable_bytes: rounding.total_usable_bytes(),
            not_known_bytes: rounding.other_bytes,
        }
    }
}
