//! Names for stacks: functions, source lines, owners. Looked up when asked for, and kept.

mod background;
mod binary;
mod frame;
mod kind;
mod lookup;
mod owners;
mod rules;
mod separate;
mod shared;
mod symbols;
mod type_name;

pub use frame::{Frame, FrameKind, Function, FunctionId, Location, Origin};

use crate::backtraces::Backtraces;
use crate::hash::FastMap;
use crate::ids::StackId;
use background::Background;
use lookup::Lookup;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;

/// A place in the program's own source, numbered so that blocks can be grouped by it. The same [`Location`] always has
/// the same number within one [`Names`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SiteId(pub u32);

/// What a stack says, in short.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StackSummary {
    /// The user frame: the first frame from the innermost out that is the program's own code; where none has a name, the
    /// first address in it.
    pub site: Option<(SiteId, Arc<Location>)>,
    /// The types whose drop glue stands on it, outermost first, without plumbing: `Order`, `Vec<Item>`, `Item`, `String`.
    pub owners: Arc<[Arc<str>]>,
    /// Whether what is born here belongs to the Rust or C runtime and not to the program.
    pub is_runtime: bool,
    /// Whether what is born here is made once, for a static or a thread local of the program.
    pub is_static: bool,
    /// Whether a garbage collector is at work here.
    pub is_collector: bool,
    /// Whether the owners are only nearly right: the code was optimised.
    pub is_approximate: bool,
}

impl StackSummary {
    /// For whom what is born here is made.
    pub fn origin(&self) -> Origin {
        match (self.is_runtime, self.is_static) {
            (true, _) => Origin::Runtime,
            (_, true) => Origin::Static,
            _ => Origin::Program,
        }
    }
}

/// Names for the stacks of one recording. Shared between threads.
///
/// `frames`, `summary` and the like may read and parse the program's file, which takes up to a second the first time:
/// call them off the window's thread. The `try_` twins answer at once from what is known, and queue the question for a
/// background thread; [`Names::generation`] tells when there are new answers.
pub struct Names {
    shared: Arc<Shared>,
    background: Background,
}

/// What the background thread has, too.
struct Shared {
    backtraces: Arc<Backtraces>,
    /// Held while files are read: never by those who must not wait.
    lookup: Mutex<Lookup>,
    /// Held for moments only.
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    summaries: FastMap<u32, Arc<StackSummary>>,
    /// Most stacks say what another one says, too.
    distinct: HashMap<Arc<StackSummary>, ()>,
    sites: Vec<Arc<Location>>,
    site_ids: HashMap<Arc<Location>, SiteId>,
    owners: HashMap<Vec<String>, Arc<[Arc<str>]>>,
    functions: Vec<Arc<Function>>,
    function_ids: HashMap<Arc<Function>, FunctionId>,
    /// Of the stacks whose functions were asked for, innermost first.
    functions_of: FastMap<u32, Arc<[FunctionId]>>,
    /// Stacks with an address in no module: asked again when there are new ones.
    unsure: Vec<u32>,
    module_count: usize,
    /// Frames that were asked for, for those who must not wait.
    frames: FastMap<u32, Vec<Arc<Frame>>>,
    notes: Vec<String>,
}

/// Whole stacks kept for those who must not wait.
const KEPT_STACKS: usize = 4096;
/// Stacks whose functions are kept: some 100 bytes each.
const KEPT_FUNCTION_LISTS: usize = 1 << 17;

impl Names {
    /// Names for these stacks.
    pub fn new(backtraces: Arc<Backtraces>) -> Names {
        let shared = Arc::new(Shared { backtraces, lookup: Mutex::default(), known: RwLock::default() });
        let theirs = Arc::clone(&shared);
        Names { shared, background: Background::new(move |stack| theirs.prepare(stack)) }
    }

    /// Calls `wake`, from the background thread, whenever it has new answers.
    pub fn set_wake(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.background.set_wake(Box::new(wake));
    }

