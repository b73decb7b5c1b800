//! Questions about blocks: *which* of them, *grouped* by what, *summed* as what.
//!
//! A [`Query`] is a value: it can be compared, hashed, kept as the key of an answer, and said in words
//! ([`Query::words`]). [`ask`] answers it off the window's thread, in parts, until it is done or cancelled.
//!
//! ```no_run
//! use dropscope_engine::query::{Cancel, GroupBy, Query, Side, When, ask};
//! # fn show(model: &dropscope_engine::Model, names: &dropscope_engine::Names) {
//! let query = Query::of(When::BornInAndAlive(0..3_000_000)).grouped(GroupBy::Site(Side::Birth));
//! let answer = ask(model.into(), names, &query, &Cancel::default(), &mut |part| println!("{}", part.fraction));
//! # }
//! ```

mod answer;
mod ask;
mod classes;
mod difference;
mod estimated;
mod grouping;
mod naming;
mod pace;
pub(crate) mod rows;
mod scan;
mod scopes;
mod select;
mod tally;
mod tree;
mod words;

pub use answer::{Answer, Groups, Key, Row, Sums, Tree, TreeNode, Variances};
pub use ask::{Cancel, ModelRef, ask};
pub use classes::{LifetimeClass, SizeClass};
pub use difference::{Difference, DifferenceNode, DifferenceRow, Differences};
pub use pace::Pace;
pub use select::select;

use crate::ids::{ScopeId, StackId, TextId, ThreadNumber};
use crate::names::{FunctionId, Origin, SiteId};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// A question.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Query {
    /// Which blocks.
    pub which: Which,
    /// Grouped by what.
    pub group: GroupBy,
    /// Summed as what: rows are in its order, the largest first. Every row carries all sums.
    pub measure: Measure,
}

/// Which blocks: those that all of it is true of.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Which {
    /// By their time.
    pub when: When,
    /// By how long they lived.
    pub lived: Option<Lived>,
    /// Born on this thread.
    pub born_on: Option<ThreadNumber>,
    /// Released on this thread.
    pub released_on: Option<ThreadNumber>,
    /// Of such a size, in bytes, as [`Sums::bytes`] counts it.
    pub size_bytes: Option<RangeInclusive<u64>>,
    /// Born on this stack or one that goes through it: the stack is an outer part of the block's.
    pub birth_stack: Option<StackId>,
    /// Released on this stack or one that goes through it.
    pub release_stack: Option<StackId>,
    /// Whose stack of this side begins with these functions, as a call tree's path does.
    pub calls: Option<Calls>,
    /// Whose user frame of this side is this one; `None` within: that have none.
    pub site: Option<(Side, Option<SiteId>)>,
    /// Whose owner chain begins with these types, outermost first; none at all: released, but by no drop glue.
    pub owners: Option<Vec<Arc<str>>>,
    /// Born or released within this scope.
    pub scope: Option<(Side, InScope)>,
    /// Made by the program, for its statics, or by the runtime for itself.
    pub origins: Origins,
}

/// Blocks by their time. Ranges are of ns and exclude their end.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum When {
    /// All.
    #[default]
    Ever,
    /// Alive after all events at or before this moment.
    LiveAt(u64),
    /// Born in the range.
    BornIn(Range<u64>),
    /// Born in the range, and not released in it.
    BornInAndAlive(Range<u64>),
    /// Released in the range.
    ReleasedIn(Range<u64>),
    /// Alive at any moment of the range, born or released in it, too.
    AliveIn(Range<u64>),
    /// Never released, as far as has been read.
    NeverReleased,
}

/// Blocks by how long they lived. One that is alive has not lived less than anything yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lived {
    /// Released less than so many ns after its birth.
    LessThanNs(u64),
    /// Released when less than so many births, reallocs and releases had happened since, on all threads: those at the
    /// very moments of its birth and its release are not counted.
    LessThanEvents(u32),
    /// At least so many ns; one that is alive, up to the end of what has been read.
    AtLeastNs(u64),
    /// Released at least the first and less than the second number of ns after its birth.
    BetweenNs(u64, u64),
}

/// An end of a block's life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// Where it was born.
    Birth,
    /// Where it was released.
    Release,
}

