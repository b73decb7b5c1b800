//! The table of a comparison.

use crate::fonts::symbols;
use crate::model::compare::numbers::{Cell, HEADINGS, cells};
use crate::model::state::AppState;
use crate::theme::Theme;
use dropscope_engine::Comparison;
use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

pub(super) const HEADER_HEIGHT: f32 = 20.0;
/// Two lines.
pub(super) const ROW_HEIGHT: f32 = 34.0;
/// The first column is at least so wide.
const LEAST_NAME_WIDTH: f32 = 118.0;
const SPACING: f32 = 4.0;

/// Draws the table; without numbers yet, what they will be of.
pub(super) fn numbers_ui(ui: &mut Ui, state: &AppState, comparison: Option<&Comparison>) {
    let needed = LEAST_NAME_WIDTH + HEADINGS.iter().map(|heading| heading.width + SPACING).sum::<f32>();
    let width = ui.available_width();
    egui::ScrollArea::horizontal().id_salt("wide numbers").auto_shrink([false, true]).show(ui, |ui| {
        ui.set_width(width.max(needed));
        ui.spacing_mut().item_spacing.x = SPACING;
        table_ui(ui, state, comparison);
    });
}

fn table_ui(ui: &mut Ui, state: &AppState, comparison: Option<&Comparison>) {
    let theme = Theme::of(ui);
    let mut builder = TableBuilder::new(ui)
        .id_salt("numbers")
        .striped(true)
        .vscroll(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::remainder().at_least(LEAST_NAME_WIDTH).clip(true));
    for heading in HEADINGS.iter().skip(1) {
        builder = builder.column(Column::exact(heading.width).clip(true));
    }
    let table = builder.header(HEADER_HEIGHT, |mut header| {
        for (index, heading) in HEADINGS.iter().enumerate() {
            header.col(|ui| {
                let layout = Layout { cross_align: Align::Center, ..side(index) };
                ui.with_layout(layout, |ui| {
                    ui.label(RichText::new(heading.title).color(theme.text_weak)).on_hover_text(heading.words);
                });
            });
        }
    });
    table.body(|mut body| {
        for (number, row) in state.compared().enumerate() {
            let known = comparison.and_then(|comparison| comparison.recordings.get(number));
            let cells: Vec<Cell> = match known {
                Some(known) => cells(known),
                None => {
                    let unknown = || [symbols::ELLIPSIS.to_owned(), String::new()];
                    let name = [row.title().to_owned(), String::new()];
                    std::iter::once(name).chain(HEADINGS.iter().skip(1).map(|_| unknown())).collect()
                }
            };
            body.row(ROW_HEIGHT, |mut row| {
                for (index, cell) in cells.iter().enumerate() {
                    row.col(|ui| cell_ui(ui, index, cell));
                }
            });
        }
    });
}

/// Names begin at the left, numbers end at the right.
fn side(index: usize) -> Layout {
    if index == 0 { Layout::left_to_right(Align::Min) } else { Layout::right_to_left(Align::Min) }
}

fn cell_ui(ui: &mut Ui, index: usize, [first, second]: &Cell) {
    let theme = Theme::of(ui);
    let across = if index == 0 { Align::Min } else { Align::Max };
    ui.with_layout(Layout::top_down(across), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add(Label::new(RichText::new(first).color(theme.text)).truncate());
        if !second.is_empty() {
            ui.add(Label::new(RichText::new(second).color(theme.text_weak)).truncate());
        }
    });
}
