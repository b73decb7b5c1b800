//! The call tree: rows that open, with their sums beside them.

use super::node_menu::{name, node_menu, words};
use super::{BelowMemory, Drawn, kept};
use crate::fonts::symbols;
use crate::format;
use crate::model::analysis::Look;
use crate::model::analysis::around::Both;
use crate::model::analysis::graph::{Graph, Node};
use crate::model::command::Command;
use crate::model::scene::Thing;
use crate::model::state::Sorting;
use crate::theme;
use crate::views::Commands;
use dropscope_engine::query::{Measure, Sums};
use egui::{Align2, FontId, Key, Modifiers, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

const ROW_HEIGHT: f32 = 20.0;
/// From one level to the next.
const INDENT: f32 = 14.0;
const NUMBER_WIDTH: f32 = 84.0;
/// The bar of a change, and what its number needs at its right.
const CHANGE_WIDTH: f32 = 80.0;
const CHANGE_LEFT: f32 = 76.0;
/// Deeper levels are not moved in any more, so that names stay in view.
const DEEPEST_INDENT: u32 = 30;

/// The numbers of a row, with their titles.
fn numbers(graph: &Graph, node: &Node) -> [(&'static str, String); 5] {
    let whole = graph.nodes.first().map_or(0, |root| graph.measure.of(&root.total));
    let bytes = |bytes: u64| if bytes == 0 { String::new() } else { format::bytes(bytes) };
    let Some([before, _]) = &node.before else {
        return [
            ("share", format::percent(graph.measure.of(&node.total), whole)),
            ("bytes", format::bytes(node.total.bytes)),
            ("blocks", format::count(node.total.blocks)),
            ("own bytes", bytes(node.own.bytes)),
            ("left bytes", bytes(node.total.left_bytes)),
        ];
    };
    let both = Both { now: node.total, before: *before };
    let change = |measure| format::measured_change(measure, both.change(measure));
    [
        ("change", change(graph.measure)),
        ("before", format::measured(graph.measure, graph.measure.of(before))),
        ("now", format::measured(graph.measure, graph.measure.of(&node.total))),
        ("blocks", change(Measure::Blocks)),
        ("left bytes", change(Measure::LeftBytes)),
    ]
}

/// How much more or less there is, as a bar from the middle: the greatest change of the tree fills a half.
fn change_ui(painter: &egui::Painter, theme: &theme::Theme, graph: &Graph, node: &Node, place: Rect) {
    let most = graph.most_change.max(1);
    let middle = place.center().x;
    painter.vline(middle, place.y_range(), theme.border_stroke());
    let change = graph.change(node);
    let long = change as f32 / most as f32 * place.width() / 2.0;
    if change != 0 {
        let end = if long.abs() < 1.0 { long.signum() } else { long };
        let bar = Rect::from_x_y_ranges(middle.min(middle + end)..=middle.max(middle + end), place.y_range());
        painter.rect_filled(bar.shrink2(vec2(0.0, 4.0)), 0, super::flame::difference(theme, graph, node));
    }
}

/// Draws it.
pub(super) fn calls_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    (serial, graph): (u64, &Graph),
    commands: &mut Commands,
) {
    let look = &drawn.document.analysis.look;
    let rows =
        kept(ui, "call rows", (serial, look.search.clone(), look.open.clone(), look.tree_order), || shown(graph, look));
    heading_ui(ui, drawn, graph, commands);
    if rows.is_empty() {
        return crate::views::widgets::hint(ui, "No function has this in its name.");
    }
    keys(ui, drawn, memory, graph, &rows, commands);
    let mut area = ScrollArea::vertical().id_salt("calls").auto_shrink([false, false]);
    if let Some(row) = memory.scroll_to.take() {
        area = area.vertical_scroll_offset((row as f32 * ROW_HEIGHT - ui.available_height() / 2.0).max(0.0));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, ROW_HEIGHT, rows.len(), |ui, range| {
        for &at in rows.get(range).unwrap_or_default() {
            row_ui(ui, drawn, graph, at, commands);
        }
    });
}

/// The nodes that are seen: those that are open, or those a search finds.
fn shown(graph: &Graph, look: &Look) -> Vec<u32> {
    let wanted = look.search.trim().to_lowercase();
    if wanted.is_empty() {
        return graph.visible(&look.open, &|nodes| sort(graph, look, nodes));
    }
    let is_found = |node: &Node| node.label.to_lowercase().contains(&wanted);
    let mut found: Vec<u32> =
        (0u32..).zip(&graph.nodes).skip(1).filter(|(_, node)| is_found(node)).map(|(at, _)| at).collect();
    found.sort_by_key(|&at| std::cmp::Reverse(graph.heat(&graph.nodes[at as usize])));
    sort(graph, look, &mut found);
    found
}

/// Puts nodes in the order that was asked for; leaves them where none was.
fn sort(graph: &Graph, look: &Look, nodes: &mut [u32]) {
    let Some(Sorting { column, is_ascending }) = look.tree_order else { return };
    let node = |at: u32| graph.nodes.get(at as usize);
    let compare = |a: &u32, b: &u32| match column.checked_sub(1) {
        None => node(*a).map(|node| &node.label).cmp(&node(*b).map(|node| &node.label)),
        Some(number) => {
            let value = |at: &u32| node(*at).map(|node| values(graph, node)[number.min(4)]);
            value(a).cmp(&value(b))
        }
    };
    // As in tables: a number is wanted with the largest first, a name from A on.
    let is_from_least = (column == 0) != is_ascending;
    nodes.sort_by(|a, b| if is_from_least { compare(a, b) } else { compare(b, a) });
}

/// What the numbers of a row are ordered by.
fn values(graph: &Graph, node: &Node) -> [i64; 5] {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let of = |sums: &Sums| number(graph.measure.of(sums));
    match &node.before {
        None => [
            of(&node.total),
            number(node.total.bytes),
            number(node.total.blocks),
            number(node.own.bytes),
            number(node.total.left_bytes),
        ],
        Some([before, _]) => {
            let both = Both { now: node.total, before: *before };
            let change = |measure| both.change(measure);
            [change(graph.measure), of(before), of(&node.total), change(Measure::Blocks), change(Measure::LeftBytes)]
        }
    }
}

/// The rows that are seen as text, moved in by their depth.
pub(super) fn text(graph: &Graph, look: &Look) -> String {
    let line = |at: u32| {
        let node = graph.nodes.get(at as usize)?;
        let numbers = numbers(graph, node).map(|(_, words)| words).join("\t");
        Some(format!("{}{}\t{numbers}", "  ".repeat(node.depth.saturating_sub(1) as usize), node.label))
    };
    let titles = graph.nodes.first().map(|root| numbers(graph, root).map(|(title, _)| title).join("\t"));
    let titles = titles.map(|titles| format!("function\t{titles}"));
    titles.into_iter().chain(shown(graph, look).into_iter().filter_map(line)).collect::<Vec<_>>().join("\n")
}

fn heading_ui(ui: &mut Ui, drawn: &Drawn<'_>, graph: &Graph, commands: &mut Commands) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    let Some(root) = graph.nodes.first() else { return };
    title_ui(ui, drawn, (0, "function"), (rect.left_center() + vec2(4.0, 0.0), Align2::LEFT_CENTER), commands);
    for (column, (title, _)) in (0u8..).zip(numbers(graph, root)) {
        let at = pos2(number_right(rect, column), rect.center().y);
        title_ui(ui, drawn, (usize::from(column) + 1, title), (at, Align2::RIGHT_CENTER), commands);
    }
}

/// A heading; a click sorts what is side by side by it.
fn title_ui(
    ui: &Ui,
    drawn: &Drawn<'_>,
    (column, title): (usize, &'static str),
    (at, align): (egui::Pos2, Align2),
    commands: &mut Commands,
) {
    let order = drawn.document.analysis.look.tree_order.filter(|order| order.column == column);
    let words = match order.map(|order| order.is_ascending) {
        Some(true) => format!("{title} {}", symbols::SORTED_UP),
        Some(false) => format!("{title} {}", symbols::OPENED),
        None => title.to_owned(),
    };
    let font = FontId::proportional(theme::TEXT_SIZE);
    let place = ui.painter().text(at, align, words, font, drawn.theme.text_weak);
    let response = ui.interact(place.expand(3.0), ui.scope_id().with(("call tree heading", column)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("sort by {title}")));
    if response.on_hover_text("Sort what is side by side by this").clicked() {
        let is_ascending = order.is_some_and(|order| !order.is_ascending);
        commands.push(drawn.look(|look| look.tree_order = Some(Sorting { column, is_ascending })));
    }
}

fn number_right(rect: Rect, column: u8) -> f32 {
    rect.right() - 12.0 - f32::from(4 - column) * NUMBER_WIDTH
}

fn row_ui(ui: &mut Ui, drawn: &Drawn<'_>, graph: &Graph, at: u32, commands: &mut Commands) {
    let Some(node) = graph.nodes.get(at as usize) else { return };
    let look = &drawn.document.analysis.look;
    let theme = drawn.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    let is_open = graph.is_open(at, &look.open);
    let name = name(node);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_open, &name));
    let painter = ui.painter_at(rect);
    let traits = drawn.document.analysis.traits_of(drawn.document.selected);
    if look.cursor == Some(node.id) {
        painter.rect_filled(rect, 0, theme.selection_row);
    } else if response.hovered() {
        painter.rect_filled(rect, 0, theme.hovered);
    }
    if traits.is_some_and(|traits| traits.nodes.contains(&node.id)) {
        painter.rect_filled(rect.with_max_x(rect.left() + 2.0), 0, theme.selection);
    }
    let is_searched = !look.search.trim().is_empty();
    let depth = if is_searched { 0 } else { node.depth.saturating_sub(1).min(DEEPEST_INDENT) };
    let left = rect.left() + 4.0 + depth as f32 * INDENT;
    let font = FontId::proportional(theme::TEXT_SIZE);
    if node.children > 0 && !is_searched {
        let symbol = if is_open { symbols::OPENED } else { symbols::CLOSED };
        painter.text(pos2(left, rect.center().y), Align2::LEFT_CENTER, symbol, font.clone(), theme.text_weak);
    }
    let is_own = node.kind == Some(dropscope_engine::FrameKind::User);
    let color = if is_own { theme.text_strong } else { theme.text };
    let numbers_left = number_right(rect, 0) - if graph.is_difference { CHANGE_LEFT + CHANGE_WIDTH } else { 56.0 };
    let room = Rect::from_min_max(pos2(left + 14.0, rect.top()), pos2(numbers_left - 8.0, rect.bottom()));
    if graph.is_difference {
        let place = Rect::from_x_y_ranges(numbers_left..=numbers_left + CHANGE_WIDTH, rect.y_range());
        change_ui(&painter, theme, graph, node, place);
    }
    let mut job = egui::text::LayoutJob::simple_singleline(name, font.clone(), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(20.0));
    let galley = painter.layout_job(job);
    painter.galley(pos2(room.left(), room.center().y - galley.size().y / 2.0), galley, color);
    for (column, (_, words)) in (0u8..).zip(numbers(graph, node)) {
        let at = pos2(number_right(rect, column), rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, words, font.clone(), theme.text);
    }
    if response.clicked() {
        toggle(drawn, node, commands);
    }
    response.context_menu(|ui| node_menu(ui, drawn, graph, at, commands));
    response.on_hover_text_at_pointer(words(graph, node));
}

