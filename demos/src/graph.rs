//! The graph workload: documents whose nodes know each other in circles.
//!
//! Each document is a tree of 32 nodes; every node also knows its parent and some other node of its document, so that
//! from each node one comes back to it. The newest N documents are kept. An operation puts a new document in the place
//! of the oldest, then walks through one of them along all sorts of links.

use dropscope::{operation, scope};
use std::io::{self, Write as _};

use crate::WorkloadOptions;
use crate::lru::{MAX_ENTRIES, Random};

/// Nodes of a document.
pub const NODES: usize = 32;
/// Children of a node that has as many as it can have.
const CHILDREN: usize = 3;
/// Links that a walk follows.
const STEPS: usize = 64;

/// What a document is to look like, so that all variants build the same one.
pub struct Plan {
    /// What each node holds.
    pub words: [u64; NODES],
    /// The other node that each one knows.
    pub related: [usize; NODES],
}

impl Plan {
    /// The next plan.
    pub fn next(random: &mut Random) -> Self {
        let mut number = || random.next_number();
        Self { words: std::array::from_fn(|_| number()), related: std::array::from_fn(|_| number() as usize % NODES) }
    }

    /// The node above `node`; the root is its own parent.
    pub fn parent(node: usize) -> usize {
        node.saturating_sub(1) / CHILDREN
    }

    /// The nodes below `node`.
    pub fn children(node: usize) -> std::ops::Range<usize> {
        let first = CHILDREN * node + 1;
        first.min(NODES)..(first + CHILDREN).min(NODES)
    }
}

/// Where a walk goes from a node.
#[derive(Clone, Copy)]
pub enum Link {
    /// To its parent.
    Parent,
    /// To the other node that it knows.
    Related,
    /// To the child of this number; to its parent if it has none.
    Child(usize),
}

/// The links of one walk.
pub fn walk(random: &mut Random) -> impl Iterator<Item = Link> {
    let mut bits = Random(random.next_number());
    (0..STEPS).map(move |_| match bits.next_number() % 8 {
        0 => Link::Parent,
        1 | 2 => Link::Related,
        number => Link::Child(number as usize % CHILDREN),
    })
}

/// What a node adds to a walk's result.
pub fn visited(sum: u64, word: u64) -> u64 {
    sum.rotate_left(3) ^ word
}

/// Who owns the documents: the one thing in which the variants differ.
pub trait Documents {
    /// Room for so many, all empty.
    fn with_slots(slots: usize) -> Self;
    /// Builds a document in `slot`. The one that was there is not needed any more.
    fn put(&mut self, slot: usize, plan: &Plan);
    /// Follows `links` from the root of the document in `slot`; 0 if it is empty.
    fn walk(&self, slot: usize, links: impl Iterator<Item = Link>) -> u64;
    /// The moment at which a collector may work; the default has none.
    fn end_of_operation(&mut self) {}
}

/// The whole workload: fill, replace, drop. The result is the same for every variant.
pub fn drive<D: Documents>(options: &WorkloadOptions) -> u64 {
    let slots = options.entries.clamp(1, MAX_ENTRIES / NODES);
    let mut random = Random(options.seed);
    let mut documents = D::with_slots(slots);
    {
        let _scope = scope!("write the documents");
        for slot in 0..slots {
            documents.put(slot, &Plan::next(&mut random));
            documents.end_of_operation();
        }
    }
    let mut checksum = 0_u64;
    {
        let _scope = scope!("replace the documents");
        for number in 0..options.operations {
            let plan = Plan::next(&mut random);
            let _operation = operation!("replace");
            documents.put(number % slots, &plan);
            let slot = random.next_number() as usize % slots;
            checksum = checksum.rotate_left(1) ^ documents.walk(slot, walk(&mut random));
            documents.end_of_operation();
        }
    }
    {
        let _scope = scope!("drop all documents");
        let _operation = operation!("drop all documents");
        drop(documents);
    }
    checksum
}

/// Prints what must be the same for every variant.
pub fn print(options: &WorkloadOptions, checksum: u64) {
    // A reader of our output that went away is no reason to fail.
    let _ = writeln!(io::stdout(), "{} documents replaced, checksum {checksum:016x}", options.operations);
}
