//! The keyboard in a flame graph: from bar to bar, and into what they stand for.

use super::{BelowMemory, Drawn};
use crate::model::analysis::flame::Bar;
use crate::model::analysis::graph::Graph;
use crate::views::Commands;
use egui::{Key, Modifiers, Ui};

/// Where an arrow leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum To {
    /// What calls it.
    Parent,
    /// The widest of what it calls.
    Child,
    Before,
    Behind,
}

/// Up and down go to what a bar calls and to what calls it, left and right to the bars beside it; Enter zooms into the
/// bar, or out again where it fills the width.
pub(super) fn keys(
    ui: &Ui,
    drawn: &Drawn<'_>,
    memory: &BelowMemory,
    graph: &Graph,
    bars: &[Bar],
    commands: &mut Commands,
) {
    if super::are_keys_elsewhere(ui, drawn) {
        return;
    }
    let look = &drawn.document.analysis.look;
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (up, down) = if look.is_icicle { (To::Parent, To::Child) } else { (To::Child, To::Parent) };
    let mut arrows = vec![(Key::ArrowUp, up), (Key::ArrowDown, down)];
    // The timeline steps with these unless the graph was clicked last.
    if memory.has_keys {
        arrows.extend([(Key::ArrowLeft, To::Before), (Key::ArrowRight, To::Behind)]);
    }
    for (key, to) in arrows {
        if pressed(key)
            && let Some(node) = go(graph, bars, look.cursor, to)
        {
            let id = graph.nodes.get(node as usize).map(|node| node.id);
            commands.push(drawn.look(|look| look.cursor = id));
        }
    }
    if look.cursor.is_some() && pressed(Key::Enter) {
        let cursor = look.cursor;
        commands.push(drawn.look(|look| look.zoom = if look.zoom == cursor { None } else { cursor }));
    }
}

/// The node that the keyboard comes to; the one that fills the width where it was nowhere.
fn go(graph: &Graph, bars: &[Bar], cursor: Option<u64>, to: To) -> Option<u32> {
    let id = |bar: &Bar| graph.nodes.get(bar.node as usize).map(|node| node.id);
    let Some(at) = bars.iter().find(|bar| cursor.is_some() && id(bar) == cursor) else {
        return bars.iter().find(|bar| !bar.is_above).map(|bar| bar.node);
    };
    let row = |row: u32| bars.iter().filter(move |bar| bar.row == row);
    let found = match to {
        To::Parent => at
            .row
            .checked_sub(1)
            .and_then(|above| row(above).find(|bar| bar.x.start <= at.x.start && at.x.start < bar.x.end)),
        To::Child => row(at.row + 1)
            .filter(|bar| bar.x.start >= at.x.start && bar.x.end <= at.x.end + 0.5)
            .max_by(|a, b| (a.x.end - a.x.start).total_cmp(&(b.x.end - b.x.start))),
        To::Before => {
            row(at.row).filter(|bar| bar.x.end <= at.x.start + 0.5).max_by(|a, b| a.x.start.total_cmp(&b.x.start))
        }
        To::Behind => {
            row(at.row).filter(|bar| bar.x.start >= at.x.end - 0.5).min_by(|a, b| a.x.start.total_cmp(&b.x.start))
        }
    };
    found.map(|bar| bar.node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::analysis::flame::layout;
    use crate::model::analysis::graph::tests::graph;

    #[test]
    fn arrows_go_from_bar_to_bar() {
        // all > f1 > (f2 of 60, f3 of 30), all > f4 of 10
        let graph = graph(&[(0, 0, 100, 0), (1, 0, 90, 0), (4, 0, 10, 10), (2, 1, 60, 60), (3, 1, 30, 30)]);
        let bars = layout(&graph, 0, 1000.0, 10);
        let at = |node: u32| Some(graph.nodes[node as usize].id);
        let from = |cursor, to| go(&graph, &bars, cursor, to);
        assert_eq!(from(None, To::Child), Some(0), "the keyboard begins with what fills the width");
        assert_eq!(from(at(0), To::Child), Some(1));
        assert_eq!(from(at(1), To::Child), Some(3), "the widest");
        assert_eq!((from(at(3), To::Behind), from(at(4), To::Before)), (Some(4), Some(3)));
        assert_eq!((from(at(4), To::Parent), from(at(2), To::Parent)), (Some(1), Some(0)));
        assert_eq!((from(at(4), To::Behind), from(at(3), To::Child), from(at(0), To::Parent)), (None, None, None));
    }
}
