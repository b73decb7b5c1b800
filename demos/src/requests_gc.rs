//! The requests' trees and sessions under a classic collector: the crate `gc`, which marks and sweeps all at once.
#![allow(unsafe_code, reason = "deriving `Trace` implements an unsafe trait; the derive sees to its contract")]
#![allow(non_local_definitions, reason = "the derive is older than this lint")]

use gc::{Finalize, Gc, Trace};

use crate::WorkloadOptions;
use crate::classic::Classic;
use crate::lru::Random;
use crate::requests::{self, CHILDREN, LEVELS, Service, Session, answer_of, text_of};

#[derive(Trace, Finalize)]
struct Node {
    text: String,
    children: Vec<Gc<Node>>,
}

/// A session that the collector owns. There is nothing in it to be traced.
#[derive(Trace, Finalize)]
struct Collected(#[unsafe_ignore_trace] Session);

fn parse(random: &mut Random, levels: usize) -> Gc<Node> {
    let text = text_of(random.next_number());
    let children = if levels == 0 { 0 } else { CHILDREN };
    Gc::new(Node { text, children: (0..children).map(|_| parse(random, levels - 1)).collect() })
}

fn fold(node: &Node, sum: u64) -> u64 {
    node.children.iter().fold(answer_of(sum, &node.text), |sum, child| fold(child, sum))
}

/// Collected trees and sessions.
pub struct ClassicService {
    sessions: Vec<Gc<Collected>>,
    collector: Classic,
}

impl Service for ClassicService {
    fn with_sessions(sessions: usize) -> Self {
        let collector = Classic::new();
        let session = |number: usize| Gc::new(Collected(Session::of_seed(number as u64)));
        Self { sessions: (0..sessions).map(session).collect(), collector }
    }

    fn answer(&mut self, random: &mut Random) -> u64 {
        let tree = parse(random, LEVELS);
        fold(&tree, 0)
    } // the tree cannot be reached any more, and nobody releases it here

    fn renew(&mut self, session: usize, seed: u64) -> u64 {
        let old = std::mem::replace(&mut self.sessions[session], Gc::new(Collected(Session::of_seed(seed))));
        old.0.checksum()
    }

    fn end_of_request(&mut self) {
        self.collector.end_of_request();
    }
}

impl Drop for ClassicService {
    fn drop(&mut self) {
        self.sessions.clear();
        self.collector.collect();
    }
}

/// Runs the workload.
pub fn outcome(options: &WorkloadOptions) -> u64 {
    requests::drive::<ClassicService>(options)
}

/// Runs the workload and prints its result.
pub fn run(options: &WorkloadOptions) {
    requests::print(options, outcome(options));
}
