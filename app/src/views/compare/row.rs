//! One row of a comparison: its head with the values at the cursor, and its lanes.

use super::{Scales, cursor, painting};
use crate::axis::TimeView;
use crate::fonts::symbols;
use crate::model::command::{Command, SceneOf};
use crate::model::compare::Row;
use crate::model::scene::Scene;
use crate::model::state::Screen;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::timeline::{self, Layout, Painting};
use egui::{Align, Label, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

const HEAD_HEIGHT: f32 = 22.0;

/// A row and all that is needed to draw it.
pub(super) struct Drawn<'a> {
    pub(super) row: Row<'a>,
    pub(super) scene: Option<&'a Scene>,
    /// Whether it has the moment that rows are aligned by.
    pub(super) has_origin: bool,
    pub(super) rect: Rect,
    /// The time in view, in the row's own time.
    pub(super) view: TimeView,
    pub(super) scales: Scales,
    /// Where the cursor is, in the row's own time.
    pub(super) cursor_ns: Option<u64>,
}

/// Draws the row, and asks for what it lacks.
pub(super) fn row_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    let (theme, row, scales) = (Theme::of(ui), drawn.row, drawn.scales);
    ui.painter().hline(drawn.rect.x_range(), drawn.rect.bottom() - 0.5, theme.border_stroke());
    head_ui(ui, drawn, commands);
    let lanes = drawn.rect.with_min_y(drawn.rect.top() + HEAD_HEIGHT + 2.0).with_max_y(drawn.rect.bottom() - 4.0);
    let layout = Layout::row(lanes, &shares(lanes.height(), scales));
    let names = if let Row::Recording(document) = row { document.facts.names_generation } else { 0 };
    let request = timeline::request_of(drawn.view, row.duration_ns(), layout.width(), [row.generation(), names]);
    if !row.scene().is_current(&request) {
        commands.push(Command::WantScene(row.id(), SceneOf::Comparison, request));
    }
    let Some(scene) = drawn.scene else { return };
    let painting = painting(&layout, drawn.view, theme);
    timeline::live_ui(ui, &painting, scene, layout.live, row.id().0 + 1_000_000, scales.live_bytes);
    timeline::operations_ui(ui, &painting, scene, layout.operations, scales.slowest_ns);
    if scales.has_frees {
        timeline::frees_ui(ui, &painting, scene, layout.frees, scales.most_frees);
    }
    timeline::pauses_ui(ui, &painting, scene, layout.pauses);
    for lane in [layout.live, layout.operations, layout.frees] {
        let x = drawn.rect.left()..=drawn.rect.right();
        ui.painter().hline(x, lane.bottom() + 1.0, Stroke::new(1.0, theme.grid_line));
    }
    for end_ns in [0, row.duration_ns()] {
        let x = layout.x_of(drawn.view, end_ns);
        if row.is_final() && layout.x.contains(&x) {
            ui.painter().vline(x, lanes.y_range(), Stroke::new(1.0, theme.border_strong));
        }
    }
    names_ui(ui, &painting, drawn);
}

/// How the height of a row is shared among live bytes, operations, frees and pauses. All rows have the same lanes, so
/// that each lane of one is in the same place as in the others.
fn shares(height: f32, scales: Scales) -> [f32; 4] {
    let pauses = if scales.has_pauses { 18.0 / height } else { 0.0 };
    let frees = if scales.has_frees { 18.0 / height } else { 0.0 };
    let rest = (1.0 - pauses - frees).max(0.0);
    let operations = if scales.has_operations { 0.4 * rest } else { 0.0 };
    [rest - operations, operations, frees, pauses]
}

fn names_ui(ui: &Ui, painting: &Painting<'_>, drawn: &Drawn<'_>) {
    let (layout, scales) = (painting.layout, drawn.scales);
    let is_log = matches!(drawn.row, Row::Log(_));
    painting.lane_name(ui, layout.live, if is_log { "heap" } else { "live" });
    if scales.has_operations {
        painting.lane_name(ui, layout.operations, "latency");
    }
    if scales.has_frees {
        painting.lane_name(ui, layout.frees, "freed");
    }
    if scales.has_pauses {
        painting.lane_name(ui, layout.pauses, "pauses");
    }
    // An empty lane says why it is empty.
    let scene = drawn.scene;
    let absent = [
        (
            layout.operations,
            is_log && scene.is_some_and(|scene| !scene.has_operations()),
            "no operations beside this log",
        ),
        (layout.frees, is_log, "a log tells no single release"),
    ];
    for (lane, is_absent, words) in absent {
        if is_absent && lane.height() >= 12.0 {
            let font = egui::FontId::proportional(crate::theme::TEXT_SIZE);
            let at = lane.left_center() + vec2(6.0, 0.0);
            ui.painter().text(at, egui::Align2::LEFT_CENTER, words, font, painting.theme.text_weak);
        }
    }
}

/// The row's name, and what it is at the cursor.
fn head_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    let (theme, row) = (Theme::of(ui), drawn.row);
    let rect = Rect::from_min_size(drawn.rect.min, vec2(drawn.rect.width(), HEAD_HEIGHT));
    ui.painter().rect_filled(rect, 0, theme.panel);
    let inside = egui::UiBuilder::new().max_rect(rect.shrink2(vec2(6.0, 0.0)));
    ui.scope_builder(inside.layout(egui::Layout::left_to_right(Align::Center)), |ui| {
        // Of rows that are scrolled out of view nothing is to be seen beyond the rows.
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        title_ui(ui, row, commands);
        if row.is_live() {
            ui.label(RichText::new(format!("{} live", symbols::DOT)).color(theme.release));
        }
        let warnings = row.warnings();
        if !warnings.is_empty() {
            ui.label(RichText::new(symbols::WARNING).color(theme.peak)).on_hover_text(warnings.join("\n"));
        }
        if !drawn.has_origin {
            ui.label(RichText::new("has no such moment: shown from its start").color(theme.warning_text));
        }
        let words = drawn.scene.zip(drawn.cursor_ns).and_then(|(scene, at_ns)| cursor::words(row, scene, at_ns));
        if let Some(words) = words {
            ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| ui.add(Label::new(words).truncate()));
        }
    });
}

/// A recording's name leads to it; a log has nothing more to show.
fn title_ui(ui: &mut Ui, row: Row<'_>, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let text = RichText::new(row.title()).color(theme.text_strong);
    match row {
        Row::Recording(document) => {
            let answer = ui.add(Label::new(text).sense(Sense::click()).truncate());
            answer.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("open {}", document.title)));
            if answer.on_hover_text("Show it alone").clicked() {
                commands.push(Command::Show(Screen::Document(document.id)));
            }
        }
        Row::Log(log) => {
            ui.add(Label::new(text).truncate()).on_hover_text(log.path.display().to_string());
            let collector = log.log().map_or_else(|| "reading…".to_owned(), |log| log.gc.label());
            ui.label(RichText::new(collector).color(theme.text_weak));
        }
    }
}
