//! What a question is answered with: plain rows and trees, their ids told by [`crate::Names`] and [`crate::Model`].

use super::{LifetimeClass, Measure, Query, SizeClass};
use crate::ids::{BlockId, StackId, TextId, ThreadNumber};
use crate::names::{FunctionId, Origin, SiteId};
use crate::sampling::Estimate;
use std::sync::Arc;

/// Sums over some blocks. Bytes are requested sizes. Of a sample they are estimates for the whole program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// How many blocks.
    pub blocks: u64,
    /// Their bytes: at the moment asked for ([`super::When::LiveAt`], the end of [`super::When::BornInAndAlive`]), else
    /// each block's last size.
    pub bytes: u64,
    /// Bytes of those that were alive when the process's live bytes were at their peak, as large as they were then.
    pub peak_bytes: u64,
    /// Of the blocks those never released, as far as has been read.
    pub left_blocks: u64,
    /// Their last sizes.
    pub left_bytes: u64,
    /// Lifetimes of the released ones, summed, in ns.
    pub lifetime_ns: u128,
    /// Reallocs of the blocks, in all their lives.
    pub reallocs: u64,
    /// Of them those that changed the block's place.
    pub moves: u64,
    /// Bytes that those had to copy: the lesser of the sizes before and after.
    pub copied_bytes: u64,
    /// What the allocator gave for [`Sums::bytes`], sizes that it was not asked about as they are. Only of all blocks that
    /// are recorded, by [`super::GroupBy::Site`] of birth; 0 elsewhere, and where nothing is known of it.
    pub usable_bytes: u64,
    /// How far those of a sample may be off.
    pub variances: Variances,
}

/// Variances of estimated sums, in the order of their places there; all 0 where everything was recorded. Of different
/// blocks they add up as the sums do.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Variances {
    pub(super) blocks: f32,
    pub(super) bytes: f32,
    pub(super) peak_bytes: f32,
    pub(super) left_blocks: f32,
    pub(super) left_bytes: f32,
}

/// None of them is ever not a number: they are sums of squares.
impl Eq for Variances {}

impl Sums {
    /// Adds `other`.
    pub fn add(&mut self, other: &Sums) {
        self.blocks += other.blocks;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.peak_bytes = self.peak_bytes.saturating_add(other.peak_bytes);
        self.left_blocks += other.left_blocks;
        self.left_bytes = self.left_bytes.saturating_add(other.left_bytes);
        self.lifetime_ns += other.lifetime_ns;
        self.reallocs += other.reallocs;
        self.moves += other.moves;
        self.copied_bytes = self.copied_bytes.saturating_add(other.copied_bytes);
        self.usable_bytes = self.usable_bytes.saturating_add(other.usable_bytes);
        let (own, others) = (&mut self.variances, &other.variances);
        own.blocks += others.blocks;
        own.bytes += others.bytes;
        own.peak_bytes += others.peak_bytes;
        own.left_blocks += others.left_blocks;
        own.left_bytes += others.left_bytes;
    }

    /// What `measure` is of, with its standard error: none where it is exact, or nobody can tell how far it is off.
    pub fn estimate(&self, measure: Measure) -> Option<Estimate> {
        let variance = match measure {
            Measure::Bytes => self.variances.bytes,
            Measure::Blocks => self.variances.blocks,
            Measure::ShareOfPeak => self.variances.peak_bytes,
            Measure::LeftBytes => self.variances.left_bytes,
            Measure::Reallocs | Measure::CopiedBytes => 0.0,
        };
        Sums::estimated(measure.of(self), variance)
    }

    /// [`Sums::left_blocks`] with its standard error, as [`Sums::estimate`].
    pub fn left_blocks_estimate(&self) -> Option<Estimate> {
        Sums::estimated(self.left_blocks, self.variances.left_blocks)
    }

    fn estimated(value: u64, variance: f32) -> Option<Estimate> {
        let standard_error = f64::from(variance).sqrt();
        (variance > 0.0).then_some(Estimate { value: value as f64, standard_error })
    }

    /// Of the blocks those never released.
    pub fn left(&self) -> Sums {
        let Variances { left_blocks, left_bytes, .. } = self.variances;
        let variances =
            Variances { blocks: left_blocks, bytes: left_bytes, left_blocks, left_bytes, ..Variances::default() };
        Sums {
            blocks: self.left_blocks,
            bytes: self.left_bytes,
            left_blocks: self.left_blocks,
            left_bytes: self.left_bytes,
            variances,
            ..Sums::default()
        }
    }

    /// Mean lifetime of those released, in ns; 0 where none was.
    pub fn mean_lifetime_ns(&self) -> u64 {
        let released = u128::from(self.blocks.saturating_sub(self.left_blocks));
        self.lifetime_ns.checked_div(released).and_then(|mean| u64::try_from(mean).ok()).unwrap_or(0)
    }
}

