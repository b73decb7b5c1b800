//! The graph under the collector of `gc-arena`: every link is the same sort of pointer, circles or not.

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};
use std::marker::PhantomData;

use crate::graph::{Documents, Link, Plan, visited};
use crate::pace::Pace;

/// Documents in one collected object; see the LRU cache's.
const CHUNK_DOCUMENTS: usize = 16;

type NodePointer<'gc> = Gc<'gc, RefLock<Node<'gc>>>;
type Chunk<'gc> = [Option<NodePointer<'gc>>; CHUNK_DOCUMENTS];
type Chunks<'gc> = Vec<Gc<'gc, RefLock<Chunk<'gc>>>>;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    word: u64,
    children: Vec<NodePointer<'gc>>,
    /// Parent and related node; none only while the document is built.
    links: Option<[NodePointer<'gc>; 2]>,
}

fn build<'gc>(context: &Mutation<'gc>, plan: &Plan) -> NodePointer<'gc> {
    let node = |&word: &u64| Gc::new(context, RefLock::new(Node { word, children: Vec::new(), links: None }));
    let nodes: Vec<NodePointer<'gc>> = plan.words.iter().map(node).collect();
    for (number, node) in nodes.iter().enumerate() {
        let mut node = node.borrow_mut(context);
        node.children = Plan::children(number).map(|child| nodes[child]).collect();
        node.links = Some([nodes[Plan::parent(number)], nodes[plan.related[number]]]);
    }
    nodes[0]
}

fn follow<'gc>(node: NodePointer<'gc>, link: Link) -> NodePointer<'gc> {
    let inner = node.borrow();
    let Some([parent, related]) = inner.links else { return node };
    match link {
        Link::Related => related,
        Link::Parent => parent,
        Link::Child(number) => inner.children.get(number).copied().unwrap_or(parent),
    }
}

/// Collected documents.
pub struct Collected<P> {
    arena: Arena<Rootable![Chunks<'_>]>,
    pace: PhantomData<P>,
}

impl<P: Pace> Documents for Collected<P> {
    fn with_slots(slots: usize) -> Self {
        let arena = Arena::<Rootable![Chunks<'_>]>::new(|context| {
            let empty_chunk = || Gc::new(context, RefLock::new([None; CHUNK_DOCUMENTS]));
            (0..slots.div_ceil(CHUNK_DOCUMENTS)).map(|_| empty_chunk()).collect()
        });
        arena.metrics().set_pacing(P::PACING);
        Self { arena, pace: PhantomData }
    }

    fn put(&mut self, slot: usize, plan: &Plan) {
        self.arena.mutate(|context, chunks| {
            let root = build(context, plan);
            chunks[slot / CHUNK_DOCUMENTS].borrow_mut(context)[slot % CHUNK_DOCUMENTS] = Some(root);
        });
    }

    fn walk(&self, slot: usize, links: impl Iterator<Item = Link>) -> u64 {
        self.arena.mutate(|_, chunks| {
            let root = chunks[slot / CHUNK_DOCUMENTS].borrow()[slot % CHUNK_DOCUMENTS];
            let Some(mut node) = root else { return 0 };
            let mut sum = visited(0, node.borrow().word);
            for link in links {
                node = follow(node, link);
                sum = visited(sum, node.borrow().word);
            }
            sum
        })
    }

    fn end_of_operation(&mut self) {
        if self.arena.metrics().allocation_debt() > 0.0 {
            P::work(&mut self.arena);
        }
    }
}
