//! Several recordings as rows on one axis, aligned at their starts, drawn to the same scales; the numbers below.

mod numbers;

use crate::axis::TimeView;
use crate::fonts::symbols;
use crate::format;
use crate::model::command::{Command, SceneOf};
use crate::model::document::Document;
use crate::model::scene::Scene;
use crate::model::state::{AppState, Screen};
use crate::theme::Theme;
use crate::views::timeline::{self, Layout, Painting};
use crate::views::{Commands, Memory, message};
use dropscope_engine::ReadState;
use egui::{
    Align, CentralPanel, Frame, Label, Panel, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};
use std::sync::Arc;

const RULER_HEIGHT: f32 = 22.0;
const LEAST_ROW_HEIGHT: f32 = 128.0;

/// The scales that all rows share, so that heights can be compared.
#[derive(Clone, Copy, Default)]
struct Scales {
    live_bytes: u64,
    slowest_ns: u64,
    most_frees: u64,
    has_operations: bool,
    has_pauses: bool,
}

impl Scales {
    fn of(scenes: &[Option<Arc<Scene>>]) -> Self {
        let scenes = || scenes.iter().flatten();
        Self {
            live_bytes: scenes().map(|scene| scene.live_max_bytes).max().unwrap_or(0),
            slowest_ns: scenes().map(|scene| scene.slowest_ns).max().unwrap_or(0),
            most_frees: scenes().map(|scene| scene.most_frees).max().unwrap_or(0),
            has_operations: scenes().any(|scene| scene.has_operations()),
            has_pauses: scenes().any(|scene| scene.has_pauses),
        }
    }
}

/// Draws the comparison.
pub(crate) fn compare_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let documents: Vec<&Document> = state.compared().collect();
    if documents.is_empty() {
        return message::empty_ui(ui, state, commands);
    }
    // Two lines of words, the head and a row for each: the panel grows with the comparison.
    let height = (88.0 + 24.0 * documents.len() as f32).min(0.45 * ui.available_height());
    let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 4));
    Panel::bottom("numbers")
        .frame(frame)
        .exact_size(height)
        .resizable(false)
        .show(ui, |ui| numbers::numbers_ui(ui, state, &documents));
    CentralPanel::default()
        .frame(Frame::NONE.fill(theme.canvas))
        .show(ui, |ui| rows_ui(ui, state, &documents, memory, commands));
}

fn rows_ui(ui: &mut Ui, state: &AppState, documents: &[&Document], memory: &mut Memory, commands: &mut Commands) {
    let longest_ns = documents.iter().map(|document| document.facts.duration_ns).max().unwrap_or(0).max(1);
    let view = state.compare.view.unwrap_or_else(|| TimeView::fit(longest_ns));
    let available = ui.available_rect_before_wrap();
    let ruler = Rect::from_min_size(available.min, vec2(available.width(), RULER_HEIGHT));
    ui.allocate_rect(ruler, Sense::hover());
    let row_height = ((available.height() - RULER_HEIGHT) / documents.len() as f32).clamp(LEAST_ROW_HEIGHT, 260.0);
    let scenes: Vec<Option<Arc<Scene>>> = documents.iter().map(|one| one.compare_scene.get().map(Arc::clone)).collect();
    let scales = Scales::of(&scenes);
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| available.contains(*at));
    let theme = Theme::of(ui);
    let lines = Layout::row(available, &[]);
    timeline::ruler_ui(ui, &painting(&lines, view, theme));
    ScrollArea::vertical().id_salt("rows").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let size = vec2(ui.available_width(), row_height * documents.len() as f32);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "recordings on one time axis"));
        let cursor_ns = pointer.map(|at| view.time_from_x(lines.x.clone(), at.x)).and_then(|at| u64::try_from(at).ok());
        for (index, (document, scene)) in documents.iter().zip(&scenes).enumerate() {
            let top = rect.top() + index as f32 * row_height;
            let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row_height));
            row_ui(ui, document, scene.as_deref(), row, view, scales, cursor_ns, commands);
        }
        if let Some(changed) = timeline::wheel(ui, &response, &lines, view) {
            commands.push(Command::SetCompareView(limited(changed, longest_ns)));
        }
        memory.compare_drag = response.dragged();
        if response.dragged() {
            let by_ns = -f64::from(response.drag_delta().x) * view.ns_per(lines.width());
            commands.push(Command::SetCompareView(limited(view.pan(by_ns.round() as i64), longest_ns)));
        }
        if response.double_clicked() {
            commands.push(Command::SetCompareView(None));
        }
    });
    if let Some(at) = pointer.filter(|_| !memory.compare_drag) {
        timeline::pointer_ui(ui, &painting(&lines, view, theme), at.x);
    }
}

fn limited(view: TimeView, longest_ns: u64) -> Option<TimeView> {
    let clamped = view.clamped(longest_ns);
    (clamped != TimeView::fit(longest_ns)).then_some(clamped)
}

