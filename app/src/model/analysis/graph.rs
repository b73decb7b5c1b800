//! A tree ready for flame graphs and call trees: of one answer, or of two compared.

use dropscope_engine::query::{Answer, Difference, DifferenceNode, Differences, Key, Measure, Sums, Tree};
use dropscope_engine::{BlockId, FrameKind, FunctionId, Names};
use std::collections::HashSet;
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
    /// Sums in what it is compared with, and of what ends here there.
    pub before: Option<[Sums; 2]>,
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
    /// The greatest change of all nodes but the root, more or less.
    pub most_change: u64,
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
        Graph { nodes: tree.nodes.iter().map(node).collect(), measure, ..Graph::default() }.with_ids()
    }

    /// Of two answers compared. `is_same`: both are of one recording, and ids mean the same in both.
    pub fn between(before: &Answer, after: &Answer, is_same: bool) -> Graph {
        let Some(Difference { measure, groups: Differences::Tree(nodes), .. }) = Difference::between(before, after)
        else {
            return Graph::default();
        };
        let gone = |node: &DifferenceNode| match &node.row.before_key {
            Some(Key::Function(_)) if !is_same => gone_function(&node.row.label),
            key => key.clone().unwrap_or(Key::All),
        };
        let node = |node: &DifferenceNode| Node {
            id: 0,
            key: node.row.after_key.clone().unwrap_or_else(|| gone(node)),
            label: Arc::clone(&node.row.label),
            parent: node.parent,
            first_child: node.first_child,
            children: node.children,
            depth: node.depth,
            total: node.row.after,
            own: node.own[1],
            before: Some([node.row.before, node.own[0]]),
            example: None,
            weight: 0,
            kind: None,
        };
        let nodes = nodes.iter().map(node).collect();
        let mut graph = Graph { nodes, measure, is_difference: true, ..Graph::default() };
        graph.weigh();
        graph.most_change = graph.nodes.iter().skip(1).map(|node| graph.heat(node)).max().unwrap_or(0);
        graph.with_ids()
    }

    /// A node is as wide as the more of both, so that what is gone can be seen; its children never stand out of it.
    fn weigh(&mut self) {
        let measure = self.measure;
        let sums = |node: &Node| (measure.of(&node.before.unwrap_or_default()[0]), measure.of(&node.total));
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
    pub fn children(&self, number: u32) -> std::ops::Range<u32> {
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

    /// The nodes that are open before anybody has opened one: those that have all of it, and nothing beside them. Not more
    /// than some screens show.
    fn opened_alone(&self) -> Vec<u32> {
        let mut alone = Vec::new();
        let mut at = 0;
        while let (Some(child), true) = (self.children(at).next(), self.children(at).len() == 1) {
            if alone.len() == MOST_OPENED_ALONE {
                break;
            }
            alone.push(child);
            at = child;
        }
        alone
    }

    /// Whether the children of node `at` are shown, where the user has turned those in `turned` the other way.
    pub fn is_open(&self, at: u32, turned: &HashSet<u64>) -> bool {
        let is_turned = self.nodes.get(at as usize).is_some_and(|node| turned.contains(&node.id));
        is_turned != self.opened_alone().contains(&at)
    }

    /// Opens `nodes`.
    pub fn open(&self, nodes: &[u64], turned: &mut HashSet<u64>) {
        let alone: HashSet<u64> = self.opened_alone().iter().map(|&at| self.nodes[at as usize].id).collect();
        for id in nodes {
            if alone.contains(id) {
                turned.remove(id);
            } else {
                turned.insert(*id);
            }
        }
    }

    /// The nodes that are seen, the root's children first, where those in `turned` are not as they began. `order` puts
    /// those that are side by side in order.
    pub fn visible(&self, turned: &HashSet<u64>, order: &dyn Fn(&mut Vec<u32>)) -> Vec<u32> {
        let alone: HashSet<u32> = self.opened_alone().into_iter().collect();
        let mut seen = Vec::new();
        let ordered = |at: u32| {
            let mut children: Vec<u32> = self.children(at).collect();
            order(&mut children);
            children.into_iter().rev()
        };
        let mut waiting: Vec<u32> = ordered(0).collect();
        while let Some(at) = waiting.pop() {
            seen.push(at);
            let is_turned = self.nodes.get(at as usize).is_some_and(|node| turned.contains(&node.id));
            if is_turned != alone.contains(&at) {
                waiting.extend(ordered(at));
            }
        }
        seen
    }

    /// How much more of the measure there is than in what it is compared with.
    pub fn change(&self, node: &Node) -> i64 {
        let number = |sums: &Sums| i64::try_from(self.measure.of(sums)).unwrap_or(i64::MAX);
        number(&node.total) - number(&node.before.unwrap_or_default()[0])
    }

    /// What a node is looked at for: its change in a comparison, else how much it has.
    pub fn heat(&self, node: &Node) -> u64 {
        if self.is_difference { self.change(node).unsigned_abs() } else { node.weight }
    }

    /// The ids from the root down to the node that has most below it, as long as one child has at least half.
    pub fn hot_path(&self) -> Vec<u64> {
        let mut path = Vec::new();
        let mut at = 0;
        while let Some(child) = self.children(at).max_by_key(|&child| self.heat(&self.nodes[child as usize])) {
            let (node, above) = (&self.nodes[child as usize], &self.nodes[at as usize]);
            let (heat, above) = (self.heat(node), self.heat(above));
            if heat.saturating_mul(2) < above || heat == 0 {
                break;
            }
            path.push(node.id);
            at = child;
        }
        path
    }
}

/// More nodes are not opened by themselves.
const MOST_OPENED_ALONE: usize = 40;

/// The root's id.
pub const ROOT: u64 = 1;

/// A function that only another recording has: its number there says nothing here. The same for the same name.
fn gone_function(label: &str) -> Key {
    let mut hasher = DefaultHasher::new();
    label.hash(&mut hasher);
    Key::Function(FunctionId(hasher.finish() as u32 | 1 << 31))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

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
    fn open_nodes_show_their_children_and_the_hot_path_follows_half() {
        let graph = graph(&[(0, 0, 100, 0), (1, 0, 90, 0), (2, 0, 10, 10), (3, 1, 50, 50), (4, 1, 40, 40)]);
        assert_eq!(graph.visible(&HashSet::new(), &|_| {}), [1, 2]);
        assert_eq!(graph.visible(&HashSet::from([graph.nodes[1].id]), &|_| {}), [1, 3, 4, 2]);
        assert_eq!(graph.hot_path(), [graph.nodes[1].id, graph.nodes[3].id]);
        assert!(!graph.is_open(1, &HashSet::new()) && graph.is_open(1, &HashSet::from([graph.nodes[1].id])));
        assert_eq!(graph.path(4), [0, 1, 4]);
        assert_eq!(graph.find(graph.nodes[4].id), Some(4));
    }

    #[test]
    fn what_has_nothing_beside_it_is_open_until_it_is_closed() {
        // all > f1 > f2 > f3 and f4 > f5
        let graph =
            graph(&[(0, 0, 90, 0), (1, 0, 90, 0), (2, 1, 90, 0), (3, 2, 50, 50), (4, 2, 40, 0), (5, 4, 40, 40)]);
        let ids: Vec<u64> = graph.nodes.iter().map(|node| node.id).collect();
        assert_eq!(graph.visible(&HashSet::new(), &|_| {}), [1, 2, 3, 4]);
        assert_eq!(graph.visible(&HashSet::from([ids[2], ids[4]]), &|_| {}), [1, 2]);
        let mut turned = HashSet::from([ids[1]]);
        graph.open(&[ids[1], ids[2], ids[4]], &mut turned);
        assert_eq!(graph.visible(&turned, &|nodes| nodes.reverse()), [1, 2, 4, 5, 3], "in the order that is asked for");
        assert!(graph.is_open(2, &turned) && graph.is_open(4, &turned) && !graph.is_open(3, &turned));
    }

    #[test]
    fn what_is_gone_keeps_its_width_in_a_difference() {
        let mut graph = graph(&[(0, 0, 30, 0), (1, 0, 30, 30), (2, 0, 0, 0)]);
        for (at, before) in [(0, 50), (1, 10), (2, 40)] {
            graph.nodes[at].before = Some([bytes(before); 2]);
        }
        graph.weigh();
        let weights: Vec<u64> = graph.nodes.iter().map(|node| node.weight).collect();
        assert_eq!(weights, [70, 30, 40], "30 now and 40 before");
    }
}
