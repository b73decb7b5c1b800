//! A table: headings that sort, rows that lead to the timeline, a menu for each.

use super::flame::change_color;
use super::{BelowMemory, Drawn};
use crate::model::analysis::sheet::{Heading, Row, Sheet};
use crate::model::analysis::{Analysis, AnalysisCommand};
use crate::model::command::Command;
use crate::model::state::Tab;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::widgets::hint;
use egui::{Align, Key, Label, Layout, Modifiers, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};
use egui_extras::{Column, TableBuilder, TableRow};

/// A table's first column is at least so wide.
const LEAST_NAME_WIDTH: f32 = 180.0;
const ROW_HEIGHT: f32 = 20.0;

/// The rows in order; as they come while they are being ordered.
pub(super) fn order(analysis: &Analysis, serial: u64, sheet: &Sheet) -> Vec<u32> {
    match (analysis.order.answered_key(), analysis.order.get()) {
        (Some(key), Some(order)) if key.serial == serial => order.to_vec(),
        _ => (0..sheet.rows.len() as u32).collect(),
    }
}

/// Draws it.
pub(super) fn sheet_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    serial: u64,
    sheet: &Sheet,
    commands: &mut Commands,
) {
    if sheet.rows.is_empty() {
        return hint(ui, sheet.empty);
    }
    let order = order(&drawn.document.analysis, serial, sheet);
    if order.is_empty() {
        return hint(ui, "No row has this in it.");
    }
    keys(ui, drawn, memory, sheet, &order, commands);
    let widths = sheet.columns.iter().map(|column| f32::from(column.width) + 8.0);
    let needed = LEAST_NAME_WIDTH + widths.sum::<f32>();
    let width = ui.available_width();
    egui::ScrollArea::horizontal().id_salt("wide table").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(width.max(needed));
        table_ui(ui, drawn, memory, sheet, &order, commands);
    });
}

/// Up and down go from row to row.
fn keys(ui: &Ui, drawn: &Drawn<'_>, memory: &mut BelowMemory, sheet: &Sheet, order: &[u32], commands: &mut Commands) {
    if super::are_keys_elsewhere(ui, drawn) {
        return;
    }
    let row = |at: usize| order.get(at).and_then(|&row| sheet.rows.get(row as usize));
    let is_selected = |row: &Row| row.thing.is_some() && row.thing == drawn.document.selected;
    let now = (0..order.len()).find(|&at| row(at).is_some_and(is_selected));
    let last = order.len() - 1;
    for (key, to) in [
        (Key::ArrowDown, now.map_or(0, |at| at + 1)),
        (Key::ArrowUp, now.map_or(0, |at| at.saturating_sub(1))),
        (Key::PageDown, now.map_or(0, |at| at + 10)),
        (Key::PageUp, now.map_or(0, |at| at.saturating_sub(10))),
    ] {
        let to = to.min(last);
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
            && let Some(thing) = row(to).and_then(|row| row.thing)
        {
            memory.scroll_to = Some(to);
            commands.push(Command::Reveal(drawn.document.id, thing));
        }
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
        && let Some(narrow) = now.and_then(row).and_then(|row| row.narrow.clone())
    {
        commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(narrow))));
    }
}

fn table_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    sheet: &Sheet,
    order: &[u32],
    commands: &mut Commands,
) {
    let mut builder = TableBuilder::new(ui)
        .id_salt(drawn.state.tab.name())
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink([false, false])
        .min_scrolled_height(0.0)
        .column(Column::remainder().at_least(LEAST_NAME_WIDTH).clip(true));
    for column in sheet.columns.iter().skip(1) {
        builder = builder.column(Column::exact(f32::from(column.width)).clip(true));
    }
    if let Some(row) = memory.scroll_to.take() {
        builder = builder.scroll_to_row(row, None);
    }
    let table = builder.header(22.0, |mut header| {
        for (index, column) in sheet.columns.iter().enumerate() {
            header.col(|ui| header_ui(ui, drawn, index, column, commands));
        }
    });
    let traits = drawn.document.analysis.traits_of(drawn.document.selected);
    table.body(|body| {
        body.rows(ROW_HEIGHT, order.len(), |mut row| {
            let content = order.get(row.index()).and_then(|&at| sheet.rows.get(at as usize));
            let Some(content) = content else { return };
            let is_of_selection =
                || traits.is_some_and(|traits| content.key.as_ref().is_some_and(|key| traits.keys.contains(key)));
            let is_selected = content.thing.is_some() && drawn.document.selected == content.thing || is_of_selection();
            row.set_selected(is_selected);
            cells_ui(&mut row, drawn.theme, content);
            row_answer(&row, drawn, content, is_selected, commands);
        });
    });
}

