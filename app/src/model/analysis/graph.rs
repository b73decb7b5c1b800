//! A tree ready for flame graphs and call trees: of one answer, or of two compared.

use dropscope_engine::query::{Answer, Difference, DifferenceNode, Differences, Key, Measure, Sums, Tree};
use dropscope_engine::{BlockId, FrameKind, Names};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// A node.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The same for the same path in every answer.
    pub id: u64,
    /// What it stands for.
    pub key: Key,
    /// The same in words.
    pub label: Arc<str>,
    /// The node above; its own number for the root.
    pub parent: u32,
    /// Its first child's number.
    pub first_child: u32,
    /// How many children it has.
    pub children: u32,
    /// How many nodes are above it.
    pub depth: u32,
    /// Sums of itself and all below.
    pub total: Sums,
    /// Sums of what ends here.
    pub own: Sums,
    /// Sums in what it is compared with.
    pub before: Option<Sums>,
    /// The largest block, where one is known.
    pub example: Option<BlockId>,
    /// How wide it is among others, in the measure's unit.
    pub weight: u64,
    /// Whose code a function is.
    pub kind: Option<FrameKind>,
}

/// A tree. Number 0 is the root; parents come before their children, which are side by side.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// Summed as what.
    pub measure: Measure,
    /// Whether it is compared with another.
    pub is_difference: bool,
}

/// The identity of a node below that of its parent.
pub fn id_below(parent: u64, key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    (parent, key).hash(&mut hasher);
    hasher.finish()
}

impl Graph {
    /// Of an answer that is a tree.
    pub fn of(answer: &Answer) -> Graph {
        let Some(tree) = answer.groups.tree() else { return Graph::default() };
        Graph::of_tree(tree, answer.query.measure)
    }

    fn of_tree(tree: &Tree, measure: Measure) -> Graph {
        let node = |node: &dropscope_engine::query::TreeNode| Node {
            id: 0,
            key: node.key.clone(),
            label: Arc::clone(&node.label),
            parent: node.parent,
            first_child: node.first_child,
            children: node.children,
            depth: node.depth,
            total: node.total,
            own: node.own,
            before: None,
            example: (node.example.0 > 0).then_some(node.example),
            weight: measure.of(&node.total),
            kind: None,
        };
        Graph { nodes: tree.nodes.iter().map(node).collect(), measure, is_difference: false }.with_ids()
    }

    /// Of two answers compared.
    pub fn between(before: &Answer, after: &Answer) -> Graph {
        let Some(Difference { measure, groups: Differences::Tree(nodes), .. }) = Difference::between(before, after)
        else {
            return Graph::default();
        };
        let node = |node: &DifferenceNode| Node {
            id: 0,
            key: node.row.after_key.clone().or_else(|| node.row.before_key.clone()).unwrap_or(Key::All),
            label: Arc::clone(&node.row.label),
            parent: node.parent,
            first_child: node.first_child,
            children: node.children,
            depth: node.depth,
            total: node.row.after,
            own: Sums::default(),
            before: Some(node.row.before),
            example: None,
            weight: 0,
            kind: None,
        };
        let mut graph = Graph { nodes: nodes.iter().map(node).collect(), measure, is_difference: true };
        graph.weigh();
        graph.with_ids()
    }

    /// A node is as wide as the more of both, so that what is gone can be seen; its children never stand out of it.
    fn weigh(&mut self) {
        let measure = self.measure;
        let sums = |node: &Node| (measure.of(&node.before.unwrap_or_default()), measure.of(&node.total));
        let mut below: Vec<(u64, u64, u64)> = vec![(0, 0, 0); self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let (before, after) = sums(&self.nodes[at]);
            let (below_before, below_after, below_weight) = below[at];
            let own = before.saturating_sub(below_before).max(after.saturating_sub(below_after));
            let weight = own.saturating_add(below_weight);
            self.nodes[at].weight = weight;
            let parent = self.nodes[at].parent as usize;
            if parent != at
                && let Some(above) = below.get_mut(parent)
            {
                *above = (above.0 + before, above.1 + after, above.2.saturating_add(weight));
            }
        }
    }

