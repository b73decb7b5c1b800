//! What a view is asked, and its answer.

use super::addresses::AddressMap;
use super::advice::Advice;
use super::graph::Graph;
use super::grid::Grid;
use super::listing::Listing;
use super::sheet::Sheet;
use super::sheets;
use super::{Options, ScopesBy};
use crate::model::analysis::question::group_of;
use crate::model::document::Data;
use crate::model::state::Tab;
use dropscope_engine::query::{Answer, Cancel, GroupBy, Measure, Pace, Query, When, Which, ask, select};
use dropscope_engine::{BlockId, Model};
use std::cell::{Cell, RefCell};
use std::mem::discriminant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a view is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct AskKey {
    /// Which view.
    pub tab: Tab,
    /// Which blocks.
    pub which: Which,
    /// Summed as what.
    pub measure: Measure,
    /// What else.
    pub options: Options,
    /// The moment that live bytes are of where the source is listed, in ns; 0 elsewhere.
    pub live_ns: u64,
    /// Whether the end of what has been read is in the question: it comes later and later while a program is followed.
    pub drifts: bool,
    /// The model's generation.
    pub generation: u64,
}

impl AskKey {
    /// Whether it is the same question, though there may be more to answer it from.
    pub fn is_like(&self, other: &AskKey) -> bool {
        let is_at_same_time = self.which.when == other.which.when && self.live_ns == other.live_ns;
        let is_only_later =
            self.drifts && other.drifts && discriminant(&self.which.when) == discriminant(&other.which.when);
        self.tab == other.tab
            && (is_at_same_time || is_only_later)
            && Which { when: When::Ever, ..self.which.clone() } == Which { when: When::Ever, ..other.which.clone() }
            && self.measure == other.measure
            && self.options == other.options
    }

    /// The question in words, with what its answer is compared with. Of what leaks only what is left is shown.
    pub fn words(&self, data: &Data) -> String {
        let words = self.query().words((&*data.model).into(), &data.names);
        if self.tab == Tab::Leaks {
            return match (words.strip_prefix("all blocks"), words.split_once(", ")) {
                (Some(rest), _) => format!("never released{rest}"),
                (None, Some((born, rest))) => format!("{born}, never released, {rest}"),
                (None, None) => words,
            };
        }
        match &self.options.against {
            Some(against) if self.is_compared() => format!("{words}, compared with {}", against.name),
            _ => words,
        }
    }

    /// Whether the answer is compared with another.
    pub fn is_compared(&self) -> bool {
        matches!(self.tab, Tab::Flame | Tab::Calls) && self.options.against.is_some()
    }

    /// The question in the engine's form.
    pub fn query(&self) -> Query {
        Query { which: self.which.clone(), group: group_of(self.tab, &self.options), measure: self.measure }
    }
}

/// What a view shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// Nothing that could be shown yet: it is being added up.
    Beginning,
    /// A tree.
    Graph(Graph),
    /// A table.
    Sheet(Sheet),
    /// Sizes and lifetimes.
    Grid(Grid),
    /// Pages of the address space.
    Addresses(AddressMap),
    /// Source files.
    Listing(Listing),
    /// Findings.
    Advice(Advice),
}

/// An answer, or a part of one.
#[derive(Clone, PartialEq, Debug)]
pub struct Computed {
    /// What is shown.
    pub content: Content,
    /// How much of it has been looked at, from 0 to 1.
    pub fraction: f32,
    /// Never used again: tells answers apart.
    pub serial: u64,
}

impl Computed {
    fn new(content: Content, fraction: f32) -> Computed {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let content = match content {
            Content::Sheet(sheet) => Content::Sheet(sheet.with_room_for_errors()),
            other => other,
        };
        Computed { content, fraction, serial: SERIAL.fetch_add(1, Ordering::Relaxed) }
    }

    /// The table, if it is one.
    pub fn sheet(&self) -> Option<&Sheet> {
        match &self.content {
            Content::Sheet(sheet) => Some(sheet),
            _ => None,
        }
    }

