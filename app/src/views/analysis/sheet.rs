//! A table: headings that sort, rows that lead to the timeline, a menu for each.

use super::flame::change_color;
use super::{BelowMemory, Drawn};
use crate::model::analysis::sheet::{Heading, Row, Sheet};
use crate::model::analysis::{Analysis, AnalysisCommand};
use crate::model::command::Command;
use crate::model::state::Tab;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::painted::{Line, hover_text};
use crate::views::widgets::hint;
use egui::emath::GuiRounding as _;
use egui::{Align, Event, Id, Key, Modifiers, Rangef, Rect, Response, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use std::borrow::Cow;

/// A table's first column is at least so wide.
const LEAST_NAME_WIDTH: f32 = 180.0;
const ROW_HEIGHT: f32 = 20.0;
const HEADER_HEIGHT: f32 = 22.0;

/// The rows in order; as they come while they are being ordered.
pub(super) fn order<'a>(analysis: &'a Analysis, serial: u64, sheet: &Sheet) -> Cow<'a, [u32]> {
    match (analysis.order.answered_key(), analysis.order.get()) {
        (Some(key), Some(order)) if key.serial == serial => Cow::Borrowed(order),
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
    ScrollArea::horizontal().id_salt("wide table").auto_shrink([false, false]).show(ui, |ui| {
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
    // Whether it is the first or the millionth is only looked for when a key is pressed.
    if !ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Key { .. }))) {
        return;
    }
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
    let room = ui.available_rect_before_wrap();
    let width = room.width() - ui.spacing().scroll.allocated_width();
    let columns = columns(sheet, room.left(), width, ui.spacing().item_spacing.x);
    let right = columns.last().map_or(room.left(), |column| column.max);
    let (head, _) = ui.allocate_exact_size(vec2(right - room.left(), HEADER_HEIGHT), Sense::hover());
    for (index, (heading, column)) in sheet.columns.iter().zip(&columns).enumerate() {
        header_ui(ui, drawn, index, heading, Rect::from_x_y_ranges(*column, head.y_range()), commands);
    }
    let traits = drawn.document.analysis.traits_of(drawn.document.selected);
    let scroll_to = memory.scroll_to.take();
    let area = ScrollArea::vertical().id_salt(drawn.state.tab.name()).auto_shrink([false, false]);
    area.min_scrolled_height(0.0).show_viewport(ui, |ui, viewport| {
        let gap = ui.spacing().item_spacing;
        let step = ROW_HEIGHT + gap.y;
        ui.set_height(order.len() as f32 * step - gap.y);
        let (left, top) = (ui.max_rect().left(), ui.max_rect().top());
        let row_rect =
            |at: usize| Rect::from_min_size(pos2(left, top + at as f32 * step), vec2(right - left, ROW_HEIGHT));
        if let Some(at) = scroll_to {
            ui.scroll_to_rect(row_rect(at.min(order.len() - 1)), None);
        }
        let first = (viewport.top() / step).floor().max(0.0) as usize;
        let end = ((viewport.bottom() / step).ceil() as usize + 1).min(order.len());
        for at in first..end {
            let Some(content) = order.get(at).and_then(|&row| sheet.rows.get(row as usize)) else { continue };
            let is_of_selection =
                || traits.is_some_and(|traits| content.key.as_ref().is_some_and(|key| traits.keys.contains(key)));
            let is_selected = content.thing.is_some() && drawn.document.selected == content.thing || is_of_selection();
            let shown = ShownRow { at, rect: row_rect(at), columns: &columns, content, is_selected };
            row_ui(ui, drawn, &shown, commands);
        }
    });
}

/// From where to where each column is: the first takes the room that the others leave.
fn columns(sheet: &Sheet, left: f32, width: f32, gap: f32) -> Vec<Rangef> {
    let others: f32 = sheet.columns.iter().skip(1).map(|column| f32::from(column.width) + gap).sum();
    let mut from = left;
    let range = |(index, column): (usize, &Heading)| {
        let width = if index == 0 { (width - others).max(LEAST_NAME_WIDTH) } else { f32::from(column.width) };
        let range = Rangef::new(from, from + width);
        from = range.max + gap;
        range
    };
    sheet.columns.iter().enumerate().map(range).collect()
}