    fn with_ids(mut self) -> Graph {
        for at in 0..self.nodes.len() {
            let parent = self.nodes[at].parent as usize;
            let above = if parent == at { 0 } else { self.nodes[parent].id };
            self.nodes[at].id = if parent == at { ROOT } else { id_below(above, &self.nodes[at].key) };
        }
        self
    }

    /// The same with each function's kind.
    pub fn with_kinds(mut self, names: &Names) -> Graph {
        for node in &mut self.nodes {
            if let Key::Function(function) = node.key {
                node.kind = names.function(function).map(|function| function.kind);
            }
        }
        self
    }

    /// The children of node `number`.
    pub fn children(&self, number: u32) -> impl Iterator<Item = u32> + use<> {
        self.nodes.get(number as usize).map_or(0..0, |node| node.first_child..node.first_child + node.children)
    }

    /// The node with this id.
    pub fn find(&self, id: u64) -> Option<u32> {
        self.nodes.iter().position(|node| node.id == id).map(|at| at as u32)
    }

    /// Node `number` and those above it, the root first.
    pub fn path(&self, number: u32) -> Vec<u32> {
        let above = |&at: &u32| self.nodes.get(at as usize).map(|node| node.parent).filter(|&parent| parent < at);
        let mut path: Vec<u32> = std::iter::successors(Some(number), above).collect();
        path.reverse();
        path
    }

    /// The nodes that are seen when those in `open` are: number and depth, from the root's children on.
    pub fn visible(&self, open: &std::collections::HashSet<u64>) -> Vec<u32> {
        let mut seen = Vec::new();
        let mut waiting: Vec<u32> = self.children(0).collect();
        waiting.reverse();
        while let Some(at) = waiting.pop() {
            seen.push(at);
            if self.nodes.get(at as usize).is_some_and(|node| open.contains(&node.id)) {
                let children: Vec<u32> = self.children(at).collect();
                waiting.extend(children.into_iter().rev());
            }
        }
        seen
    }

    /// The ids from the root down to the node that has most below it, as long as one child has at least half.
    pub fn hot_path(&self) -> Vec<u64> {
        let mut path = Vec::new();
        let mut at = 0;
        while let Some(child) = self.children(at).max_by_key(|&child| self.nodes[child as usize].weight) {
            let (node, above) = (&self.nodes[child as usize], &self.nodes[at as usize]);
            if node.weight * 2 < above.weight || node.weight == 0 {
                break;
            }
            path.push(node.id);
            at = child;
        }
        path
    }

    /// Who calls `function` and whom it calls, most first, and its own sums. Of a function that calls itself the
    /// outermost call counts.
    pub fn around(&self, function: &Key) -> Around {
        let mut around = Around::default();
        let mut callers: HashMap<&Key, Sums> = HashMap::new();
        let mut callees: HashMap<&Key, Sums> = HashMap::new();
        // Whether a node is below one of the function.
        let mut inside = vec![false; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            let parent = node.parent as usize;
            let is_below = parent != at && inside[parent];
            let is_it = node.key == *function;
            inside[at] = is_below || is_it;
            if is_it {
                around.own.add(&node.own);
                for child in self.children(at as u32) {
                    let child = &self.nodes[child as usize];
                    callees.entry(&child.key).or_default().add(&child.total);
                }
            }
            if is_it && !is_below {
                around.label = Some(Arc::clone(&node.label));
                around.total.add(&node.total);
                callers.entry(&self.nodes[parent].key).or_default().add(&node.total);
            }
        }
        let labels: HashMap<&Key, &Arc<str>> = self.nodes.iter().map(|node| (&node.key, &node.label)).collect();
        let list = |sums: HashMap<&Key, Sums>| {
            let mut list: Vec<(Key, Arc<str>, Sums)> = sums
                .into_iter()
                .map(|(key, sums)| {
                    (key.clone(), labels.get(key).map_or_else(|| "".into(), |label| Arc::clone(label)), sums)
                })
                .collect();
            list.sort_by(|a, b| (self.measure.of(&b.2), &a.1).cmp(&(self.measure.of(&a.2), &b.1)));
            list
        };
        around.callers = list(callers);
        around.callees = list(callees);
        around
    }
}

/// The root's id.
pub const ROOT: u64 = 1;

