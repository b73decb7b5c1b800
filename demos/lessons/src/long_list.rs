//! A long list of boxes is released by a call inside a call inside a call; a loop does it without.

use crate::beat;
use dropscope::scope;

/// A node that owns the rest of the list.
pub struct Node {
    text: String,
    next: Option<Box<Node>>,
}

/// A list without a `Drop` of its own: the compiler's glue releases each node from within the one before.
pub struct Chain(pub Option<Box<Node>>);

/// The same list, taken apart from the front in a loop.
pub struct Train(pub Option<Box<Node>>);

impl Drop for Train {
    fn drop(&mut self) {
        let mut rest = self.0.take();
        while let Some(mut node) = rest {
            rest = node.next.take(); // so the node that ends here has nothing behind it
        }
    }
}

/// Makes as many nodes as there are sizes; the first size is at the front.
pub fn nodes(sizes: impl DoubleEndedIterator<Item = usize>) -> Option<Box<Node>> {
    let mut front = None;
    for size in sizes.rev() {
        front = Some(Box::new(Node { text: String::with_capacity(size), next: front }));
    }
    front
}

/// Four nodes each; with a million, the first list would overflow the stack.
pub fn run() {
    {
        let _scope = scope!("call in call");
        let chain = Chain(nodes(1131..=1134));
        beat();
    }
    beat();
    {
        let _scope = scope!("in a loop");
        let train = Train(nodes(1141..=1144));
        beat();
    }
    beat();
}