/// What a row stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// All of it.
    All,
    /// A user frame; none where the stack has none. Births of another origin are another row.
    Site(Option<SiteId>, Origin),
    /// A user frame of releases.
    ReleaseSite(Option<SiteId>),
    /// A whole stack.
    Stack(StackId),
    /// The stacks of birth and of release; none while alive.
    Stacks(StackId, Option<StackId>),
    /// A function of a call tree.
    Function(FunctionId),
    /// A type that releases; none where no drop glue was on the stack.
    Owner(Option<Arc<str>>),
    /// The same, and the user frame.
    OwnerAndSite(Option<Arc<str>>, Option<SiteId>),
    /// A thread.
    Thread(ThreadNumber),
    /// Born on the one, released on the other; none while alive.
    Threads(ThreadNumber, Option<ThreadNumber>),
    /// Sizes of one power of two.
    SizeClass(SizeClass),
    /// Lifetimes of one power of ten.
    LifetimeClass(LifetimeClass),
    /// A scope's name; none outside of all scopes.
    Scope(Option<TextId>),
    /// Not released (yet), where releases are grouped.
    Alive,
    /// The names of these stacks are still being looked up. Only in partial answers.
    Unnamed,
}

/// A group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// What it stands for.
    pub key: Key,
    /// The same in words.
    pub label: Arc<str>,
    /// Its sums.
    pub sums: Sums,
    /// Its largest block; the younger one of several.
    pub example: BlockId,
    /// Of how many bytes that is.
    pub example_bytes: u64,
    /// The largest of those never released.
    pub left_example: Option<BlockId>,
    /// The block that was reallocated most often, and how often; none where none was.
    pub most_reallocated: Option<(u64, BlockId)>,
    /// Whether it is released by owners that are only nearly right, since the program was optimised.
    pub is_approximate: bool,
}

/// A node of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeNode {
    /// What it stands for.
    pub key: Key,
    /// The same in words.
    pub label: Arc<str>,
    /// The node it is below; its own number for the root.
    pub parent: u32,
    /// Its first child's number; the others follow, the largest first.
    pub first_child: u32,
    /// How many children it has.
    pub children: u32,
    /// How many nodes are above it.
    pub depth: u32,
    /// Sums of itself and all below it.
    pub total: Sums,
    /// Sums of what ends here.
    pub own: Sums,
    /// Its largest block.
    pub example: BlockId,
}

/// A tree. Number 0 is the root, [`Key::All`]; parents come before their children.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<TreeNode>,
}

impl Tree {
    /// The children of node `number`, the largest first.
    pub fn children(&self, number: u32) -> &[TreeNode] {
        let Some(node) = self.nodes.get(number as usize) else { return &[] };
        let first = node.first_child as usize;
        self.nodes.get(first..first + node.children as usize).unwrap_or_default()
    }

    /// Node `number` and those above it, the root first.
    pub fn path(&self, number: u32) -> Vec<&TreeNode> {
        let above = |node: &&TreeNode| {
            let parent = self.nodes.get(node.parent as usize);
            parent.filter(|parent| parent.depth < node.depth)
        };
        let mut path: Vec<&TreeNode> = std::iter::successors(self.nodes.get(number as usize), above).collect();
        path.reverse();
        path
    }
}

/// Groups, in the form that the question asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Groups {
    /// Rows, the largest first.
    Table(Vec<Row>),
    /// A tree.
    Tree(Tree),
}

impl Groups {
    /// The rows; none of a tree.
    pub fn rows(&self) -> &[Row] {
        match self {
            Groups::Table(rows) => rows,
            Groups::Tree(_) => &[],
        }
    }

    /// The tree, if it is one.
    pub fn tree(&self) -> Option<&Tree> {
        match self {
            Groups::Table(_) => None,
            Groups::Tree(tree) => Some(tree),
        }
    }
}

/// An answer, or a part of one.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// What was asked.
    pub query: Query,
    /// The model's generation when it was.
    pub generation: u64,
    /// How much of what was to be looked at has been, from 0 to 1. 1: it is the whole answer.
    pub fraction: f32,
    /// Sums of all groups.
    pub total: Sums,
    /// The groups.
    pub groups: Groups,
    /// The most live bytes of the process (estimated, of a sample): what [`Sums::peak_bytes`] is a share of.
    pub peak_bytes: u64,
    /// Whether owners are among the keys and only nearly right, since the program was optimised.
    pub is_approximate: bool,
}

impl Answer {
    /// Whether it is the whole answer.
    pub fn is_complete(&self) -> bool {
        self.fraction >= 1.0
    }

    /// What `sums` are of all that the question asks for, from 0 to 1.
    pub fn share(&self, sums: &Sums) -> f64 {
        let whole = match self.query.measure {
            Measure::ShareOfPeak => self.peak_bytes,
            measure => measure.of(&self.total),
        };
        if whole == 0 { 0.0 } else { self.query.measure.of(sums) as f64 / whole as f64 }
    }
}
