//! The flame graph: one mesh of bars, names where they fit, a click zooms.

use super::node_menu::{name, node_menu, words};
use super::{BelowMemory, Drawn, kept};
use crate::format;
use crate::model::analysis::flame::{Bar, beginning, layout, rows_needed};
use crate::model::analysis::graph::{Graph, Node};
use crate::theme::{self, Theme};
use crate::views::Commands;
use dropscope_engine::FrameKind;
use dropscope_engine::query::Key;
use egui::{
    Color32, FontId, Mesh, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

const ROW_HEIGHT: f32 = 18.0;
/// Narrower bars have no name.
const LEAST_NAME_WIDTH: f32 = 26.0;
/// Deeper stacks are cut.
const MOST_ROWS: u32 = 400;

/// Draws it.
pub(super) fn flame_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &BelowMemory,
    (serial, graph): (u64, &Graph),
    commands: &mut Commands,
) {
    let look = &drawn.document.analysis.look;
    let room = ui.available_size();
    // The width that is there once a scroll bar stands beside it: bars do not move when one comes.
    let width = (room.x - 3.0 * theme::GRID).max(50.0);
    let bars = kept(ui, "flame bars", (serial, look.zoom, width.to_bits()), || {
        let root = look.zoom.and_then(|id| graph.find(id)).unwrap_or_else(|| beginning(graph));
        layout(graph, root, width, MOST_ROWS)
    });
    super::flame_keys::keys(ui, drawn, memory, graph, &bars, commands);
    let height = (rows_needed(&bars) as f32 * ROW_HEIGHT).max(room.y - 2.0);
    let area = ScrollArea::vertical().id_salt(("flame", look.is_icicle)).auto_shrink([false, false]);
    area.stick_to_bottom(!look.is_icicle).show(ui, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "flame graph"));
        let placed = Placed { rect, is_icicle: look.is_icicle };
        let found = kept(ui, "flame search", (serial, look.search.clone()), || Found::of(graph, &look.search));
        paint(ui, drawn, graph, &bars, &placed, &found);
        cursor_ui(ui, drawn, graph, &bars, &placed);
        let over = response.hover_pos().and_then(|at| bars.iter().find(|bar| placed.bar(bar).contains(at)));
        if let Some(bar) = over {
            ui.painter().rect_stroke(placed.bar(bar), 0, Stroke::new(1.0, drawn.theme.text_strong), StrokeKind::Inside);
            tooltip(ui, &response, graph, bar);
        }
        if response.clicked()
            && let Some(bar) =
                response.interact_pointer_pos().and_then(|at| bars.iter().find(|bar| placed.bar(bar).contains(at)))
        {
            let id = graph.nodes.get(bar.node as usize).map(|node| node.id);
            commands.push(drawn.look(|look| (look.zoom, look.cursor) = (id, id)));
        }
        menu(&response, drawn, graph, &bars, &placed, commands);
        if let Some(words) = found.words(graph) {
            words_ui(ui, drawn.theme, rect, words);
        }
    });
}

/// The bar that the keyboard is at, with its words where no pointer tells them.
fn cursor_ui(ui: &Ui, drawn: &Drawn<'_>, graph: &Graph, bars: &[Bar], placed: &Placed) {
    let look = &drawn.document.analysis.look;
    let Some(cursor) = look.cursor else { return };
    let node = |bar: &Bar| graph.nodes.get(bar.node as usize).filter(|node| node.id == cursor);
    let Some((bar, node)) = bars.iter().find_map(|bar| Some((placed.bar(bar), node(bar)?))) else { return };
    // The colour of the selection is near that of the bars; half of the line is outside, off the letters.
    ui.painter().rect_stroke(bar, 0, Stroke::new(3.0, drawn.theme.text_strong), StrokeKind::Middle);
    if look.search.trim().is_empty() {
        words_ui(ui, drawn.theme, placed.rect, words(graph, node).replace('\n', "   "));
    }
}