fn toggle(drawn: &Drawn<'_>, node: &Node, commands: &mut Commands) {
    commands.push(drawn.look(|look| {
        look.cursor = Some(node.id);
        if !look.open.remove(&node.id) {
            look.open.insert(node.id);
        }
    }));
}

/// Up and down go from row to row; right opens, left closes or goes to what is above; Enter shows the largest block.
fn keys(ui: &Ui, drawn: &Drawn<'_>, memory: &mut BelowMemory, graph: &Graph, rows: &[u32], commands: &mut Commands) {
    if super::are_keys_elsewhere(ui, drawn) {
        return;
    }
    let look = &drawn.document.analysis.look;
    let id = |at: u32| graph.nodes.get(at as usize).map(|node| node.id);
    let now = rows.iter().position(|&at| id(at) == look.cursor && look.cursor.is_some());
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let mut go = |to: usize, commands: &mut Commands| {
        let to = to.min(rows.len() - 1);
        memory.scroll_to = Some(to);
        commands.push(drawn.look(|look| look.cursor = rows.get(to).and_then(|&at| id(at))));
    };
    if pressed(Key::ArrowDown) {
        go(now.map_or(0, |at| at + 1), commands);
    }
    if pressed(Key::ArrowUp) {
        go(now.map_or(0, |at| at.saturating_sub(1)), commands);
    }
    let Some((row, node)) = now.and_then(|row| Some((row, graph.nodes.get(*rows.get(row)? as usize)?))) else { return };
    if pressed(Key::Enter)
        && let Some(block) = node.example
    {
        commands.push(Command::Reveal(drawn.document.id, Thing::Block(block)));
    }
    // The timeline steps with these unless the tree was clicked last.
    if !memory.has_keys {
        return;
    }
    let is_open = rows.get(row).is_some_and(|&at| graph.is_open(at, &look.open));
    if pressed(Key::ArrowRight) && node.children > 0 {
        if is_open {
            go(row + 1, commands);
        } else {
            toggle(drawn, node, commands);
        }
    }
    if pressed(Key::ArrowLeft) {
        if is_open {
            toggle(drawn, node, commands);
        } else if let Some(above) = rows.iter().position(|&at| at == node.parent) {
            go(above, commands);
        }
    }
}
