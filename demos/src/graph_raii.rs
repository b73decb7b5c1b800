//! The graph with owners: a parent owns its children, and every link that would close a circle is `Weak`.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::WorkloadOptions;
use crate::graph::{self, Documents, Link, NODES, Plan, visited};

/// A node. Were `parent` or `related` an `Rc`, no document would ever be released: see the lesson `cycle-that-leaks`.
struct Node {
    word: u64,
    children: RefCell<Vec<Rc<Node>>>,
    parent: RefCell<Weak<Node>>,
    related: RefCell<Weak<Node>>,
}

fn build(plan: &Plan) -> Rc<Node> {
    let node = |&word: &u64| {
        let (children, parent, related) = Default::default();
        Rc::new(Node { word, children, parent, related })
    };
    let nodes: Vec<Rc<Node>> = plan.words.iter().map(node).collect();
    for (number, node) in nodes.iter().enumerate() {
        *node.children.borrow_mut() = Plan::children(number).map(|child| Rc::clone(&nodes[child])).collect();
        *node.parent.borrow_mut() = Rc::downgrade(&nodes[Plan::parent(number)]);
        *node.related.borrow_mut() = Rc::downgrade(&nodes[plan.related[number]]);
    }
    Rc::clone(&nodes[0])
}

fn follow(node: &Rc<Node>, link: Link) -> Rc<Node> {
    // While its document is there, so is every node of it; a `Weak` has to be asked all the same.
    let up = |weak: &RefCell<Weak<Node>>| weak.borrow().upgrade().unwrap_or_else(|| Rc::clone(node));
    match link {
        Link::Related => up(&node.related),
        Link::Parent => up(&node.parent),
        Link::Child(number) => node.children.borrow().get(number).map_or_else(|| up(&node.parent), Rc::clone),
    }
}

/// Owned documents.
pub struct Owned {
    roots: Vec<Option<Rc<Node>>>,
}

impl Documents for Owned {
    fn with_slots(slots: usize) -> Self {
        Self { roots: vec![None; slots] }
    }

    fn put(&mut self, slot: usize, plan: &Plan) {
        self.roots[slot] = Some(build(plan)); // the old document is released here, all 32 nodes of it
    }

    fn walk(&self, slot: usize, links: impl Iterator<Item = Link>) -> u64 {
        let Some(root) = &self.roots[slot] else { return 0 };
        let mut node = Rc::clone(root);
        let mut sum = visited(0, node.word);
        for link in links {
            node = follow(&node, link);
            sum = visited(sum, node.word);
        }
        sum
    }
}

/// Blocks of a document: each node and the list of children of each that has any.
pub const BLOCKS: usize = NODES + (NODES - 1).div_ceil(3);

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    graph::drive::<Owned>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    graph::print(options, outcome(options));
}