/// A function between those that call it and those that it calls.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Around {
    /// What it is called; none where it is nowhere.
    pub label: Option<Arc<str>>,
    /// With all below it.
    pub total: Sums,
    /// Without.
    pub own: Sums,
    /// Who calls it; [`Key::All`] where nobody does.
    pub callers: Vec<(Key, Arc<str>, Sums)>,
    /// Whom it calls. What a recursive function gives to itself is here, too.
    pub callees: Vec<(Key, Arc<str>, Sums)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropscope_engine::FunctionId;
    use std::collections::HashSet;

    fn bytes(bytes: u64) -> Sums {
        Sums { bytes, blocks: 1, ..Sums::default() }
    }

    /// Of (function, parent, bytes with all below, bytes that end here).
    pub(crate) fn graph(nodes: &[(u32, u32, u64, u64)]) -> Graph {
        let mut graph = Graph::default();
        for (at, &(function, parent, total, own)) in nodes.iter().enumerate() {
            let children: Vec<u32> = (0u32..)
                .zip(nodes)
                .filter(|&(child, node)| child > 0 && node.1 == at as u32 && child as usize != at)
                .map(|(child, _)| child)
                .collect();
            graph.nodes.push(Node {
                id: 0,
                key: if at == 0 { Key::All } else { Key::Function(FunctionId(function)) },
                label: format!("f{function}").into(),
                parent,
                first_child: children.first().copied().unwrap_or(0),
                children: children.len() as u32,
                depth: 0,
                total: bytes(total),
                own: bytes(own),
                before: None,
                example: None,
                weight: total,
                kind: None,
            });
        }
        for at in 1..graph.nodes.len() {
            graph.nodes[at].depth = graph.nodes[graph.nodes[at].parent as usize].depth + 1;
        }
        graph.with_ids()
    }

    #[test]
    fn callers_and_callees_count_a_recursion_once() {
        // all > f1 > f2 > f2 > f3, all > f4 > f2
        let graph = graph(&[
            (0, 0, 100, 0),
            (1, 0, 60, 0),
            (4, 0, 40, 0),
            (2, 1, 60, 10),
            (2, 2, 40, 40),
            (2, 3, 50, 20),
            (3, 5, 30, 30),
        ]);
        let around = graph.around(&Key::Function(FunctionId(2)));
        assert_eq!((around.total.bytes, around.own.bytes), (100, 70));
        let list = |list: &[(Key, Arc<str>, Sums)]| -> Vec<(String, u64)> {
            list.iter().map(|(_, label, sums)| (label.to_string(), sums.bytes)).collect()
        };
        assert_eq!(list(&around.callers), [("f1".to_owned(), 60), ("f4".to_owned(), 40)]);
        assert_eq!(list(&around.callees), [("f2".to_owned(), 50), ("f3".to_owned(), 30)]);
        assert_eq!(graph.around(&Key::Function(FunctionId(9))).label, None);
    }

    #[test]
    fn open_nodes_show_their_children_and_the_hot_path_follows_half() {
        let graph = graph(&[(0, 0, 100, 0), (1, 0, 90, 0), (2, 0, 10, 10), (3, 1, 50, 50), (4, 1, 40, 40)]);
        assert_eq!(graph.visible(&HashSet::new()), [1, 2]);
        assert_eq!(graph.visible(&HashSet::from([graph.nodes[1].id])), [1, 3, 4, 2]);
        assert_eq!(graph.hot_path(), [graph.nodes[1].id, graph.nodes[3].id]);
        assert_eq!(graph.path(4), [0, 1, 4]);
        assert_eq!(graph.find(graph.nodes[4].id), Some(4));
    }

    #[test]
    fn what_is_gone_keeps_its_width_in_a_difference() {
        let mut graph = graph(&[(0, 0, 30, 0), (1, 0, 30, 30), (2, 0, 0, 0)]);
        for (at, before) in [(0, 50), (1, 10), (2, 40)] {
            graph.nodes[at].before = Some(bytes(before));
        }
        graph.weigh();
        let weights: Vec<u64> = graph.nodes.iter().map(|node| node.weight).collect();
        assert_eq!(weights, [70, 30, 40], "30 now and 40 before");
    }
}
