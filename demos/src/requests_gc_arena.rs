//! The requests' trees and sessions under the collector of `gc-arena`; when it works is decided by the two variants.

use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};
use std::marker::PhantomData;

use crate::lru::Random;
use crate::pace::Pace;
use crate::requests::{CHILDREN, LEVELS, Service, Session, answer_of, text_of};

/// Sessions in one collected object; see the LRU cache's.
const CHUNK_SESSIONS: usize = 16;

type Chunk<'gc> = [Option<Gc<'gc, Session>>; CHUNK_SESSIONS];
type Chunks<'gc> = Vec<Gc<'gc, RefLock<Chunk<'gc>>>>;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    text: String,
    children: Vec<Gc<'gc, Node<'gc>>>,
}

fn parse<'gc>(context: &Mutation<'gc>, random: &mut Random, levels: usize) -> Gc<'gc, Node<'gc>> {
    let text = text_of(random.next_number());
    let children = if levels == 0 { 0 } else { CHILDREN };
    let children = (0..children).map(|_| parse(context, random, levels - 1)).collect();
    Gc::new(context, Node { text, children })
}

fn fold(node: &Node<'_>, sum: u64) -> u64 {
    node.children.iter().fold(answer_of(sum, &node.text), |sum, child| fold(child, sum))
}

/// Collected trees and sessions.
pub struct Collected<P> {
    arena: Arena<Rootable![Chunks<'_>]>,
    pace: PhantomData<P>,
}

impl<P: Pace> Service for Collected<P> {
    fn with_sessions(sessions: usize) -> Self {
        let arena = Arena::<Rootable![Chunks<'_>]>::new(|context| {
            let session =
                |number: usize| (number < sessions).then(|| Gc::new_static(context, Session::of_seed(number as u64)));
            let chunk = |chunk: usize| {
                let of_chunk = std::array::from_fn(|within| session(chunk * CHUNK_SESSIONS + within));
                Gc::new(context, RefLock::new(of_chunk))
            };
            (0..sessions.div_ceil(CHUNK_SESSIONS)).map(chunk).collect()
        });
        arena.metrics().set_pacing(P::PACING);
        Self { arena, pace: PhantomData }
    }

    fn answer(&mut self, random: &mut Random) -> u64 {
        self.arena.mutate(|context, _| fold(&parse(context, random, LEVELS), 0))
    } // the tree cannot be reached any more, and nobody releases it here

    fn renew(&mut self, session: usize, seed: u64) -> u64 {
        self.arena.mutate(|context, chunks| {
            let new = Gc::new_static(context, Session::of_seed(seed));
            let mut chunk = chunks[session / CHUNK_SESSIONS].borrow_mut(context);
            let old = chunk[session % CHUNK_SESSIONS].replace(new);
            old.map_or(0, |old| old.checksum())
        })
    }

    fn end_of_request(&mut self) {
        if self.arena.metrics().allocation_debt() > 0.0 {
            P::work(&mut self.arena);
        }
    }
}