    /// The frames of `stack`, innermost first, inlined ones included, the tracker's own left out.
    pub fn frames(&self, stack: StackId) -> Vec<Arc<Frame>> {
        self.shared.frames(stack)
    }

    /// The frames, if they are known already.
    pub fn try_frames(&self, stack: StackId) -> Option<Vec<Arc<Frame>>> {
        let known = self.shared.known.read().frames.get(&stack.0).cloned();
        if known.is_none() {
            self.background.ask(stack);
        }
        known
    }

    /// What `stack` says, in short.
    pub fn summary(&self, stack: StackId) -> Arc<StackSummary> {
        self.shared.summary(stack)
    }

    /// What it says, if it is known already.
    pub fn try_summary(&self, stack: StackId) -> Option<Arc<StackSummary>> {
        let known = self.shared.known.read().summaries.get(&stack.0).cloned();
        if known.is_none() {
            self.background.ask(stack);
        }
        known
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
    pub fn location(&self, site: SiteId) -> Option<Arc<Location>> {
        self.shared.known.read().sites.get(site.0 as usize).cloned()
    }

    /// The functions of `stack`, innermost first, inlined ones included, without the tracker and the allocator's shim.
    pub fn functions(&self, stack: StackId) -> Arc<[FunctionId]> {
        self.shared.functions(stack)
    }

    /// The function with this number.
    pub fn function(&self, function: FunctionId) -> Option<Arc<Function>> {
        self.shared.known.read().functions.get(function.0 as usize).cloned()
    }

    /// What is known of `stack` already. Asks nobody.
    pub(crate) fn known_summary(&self, stack: StackId) -> Option<Arc<StackSummary>> {
        self.shared.known.read().summaries.get(&stack.0).cloned()
    }

    /// The functions of `stack`, if known already. Asks nobody.
    pub(crate) fn known_functions(&self, stack: StackId) -> Option<Arc<[FunctionId]>> {
        self.shared.known.read().functions_of.get(&stack.0).cloned()
    }

    /// The stacks that are named.
    pub(crate) fn backtraces(&self) -> &Arc<Backtraces> {
        &self.shared.backtraces
    }

    /// Changes whenever the background thread has new answers.
    pub fn generation(&self) -> u64 {
        self.background.generation()
    }

    /// Questions that the background thread has not answered yet.
    pub fn pending(&self) -> usize {
        self.background.pending()
    }

    /// Sentences about binaries and debug information that are missing or changed, and what to do about it. Grows as
    /// stacks are asked for.
    pub fn notes(&self) -> Vec<String> {
        self.shared.known.read().notes.clone()
    }
}

impl Shared {
    fn frames(&self, stack: StackId) -> Vec<Arc<Frame>> {
        let addresses = self.backtraces.addresses(stack);
        let mut lookup = self.lookup.lock();
        self.refresh(&mut lookup);
        let mut frames = lookup.stack(&addresses);
        if lookup.notes().len() > self.known.read().notes.len() {
            self.known.write().notes = lookup.notes().to_vec();
        }
        drop(lookup);
        frames.drain(..rules::tracker_frames(&frames));
        frames
    }

    /// Takes in modules that were mapped since.
    fn refresh(&self, lookup: &mut Lookup) {
        let module_count = self.backtraces.module_count();
        if self.known.read().module_count == module_count {
            return;
        }
        lookup.set_modules(self.backtraces.modules());
        let mut known = self.known.write();
        known.module_count = module_count;
        for stack in std::mem::take(&mut known.unsure) {
            known.summaries.remove(&stack);
            known.frames.remove(&stack);
            known.functions_of.remove(&stack);
        }
    }

    fn summary(&self, stack: StackId) -> Arc<StackSummary> {
        // Held once: with another thread waiting to write in between, a second time would be waited for forever.
        let known = self.known.read();
        // A module may have come since that names what was nowhere.
        let is_of_now = known.module_count == self.backtraces.module_count();
        if let Some(summary) = known.summaries.get(&stack.0).filter(|_| is_of_now) {
            return Arc::clone(summary);
        }
        drop(known);
        let frames = self.frames(stack);
        self.known.write().summarise(stack, &frames)
    }