fn painting<'a>(layout: &'a Layout, view: TimeView, theme: &'static Theme) -> Painting<'a> {
    Painting { layout, view, theme, selected: None, hovered: None, playhead_ns: None }
}

#[expect(clippy::too_many_arguments, reason = "a row is drawn from what all rows share and what is its own")]
fn row_ui(
    ui: &mut Ui,
    document: &Document,
    scene: Option<&Scene>,
    row: Rect,
    view: TimeView,
    scales: Scales,
    cursor_ns: Option<u64>,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    ui.painter().hline(row.x_range(), row.bottom() - 0.5, theme.border_stroke());
    let head = Rect::from_min_size(row.min, vec2(row.width(), 22.0));
    head_ui(ui, document, scene, head, cursor_ns, commands);
    let lanes = row.with_min_y(head.bottom() + 2.0).with_max_y(row.bottom() - 4.0);
    let layout = Layout::row(lanes, &shares(lanes.height(), scales));
    let request = timeline::request(document, view, layout.width(), 0.0, None);
    if !document.compare_scene.is_current(&request) {
        commands.push(Command::WantScene(document.id, SceneOf::Comparison, request));
    }
    let Some(scene) = scene else { return };
    let painting = painting(&layout, view, theme);
    timeline::live_ui(ui, &painting, scene, layout.live, document.id.0 + 1_000_000, scales.live_bytes);
    timeline::operations_ui(ui, &painting, scene, layout.operations, scales.slowest_ns);
    if scales.has_operations {
        timeline::frees_ui(ui, &painting, scene, layout.frees, scales.most_frees);
    }
    timeline::pauses_ui(ui, &painting, scene, layout.pauses);
    for lane in [layout.live, layout.operations, layout.frees] {
        ui.painter().hline(row.left()..=row.right(), lane.bottom() + 1.0, Stroke::new(1.0, theme.grid_line));
    }
    let end_x = layout.x_of(view, document.facts.duration_ns);
    if document.is_final() && layout.x.contains(&end_x) {
        ui.painter().vline(end_x, lanes.y_range(), Stroke::new(1.0, theme.border_strong));
    }
    names_ui(ui, &painting, scales);
}

/// How the height of a row is shared among live bytes, operations, frees and pauses.
fn shares(height: f32, scales: Scales) -> [f32; 4] {
    let pauses = if scales.has_pauses { 20.0 / height } else { 0.0 };
    let frees = if scales.has_operations { 22.0 / height } else { 0.0 };
    let rest = (1.0 - pauses - frees).max(0.0);
    let operations = if scales.has_operations { 0.45 * rest } else { 0.0 };
    [rest - operations, operations, frees, pauses]
}

fn names_ui(ui: &Ui, painting: &Painting<'_>, scales: Scales) {
    let layout = painting.layout;
    painting.lane_name(ui, layout.live, "live");
    if scales.has_operations {
        painting.lane_name(ui, layout.operations, "latency");
        painting.lane_name(ui, layout.frees, "freed");
    }
    if scales.has_pauses {
        painting.lane_name(ui, layout.pauses, "pauses");
    }
}

/// The row's name, and what it is at the cursor.
fn head_ui(
    ui: &mut Ui,
    document: &Document,
    scene: Option<&Scene>,
    rect: Rect,
    cursor_ns: Option<u64>,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(rect, 0, theme.panel);
    let inside = egui::UiBuilder::new().max_rect(rect.shrink2(vec2(6.0, 0.0)));
    ui.scope_builder(inside.layout(egui::Layout::left_to_right(Align::Center)), |ui| {
        let title =
            Label::new(RichText::new(&document.title).color(theme.text_strong)).sense(Sense::click()).truncate();
        let answer = ui.add(title);
        answer.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("open {}", document.title)));
        if answer.on_hover_text("Show it alone").clicked() {
            commands.push(Command::Show(Screen::Document(document.id)));
        }
        if document.state == ReadState::Following {
            ui.label(RichText::new(format!("{} live", symbols::DOT)).color(theme.release));
        }
        if !document.facts.warnings.is_empty() {
            let words = document.facts.warnings.join("\n");
            ui.label(RichText::new(symbols::WARNING).color(theme.peak)).on_hover_text(words);
        }
        let Some(scene) = scene else { return };
        ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
            if let Some(cursor_ns) = cursor_ns
                && let Some(words) = at_cursor(scene, cursor_ns)
            {
                ui.label(words);
            }
        });
    });
}

fn at_cursor(scene: &Scene, cursor_ns: u64) -> Option<String> {
    let live = timeline::value_at(scene, cursor_ns)?;
    let mut words = format!("{live} live");
    let index = scene.operations.partition_point(|column| column.end_ns < cursor_ns);
    if let Some(column) = scene.operations.get(index) {
        let near = scene
            .operations
            .get(index.saturating_sub(1))
            .map_or(column, |before| if before.wall_ns > column.wall_ns { before } else { column });
        words.push_str(&format!(
            ", slowest near here {} ({} CPU)",
            format::duration(near.wall_ns),
            format::duration(near.cpu_ns)
        ));
    }
    Some(words)
}