/// From which end a call tree is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// Callers first: `main` is next to the root.
    TopDown,
    /// Callees first: what allocates is next to the root, its callers below it.
    BottomUp,
}

/// A path of a call tree.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Calls {
    /// Of which stack.
    pub side: Side,
    /// From which end.
    pub direction: Direction,
    /// The functions from that end on.
    pub path: Vec<FunctionId>,
}

/// A scope to be in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InScope {
    /// This one.
    One(ScopeId),
    /// Any of this name.
    Named(TextId),
    /// None at all.
    Outside,
}

/// Which origins are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origins {
    /// What the program makes.
    pub program: bool,
    /// What is made once, for a static or a thread local.
    pub statics: bool,
    /// What the runtime makes for itself.
    pub runtime: bool,
}

impl Default for Origins {
    fn default() -> Self {
        Self { program: true, statics: true, runtime: true }
    }
}

impl Origins {
    /// Without what the runtime makes for itself.
    pub const OWN: Origins = Origins { program: true, statics: true, runtime: false };

    /// Whether this origin is wanted.
    pub fn has(self, origin: Origin) -> bool {
        match origin {
            Origin::Program => self.program,
            Origin::Static => self.statics,
            Origin::Runtime => self.runtime,
        }
    }

    fn is_all(self) -> bool {
        self == Origins::default()
    }
}

/// What blocks are grouped by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum GroupBy {
    /// Not at all.
    #[default]
    Nothing,
    /// The functions of their stacks, as a tree.
    Calls(Side, Direction),
    /// Their user frame.
    Site(Side),
    /// Their whole stack.
    Stack(Side),
    /// The whole stacks of both sides.
    Stacks,
    /// The outermost type whose drop released them.
    Owner,
    /// The same, and the user frame of the release.
    OwnerAndSite,
    /// The innermost type whose drop released them: the one that held them.
    Holder,
    /// All types whose drops released them, outermost first, as a tree.
    Owners,
    /// The thread of one side.
    Thread(Side),
    /// The threads of both sides.
    Threads,
    /// The power of two that their size is in.
    SizeClass,
    /// The power of ten that their lifetime in ns is in.
    LifetimeClass,
    /// The name of the innermost scope.
    Scope(Side),
}

/// What rows are ordered by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Measure {
    /// [`Sums::bytes`].
    #[default]
    Bytes,
    /// [`Sums::blocks`].
    Blocks,
    /// [`Sums::peak_bytes`], of which [`Answer::peak_bytes`] is the whole.
    ShareOfPeak,
    /// [`Sums::left_bytes`].
    LeftBytes,
    /// [`Sums::reallocs`].
    Reallocs,
    /// [`Sums::copied_bytes`].
    CopiedBytes,
}

impl Measure {
    /// The number of `sums` that it stands for.
    pub fn of(self, sums: &Sums) -> u64 {
        match self {
            Measure::Bytes => sums.bytes,
            Measure::Blocks => sums.blocks,
            Measure::ShareOfPeak => sums.peak_bytes,
            Measure::LeftBytes => sums.left_bytes,
            Measure::Reallocs => sums.reallocs,
            Measure::CopiedBytes => sums.copied_bytes,
        }
    }
}

impl Query {
    /// All blocks of that time, in one sum.
    pub fn of(when: When) -> Query {
        Query { which: Which { when, ..Which::default() }, ..Query::default() }
    }

    /// The same, grouped.
    pub fn grouped(self, group: GroupBy) -> Query {
        Query { group, ..self }
    }

    /// The same, summed and ordered by `measure`.
    pub fn summed(self, measure: Measure) -> Query {
        Query { measure, ..self }
    }
}

impl Which {
    /// Whether it asks for what only a name can tell, or a stack: those are asked once for each stack, not each block.
    fn asks_stack(&self, side: Side) -> bool {
        let of_calls = self.calls.as_ref().is_some_and(|calls| calls.side == side);
        let of_site = self.site.as_ref().is_some_and(|site| site.0 == side);
        let of_side = match side {
            Side::Birth => self.birth_stack.is_some() || !self.origins.is_all(),
            Side::Release => self.release_stack.is_some() || self.owners.is_some(),
        };
        of_calls || of_site || of_side
    }
}
