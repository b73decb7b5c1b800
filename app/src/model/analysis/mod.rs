//! The views below the timeline: each answers the query in force, for the brushed range, computed off the window's
//! thread.

pub mod addresses;
pub mod advice;
pub mod around;
pub mod ask;
pub mod flame;
pub mod graph;
pub mod grid;
pub mod listing;
pub mod question;
pub mod sheet;
mod sheets;
pub mod traits;

use crate::model::document::DocumentId;
use crate::model::scene::Thing;
use crate::model::slot::Slot;
use crate::model::state::{Sorting, Tab};
use ask::{AskKey, Computed, Content};
use dropscope_engine::query::{Key, Lived, Which};
use question::Question;
use sheet::Narrow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use traits::Traits;

/// Which stacks a flame graph or a call tree is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Stacks {
    /// Where blocks were born.
    #[default]
    Birth,
    /// Where they were released.
    Release,
    /// The types whose drops released them.
    Owners,
}

impl Stacks {
    /// All, with their names.
    pub const ALL: [(Stacks, &'static str); 3] =
        [(Stacks::Birth, "birth"), (Stacks::Release, "release"), (Stacks::Owners, "owner chain")];
}

/// Which type a block is counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TypesBy {
    /// The one that held it: the innermost whose drop released it.
    #[default]
    Holder,
    /// The one that all of it belonged to: the outermost.
    Owner,
}

/// How blocks belong to a scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ScopesBy {
    /// Born in it.
    #[default]
    Born,
    /// Released in it.
    Released,
    /// Born in it and not released when it ended.
    Outlived,
}

/// How threads are listed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ThreadsBy {
    /// One by one.
    #[default]
    Each,
    /// By who bore and who released.
    Pairs,
    /// The places where blocks are born that another thread releases.
    Crossing,
}

/// Another stretch of time, or another recording, that a flame graph or a call tree is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Against {
    /// Of which recording.
    pub document: DocumentId,
    /// Which of its blocks.
    pub which: Which,
    /// What it is called.
    pub name: String,
}

/// What the views are asked besides the question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Flame graph and call tree: which stacks.
    pub stacks: Stacks,
    /// Flame graph and call tree: from the callees up.
    pub is_reversed: bool,
    /// Flame graph and call tree: compared with.
    pub against: Option<Against>,
    /// Call tree: who calls this function, and whom it calls.
    pub around: Option<Key>,
    /// Which types.
    pub types_by: TypesBy,
    /// Which scopes.
    pub scopes_by: ScopesBy,
    /// How threads are listed.
    pub threads_by: ThreadsBy,
    /// What short-lived means.
    pub short: Lived,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stacks: Stacks::Birth,
            is_reversed: false,
            against: None,
            around: None,
            types_by: TypesBy::Holder,
            scopes_by: ScopesBy::Born,
            threads_by: ThreadsBy::Each,
            short: Lived::LessThanNs(10_000),
        }
    }
}

/// How a view is looked at: needs no new answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// What is searched for.
    pub search: String,
    /// The node of the flame graph that fills its width; see [`graph::Node::id`]. None: see [`flame::beginning`].
    pub zoom: Option<u64>,
    /// Whether the flame graph grows down from the top.
    pub is_icicle: bool,
    /// Nodes of the call tree that the user has opened, or closed where they are open by themselves.
    pub open: HashSet<u64>,
    /// How the nodes side by side of the call tree are ordered; none: the most first.
    pub tree_order: Option<Sorting>,
    /// The node, row or page that the keyboard is at.
    pub cursor: Option<u64>,
    /// The source file that was chosen, and what was selected then: a new selection brings its own file.
    pub file: Option<(Option<Thing>, Option<Arc<str>>)>,
}

/// A table, and how it is ordered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderKey {
    /// [`Computed::serial`].
    pub serial: u64,
    /// By which column.
    pub sorting: Option<Sorting>,
    /// Only rows with this in them.
    pub search: String,
    /// Whether the pointer is on them: what is there already stays where it is.
    pub is_held: bool,
}

