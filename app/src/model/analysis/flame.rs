//! Where the bars of a flame graph are: one row for each depth, as wide as what is below.

use super::graph::Graph;
use dropscope_engine::FrameKind;
use std::ops::Range;

/// Bars narrower than this are drawn as one with their neighbours.
const LEAST_WIDTH: f32 = 1.0;
/// Most bars: more than a screen can show.
const MOST_BARS: usize = 20_000;

/// Of the nodes above the one that fills the width so many are drawn, besides the root.
const MOST_ABOVE: usize = 2;

/// A bar.
#[derive(Clone, PartialEq, Debug)]
pub struct Bar {
    /// The node; the first of several that are too narrow.
    pub node: u32,
    /// How many nodes it stands for, beside each other.
    pub nodes: u32,
    /// From the left edge, in points.
    pub x: Range<f32>,
    /// Its row, from the root's 0.
    pub row: u32,
    /// Whether it is above the node that fills the width.
    pub is_above: bool,
}

/// The node that a flame graph begins with: below what nearly all stacks have in common, down to the first function of
/// the program's own or to where they part. What runs before says nothing.
pub fn beginning(graph: &Graph) -> u32 {
    let mut at = 0;
    let mut parts = false;
    let whole = graph.nodes.first().map_or(0, |root| root.weight);
    while let Some(child) = graph.children(at).max_by_key(|&child| graph.nodes[child as usize].weight) {
        let node = &graph.nodes[child as usize];
        if node.weight < whole - whole / 50 || node.weight == 0 {
            parts = node.weight > 0;
            break;
        }
        at = child;
        if node.kind == Some(FrameKind::User) {
            return at;
        }
    }
    if parts { at } else { 0 }
}

/// The bars of `graph` with node `root` as wide as all of `width`, in `rows` rows at most. Of those above it the root
/// and the nearest are there.
pub fn layout(graph: &Graph, root: u32, width: f32, rows: u32) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut path = graph.path(root);
    if graph.nodes.is_empty() || width <= 0.0 {
        return bars;
    }
    let far = path.len().saturating_sub(MOST_ABOVE + 2);
    path.drain(1..1 + far);
    let depth = path.len() - 1;
    for (row, &node) in (0u32..).zip(&path) {
        bars.push(Bar { node, nodes: 1, x: 0.0..width, row, is_above: (row as usize) < depth });
    }
    let mut level = vec![(root, 0.0f32..width)];
    let mut row = depth as u32;
    while !level.is_empty() && row + 1 < rows {
        row += 1;
        let mut next = Vec::new();
        for (parent, x) in level {
            children(graph, parent, &x, row, &mut bars, &mut next);
            if bars.len() >= MOST_BARS {
                return bars;
            }
        }
        level = next;
    }
    bars
}

/// Puts the children of `parent` side by side into `x`; those wide enough to have children of their own go to `next`.
fn children(
    graph: &Graph,
    parent: u32,
    x: &Range<f32>,
    row: u32,
    bars: &mut Vec<Bar>,
    next: &mut Vec<(u32, Range<f32>)>,
) {
    let weight = graph.nodes.get(parent as usize).map_or(0, |node| node.weight);
    if weight == 0 {
        return;
    }
    // Summed up as whole numbers: sums of rounded widths would drift.
    let scale = f64::from(x.end - x.start) / weight as f64;
    let mut before = 0u64;
    let mut thin: Option<Bar> = None;
    for child in graph.children(parent) {
        let Some(node) = graph.nodes.get(child as usize) else { continue };
        let from = x.start + (before as f64 * scale) as f32;
        before = before.saturating_add(node.weight);
        let to = (x.start + (before as f64 * scale) as f32).min(x.end);
        if to - from >= LEAST_WIDTH {
            bars.extend(thin.take());
            bars.push(Bar { node: child, nodes: 1, x: from..to, row, is_above: false });
            next.push((child, from..to));
        } else if node.weight > 0 {
            match &mut thin {
                Some(thin) => {
                    thin.nodes += 1;
                    thin.x.end = to;
                }
                None => thin = Some(Bar { node: child, nodes: 1, x: from..to, row, is_above: false }),
            }
        }
    }
    // A pixel's worth of narrow ones is still something to see.
    bars.extend(thin.filter(|thin| thin.x.end - thin.x.start >= LEAST_WIDTH / 2.0));
}

