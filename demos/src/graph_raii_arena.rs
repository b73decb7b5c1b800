//! The graph with one owner: all nodes of a document lie in one `Vec`, and a link is a number.

use crate::WorkloadOptions;
use crate::graph::{self, Documents, Link, Plan, visited};

/// A node, as it lies in the `Vec`. Nothing in it owns anything, so circles do no harm.
struct Node {
    word: u64,
    related: u32,
}

/// Documents of one block each.
pub struct Arenas {
    documents: Vec<Option<Box<[Node]>>>,
}

impl Documents for Arenas {
    fn with_slots(slots: usize) -> Self {
        Self { documents: (0..slots).map(|_| None).collect() }
    }

    fn put(&mut self, slot: usize, plan: &Plan) {
        let nodes = plan.words.iter().zip(plan.related);
        let document = nodes.map(|(&word, related)| Node { word, related: related as u32 }).collect();
        self.documents[slot] = Some(document); // the old document is released here, one block
    }

    fn walk(&self, slot: usize, links: impl Iterator<Item = Link>) -> u64 {
        let Some(nodes) = &self.documents[slot] else { return 0 };
        let mut number = 0;
        let mut sum = visited(0, nodes[number].word);
        for link in links {
            number = match link {
                Link::Related => nodes[number].related as usize,
                Link::Parent => Plan::parent(number),
                Link::Child(child) => Plan::children(number).nth(child).unwrap_or(Plan::parent(number)),
            };
            sum = visited(sum, nodes[number].word);
        }
        sum
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    graph::drive::<Arenas>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    graph::print(options, outcome(options));
}
