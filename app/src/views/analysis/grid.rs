//! Sizes and lifetimes: a cell for each pair, as bright as it holds much. Dragging over cells asks about them.

use super::{BelowMemory, Drawn, rounding};
use crate::format;
use crate::model::analysis::AnalysisCommand;
use crate::model::analysis::grid::{ALIVE, Cell, Grid, Place, column_start_ns};
use crate::model::command::Command;
use crate::model::scene::Thing;
use crate::theme;
use crate::views::Commands;
use crate::views::widgets::{hint, round};
use dropscope_engine::BlockId;
use dropscope_engine::query::{Measure, SizeClass};
use egui::{
    Align2, FontId, Key, Mesh, Modifiers, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use std::ops::RangeInclusive;

/// Room for the sizes at the left and the lifetimes below.
const MARGIN: egui::Vec2 = vec2(76.0, 22.0);
/// From the lifetimes to those that are alive.
const GAP: f32 = 14.0;

/// Where cells are.
struct Layout {
    rect: Rect,
    columns: RangeInclusive<u8>,
    rows: RangeInclusive<u8>,
    has_alive: bool,
    cell: egui::Vec2,
}

impl Layout {
    fn new(rect: Rect, grid: &Grid) -> Option<Layout> {
        let (columns, rows) = grid.extent()?;
        let has_alive = grid.has_alive();
        let number = |range: &RangeInclusive<u8>| f32::from(range.end() - range.start()) + 1.0;
        let rect = Rect::from_min_max(rect.min + vec2(MARGIN.x, 4.0), rect.max - vec2(8.0, MARGIN.y));
        let width = rect.width() - if has_alive { GAP } else { 0.0 };
        let across = number(&columns) + if has_alive { 1.0 } else { 0.0 };
        let cell = vec2((width / across).min(60.0), (rect.height() / number(&rows)).min(40.0));
        Some(Layout { rect, columns, rows, has_alive, cell })
    }

    fn left(&self, column: u8) -> f32 {
        let after = f32::from(self.columns.end() - self.columns.start()) + 1.0;
        match column {
            ALIVE => self.rect.left() + after * self.cell.x + GAP,
            column => self.rect.left() + (f32::from(column) - f32::from(*self.columns.start())) * self.cell.x,
        }
    }

    fn of(&self, place: Place) -> Rect {
        let up = f32::from(place.row - self.rows.start()) + 1.0;
        Rect::from_min_size(pos2(self.left(place.column), self.rect.bottom() - up * self.cell.y), self.cell)
    }

    /// The cell at a point, or the nearest to it.
    fn at(&self, at: Pos2) -> Place {
        let across = ((at.x - self.rect.left()) / self.cell.x).floor();
        let last = f32::from(self.columns.end() - self.columns.start());
        let column = if self.has_alive && (at.x >= self.left(ALIVE) || across > last) {
            ALIVE
        } else {
            self.columns.start() + across.clamp(0.0, last) as u8
        };
        let most = f32::from(self.rows.end() - self.rows.start());
        let row = self.rows.start() + ((self.rect.bottom() - at.y) / self.cell.y).floor().clamp(0.0, most) as u8;
        Place { column, row }
    }
}

/// Draws it.
pub(super) fn grid_ui(ui: &mut Ui, drawn: &Drawn<'_>, memory: &mut BelowMemory, grid: &Grid, commands: &mut Commands) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "sizes and lifetimes"));
    let bars = rounding::room(rect, grid);
    let cells = bars.map_or(rect, |bars| {
        Rect::from_min_max(rect.min + vec2(0.0, rounding::LEGEND_HEIGHT), pos2(bars.left(), rect.bottom()))
    });
    let Some(layout) = Layout::new(cells, grid) else {
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| hint(ui, "No block is of this question."));
        return;
    };
    let measure = drawn.document.analysis.question.measure;
    cells_ui(ui, drawn, grid, &layout, measure);
    axes_ui(ui, drawn, &layout);
    if let Some(bars) = bars {
        let of_row = |row| layout.of(Place { column: *layout.columns.start(), row });
        if let Some(row) = rounding::bars_ui(ui, drawn.theme, bars, grid, of_row)
            && let Some(of_row) = grid.rows.get(&row)
        {
            let sizes = SizeClass(row).bytes();
            let sizes = format!("of {} to {} B", format::count(sizes.start), format::count(sizes.end - 1));
            tip(ui, &response, format!("{}\n{sizes}", rounding::words(of_row)));
        }
    }
    keys(ui, drawn, memory, grid, commands);
    if let Some((place, cell)) = memory.cell.and_then(|place| Some((place, grid.cells.get(&place)?))) {
        ui.painter().rect_stroke(layout.of(place), 0, Stroke::new(2.0, drawn.theme.selection), StrokeKind::Inside);
        if response.hover_pos().is_none() {
            let at = layout.of(place).right_top() + vec2(8.0, 0.0);
            let galley = ui.painter().layout_no_wrap(
                words(place, cell, "Enter asks about it."),
                FontId::proportional(theme::TEXT_SIZE),
                drawn.theme.text_strong,
            );
            let at = at.min(rect.max - galley.size() - vec2(8.0, 8.0));
            ui.painter().rect_filled(
                Rect::from_min_size(at, galley.size()).expand(4.0),
                theme::CORNER,
                drawn.theme.raised,
            );
            ui.painter().galley(at, galley, drawn.theme.text_strong);
        }
    }
    let hovered = response.hover_pos().filter(|at| layout.rect.expand(4.0).contains(*at)).map(|at| layout.at(at));
    if response.drag_started() {
        memory.corner = ui.input(|input| input.pointer.press_origin()).map(|at| layout.at(at));
    }
    let to = response.interact_pointer_pos().map(|at| layout.at(at));
    if let (Some(from), Some(to)) = (memory.corner, to) {
        let both = layout.of(from).union(layout.of(to));
        ui.painter().rect_filled(both, 0, drawn.theme.brush_area());
        ui.painter().rect_stroke(both, 0, Stroke::new(1.0, drawn.theme.selection), StrokeKind::Outside);
        if response.drag_stopped() {
            memory.corner = None;
            commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(Grid::narrow(from, to)))));
        }
    }
    let Some((place, cell)) = hovered.and_then(|place| Some((place, grid.cells.get(&place)?))) else { return };
    ui.painter().rect_stroke(layout.of(place), 0, Stroke::new(1.0, drawn.theme.text_strong), StrokeKind::Inside);
    if response.clicked() {
        commands.push(Command::Reveal(drawn.document.id, Thing::Block(BlockId(cell.largest.1))));
    }
    tip(ui, &response, words(place, cell, "Click shows the largest; drag over cells asks about them."));
}