/// The views of one recording.
#[derive(Default)]
pub struct Analysis {
    /// The question in force.
    pub question: Question,
    /// What else is asked.
    pub options: Options,
    /// How it is looked at.
    pub look: Look,
    /// The latest answers.
    pub answers: HashMap<Tab, Slot<AskKey, Computed>>,
    /// The rows shown, in order.
    pub order: Slot<OrderKey, Vec<u32>>,
    /// The table that these rows are of, and the question it answers.
    pub ordered: Option<(AskKey, Arc<Computed>)>,
    /// What is known of the selection, by what, and the model's generation.
    pub traits: Slot<(Thing, u64), Traits>,
    /// Whether the pointer is on what is shown: new answers to the same question wait.
    pub is_held: bool,
}

impl Analysis {
    /// The latest answer of a view, though it may be to an older question.
    pub fn answer(&self, tab: Tab) -> Option<&Arc<Computed>> {
        self.answers.get(&tab).and_then(Slot::get)
    }

    /// What is known of `selected`; none while it is being looked up: what was selected before is nothing of it.
    pub fn traits_of(&self, selected: Option<Thing>) -> Option<&Arc<Traits>> {
        let is_of_it = self.traits.answered_key().is_some_and(|(thing, _)| Some(*thing) == selected);
        self.traits.get().filter(|_| is_of_it)
    }

    /// Whether anything is being computed that will be shown as soon as it is there.
    pub fn is_busy(&self) -> bool {
        let is_awaited = |slot: &Slot<AskKey, Computed>| slot.is_busy() && !self.waits(slot);
        self.answers.values().any(is_awaited) || self.order.is_busy() || self.traits.is_busy()
    }

    /// Takes in what has been computed; true if anything has. A newer answer to the question that is shown waits while
    /// the pointer is on it.
    pub fn poll(&mut self) -> bool {
        let mut is_new = self.traits.poll() | self.order.poll();
        let waiting: Vec<Tab> = self.answers.iter().filter(|(_, slot)| self.waits(slot)).map(|(tab, _)| *tab).collect();
        for (tab, slot) in &mut self.answers {
            is_new |= !waiting.contains(tab) && slot.poll();
        }
        is_new
    }

    /// The table and the rows under the pointer, in their order, where they answer the same question in the same order of
    /// columns: what has come since is not to move them.
    pub fn shown_rows(&self, asked: &AskKey, next: &OrderKey) -> Option<(Arc<Computed>, Arc<Vec<u32>>)> {
        let (of, table) = self.ordered.as_ref().filter(|_| next.is_held)?;
        let key = self.order.answered_key()?;
        let is_like =
            of.is_like(asked) && key.serial == table.serial && key.sorting == next.sorting && key.search == next.search;
        is_like.then(|| Some((Arc::clone(table), Arc::clone(self.order.get()?))))?
    }

    /// What is shown of an answer that is still being computed is no answer that could be held on to; but each part of a
    /// graph has its nodes elsewhere, and somebody points at them.
    fn waits(&self, slot: &Slot<AskKey, Computed>) -> bool {
        let is_pointed_at = |shown: &Computed| match &shown.content {
            // The root, and what has no name yet.
            Content::Graph(graph) if graph.nodes.len() > 2 => true,
            _ => shown.fraction >= 1.0,
        };
        self.is_held
            && slot.get().is_some_and(|shown| is_pointed_at(shown))
            && matches!((slot.answered_key(), slot.pending_key()), (Some(shown), Some(next)) if shown.is_like(next))
    }

    /// Whether a newer answer waits for the pointer to leave.
    pub fn is_waiting(&self, tab: Tab) -> bool {
        self.answers.get(&tab).is_some_and(|slot| slot.is_busy() && self.waits(slot))
    }
}

/// What a view asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum AnalysisCommand {
    /// Ask this question from now on.
    Ask(Box<Question>),
    /// The same, with these options.
    SetOptions(Box<Options>),
    /// Look at it so.
    SetLook(Box<Look>),
    /// Show the flame graph, looked at so.
    ShowFlame(Box<Look>),
    /// Ask only about these blocks.
    Narrow(Box<Narrow>),
    /// The view needs an answer.
    Want(Box<AskKey>),
    /// What is selected is to be found in all views.
    WantTraits(Thing),
    /// The pointer is on what is shown, or not any more.
    Hold(bool),
}