    /// The tree, if it is one.
    pub fn graph(&self) -> Option<&Graph> {
        match &self.content {
            Content::Graph(graph) => Some(graph),
            _ => None,
        }
    }
}

/// A view being computed: its recording, its question, the way to end it, and who is shown what there is so far.
pub(super) struct Asking<'a> {
    pub(super) data: &'a Data,
    pub(super) key: &'a AskKey,
    pub(super) cancel: &'a Cancel,
    part: RefCell<&'a mut dyn FnMut(Computed)>,
    /// Where what is being asked begins and how much it is, of the whole view.
    stage: Cell<(f32, f32)>,
    /// Whether there is more to see than that it is being added up.
    has_shown: Cell<bool>,
    pace: RefCell<Pace>,
}

/// What takes longer says how far it is: before, what is shown is not worth taking away.
const TELLS_AFTER: Duration = Duration::from_millis(300);

/// The first part comes after this long, see [`Pace`].
const PART_EVERY: Duration = Duration::from_millis(80);

impl<'a> Asking<'a> {
    fn new(data: &'a Data, key: &'a AskKey, cancel: &'a Cancel, part: &'a mut dyn FnMut(Computed)) -> Asking<'a> {
        Asking {
            data,
            key,
            cancel,
            part: RefCell::new(part),
            stage: Cell::new((0.0, 1.0)),
            has_shown: Cell::new(false),
            pace: RefCell::new(Pace::new(PART_EVERY)),
        }
    }

    /// What is asked from now on is part `number` of `of`, from 0.
    pub(super) fn begin(&self, number: usize, of: usize) {
        self.stage.set((number as f32 / of as f32, 1.0 / of as f32));
    }

    /// Shows what is known when so much of what is being asked has been looked at.
    pub(super) fn show(&self, content: Content, fraction: f32) {
        let (start, length) = self.stage.get();
        self.has_shown.set(self.has_shown.get() || content != Content::Beginning);
        // Less than all, whatever rounding does: only the answer is whole.
        (self.part.borrow_mut())(Computed::new(content, (start + length * fraction).min(0.999)));
    }

    /// Says how far it is, as long as there is nothing to show.
    fn tell(&self, fraction: f32) {
        let mut pace = self.pace.borrow_mut();
        if !self.has_shown.get() && pace.taken() >= TELLS_AFTER && pace.is_due() {
            let began = Instant::now();
            self.show(Content::Beginning, fraction);
            pace.has_shown(began);
        }
    }

    /// Asks the engine.
    pub(super) fn ask(&self, which: &Which, group: GroupBy, measure: Measure) -> Option<Answer> {
        self.ask_of(self.data, which, group, measure)
    }

    fn ask_of(&self, data: &Data, which: &Which, group: GroupBy, measure: Measure) -> Option<Answer> {
        let query = Query { which: which.clone(), group, measure };
        let mut tell = |answer: Answer| self.tell(answer.fraction);
        ask((&*data.model).into(), &data.names, &query, self.cancel, &mut tell)
    }

    /// The same, showing what `content` makes of each part of the answer.
    pub(super) fn ask_showing(
        &self,
        which: &Which,
        group: GroupBy,
        measure: Measure,
        content: &dyn Fn(&Answer) -> Content,
    ) -> Option<Answer> {
        let query = Query { which: which.clone(), group, measure };
        let mut show = |answer: Answer| self.show(content(&answer), answer.fraction);
        ask((&*self.data.model).into(), &self.data.names, &query, self.cancel, &mut show)
    }

    /// Goes through the blocks one by one.
    pub(super) fn select(&self, which: &Which, take: &mut dyn FnMut(&Model, BlockId)) -> Option<()> {
        self.select_showing(which, &mut (), &mut |(), model, block| take(model, block), &|()| Content::Beginning)
    }

    /// The same, showing now and then what `content` makes of what has been gathered.
    pub(super) fn select_showing<T>(
        &self,
        which: &Which,
        gathered: &mut T,
        take: &mut dyn FnMut(&mut T, &Model, BlockId),
        content: &dyn Fn(&T) -> Content,
    ) -> Option<()> {
        select((&*self.data.model).into(), &self.data.names, which, self.cancel, &mut |model, blocks, fraction| {
            for &block in blocks {
                take(gathered, model, block);
            }
            if !self.pace.borrow().is_due() {
                return;
            }
            let began = Instant::now();
            match content(gathered) {
                Content::Beginning => self.tell(fraction),
                content => {
                    self.show(content, fraction);
                    self.pace.borrow_mut().has_shown(began);
                }
            }
        })
    }
}