fn header_ui(ui: &mut Ui, drawn: &Drawn<'_>, index: usize, column: &Heading, commands: &mut Commands) {
    let state = drawn.state;
    let sorting = state.sorting.get(&state.tab).filter(|sorting| sorting.column == index);
    let arrow = match sorting.map(|sorting| sorting.is_ascending) {
        Some(true) => format!(" {}", crate::fonts::symbols::SORTED_UP),
        Some(false) => format!(" {}", crate::fonts::symbols::OPENED),
        None => String::new(),
    };
    let text = RichText::new(format!("{}{arrow}", column.title)).color(drawn.theme.text_weak);
    let layout = if index == 0 { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    ui.with_layout(layout, |ui| {
        let answer = ui.add(Label::new(text).sense(Sense::click()));
        answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("sort by {}", column.title)));
        if answer.on_hover_text(column.hover).clicked() {
            commands.push(Command::SortBy(state.tab, index));
        }
    });
}

fn cells_ui(row: &mut TableRow<'_, '_>, theme: &Theme, content: &Row) {
    let color = if content.is_weak { theme.text_weak } else { theme.text };
    let last = content.cells.len().saturating_sub(1);
    for (index, cell) in content.cells.iter().enumerate() {
        row.col(|ui| {
            if index == 0 {
                ui.add(Label::new(RichText::new(cell).color(color)).truncate());
            } else if index == last && !content.line.is_empty() {
                line_ui(ui, theme, &content.line);
            } else {
                if let Some((before, now)) = content.change.filter(|_| index == 1) {
                    let place = Rect::from_center_size(ui.max_rect().left_center() + vec2(6.0, 0.0), vec2(10.0, 10.0));
                    ui.painter().rect_filled(place, 0, change_color(theme, before, now));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(cell).color(color)).truncate());
                });
            }
        });
    }
}

/// Values over time, from nothing at the bottom.
fn line_ui(ui: &Ui, theme: &Theme, values: &[u64]) {
    let rect = ui.available_rect_before_wrap().shrink2(egui::vec2(4.0, 3.0));
    let most = values.iter().copied().max().unwrap_or(0).max(1) as f32;
    let steps = values.len().saturating_sub(1).max(1) as f32;
    let points = (0u16..).zip(values).map(|(at, &value)| {
        let (x, y) = (f32::from(at) / steps, value as f32 / most);
        pos2(rect.left() + x * rect.width(), rect.bottom() - y * rect.height())
    });
    ui.painter().line(points.collect(), Stroke::new(1.5, theme.live));
}

/// A click, and the menu of a row.
fn row_answer(row: &TableRow<'_, '_>, drawn: &Drawn<'_>, content: &Row, is_selected: bool, commands: &mut Commands) {
    let answer = row.response();
    let name = content.cells.first().cloned().unwrap_or_default();
    answer.widget_info(|| egui::WidgetInfo::selected(egui::Role::Row, true, is_selected, &name));
    let answer = if content.hover.is_empty() { answer } else { answer.on_hover_text(&content.hover) };
    let around = (drawn.state.tab == Tab::Calls).then(|| content.key.clone()).flatten();
    if answer.clicked() {
        if let Some(function) = around {
            let options =
                crate::model::analysis::Options { around: Some(function), ..drawn.document.analysis.options.clone() };
            commands.push(drawn.asked(AnalysisCommand::SetOptions(Box::new(options))));
        } else if let Some(thing) = content.thing {
            commands.push(Command::Reveal(drawn.document.id, thing));
        }
    }
    answer.context_menu(|ui| row_menu(ui, drawn, content, commands));
}

fn row_menu(ui: &mut Ui, drawn: &Drawn<'_>, content: &Row, commands: &mut Commands) {
    if let Some(thing) = content.thing
        && ui.button("Show its largest in the timeline").clicked()
    {
        commands.push(Command::Reveal(drawn.document.id, thing));
    }
    if let Some(narrow) = &content.narrow
        && ui.button("Ask only about these (Enter)").clicked()
    {
        commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(narrow.clone()))));
    }
    if let Some(place) = &content.place
        && ui.button("Open in the editor").clicked()
    {
        commands.push(Command::OpenInEditor((**place).clone()));
    }
    if ui.button("Copy this row").clicked() {
        ui.copy_text(content.cells.join("\t"));
    }
    if !content.hover.is_empty() && ui.button("Copy its place in full").clicked() {
        ui.copy_text(content.hover.clone());
    }
}