/// A line at the top left of what is seen.
fn words_ui(ui: &Ui, theme: &Theme, rect: Rect, words: String) {
    let at = rect.left_top().max(ui.clip_rect().left_top()) + vec2(4.0, 4.0);
    let font = FontId::proportional(theme::TEXT_SIZE);
    let mut job = egui::text::LayoutJob::simple_singleline(words, font, theme.text_strong);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 8.0);
    let galley = ui.painter().layout_job(job);
    ui.painter().rect_filled(Rect::from_min_size(at, galley.size()).expand(3.0), theme::CORNER, theme.raised);
    ui.painter().galley(at, galley, theme.text_strong);
}

/// The menu stays with the bar it was opened on.
fn menu(
    response: &egui::Response,
    drawn: &Drawn<'_>,
    graph: &Graph,
    bars: &[Bar],
    placed: &Placed,
    commands: &mut Commands,
) {
    let id = response.id.with("menu of");
    if response.secondary_clicked() {
        let at = response.interact_pointer_pos().unwrap_or_default();
        let node = bars.iter().find(|bar| placed.bar(bar).contains(at)).map(|bar| bar.node);
        response.ctx.data_mut(|data| data.insert_temp(id, node));
    }
    let node: Option<u32> = response.ctx.data(|data| data.get_temp(id)).flatten();
    if let Some(node) = node {
        response.context_menu(|ui| node_menu(ui, drawn, graph, node, commands));
    }
}

/// Where rows are.
struct Placed {
    rect: Rect,
    is_icicle: bool,
}

impl Placed {
    fn bar(&self, bar: &Bar) -> Rect {
        let offset = bar.row as f32 * ROW_HEIGHT;
        let top = if self.is_icicle { self.rect.top() + offset } else { self.rect.bottom() - offset - ROW_HEIGHT };
        let left = self.rect.left();
        Rect::from_min_max(pos2(left + bar.x.start, top), pos2(left + bar.x.end, top + ROW_HEIGHT - 1.0))
    }
}

/// What a search finds.
struct Found {
    is_on: bool,
    nodes: Vec<bool>,
    /// What the outermost nodes found have together.
    sum: u64,
}

impl Found {
    fn of(graph: &Graph, search: &str) -> Found {
        let wanted = search.trim().to_lowercase();
        if wanted.is_empty() {
            return Found { is_on: false, nodes: Vec::new(), sum: 0 };
        }
        let mut found = Found { is_on: true, nodes: Vec::with_capacity(graph.nodes.len()), sum: 0 };
        let mut inside = vec![false; graph.nodes.len()];
        for (at, node) in graph.nodes.iter().enumerate() {
            let is_found = node.label.to_lowercase().contains(&wanted);
            let is_below = at > 0 && inside.get(node.parent as usize).copied().unwrap_or(false);
            if is_found && !is_below {
                found.sum = found.sum.saturating_add(graph.measure.of(&node.total));
            }
            inside[at] = is_found || is_below;
            found.nodes.push(is_found);
        }
        found
    }

    fn has(&self, node: u32) -> bool {
        self.nodes.get(node as usize).copied().unwrap_or(false)
    }

    fn words(&self, graph: &Graph) -> Option<String> {
        let whole = graph.nodes.first().map_or(0, |root| graph.measure.of(&root.total));
        self.is_on.then(|| format!("found in {}", format::percent(self.sum, whole)))
    }
}