#[cfg(test)]
mod tests {
    use super::graph::{Graph, Node};
    use super::sheet::Sheet;
    use super::*;
    use dropscope_engine::query::{Key, Measure, Sums, Which};
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    fn computed(fraction: f32, serial: u64) -> Computed {
        Computed { content: Content::Sheet(Sheet::default()), fraction, serial }
    }

    fn key(generation: u64) -> AskKey {
        AskKey {
            tab: Tab::Sites,
            which: Which::default(),
            measure: Measure::Bytes,
            options: Options::default(),
            live_ns: 0,
            drifts: false,
            generation,
        }
    }

    fn poll_until(analysis: &mut Analysis, serial: u64) {
        let started = Instant::now();
        while analysis.answer(Tab::Sites).is_none_or(|shown| shown.serial != serial) {
            assert!(started.elapsed() < Duration::from_secs(60), "answer {serial} does not come");
            analysis.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_pointer_holds_answers_and_no_beginnings_of_one() {
        let mut analysis = Analysis::default();
        let (go_on, may_go_on) = channel::<()>();
        let wake: crate::model::slot::Wake = Arc::new(|| {});
        let slot = analysis.answers.entry(Tab::Sites).or_default();
        slot.ask_in_parts(key(1), true, &wake, move |_, part| {
            part(computed(0.4, 1));
            may_go_on.recv().ok()?;
            Some(computed(1.0, 2))
        });
        poll_until(&mut analysis, 1);
        analysis.is_held = true;
        assert!(!analysis.is_waiting(Tab::Sites), "a part waits for nothing");
        go_on.send(()).unwrap();
        poll_until(&mut analysis, 2);
        let slot = analysis.answers.entry(Tab::Sites).or_default();
        slot.ask_in_parts(key(2), true, &wake, |_, _| Some(computed(1.0, 3)));
        assert!(analysis.is_waiting(Tab::Sites), "under the pointer stays what is there");
        analysis.poll();
        assert_eq!(analysis.answer(Tab::Sites).unwrap().serial, 2);
        analysis.is_held = false;
        poll_until(&mut analysis, 3);
    }

    #[test]
    fn the_pointer_holds_a_part_of_a_graph() {
        let node = |key: Key| Node {
            id: 0,
            key,
            label: "it".into(),
            parent: 0,
            first_child: 1,
            children: 0,
            depth: 0,
            total: Sums::default(),
            own: Sums::default(),
            before: None,
            example: None,
            kind: None,
            weight: 0,
        };
        let graph = move |nodes, fraction, serial| {
            let graph = Graph { nodes: vec![node(Key::All); nodes], ..Graph::default() };
            Computed { content: Content::Graph(graph), fraction, serial }
        };
        let mut analysis = Analysis { is_held: true, ..Analysis::default() };
        let wake: crate::model::slot::Wake = Arc::new(|| {});
        let (go_on, may_go_on) = channel::<()>();
        let slot = analysis.answers.entry(Tab::Sites).or_default();
        slot.ask_in_parts(key(1), true, &wake, move |_, part| {
            part(graph(2, 0.1, 1));
            may_go_on.recv().ok()?;
            part(graph(3, 0.4, 2));
            may_go_on.recv().ok()?;
            Some(graph(3, 1.0, 3))
        });
        poll_until(&mut analysis, 1);
        assert!(!analysis.is_waiting(Tab::Sites), "there is nothing to point at yet");
        go_on.send(()).unwrap();
        poll_until(&mut analysis, 2);
        go_on.send(()).unwrap();
        assert!(analysis.is_waiting(Tab::Sites));
        for _ in 0..50 {
            analysis.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(analysis.answer(Tab::Sites).unwrap().serial, 2, "the bars stay under the pointer");
        analysis.is_held = false;
        poll_until(&mut analysis, 3);
    }
}