/// Arrows go to the next cell that way with anything in it; Enter asks about it.
fn keys(ui: &Ui, drawn: &Drawn<'_>, memory: &mut BelowMemory, grid: &Grid, commands: &mut Commands) {
    if super::are_keys_elsewhere(ui, drawn) {
        return;
    }
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let mut arrows = vec![(Key::ArrowUp, 0, 1), (Key::ArrowDown, 0, -1)];
    // The timeline steps with these unless the cells were clicked last.
    if memory.has_keys {
        arrows.extend([(Key::ArrowLeft, -1, 0), (Key::ArrowRight, 1, 0)]);
    }
    for (key, right, up) in arrows {
        if pressed(key) {
            memory.cell = grid.next(memory.cell, (right, up));
        }
    }
    if let Some(cell) = memory.cell.filter(|cell| grid.cells.contains_key(cell))
        && pressed(Key::Enter)
    {
        commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(Grid::narrow(cell, cell)))));
    }
}

fn tip(ui: &Ui, response: &egui::Response, words: String) {
    let tip = egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), response.id, egui::PopupAnchor::Pointer);
    tip.gap(14.0).show(|ui| ui.label(words));
}

/// As bright as the logarithm of what is in it: one block is seen beside a million.
fn cells_ui(ui: &Ui, drawn: &Drawn<'_>, grid: &Grid, layout: &Layout, measure: Measure) {
    let value = |cell: &Cell| if measure == Measure::Blocks { cell.blocks } else { cell.bytes };
    let most = grid.cells.values().map(value).max().unwrap_or(0).max(2) as f32;
    let mut mesh = Mesh::default();
    for (&place, cell) in &grid.cells {
        let share = (value(cell).max(1) as f32).ln() / most.ln();
        let color = drawn.theme.canvas.lerp_to_gamma(
            if place.column == ALIVE { drawn.theme.leak } else { drawn.theme.live },
            0.18 + 0.82 * share,
        );
        mesh.add_colored_rect(layout.of(place).shrink(0.5), color);
    }
    ui.painter().rect_filled(layout.rect.expand2(vec2(4.0, 2.0)), 0, drawn.theme.canvas);
    ui.painter().add(Shape::mesh(mesh));
    let model = drawn.document.data.model.read();
    let Some(Thing::Block(selected)) = drawn.document.selected else { return };
    let blocks = model.blocks();
    if blocks.contains(selected) {
        let column = blocks.lifetime_ns(selected).map_or(ALIVE, crate::model::analysis::grid::column_of);
        let place = Place { column, row: SizeClass::of(blocks.size_bytes(selected)).0 };
        if grid.cells.contains_key(&place) {
            ui.painter().rect_stroke(layout.of(place), 0, Stroke::new(2.0, drawn.theme.selection), StrokeKind::Inside);
        }
    }
}