fn paint(ui: &Ui, drawn: &Drawn<'_>, graph: &Graph, bars: &[Bar], placed: &Placed, found: &Found) {
    let painter = ui.painter_at(placed.rect);
    let clip = ui.clip_rect();
    let traits = drawn.document.analysis.traits_of(drawn.document.selected);
    let shown = || bars.iter().map(|bar| (bar, placed.bar(bar))).filter(|(_, rect)| rect.intersects(clip));
    let mut mesh = Mesh::default();
    for (bar, rect) in shown() {
        let Some(node) = graph.nodes.get(bar.node as usize) else { continue };
        // A line between neighbours, as long as the bar is wide enough for one.
        let inner = if rect.width() > 3.0 { rect.with_max_x(rect.right() - 1.0) } else { rect };
        mesh.add_colored_rect(inner, fill(drawn.theme, graph, node, bar, found));
    }
    painter.add(Shape::mesh(mesh));
    for (bar, rect) in shown() {
        let Some(node) = graph.nodes.get(bar.node as usize) else { continue };
        if traits.is_some_and(|traits| traits.nodes.contains(&node.id)) {
            let edge = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 3.0), rect.right_bottom());
            painter.rect_filled(edge, 0, drawn.theme.selection);
        }
        if rect.width() >= LEAST_NAME_WIDTH {
            let ink = drawn.theme.ink_on(fill(drawn.theme, graph, node, bar, found));
            name_ui(&painter, rect, &bar_name(node, bar), ink);
        }
    }
}

fn name_ui(painter: &egui::Painter, rect: Rect, words: &str, ink: Color32) {
    let font = FontId::proportional(theme::TEXT_SIZE);
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 6.0);
    let galley = painter.layout_job(job);
    painter.galley(Pos2::new(rect.left() + 3.0, rect.center().y - galley.size().y / 2.0), galley, ink);
}

fn bar_name(node: &Node, bar: &Bar) -> String {
    if bar.nodes > 1 { format!("{} more", bar.nodes) } else { name(node) }
}

/// The colour of a bar.
fn fill(theme: &Theme, graph: &Graph, node: &Node, bar: &Bar, found: &Found) -> Color32 {
    if found.is_on {
        return if found.has(bar.node) { theme.peak } else { theme.scopes[0] };
    }
    let color = if graph.is_difference { difference(theme, graph, node) } else { kind(theme, node) };
    if bar.is_above { color.lerp_to_gamma(theme.canvas, 0.5) } else { color }
}

/// More now is the leak's colour, less now the live bytes', the same is grey.
pub(super) fn difference(theme: &Theme, graph: &Graph, node: &Node) -> Color32 {
    let before = graph.measure.of(&node.before.unwrap_or_default()[0]);
    change_color(theme, before, graph.measure.of(&node.total))
}

/// The same of two numbers.
pub(super) fn change_color(theme: &Theme, before: u64, after: u64) -> Color32 {
    let share = (after as f32 - before as f32) / (after.max(before).max(1)) as f32;
    let end = if share > 0.0 { theme.leak } else { theme.live };
    theme.scopes[1].lerp_to_gamma(end, share.abs())
}

/// The program's own code stands out from what it is built on.
fn kind(theme: &Theme, node: &Node) -> Color32 {
    match (&node.key, node.kind) {
        (Key::Owner(Some(owner)), _) => theme.owner(owner),
        (_, Some(FrameKind::User)) => theme.live,
        (_, Some(FrameKind::DropGlue)) => theme.release,
        (_, Some(FrameKind::Dependency)) => theme.owners[7],
        (_, Some(FrameKind::Std)) => theme.scopes[2],
        _ => theme.scopes[1],
    }
}

fn tooltip(ui: &Ui, response: &egui::Response, graph: &Graph, bar: &Bar) {
    let Some(node) = graph.nodes.get(bar.node as usize) else { return };
    let words = if bar.nodes > 1 {
        format!(
            "{} too narrow to draw; the first of them:\n{}",
            format::count(u64::from(bar.nodes)),
            words(graph, node)
        )
    } else {
        words(graph, node)
    };
    let tip = egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), response.id, egui::PopupAnchor::Pointer);
    tip.gap(14.0).show(|ui| {
        ui.set_max_width(520.0);
        ui.label(words);
    });
}
