//! The order of a picture's blocks: by birth, each with what lies in it behind it; many alike as one box.

use super::super::blocks::LessonBlock;
use super::holds::HoldKind;
use super::moment::{Arrow, BlockBox, End, Moment};
use dropscope_engine::BlockId;
use std::collections::HashMap;

/// From this many alike on, blocks that follow each other are one box.
const ALIKE: usize = 4;

/// A block and where it lies.
pub(super) struct Ordered {
    pub(super) block: BlockId,
    pub(super) size_bytes: u64,
    pub(super) depth: usize,
    pub(super) inside: Option<BlockId>,
}

/// The shown blocks in order of birth, each with all that lies in it behind it.
pub(super) fn in_order(shown: &[(BlockId, u64)], facts: &HashMap<BlockId, &LessonBlock>) -> Vec<Ordered> {
    let sizes: HashMap<BlockId, u64> = shown.iter().copied().collect();
    let around = |block: BlockId| facts.get(&block)?.inside.filter(|inside| sizes.contains_key(inside));
    let mut content: HashMap<Option<BlockId>, Vec<BlockId>> = HashMap::new();
    for &(block, _) in shown {
        content.entry(around(block)).or_default().push(block);
    }
    let mut ordered = Vec::new();
    let take = |content: &mut HashMap<_, Vec<BlockId>>, inside| content.remove(&inside).unwrap_or_default();
    let mut open: Vec<(BlockId, usize)> = take(&mut content, None).into_iter().rev().map(|root| (root, 0)).collect();
    while let Some((block, depth)) = open.pop() {
        let size_bytes = sizes.get(&block).copied().unwrap_or_default();
        ordered.push(Ordered { block, size_bytes, depth, inside: around(block) });
        open.extend(take(&mut content, Some(block)).into_iter().rev().map(|inner| (inner, depth + 1)));
    }
    ordered
}

/// Who holds a block: the slot, how, and whether a mark said so.
pub(super) type Holders = Vec<(End, HoldKind, bool)>;

/// Puts blocks that follow each other and are alike into one box.
#[derive(Default)]
pub(super) struct Alike {
    last: Option<(Holders, Option<usize>)>,
    /// Length of the run that each box is in.
    runs: Vec<usize>,
}

impl Alike {
    pub(super) fn push(
        &mut self,
        made: BlockBox,
        holders: &[(End, HoldKind, bool)],
        inside: Option<usize>,
        boxes: &mut Vec<BlockBox>,
    ) -> usize {
        let same_holders = self.last.as_ref().is_some_and(|last| last.0 == holders && last.1 == inside);
        let same = same_holders
            && boxes.last().is_some_and(|last| {
                last.size_bytes == made.size_bytes
                    && last.kind == made.kind
                    && last.state == made.state
                    && last.depth == made.depth
            });
        self.last = Some((holders.to_vec(), inside));
        let run = if same { self.runs.last().copied().unwrap_or(0) + 1 } else { 1 };
        boxes.push(made);
        self.runs.push(run);
        boxes.len() - 1
    }

    /// Replaces runs of [`ALIKE`] and more by their first box.
    pub(super) fn merge(self, moment: &mut Moment) {
        let mut kept: Vec<BlockBox> = Vec::new();
        let mut target = vec![0; moment.blocks.len()];
        let mut at = 0;
        while at < moment.blocks.len() {
            let length = self.runs[at + 1..].iter().take_while(|&&run| run > 1).count() + 1;
            let step = if length >= ALIKE { length } else { 1 };
            let mut first = moment.blocks[at].clone();
            first.count = step;
            first.is_touched = moment.blocks[at..at + step].iter().any(|block| block.is_touched);
            target[at..at + step].fill(kept.len());
            kept.push(first);
            at += step;
        }
        moment.blocks = kept;
        let mut arrows: Vec<Arrow> = Vec::new();
        for arrow in &moment.arrows {
            let end = |end: End| match end {
                End::Block(block) => End::Block(target[block]),
                slot @ End::Slot(..) => slot,
            };
            let arrow = Arrow { from: end(arrow.from), to: end(arrow.to), ..*arrow };
            if !arrows.contains(&arrow) {
                arrows.push(arrow);
            }
        }
        moment.arrows = arrows;
    }
}
