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
use dropscope_engine::query::{Answer, Cancel, GroupBy, Measure, Query, When, Which, ask, select};
use dropscope_engine::{BlockId, Model};
use std::mem::discriminant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A view being computed: its recording, its question, and the way to end it.
pub(super) struct Asking<'a> {
    pub(super) data: &'a Data,
    pub(super) key: &'a AskKey,
    pub(super) cancel: &'a Cancel,
}

impl Asking<'_> {
    /// Asks the engine.
    pub(super) fn ask(&self, which: &Which, group: GroupBy, measure: Measure) -> Option<Answer> {
        self.ask_of(self.data, which, group, measure)
    }

    fn ask_of(&self, data: &Data, which: &Which, group: GroupBy, measure: Measure) -> Option<Answer> {
        let query = Query { which: which.clone(), group, measure };
        ask((&*data.model).into(), &data.names, &query, self.cancel, &mut |_| {})
    }

    /// Goes through the blocks one by one.
    pub(super) fn select(&self, which: &Which, take: &mut dyn FnMut(&Model, BlockId)) -> Option<()> {
        select((&*self.data.model).into(), &self.data.names, which, self.cancel, &mut |model, blocks, _| {
            for &block in blocks {
                take(model, block);
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
    let asking = Asking { data, key, cancel };
    let content = match key.tab {
        Tab::Flame | Tab::Calls => graph(&asking, against, part)?,
        Tab::Sites => {
            let mut show = |answer: Answer| {
                let sheet = sheets::sites::sheet(&data.names, &answer);
                part(Computed::new(Content::Sheet(sheet), answer.fraction));
            };
            let answer = ask((&*data.model).into(), &data.names, &key.query(), cancel, &mut show)?;
            Content::Sheet(sheets::sites::sheet(&data.names, &answer))
        }
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
fn graph(asking: &Asking<'_>, against: Option<&Data>, part: &mut dyn FnMut(Computed)) -> Option<Content> {
    let (data, key) = (asking.data, asking.key);
    let query = key.query();
    let around = key.options.around.as_ref().filter(|_| key.tab == Tab::Calls);
    if let (Some(before), Some(other)) = (&key.options.against, against) {
        let before = asking.ask_of(other, &before.which, query.group, query.measure)?;
        let after = asking.ask(&query.which, query.group, query.measure)?;
        let is_same = Arc::ptr_eq(&data.model, &other.model);
        let graph = Graph::between(&before, &after, is_same).with_kinds(&data.names);
        return Some(match around {
            Some(function) => Content::Sheet(sheets::around::sheet(&graph, &after, function)),
            None => Content::Graph(graph),
        });
    }
    let mut show = |answer: Answer| {
        if around.is_none() {
            part(Computed::new(Content::Graph(Graph::of(&answer).with_kinds(&data.names)), answer.fraction));
        }
    };
    let answer = ask((&*data.model).into(), &data.names, &query, asking.cancel, &mut show)?;
    let graph = Graph::of(&answer).with_kinds(&data.names);
    Some(match around {
        Some(function) => Content::Sheet(sheets::around::sheet(&graph, &answer, function)),
        None => Content::Graph(graph),
    })
}
