//! What was asked for and what may be used, by size: bars beside the histogram, one for each of its rows.

use crate::format;
use crate::model::analysis::grid::Grid;
use crate::theme::{self, Theme};
use dropscope_engine::Rounding;
use egui::{Align2, FontId, Rect, Ui, pos2, vec2};

/// Narrower, bars tell nothing.
const LEAST_WIDTH: f32 = 180.0;
const MOST_WIDTH: f32 = 360.0;
/// Room for `+100 %` behind a bar.
const WORDS_WIDTH: f32 = 64.0;
/// From the histogram, and from the edge.
const GAP: f32 = 16.0;
/// Room for the legend above the first row.
pub(super) const LEGEND_HEIGHT: f32 = 24.0;

/// The part of `rect` that is for the bars; none where nothing is known of usable sizes, or there is no room.
pub(super) fn room(rect: Rect, grid: &Grid) -> Option<Rect> {
    let width = (rect.width() * 0.28).min(MOST_WIDTH);
    (grid.asked_sizes > 0 && width >= LEAST_WIDTH)
        .then(|| Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max))
}

/// Draws a bar for each row; `of_row` is where the histogram has it. Gives the row under the pointer.
pub(super) fn bars_ui(ui: &Ui, theme: &Theme, room: Rect, grid: &Grid, of_row: impl Fn(u8) -> Rect) -> Option<u8> {
    legend_ui(ui, theme, room);
    let most = grid.rows.values().map(Rounding::total_usable_bytes).max().unwrap_or(0).max(1) as f32;
    let left = room.left() + GAP;
    let width = room.right() - WORDS_WIDTH - left;
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| room.contains(*at));
    let mut hovered = None;
    for (&row, rounding) in &grid.rows {
        let place = of_row(row);
        let bar = |bytes: u64| {
            let long = (bytes as f32 / most * width).max(1.0);
            Rect::from_min_size(pos2(left, place.top() + 0.5), vec2(long, place.height() - 1.0))
        };
        let (requested, usable) = (bar(rounding.requested_bytes()), bar(rounding.total_usable_bytes()));
        ui.painter().rect_filled(usable, 0, theme.border_strong);
        ui.painter().rect_filled(requested, 0, theme.live);
        if rounding.added_bytes() > 0 && place.height() >= theme::TEXT_SIZE {
            let at = usable.right_center() + vec2(6.0, 0.0);
            let font = FontId::proportional(theme::TEXT_SIZE);
            ui.painter().text(at, Align2::LEFT_CENTER, added(rounding), font, theme.text_weak);
        }
        if pointer.is_some_and(|at| place.y_range().contains(at.y)) {
            hovered = Some(row);
        }
    }
    hovered
}

fn legend_ui(ui: &Ui, theme: &Theme, room: Rect) {
    let mut at = pos2(room.left() + GAP, room.top() + LEGEND_HEIGHT / 2.0);
    for (color, name) in [(theme.live, "requested"), (theme.border_strong, "usable")] {
        let swatch = Rect::from_center_size(at + vec2(5.0, 0.0), vec2(10.0, 10.0));
        ui.painter().rect_filled(swatch, 0, color);
        let font = FontId::proportional(theme::TEXT_SIZE);
        let words = ui.painter().text(at + vec2(16.0, 0.0), Align2::LEFT_CENTER, name, font, theme.text_weak);
        at.x = words.right() + 14.0;
    }
}

/// By how much more was given, of what was asked for: `+12.5 %`.
fn added(rounding: &Rounding) -> String {
    format!("+{}", format::percent(rounding.added_bytes(), rounding.requested_bytes()))
}

/// One row, or all of them, in words.
pub(super) fn words(rounding: &Rounding) -> String {
    let mut words = format!(
        "{} requested, {} usable ({})",
        format::bytes(rounding.requested_bytes()),
        format::bytes(rounding.total_usable_bytes()),
        added(rounding)
    );
    if rounding.other_bytes > 0 && rounding.known_bytes > 0 {
        words += &format!("; {} of sizes not asked for count as requested", format::bytes(rounding.other_bytes));
    }
    words
}

/// All of it in a sentence.
pub(super) fn note(grid: &Grid) -> String {
    if grid.asked_sizes == 0 {
        return "Sizes are those asked for: what the allocator gave is not known. Drag over cells to ask about them."
            .to_owned();
    }
    let sizes = if grid.asked_sizes == 1 { "size" } else { "sizes" };
    format!(
        "{}. Asked of the allocator for {} {sizes}. Drag over cells to ask about them.",
        words(&grid.rounding()),
        format::count(grid.asked_sizes)
    )
}
