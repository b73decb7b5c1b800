//! The requests whose trees are owned: each is released where its request ends, at a `}`.

use crate::WorkloadOptions;
use crate::lru::Random;
use crate::requests::{self, CHILDREN, LEVELS, Service, Session, answer_of, text_of};

/// A node owns its text and its children.
#[expect(clippy::vec_box, reason = "each node is a block of its own, as it is under a collector")]
struct Node {
    text: String,
    children: Vec<Box<Node>>,
}

fn parse(random: &mut Random, levels: usize) -> Box<Node> {
    let text = text_of(random.next_number());
    let children = if levels == 0 { 0 } else { CHILDREN };
    Box::new(Node { text, children: (0..children).map(|_| parse(random, levels - 1)).collect() })
}

fn fold(node: &Node, sum: u64) -> u64 {
    node.children.iter().fold(answer_of(sum, &node.text), |sum, child| fold(child, sum))
}

/// Owned sessions.
#[expect(clippy::vec_box, reason = "each session is a block of its own, as it is under a collector")]
pub struct Owned {
    sessions: Vec<Box<Session>>,
}

impl Service for Owned {
    fn with_sessions(sessions: usize) -> Self {
        Self { sessions: (0..sessions).map(|number| Box::new(Session::of_seed(number as u64))).collect() }
    }

    fn answer(&mut self, random: &mut Random) -> u64 {
        let tree = parse(random, LEVELS);
        fold(&tree, 0)
    } // the whole tree is released here

    fn renew(&mut self, session: usize, seed: u64) -> u64 {
        let old = std::mem::replace(&mut self.sessions[session], Box::new(Session::of_seed(seed)));
        old.checksum()
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    requests::drive::<Owned>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    requests::print(options, outcome(options));
}
