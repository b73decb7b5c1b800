//! The engine of Dropscope: a recording becomes columns that can be asked and drawn. Knows nothing of windows.
//!
//! - [`load`] reads a recording to its end; a [`Session`] reads it on a thread of its own and follows a running program.
//! - [`Model`] is what has been read: [`Blocks`], scopes, operations, marks, threads, sums, and live bytes over time.
//! - [`query`] answers questions about blocks: which of them, grouped by what, summed as what.
//! - [`Names`] turns stacks into functions, lines and owner chains, when asked.
//! - [`Report`], [`Comparison`] and [`dump`] are what the command line prints.

mod apply;
mod backtraces;
mod blocks;
mod columns;
mod compare;
mod death_rows;
mod dump;
pub mod gclog;
mod hash;
mod ids;
mod json;
mod large_pages;
mod live;
mod live_table;
mod load;
mod merge;
mod model;
mod names;
mod packed;
mod prefetch;
mod pyramid;
pub mod query;
mod reading;
mod report;
mod rows;
mod sampling;
mod segments;
mod session;
mod source;
mod steps;
mod usable;
mod verdict;

pub use backtraces::Backtraces;
pub use blocks::{Blocks, ReallocRow};
pub use compare::{
    Alignment, Amount, CompareSource, Compared, ComparedJson, ComparedKind, ComparedOperation, ComparedPause,
    ComparedTotals, Comparison, DifferenceJson, LogJson, MOST_PAUSES, OwnerDifference, PauseSum, ReleaseJson,
    SiteDifference,
};
pub use dropscope_format::{End, EndKind, LostCause, Module, OpenError, Process, ReadError, Status};
pub use dump::dump;
pub use ids::{BlockId, MarkId, OperationId, ScopeId, StackId, TextId, ThreadNumber};
pub use json::{At, FrameJson};
pub use live::{LiveCurve, MinMax, Peak};
pub use load::{LoadError, load};
pub use model::Model;
pub use names::{Frame, FrameKind, Function, FunctionId, Location, Names, Origin, SiteId, StackSummary};
pub use report::{
    CollectorJson, LeakJson, LostJson, OperationJson, OwnerJson, PauseJson, Percentiles, Report, RoundingJson,
    RoundingSum, RuntimeJson, SHORT_LIVED_NS, SiteEstimate, SiteJson, SumEstimate, TotalsJson, WrongFreeJson,
};
pub use rows::{
    MarkRow, Oddities, OperationRow, Pause, PauseKind, ReadState, ScopeRow, ThreadRow, Totals, UnmatchedFree,
};
pub use sampling::{Estimate, EstimatedSum, SamplingJson, chance, mean_bytes};
pub use session::{Progress, Session};
pub use source::SourceFinder;
pub use steps::{Events, Step, StepKey, StepKind};
pub use usable::{Rounding, UsableSizes};
pub use verdict::Verdict;
