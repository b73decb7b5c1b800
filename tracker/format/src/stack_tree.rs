//! Stacks stored once: a tree of return addresses, each node interned under its caller.

use crate::ids::StackId;
use crate::info::StackNode;

/// All stacks of a recording. Node 0 is the root, the empty stack.
///
/// Takes 16 bytes a node and 8 to 16 for the table that finds it again.
pub struct StackTree {
    nodes: Vec<StackNode>,
    /// Open addressing with linear probing; 0 is a free place, else a node's number.
    table: Vec<u32>,
}

impl Default for StackTree {
    fn default() -> Self {
        Self::new()
    }
}

impl StackTree {
    /// A tree with only the root.
    pub fn new() -> Self {
        Self { nodes: vec![StackNode::default()], table: vec![0; 1024] }
    }

    /// The node for `address` called from `parent`, made if it is not there.
    #[inline]
    pub fn intern(&mut self, parent: StackId, address: u64) -> StackId {
        let mask = self.table.len() - 1;
        let mut place = hash(parent, address) & mask;
        loop {
            match self.table[place] {
                0 => break,
                number => {
                    let node = &self.nodes[number as usize];
                    if node.parent == parent && node.address == address {
                        return StackId(number);
                    }
                }
            }
            place = (place + 1) & mask;
        }
        self.insert(place, parent, address)
    }

    #[cold]
    fn insert(&mut self, place: usize, parent: StackId, address: u64) -> StackId {
        // Past 2^32 nodes (64 GiB of tree) stacks are cut at their caller rather than mixed up.
        let Ok(number) = u32::try_from(self.nodes.len()) else { return parent };
        self.nodes.push(StackNode { parent, address });
        self.table[place] = number;
        if self.nodes.len() * 2 > self.table.len() {
            self.grow();
        }
        StackId(number)
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0u32; mask + 1];
        for (number, node) in self.nodes.iter().enumerate().skip(1) {
            let mut place = hash(node.parent, node.address) & mask;
            while table[place] != 0 {
                place = (place + 1) & mask;
            }
            table[place] = number as u32;
        }
        self.table = table;
    }

    /// How many nodes there are, the root included.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes from number `first` on.
    pub fn nodes_from(&self, first: usize) -> &[StackNode] {
        self.nodes.get(first..).unwrap_or_default()
    }

    /// The node `stack`, or none where there is no such node or it is the root.
    pub fn node(&self, stack: StackId) -> Option<StackNode> {
        if stack == StackId::EMPTY { None } else { self.nodes.get(stack.0 as usize).copied() }
    }

    /// The return addresses of `stack`, innermost first.
    pub fn addresses(&self, stack: StackId) -> impl Iterator<Item = u64> + '_ {
        // A parent always has a smaller number, so the walk ends.
        std::iter::successors(self.node(stack), |node| self.node(node.parent)).map(|node| node.address)
    }

    /// Bytes of memory the tree holds.
    pub fn memory_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<StackNode>() + self.table.capacity() * size_of::<u32>()
    }
}

#[inline]
fn hash(parent: StackId, address: u64) -> usize {
    // Fibonacci hashing; the multiplier is 2^64 divided by the golden ratio. The middle of the product depends on all of the
    // address and of as many bits of the parent's number as a table of that size can be told apart by.
    let mixed = (address ^ u64::from(parent.0) << 20).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_frames_share_nodes_and_read_back_innermost_first() {
        let mut tree = StackTree::new();
        let main = tree.intern(StackId::EMPTY, 10);
        let left = tree.intern(main, 20);
        let right = tree.intern(main, 30);
        assert_eq!(tree.intern(StackId::EMPTY, 10), main);
        assert_eq!(tree.node_count(), 4);
        assert_eq!(tree.addresses(left).collect::<Vec<_>>(), [20, 10]);
        assert_eq!(tree.addresses(right).collect::<Vec<_>>(), [30, 10]);
        assert_eq!(tree.addresses(StackId::EMPTY).count(), 0);
        assert_eq!(tree.addresses(StackId(99)).count(), 0);
    }

    #[test]
    fn a_hundred_thousand_nodes_are_found_again_within_the_promised_memory() {
        let mut tree = StackTree::new();
        let count = if cfg!(miri) { 3_000 } else { 100_000u64 };
        let ids: Vec<_> = (0..count).map(|i| tree.intern(StackId((i / 7) as u32), 0x5555_0000 + i * 16)).collect();
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(tree.intern(StackId((i / 7) as u32), 0x5555_0000 + i as u64 * 16), *id);
        }
        assert!(tree.memory_bytes() <= 64 * tree.node_count(), "{} bytes", tree.memory_bytes());
    }
}
