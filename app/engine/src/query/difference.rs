//! What is different between two answers: of two ranges of one recording, or of two recordings.

use super::{Answer, Groups, Key, Measure, Sums, Tree};
use std::collections::HashMap;
use std::sync::Arc;

/// Two answers side by side. Groups are the same where their words are: numbers mean nothing in another recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What rows are ordered by: the greatest change first.
    pub measure: Measure,
    /// All of the first.
    pub before: Sums,
    /// All of the second.
    pub after: Sums,
    /// The groups.
    pub groups: Differences,
}

/// Groups side by side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Differences {
    /// Rows, the greatest change first.
    Table(Vec<DifferenceRow>),
    /// A tree as [`Tree`] is: parents before their children, children side by side, the greatest change first.
    Tree(Vec<DifferenceNode>),
}

/// A group in both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DifferenceRow {
    /// What it is called.
    pub label: Arc<str>,
    /// Its key in the first, if it is there.
    pub before_key: Option<Key>,
    /// Its key in the second, if it is there.
    pub after_key: Option<Key>,
    /// Its sums in the first.
    pub before: Sums,
    /// Its sums in the second.
    pub after: Sums,
}

/// A node in both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DifferenceNode {
    /// What it is called, and its sums with all below it.
    pub row: DifferenceRow,
    /// Sums of what ends here in the first, and in the second.
    pub own: [Sums; 2],
    /// The node it is below; its own number for the root.
    pub parent: u32,
    /// Its first child's number.
    pub first_child: u32,
    /// How many children it has.
    pub children: u32,
    /// How many nodes are above it.
    pub depth: u32,
}

impl DifferenceRow {
    fn new(label: &Arc<str>) -> DifferenceRow {
        DifferenceRow {
            label: Arc::clone(label),
            before_key: None,
            after_key: None,
            before: Sums::default(),
            after: Sums::default(),
        }
    }

    fn take(&mut self, is_after: bool, key: &Key, sums: &Sums) {
        let (place, sum) = match is_after {
            false => (&mut self.before_key, &mut self.before),
            true => (&mut self.after_key, &mut self.after),
        };
        place.get_or_insert_with(|| key.clone());
        sum.add(sums);
    }

    /// How much more of `measure` there is in the second.
    pub fn change(&self, measure: Measure) -> i128 {
        i128::from(measure.of(&self.after)) - i128::from(measure.of(&self.before))
    }
}

impl Difference {
    /// Of two answers whose questions group by the same. None where one is a table and the other a tree.
    pub fn between(before: &Answer, after: &Answer) -> Option<Difference> {
        let measure = after.query.measure;
        let groups = match (&before.groups, &after.groups) {
            (Groups::Table(a), Groups::Table(b)) => {
                let mut rows: HashMap<&str, DifferenceRow> = HashMap::new();
                for (rows_of_one, is_after) in [(a, false), (b, true)] {
                    for row in rows_of_one {
                        let both = rows.entry(&row.label).or_insert_with(|| DifferenceRow::new(&row.label));
                        both.take(is_after, &row.key, &row.sums);
                    }
                }
                let mut rows: Vec<DifferenceRow> = rows.into_values().collect();
                sort(measure, &mut rows, |row| row);
                Differences::Table(rows)
            }
            (Groups::Tree(a), Groups::Tree(b)) => Differences::Tree(trees(measure, a, b)),
            _ => return None,
        };
        Some(Difference { measure, before: before.total, after: after.total, groups })
    }
}

fn sort<T>(measure: Measure, rows: &mut [T], row: impl Fn(&T) -> &DifferenceRow) {
    rows.sort_by(|a, b| {
        let (a, b) = (row(a), row(b));
        let by_change = b.change(measure).unsigned_abs().cmp(&a.change(measure).unsigned_abs());
        by_change.then_with(|| measure.of(&b.after).cmp(&measure.of(&a.after))).then_with(|| a.label.cmp(&b.label))
    });
}

/// Nodes with the same words below the same node, of both trees.
struct Pair<'a> {
    row: DifferenceRow,
    parent: u32,
    depth: u32,
    before: Vec<u32>,
    after: Vec<u32>,
    trees: [&'a Tree; 2],
}

impl<'a> Pair<'a> {
    /// What is below both, by its words.
    /// Sums of what ends here, before and after.
    fn own(&self) -> [Sums; 2] {
        let sum = |tree: &Tree, nodes: &[u32]| {
            let mut sum = Sums::default();
            nodes.iter().filter_map(|&at| tree.nodes.get(at as usize)).for_each(|node| sum.add(&node.own));
            sum
        };
        [sum(self.trees[0], &self.before), sum(self.trees[1], &self.after)]
    }

    fn children(&self, number: u32) -> Vec<Pair<'a>> {
        let mut by_label: HashMap<&str, Pair<'a>> = HashMap::new();
        for (tree, nodes, is_after) in [(self.trees[0], &self.before, false), (self.trees[1], &self.after, true)] {
            for &node in nodes {
                let first = tree.nodes.get(node as usize).map_or(0, |node| node.first_child);
                for (child, at) in tree.children(node).iter().zip(first..) {
                    let pair = by_label.entry(&child.label).or_insert_with(|| Pair {
                        row: DifferenceRow::new(&child.label),
                        parent: number,
                        depth: self.depth + 1,
                        before: Vec::new(),
                        after: Vec::new(),
                        trees: self.trees,
                    });
                    pair.row.take(is_after, &child.key, &child.total);
                    if is_after { pair.after.push(at) } else { pair.before.push(at) }
                }
            }
        }
        by_label.into_values().collect()
    }
}

fn trees<'a>(measure: Measure, before: &'a Tree, after: &'a Tree) -> Vec<DifferenceNode> {
    let mut root = DifferenceRow::new(&Arc::from("all"));
    for (tree, is_after) in [(before, false), (after, true)] {
        if let Some(node) = tree.nodes.first() {
            root.take(is_after, &node.key, &node.total);
        }
    }
    let root = Pair { row: root, parent: 0, depth: 0, before: vec![0], after: vec![0], trees: [before, after] };
    let mut waiting = std::collections::VecDeque::from([root]);
    let mut nodes: Vec<DifferenceNode> = Vec::new();
    let mut numbered = 1u32;
    while let Some(pair) = waiting.pop_front() {
        let mut children = pair.children(nodes.len() as u32);
        sort(measure, &mut children, |child| &child.row);
        nodes.push(DifferenceNode {
            own: pair.own(),
            row: pair.row,
            parent: pair.parent,
            first_child: numbered,
            children: children.len() as u32,
            depth: pair.depth,
        });
        numbered += children.len() as u32;
        waiting.extend(children);
    }
    nodes
}
