//! Builds trees from paths.

use super::tally::Tally;
use super::{Key, Measure, Tree, TreeNode};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A tree that grows by paths.
pub(super) struct TreeBuilder {
    nodes: Vec<Node>,
    child_of: HashMap<(u32, Key), u32>,
}

struct Node {
    key: Key,
    total: Tally,
    own: Tally,
    children: Vec<u32>,
}

impl Node {
    fn new(key: Key) -> Node {
        Node { key, total: Tally::default(), own: Tally::default(), children: Vec::new() }
    }
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self { nodes: vec![Node::new(Key::All)], child_of: HashMap::new() }
    }
}

impl TreeBuilder {
    /// Adds `tally` to the end of `path`, which begins below the root.
    pub(super) fn add(&mut self, path: &[Key], tally: &Tally) {
        let mut at = 0u32;
        self.add_to(at, tally, path.is_empty());
        for (index, key) in path.iter().enumerate() {
            at = match self.child_of.get(&(at, key.clone())) {
                Some(child) => *child,
                None => self.new_child(at, key),
            };
            self.add_to(at, tally, index + 1 == path.len());
        }
    }

    fn new_child(&mut self, parent: u32, key: &Key) -> u32 {
        let number = self.nodes.len() as u32;
        self.nodes.push(Node::new(key.clone()));
        self.child_of.insert((parent, key.clone()), number);
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.children.push(number);
        }
        number
    }

    fn add_to(&mut self, number: u32, tally: &Tally, is_end: bool) {
        let Some(node) = self.nodes.get_mut(number as usize) else { return };
        node.total.add(tally);
        if is_end {
            node.own.add(tally);
        }
    }

    /// The tree, with children in order and side by side.
    pub(super) fn finish(self, measure: Measure, label: &dyn Fn(&Key) -> Arc<str>) -> Tree {
        let labels: Vec<Arc<str>> = {
            let mut known: HashMap<&Key, Arc<str>> = HashMap::new();
            let mut say = |key| Arc::clone(known.entry(key).or_insert_with(|| label(key)));
            self.nodes.iter().map(|node| say(&node.key)).collect()
        };
        let mut tree = Tree::default();
        // The old number, the new number of the parent, the depth.
        let mut waiting = VecDeque::from([(0usize, 0u32, 0u32)]);
        let mut numbered = 1u32;
        while let Some((old, parent, depth)) = waiting.pop_front() {
            let Some(node) = self.nodes.get(old) else { continue };
            let number = tree.nodes.len() as u32;
            let mut children: Vec<usize> = node.children.iter().map(|child| *child as usize).collect();
            children.sort_by(|&a, &b| {
                let (x, y) = (&self.nodes[a].total.sums, &self.nodes[b].total.sums);
                let by_size = (measure.of(y), y.blocks).cmp(&(measure.of(x), x.blocks));
                by_size.then_with(|| labels[a].cmp(&labels[b])).then_with(|| self.nodes[a].key.cmp(&self.nodes[b].key))
            });
            tree.nodes.push(TreeNode {
                key: node.key.clone(),
                label: Arc::clone(&labels[old]),
                parent,
                first_child: numbered,
                children: children.len() as u32,
                depth,
                total: node.total.sums,
                own: node.own.sums,
                example: node.total.example(),
            });
            numbered += children.len() as u32;
            waiting.extend(children.into_iter().map(|child| (child, number, depth + 1)));
        }
        tree
    }
}
