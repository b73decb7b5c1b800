//! Releases that ended no block, each with what is known of the block that was meant.

use crate::ids::{BlockId, StackId};
use crate::json::At;
use crate::model::Model;
use crate::names::Names;
use crate::rows::UnmatchedFree;
use crate::verdict::Verdict;
use serde::Serialize;

/// So many are told; a recording that began late can have millions.
const MOST: usize = 100;

/// A release that ended no block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WrongFreeJson {
    /// `double free`, `foreign free`, or `unknown block`: never allocated, or before the recording.
    pub verdict: &'static str,
    /// When.
    pub t_ns: u64,
    /// Where it was released.
    pub at: Option<At>,
    /// The size that the program told, in bytes; 0 where it tells none.
    pub size: u64,
    /// The number of the block that was meant: released before, or one that the address lies in.
    pub block: Option<u32>,
    /// Where that block was born.
    pub born_at: Option<At>,
    /// Where it had been released.
    pub released_at: Option<At>,
}

pub(super) fn wrong_frees(model: &Model, names: &Names) -> Vec<WrongFreeJson> {
    let at = |stack: StackId| names.summary(stack).site.as_ref().map(|(_, location)| At::from(&**location));
    let blocks = model.blocks();
    let told = |(row, free): (usize, &UnmatchedFree)| {
        let verdict = model.verdict(row)?;
        let block: Option<BlockId> = match verdict {
            Verdict::Double(block) | Verdict::Inside(block) => Some(block),
            Verdict::Unknown => None,
        };
        Some(WrongFreeJson {
            verdict: verdict.name(),
            t_ns: free.time_ns,
            at: at(free.stack),
            size: free.size_bytes,
            block: block.map(|block| block.0),
            born_at: block.and_then(|block| at(blocks.birth_stack(block))),
            released_at: block.and_then(|block| blocks.death_stack(block)).and_then(at),
        })
    };
    model.unmatched_frees().iter().enumerate().take(MOST).filter_map(told).collect()
}