fn header_ui(ui: &Ui, drawn: &Drawn<'_>, index: usize, column: &Heading, rect: Rect, commands: &mut Commands) {
    let state = drawn.state;
    let sorting = state.sorting.get(&state.tab).filter(|sorting| sorting.column == index);
    let arrow = match sorting.map(|sorting| sorting.is_ascending) {
        Some(true) => format!(" {}", crate::fonts::symbols::SORTED_UP),
        Some(false) => format!(" {}", crate::fonts::symbols::OPENED),
        None => String::new(),
    };
    let color = drawn.theme.text_weak;
    let line = Line::new(ui, &format!("{}{arrow}", column.title), color, rect, align(index));
    let answer = ui.interact(line.rect, ui.scope_id().with(("heading", index)), Sense::click());
    answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("sort by {}", column.title)));
    let underline = if answer.has_focus() { Stroke::new(1.0, drawn.theme.text_strong) } else { Stroke::NONE };
    line.show_underlined(ui, underline);
    if hover_text(answer, || column.hover).clicked() {
        commands.push(Command::SortBy(state.tab, index));
    }
}

/// Words stand at the left of their column, numbers at the right.
fn align(column: usize) -> Align {
    if column == 0 { Align::LEFT } else { Align::RIGHT }
}

/// A row that is in view.
struct ShownRow<'a> {
    /// Its place in the order.
    at: usize,
    rect: Rect,
    columns: &'a [Rangef],
    content: &'a Row,
    is_selected: bool,
}

fn row_ui(ui: &Ui, drawn: &Drawn<'_>, row: &ShownRow<'_>, commands: &mut Commands) {
    // Between rows and cells no gap is left, neither in the colour nor for the pointer.
    let rect = row.rect.expand2(0.5 * ui.spacing().item_spacing).round_ui();
    let id = ui.scope_id().with(("row", row.at));
    let answer = ui.interact(rect, id, Sense::click());
    let visuals = ui.visuals();
    let fills = [
        (row.at.is_multiple_of(2), visuals.faint_bg_color),
        (row.is_selected, visuals.selection.bg_fill),
        (answer.hovered() && !row.is_selected, visuals.widgets.hovered.bg_fill),
    ];
    for (_, fill) in fills.into_iter().filter(|(is_filled, _)| *is_filled) {
        ui.painter().rect_filled(rect, 0, fill);
    }
    cells_ui(ui, drawn.theme, row, id);
    row_answer(answer, drawn, row, commands);
}

fn cells_ui(ui: &Ui, theme: &Theme, row: &ShownRow<'_>, id: Id) {
    let content = row.content;
    let color = if content.is_weak { theme.text_weak } else { theme.text };
    let last = content.cells.len().saturating_sub(1);
    for (index, (cell, column)) in content.cells.iter().zip(row.columns).enumerate() {
        let rect = Rect::from_x_y_ranges(*column, row.rect.y_range());
        if index > 0 && index == last && !content.line.is_empty() {
            line_ui(ui, theme, rect, &content.line);
            continue;
        }
        if let Some((before, now)) = content.change.filter(|_| index == 1) {
            let square = Rect::from_center_size(rect.left_center() + vec2(6.0, 0.0), vec2(10.0, 10.0));
            ui.painter().rect_filled(square, 0, change_color(theme, before, now));
        }
        let line = Line::new(ui, cell, color, rect, align(index));
        line.name(ui, id.with(index));
        line.show(ui);
    }
}

/// Values over time, from nothing at the bottom.
fn line_ui(ui: &Ui, theme: &Theme, cell: Rect, values: &[u64]) {
    let rect = cell.shrink2(vec2(4.0, 3.0));
    let most = values.iter().copied().max().unwrap_or(0).max(1) as f32;
    let steps = values.len().saturating_sub(1).max(1) as f32;
    let points = (0u16..).zip(values).map(|(at, &value)| {
        let (x, y) = (f32::from(at) / steps, value as f32 / most);
        pos2(rect.left() + x * rect.width(), rect.bottom() - y * rect.height())
    });
    ui.painter().line(points.collect(), Stroke::new(1.5, theme.live));
}

/// A click, and the menu of a row.
fn row_answer(answer: Response, drawn: &Drawn<'_>, row: &ShownRow<'_>, commands: &mut Commands) {
    let content = row.content;
    let name = || content.cells.first().map_or("", String::as_str);
    answer.widget_info(|| egui::WidgetInfo::selected(egui::Role::Row, true, row.is_selected, name()));
    let answer = if content.hover.is_empty() { answer } else { hover_text(answer, || content.hover.as_str()) };
    let around = || (drawn.state.tab == Tab::Calls).then(|| content.key.clone()).flatten();
    if answer.clicked() {
        if let Some(function) = around() {
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