fn axes_ui(ui: &Ui, drawn: &Drawn<'_>, layout: &Layout) {
    let font = FontId::proportional(theme::TEXT_SIZE);
    let weak = drawn.theme.text_weak;
    let every = (18.0 / layout.cell.y).ceil().max(1.0) as usize;
    for row in layout.rows.clone().step_by(every) {
        let at = layout.of(Place { column: *layout.columns.start(), row }).left_center() - vec2(8.0, 0.0);
        let words = round(&format::bytes(SizeClass(row).bytes().start));
        ui.painter().text(at, Align2::RIGHT_CENTER, words, font.clone(), weak);
    }
    let decade = (3.0 * (1.0f32).max((56.0 / (3.0 * layout.cell.x)).ceil())) as usize;
    let first = layout.columns.start().next_multiple_of(3);
    for column in (first..=*layout.columns.end()).step_by(decade) {
        let at = pos2(layout.left(column), layout.rect.bottom() + 4.0);
        let words = round(&format::duration(column_start_ns(column)));
        ui.painter().text(at, Align2::LEFT_TOP, words, font.clone(), weak);
    }
    if layout.has_alive {
        let at = pos2(layout.left(ALIVE) + layout.cell.x / 2.0, layout.rect.bottom() + 4.0);
        ui.painter().text(at, Align2::CENTER_TOP, "alive", font, weak);
    }
}

/// The cells as a table of text.
pub(super) fn text(grid: &Grid) -> String {
    let mut lines = vec!["least size in bytes\tleast lifetime in ns\tblocks\tbytes".to_owned()];
    for (place, cell) in &grid.cells {
        let size = SizeClass(place.row).bytes().start;
        let lifetime =
            if place.column == ALIVE { "alive".to_owned() } else { column_start_ns(place.column).to_string() };
        lines.push(format!("{size}\t{lifetime}\t{}\t{}", cell.blocks, cell.bytes));
    }
    if grid.asked_sizes > 0 {
        lines.push("\nleast size in bytes\trequested bytes\tusable bytes\tof sizes not asked for".to_owned());
        for (&row, rounding) in &grid.rows {
            let (requested, usable) = (rounding.requested_bytes(), rounding.total_usable_bytes());
            let size = SizeClass(row).bytes().start;
            lines.push(format!("{size}\t{requested}\t{usable}\t{}", rounding.other_bytes));
        }
    }
    lines.join("\n")
}

fn words(place: Place, cell: &Cell, hint: &str) -> String {
    let sizes = SizeClass(place.row).bytes();
    let lived = match place.column {
        ALIVE => "never released".to_owned(),
        column => format!(
            "lived {} to {}",
            format::duration(column_start_ns(column)),
            format::duration(column_start_ns(column + 1))
        ),
    };
    format!(
        "{} blocks, {} requested\nof {} to {} B, {lived}\n{hint}",
        format::count(cell.blocks),
        format::bytes(cell.bytes),
        format::count(sizes.start),
        format::count(sizes.end - 1),
    )
}