/// Computes what the view shows; none where `cancel` ended it. `against` is the recording that it is compared with.
/// Looks names up: call it off the window's thread.
pub fn compute(
    data: &Data,
    against: Option<&Data>,
    key: &AskKey,
    cancel: &Cancel,
    part: &mut dyn FnMut(Computed),
) -> Option<Computed> {
    let asking = Asking::new(data, key, cancel, part);
    let content = match key.tab {
        Tab::Flame | Tab::Calls => graph(&asking, against)?,
        Tab::Sites => Content::Sheet(sheets::sites::sheet(&asking)?),
        Tab::Types => Content::Sheet(sheets::types::sheet(&asking)?),
        Tab::Scopes if key.options.scopes_by == ScopesBy::Outlived => Content::Sheet(sheets::outlived::sheet(&asking)?),
        Tab::Scopes => Content::Sheet(sheets::scopes::sheet(&asking)?),
        Tab::Leaks => Content::Sheet(sheets::leaks::sheet(&asking)?),
        Tab::Growth => Content::Sheet(sheets::growth::sheet(&asking)?),
        Tab::ShortLived => Content::Sheet(sheets::short_lived::sheet(&asking)?),
        Tab::Reallocs => Content::Sheet(sheets::reallocs::sheet(&asking)?),
        Tab::Threads => Content::Sheet(sheets::threads::sheet(&asking)?),
        Tab::Operations => Content::Sheet(sheets::operations::sheet(&asking)),
        Tab::Sizes => Content::Grid(Grid::compute(&asking)?),
        Tab::Addresses => Content::Addresses(AddressMap::compute(&asking)?),
        Tab::Advice => Content::Advice(Advice::compute(&asking)?),
        Tab::Source => Content::Listing(Listing::compute(&asking)?),
    };
    (!cancel.is_cancelled()).then(|| Computed::new(content, 1.0))
}

/// A flame graph or a call tree.
fn graph(asking: &Asking<'_>, against: Option<&Data>) -> Option<Content> {
    let (data, key) = (asking.data, asking.key);
    let query = key.query();
    let around = key.options.around.as_ref().filter(|_| key.tab == Tab::Calls);
    if let (Some(before), Some(other)) = (&key.options.against, against) {
        asking.begin(0, 2);
        let before = asking.ask_of(other, &before.which, query.group, query.measure)?;
        asking.begin(1, 2);
        let after = asking.ask(&query.which, query.group, query.measure)?;
        let is_same = Arc::ptr_eq(&data.model, &other.model);
        let graph = Graph::between(&before, &after, is_same).with_kinds(&data.names);
        return Some(match around {
            Some(function) => Content::Sheet(sheets::around::sheet(&graph, &after, function)),
            None => Content::Graph(graph),
        });
    }
    let content = |answer: &Answer| {
        let graph = Graph::of(answer).with_kinds(&data.names);
        match around {
            Some(function) => Content::Sheet(sheets::around::sheet(&graph, answer, function)),
            None => Content::Graph(graph),
        }
    };
    let answer = asking.ask_showing(&query.which, query.group, query.measure, &content)?;
    Some(content(&answer))
}