/// How many rows the bars below and including node `root` need.
pub fn rows_needed(bars: &[Bar]) -> u32 {
    bars.iter().map(|bar| bar.row + 1).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::graph::{Graph, Node};
    use super::*;
    use dropscope_engine::query::{Key, Sums};

    fn node(parent: u32, first_child: u32, children: u32, depth: u32, weight: u64) -> Node {
        Node {
            id: 0,
            key: Key::All,
            label: "".into(),
            parent,
            first_child,
            children,
            depth,
            total: Sums::default(),
            own: Sums::default(),
            before: None,
            example: None,
            weight,
            kind: None,
        }
    }

    fn graph() -> Graph {
        let nodes = vec![node(0, 1, 2, 0, 100), node(0, 3, 1, 1, 75), node(0, 0, 0, 1, 20), node(1, 0, 0, 2, 30)];
        Graph { nodes, ..Graph::default() }
    }

    fn places(bars: &[Bar]) -> Vec<(u32, f32, f32, u32)> {
        bars.iter().map(|bar| (bar.node, bar.x.start, bar.x.end, bar.row)).collect()
    }

    #[test]
    fn bars_are_as_wide_as_what_is_below_them() {
        let bars = layout(&graph(), 0, 200.0, 9);
        assert_eq!(places(&bars), [(0, 0.0, 200.0, 0), (1, 0.0, 150.0, 1), (2, 150.0, 190.0, 1), (3, 0.0, 60.0, 2)]);
        assert_eq!(rows_needed(&bars), 3);
        assert_eq!(places(&layout(&graph(), 0, 200.0, 2)).len(), 3, "no more rows than there is room for");
    }

    #[test]
    fn zoomed_a_node_fills_the_width_below_those_above_it() {
        let bars = layout(&graph(), 1, 150.0, 9);
        assert_eq!(places(&bars), [(0, 0.0, 150.0, 0), (1, 0.0, 150.0, 1), (3, 0.0, 60.0, 2)]);
        assert_eq!(bars.iter().map(|bar| bar.is_above).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn narrow_neighbours_are_one_bar() {
        let mut nodes = vec![node(0, 1, 1000, 0, 1000)];
        nodes.extend((0..1000).map(|_| node(0, 0, 0, 1, 1)));
        let bars = layout(&Graph { nodes, ..Graph::default() }, 0, 100.0, 9);
        assert_eq!(bars.len(), 2);
        assert_eq!((bars[1].nodes, bars[1].x.clone()), (1000, 0.0..100.0));
    }

    #[test]
    fn far_above_there_is_only_the_root() {
        let mut nodes: Vec<Node> = (0..6).map(|at: u32| node(at.saturating_sub(1), at + 1, 1, at, 100)).collect();
        nodes.push(node(5, 0, 0, 6, 100));
        let graph = Graph { nodes, ..Graph::default() };
        let bars = layout(&graph, 6, 100.0, 9);
        assert_eq!(bars.iter().map(|bar| (bar.node, bar.row)).collect::<Vec<_>>(), [(0, 0), (4, 1), (5, 2), (6, 3)]);
    }

    #[test]
    fn it_begins_at_the_first_function_that_is_the_programs_own() {
        let mut graph = graph();
        graph.nodes[1].kind = Some(FrameKind::User);
        assert_eq!(beginning(&graph), 0, "75 of 100 is not nearly all");
        graph.nodes[1].weight = 99;
        assert_eq!(beginning(&graph), 1);
        graph.nodes[1].kind = None;
        assert_eq!(beginning(&graph), 1, "there is none: where stacks part");
        graph.nodes[3].weight = 99;
        assert_eq!(beginning(&graph), 0, "one stack alone is whole");
        assert_eq!(beginning(&Graph::default()), 0);
    }

    #[test]
    fn nothing_has_no_bars() {
        assert!(layout(&Graph::default(), 0, 100.0, 9).is_empty());
        assert_eq!(layout(&Graph { nodes: vec![node(0, 0, 0, 0, 0)], ..Graph::default() }, 0, 10.0, 9).len(), 1);
    }
}
