//! What can be done with a node of a flame graph or a call tree.

use super::Drawn;
use crate::format;
use crate::model::analysis::graph::{Graph, Node};
use crate::model::analysis::sheet::Narrow;
use crate::model::analysis::{AnalysisCommand, Options, Stacks};
use crate::model::command::Command;
use crate::model::describe::short_function;
use crate::model::scene::Thing;
use crate::model::state::Tab;
use crate::views::Commands;
use dropscope_engine::Location;
use dropscope_engine::query::{Calls, Direction, Key, Side};
use egui::Ui;

/// The menu of node `at`.
pub(super) fn node_menu(ui: &mut Ui, drawn: &Drawn<'_>, graph: &Graph, at: u32, commands: &mut Commands) {
    let Some(node) = graph.nodes.get(at as usize) else { return };
    if let Some(block) = node.example
        && ui.button("Show its largest block in the timeline").clicked()
    {
        commands.push(Command::Reveal(drawn.document.id, Thing::Block(block)));
    }
    if let Some(narrow) = narrow(graph, at, &drawn.document.analysis.options)
        && ui.button("Ask only about these").clicked()
    {
        commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(narrow))));
    }
    if matches!(node.key, Key::Function(_)) && ui.button("Its callers and callees").clicked() {
        let options = Options { around: Some(node.key.clone()), ..drawn.document.analysis.options.clone() };
        commands.push(drawn.asked(AnalysisCommand::SetOptions(Box::new(options))));
        commands.push(Command::ChooseTab(Tab::Calls));
    }
    if let Some(place) = place(drawn, node) {
        let words = match place.line {
            0 => "Open its file in the editor".to_owned(),
            line => format!("Open its line {line} in the editor"),
        };
        if ui.button(words).clicked() {
            commands.push(Command::OpenInEditor(place));
        }
    }
    if ui.button("Copy the path as text").clicked() {
        let labels = graph.path(at).into_iter().filter_map(|at| graph.nodes.get(at as usize));
        ui.copy_text(labels.map(|node| node.label.to_string()).collect::<Vec<_>>().join("\n"));
    }
}

/// The file of a function, and the line at which it stood when the largest block of this node was made or released.
fn place(drawn: &Drawn<'_>, node: &Node) -> Option<Location> {
    let Key::Function(function) = node.key else { return None };
    let function = drawn.document.data.names.function(function)?;
    function.path.as_ref()?;
    let (line, column) = line(drawn, node, &function.name).unwrap_or((0, 0));
    Some(Location {
        function: function.name.clone(),
        file: function.file.clone(),
        path: function.path.clone(),
        line,
        column,
    })
}

fn line(drawn: &Drawn<'_>, node: &Node, function: &str) -> Option<(u32, u32)> {
    let data = &drawn.document.data;
    let block = node.example?;
    let stack = {
        let model = data.model.read();
        match drawn.document.analysis.options.stacks {
            Stacks::Release => model.blocks().death_stack(block)?,
            _ => model.blocks().birth_stack(block),
        }
    };
    let frames = data.names.try_frames(stack)?;
    let frame = frames.iter().find(|frame| *frame.function == *function)?;
    Some((frame.line, frame.column))
}

/// The question about this path alone.
fn narrow(graph: &Graph, at: u32, options: &Options) -> Option<Narrow> {
    let keys = graph.path(at).into_iter().skip(1).filter_map(|at| graph.nodes.get(at as usize)).map(|node| &node.key);
    if options.stacks == Stacks::Owners {
        let owner = |key: &Key| match key {
            Key::Owner(Some(owner)) => Some(owner.clone()),
            _ => None,
        };
        let chain: Vec<_> = keys.filter_map(owner).collect();
        return (at > 0).then_some(Narrow::Owners(chain));
    }
    let function = |key: &Key| match key {
        Key::Function(function) => Some(*function),
        _ => None,
    };
    let path: Vec<_> = keys.filter_map(function).collect();
    let side = if options.stacks == Stacks::Release { Side::Release } else { Side::Birth };
    let direction = if options.is_reversed { Direction::BottomUp } else { Direction::TopDown };
    (!path.is_empty()).then_some(Narrow::Calls(Calls { side, direction, path }))
}

/// A node's name for people.
pub(super) fn name(node: &Node) -> String {
    match node.key {
        Key::Function(_) => short_function(&node.label),
        _ => node.label.to_string(),
    }
}

/// All about a node.
pub(super) fn words(graph: &Graph, node: &Node) -> String {
    let whole = graph.nodes.first().map_or(0, |root| graph.measure.of(&root.total));
    let sums = format::bytes_in_blocks;
    let share = format::percent(graph.measure.of(&node.total), whole);
    let mut words = format!("{}\n{}, {share} of all", node.label, sums(&node.total));
    match &node.before {
        Some([before, _]) => {
            let change = |after: u64, before: u64| {
                i64::try_from(after).unwrap_or(i64::MAX) - i64::try_from(before).unwrap_or(i64::MAX)
            };
            let bytes = format::bytes_change(change(node.total.bytes, before.bytes));
            words.push_str(&format!("\nbefore {}: {bytes}", sums(before)));
        }
        None => words.push_str(&format!("\nof its own {}", sums(&node.own))),
    }
    if node.total.left_blocks > 0 {
        words.push_str(&format!("\nnever released {}", format::sum_of_bytes(&node.total.left())));
    }
    words
}
