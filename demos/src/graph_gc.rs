//! The graph under a classic collector: the crate `gc`, which marks and sweeps all at once.
#![allow(unsafe_code, reason = "deriving `Trace` implements an unsafe trait; the derive sees to its contract")]
#![allow(non_local_definitions, reason = "the derive is older than this lint")]

use gc::{Finalize, Gc, GcCell, Trace};

use crate::WorkloadOptions;
use crate::classic::Classic;
use crate::graph::{self, Documents, Link, Plan, visited};

/// A node; every link is the same sort of pointer, circles or not.
#[derive(Trace, Finalize)]
struct Node {
    word: u64,
    links: GcCell<Links>,
}

#[derive(Trace, Finalize, Default)]
struct Links {
    children: Vec<Gc<Node>>,
    /// None only while the document is built.
    parent: Option<Gc<Node>>,
    related: Option<Gc<Node>>,
}

fn build(plan: &Plan) -> Gc<Node> {
    let node = |&word: &u64| Gc::new(Node { word, links: GcCell::default() });
    let nodes: Vec<Gc<Node>> = plan.words.iter().map(node).collect();
    for (number, node) in nodes.iter().enumerate() {
        let mut links = node.links.borrow_mut();
        links.children = Plan::children(number).map(|child| nodes[child].clone()).collect();
        links.parent = Some(nodes[Plan::parent(number)].clone());
        links.related = Some(nodes[plan.related[number]].clone());
    }
    nodes[0].clone()
}

fn follow(node: &Gc<Node>, link: Link) -> Gc<Node> {
    let links = node.links.borrow();
    let parent = || links.parent.as_ref();
    let next = match link {
        Link::Related => links.related.as_ref(),
        Link::Parent => parent(),
        Link::Child(number) => links.children.get(number).or_else(parent),
    };
    next.unwrap_or(node).clone()
}

/// Collected documents.
pub struct ClassicDocuments {
    roots: Vec<Option<Gc<Node>>>,
    collector: Classic,
}

impl Documents for ClassicDocuments {
    fn with_slots(slots: usize) -> Self {
        Self { roots: (0..slots).map(|_| None).collect(), collector: Classic::new() }
    }

    fn put(&mut self, slot: usize, plan: &Plan) {
        self.roots[slot] = Some(build(plan)); // the old one is only forgotten
    }

    fn walk(&self, slot: usize, links: impl Iterator<Item = Link>) -> u64 {
        let Some(root) = &self.roots[slot] else { return 0 };
        let mut node = root.clone();
        let mut sum = visited(0, node.word);
        for link in links {
            node = follow(&node, link);
            sum = visited(sum, node.word);
        }
        sum
    }

    fn end_of_operation(&mut self) {
        self.collector.end_of_request();
    }
}

impl Drop for ClassicDocuments {
    fn drop(&mut self) {
        self.roots.clear();
        self.collector.collect();
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    graph::drive::<ClassicDocuments>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    graph::print(options, outcome(options));
}
