//! One function of a call tree between those that call it and those that it calls.

use super::graph::Graph;
use dropscope_engine::query::{Key, Measure, Sums};
use std::collections::HashMap;
use std::sync::Arc;

/// Sums now, and in what they are compared with; nothing there where there is no comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Both {
    /// Now.
    pub now: Sums,
    /// There.
    pub before: Sums,
}

impl Both {
    fn add(&mut self, now: &Sums, before: &Sums) {
        self.now.add(now);
        self.before.add(before);
    }

    /// How much more there is now.
    pub fn change(&self, measure: Measure) -> i64 {
        let number = |sums: &Sums| i64::try_from(measure.of(sums)).unwrap_or(i64::MAX);
        number(&self.now) - number(&self.before)
    }
}

/// A function between those that call it and those that it calls.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Around {
    /// What it is called; none where it is nowhere.
    pub label: Option<Arc<str>>,
    /// With all below it.
    pub total: Both,
    /// Without.
    pub own: Both,
    /// Who calls it; [`Key::All`] where nobody does.
    pub callers: Vec<(Key, Arc<str>, Both)>,
    /// Whom it calls. What a recursive function gives to itself is here, too.
    pub callees: Vec<(Key, Arc<str>, Both)>,
}

impl Around {
    /// Who calls `function` and whom it calls, most first (in a comparison the greatest change), and its own sums. Of a
    /// function that calls itself the outermost call counts.
    pub fn of(graph: &Graph, function: &Key) -> Around {
        let mut around = Around::default();
        let mut callers: HashMap<&Key, Both> = HashMap::new();
        let mut callees: HashMap<&Key, Both> = HashMap::new();
        // Whether a node is below one of the function.
        let mut inside = vec![false; graph.nodes.len()];
        for (at, node) in graph.nodes.iter().enumerate() {
            let parent = node.parent as usize;
            let is_below = parent != at && inside[parent];
            let is_it = node.key == *function;
            inside[at] = is_below || is_it;
            let [before, own_before] = node.before.unwrap_or_default();
            if is_it {
                around.own.add(&node.own, &own_before);
                for child in graph.children(at as u32) {
                    let child = &graph.nodes[child as usize];
                    callees.entry(&child.key).or_default().add(&child.total, &child.before.unwrap_or_default()[0]);
                }
            }
            if is_it && !is_below {
                around.label = Some(Arc::clone(&node.label));
                around.total.add(&node.total, &before);
                callers.entry(&graph.nodes[parent].key).or_default().add(&node.total, &before);
            }
        }
        around.callers = list(graph, callers);
        around.callees = list(graph, callees);
        around
    }
}

fn list(graph: &Graph, sums: HashMap<&Key, Both>) -> Vec<(Key, Arc<str>, Both)> {
    let labels: HashMap<&Key, &Arc<str>> = graph.nodes.iter().map(|node| (&node.key, &node.label)).collect();
    let label = |key: &Key| labels.get(key).map_or_else(|| "".into(), |label| Arc::clone(label));
    let mut list: Vec<(Key, Arc<str>, Both)> =
        sums.into_iter().map(|(key, sums)| (key.clone(), label(key), sums)).collect();
    let heat = |both: &Both| match graph.is_difference {
        true => both.change(graph.measure).unsigned_abs(),
        false => graph.measure.of(&both.now),
    };
    list.sort_by(|a, b| (heat(&b.2), &a.1).cmp(&(heat(&a.2), &b.1)));
    list
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;
    use dropscope_engine::FunctionId;

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
        let around = Around::of(&graph, &Key::Function(FunctionId(2)));
        assert_eq!((around.total.now.bytes, around.own.now.bytes), (100, 70));
        let list = |list: &[(Key, Arc<str>, Both)]| -> Vec<(String, u64)> {
            list.iter().map(|(_, label, sums)| (label.to_string(), sums.now.bytes)).collect()
        };
        assert_eq!(list(&around.callers), [("f1".to_owned(), 60), ("f4".to_owned(), 40)]);
        assert_eq!(list(&around.callees), [("f2".to_owned(), 50), ("f3".to_owned(), 30)]);
        assert_eq!(Around::of(&graph, &Key::Function(FunctionId(9))).label, None);
    }

    #[test]
    fn in_a_comparison_the_greatest_change_comes_first() {
        // all > f1 > f2, all > f4 > f2
        let mut graph = graph(&[(0, 0, 100, 0), (1, 0, 60, 0), (4, 0, 40, 0), (2, 1, 60, 60), (2, 2, 40, 40)]);
        graph.is_difference = true;
        for (node, before) in graph.nodes.iter_mut().zip([130, 50, 80, 50, 80]) {
            node.before = Some([Sums { bytes: before, blocks: 1, ..Sums::default() }; 2]);
        }
        let around = Around::of(&graph, &Key::Function(FunctionId(2)));
        let changes: Vec<(&str, i64)> =
            around.callers.iter().map(|(_, label, both)| (&**label, both.change(Measure::Bytes))).collect();
        assert_eq!(changes, [("f4", -40), ("f1", 10)]);
        assert_eq!((around.total.change(Measure::Bytes), around.own.change(Measure::Bytes)), (-30, -30));
        assert_eq!(graph.hot_path(), [graph.nodes[2].id, graph.nodes[4].id], "down the greatest change");
    }
}