    fn functions(&self, stack: StackId) -> Arc<[FunctionId]> {
        if let Some(functions) = self.known.read().functions_of.get(&stack.0) {
            return Arc::clone(functions);
        }
        let frames = self.frames(stack);
        let mut known = self.known.write();
        if known.functions_of.len() >= KEPT_FUNCTION_LISTS {
            known.functions_of.clear();
        }
        known.functions_of(stack, &frames)
    }

    /// Answers both questions about `stack`.
    fn prepare(&self, stack: StackId) {
        let frames = self.frames(stack);
        let mut known = self.known.write();
        known.summarise(stack, &frames);
        if known.frames.len() >= KEPT_STACKS {
            known.frames.clear();
        }
        known.frames.insert(stack.0, frames);
    }
}

impl Known {
    fn summarise(&mut self, stack: StackId, frames: &[Arc<Frame>]) -> Arc<StackSummary> {
        if let Some(summary) = self.summaries.get(&stack.0) {
            return Arc::clone(summary);
        }
        if frames.iter().any(|frame| frame.kind == FrameKind::Unknown) {
            self.unsure.push(stack.0);
        }
        let summary = StackSummary {
            site: rules::user_frame(frames).map(|frame| self.site(frame)),
            owners: self.owners(owners::chain(frames.iter().map(|frame| &*frame.function))),
            is_runtime: rules::is_runtime(frames),
            is_static: rules::is_for_static(frames),
            is_collector: rules::is_by_collector(frames),
            is_approximate: rules::is_approximate(frames),
        };
        let summary = match self.distinct.get_key_value(&summary) {
            Some((known, ())) => Arc::clone(known),
            None => {
                let summary = Arc::new(summary);
                self.distinct.insert(Arc::clone(&summary), ());
                summary
            }
        };
        self.summaries.insert(stack.0, Arc::clone(&summary));
        summary
    }

    fn site(&mut self, frame: &Frame) -> (SiteId, Arc<Location>) {
        let location = Location::from(frame);
        if let Some((location, id)) = self.site_ids.get_key_value(&location) {
            return (*id, Arc::clone(location));
        }
        let (id, location) = (SiteId(self.sites.len() as u32), Arc::new(location));
        self.sites.push(Arc::clone(&location));
        self.site_ids.insert(Arc::clone(&location), id);
        (id, location)
    }

    fn functions_of(&mut self, stack: StackId, frames: &[Arc<Frame>]) -> Arc<[FunctionId]> {
        if frames.iter().any(|frame| frame.kind == FrameKind::Unknown) {
            self.unsure.push(stack.0);
        }
        let program = frames.iter().skip_while(|frame| frame.kind == FrameKind::Shim);
        let functions: Arc<[FunctionId]> = program.map(|frame| self.function(frame)).collect();
        self.functions_of.insert(stack.0, Arc::clone(&functions));
        functions
    }

    fn function(&mut self, frame: &Frame) -> FunctionId {
        let function = Function {
            name: Arc::clone(&frame.function),
            file: frame.file.clone(),
            path: frame.path.clone(),
            kind: frame.kind,
        };
        if let Some(id) = self.function_ids.get(&function) {
            return *id;
        }
        let (id, function) = (FunctionId(self.functions.len() as u32), Arc::new(function));
        self.functions.push(Arc::clone(&function));
        self.function_ids.insert(function, id);
        id
    }

    fn owners(&mut self, chain: Vec<String>) -> Arc<[Arc<str>]> {
        if let Some(known) = self.owners.get(&chain) {
            return Arc::clone(known);
        }
        let shared: Arc<[Arc<str>]> = chain.iter().map(|owner| Arc::from(owner.as_str())).collect();
        self.owners.insert(chain, Arc::clone(&shared));
        shared
    }
}
