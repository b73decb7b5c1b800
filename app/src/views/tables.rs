//! The tables below the timeline, for the brushed range or the whole recording.

mod columns;

use crate::format;
use crate::model::command::{Command, Pane};
use crate::model::document::Document;
use crate::model::scene::Thing;
use crate::model::state::{AppState, Tab};
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::details::summary::want_tables;
use crate::views::widgets::{hint, icon_button};
use columns::{Row, Sheet};
use egui::{Align, Label, Layout, RichText, Sense, Ui};
use egui_extras::{Column, TableBuilder};

/// A table's first column is at least so wide.
const LEAST_NAME_WIDTH: f32 = 180.0;

/// Draws tabs and the chosen table.
pub(crate) fn tables_ui(ui: &mut Ui, state: &AppState, document: &Document, commands: &mut Commands) {
    let theme = Theme::of(ui);
    // The pane keeps its height whatever is in it.
    ui.set_min_size(ui.available_size());
    want_tables(document, commands);
    let tables = document.tables.get();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        for tab in Tab::ALL {
            let number = tables.and_then(|tables| columns::number(tables, tab));
            let words = number
                .map_or_else(|| tab.name().to_owned(), |number| format!("{}  {}", tab.name(), format::count(number)));
            let answer = ui.selectable_label(state.tab == tab, words);
            let is_chosen = state.tab == tab;
            answer.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, is_chosen, tab.name()));
            if answer.clicked() {
                commands.push(Command::ChooseTab(tab));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, crate::fonts::symbols::OPENED, "Hide the tables (Ctrl+T)").clicked() {
                commands.push(Command::Toggle(Pane::Tables));
            }
            let mut words = match &document.brush {
                Some(brush) => format!("of the range of {}", format::duration(brush.end - brush.start)),
                None => "of the whole recording".to_owned(),
            };
            if document.tables.is_busy() {
                words.push_str(", adding up…");
            }
            if ui.available_width() > 60.0 {
                ui.add(Label::new(RichText::new(words).color(theme.text_weak)).truncate());
            }
        });
    });
    ui.add_space(2.0);
    let Some(tables) = tables else { return };
    let sheet = columns::sheet(tables, state.tab, state.sorting.get(&state.tab).copied());
    if sheet.rows.is_empty() {
        return hint(ui, sheet.empty);
    }
    let needed = LEAST_NAME_WIDTH + sheet.columns.iter().map(|column| column.width + 8.0).sum::<f32>();
    let width = ui.available_width();
    egui::ScrollArea::horizontal().id_salt("wide table").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(width.max(needed));
        sheet_ui(ui, state, document, &sheet, commands);
    });
}

fn sheet_ui(ui: &mut Ui, state: &AppState, document: &Document, sheet: &Sheet, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let mut builder = TableBuilder::new(ui)
        .id_salt(state.tab.name())
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink([false, false])
        .min_scrolled_height(0.0)
        .column(Column::remainder().at_least(LEAST_NAME_WIDTH).clip(true));
    for width in sheet.columns.iter().skip(1).map(|column| column.width) {
        builder = builder.column(Column::exact(width).clip(true));
    }
    let table = builder.header(22.0, |mut header| {
        for (index, column) in sheet.columns.iter().enumerate() {
            header.col(|ui| header_ui(ui, state, index, column, commands));
        }
    });
    table.body(|body| {
        body.rows(20.0, sheet.rows.len(), |mut row| {
            let Some(content) = sheet.rows.get(row.index()) else { return };
            let is_selected = content.thing.is_some() && document.selected == content.thing;
            row.set_selected(is_selected);
            row_ui(&mut row, theme, content);
            let answer = row.response();
            let name = content.cells.first().cloned().unwrap_or_default();
            answer.widget_info(|| egui::WidgetInfo::selected(egui::Role::Row, true, is_selected, &name));
            let answer = if content.hover.is_empty() { answer } else { answer.on_hover_text(&content.hover) };
            if answer.clicked()
                && let Some(thing) = content.thing
            {
                commands.push(Command::Reveal(document.id, thing));
            }
        });
    });
}

fn header_ui(ui: &mut Ui, state: &AppState, index: usize, column: &columns::Heading, commands: &mut Commands) {
    let sorting = state.sorting.get(&state.tab).filter(|sorting| sorting.column == index);
    let arrow = match sorting.map(|sorting| sorting.is_ascending) {
        Some(true) => format!(" {}", crate::fonts::symbols::SORTED_UP),
        Some(false) => format!(" {}", crate::fonts::symbols::OPENED),
        None => String::new(),
    };
    let theme = Theme::of(ui);
    let label =
        Label::new(RichText::new(format!("{}{arrow}", column.title)).color(theme.text_weak)).sense(Sense::click());
    let layout = if index == 0 { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    ui.with_layout(layout, |ui| {
        let answer = ui.add(label);
        answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("sort by {}", column.title)));
        let answer = if column.hover.is_empty() { answer } else { answer.on_hover_text(column.hover) };
        if answer.clicked() {
            commands.push(Command::SortBy(state.tab, index));
        }
    });
}

fn row_ui(row: &mut egui_extras::TableRow<'_, '_>, theme: &Theme, content: &Row) {
    for (index, cell) in content.cells.iter().enumerate() {
        row.col(|ui| {
            if index == 0 {
                let text = RichText::new(cell).color(if content.is_weak { theme.text_weak } else { theme.text });
                ui.add(Label::new(text).truncate());
            } else {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let color = if content.is_weak { theme.text_weak } else { theme.text };
                    ui.label(RichText::new(cell).color(color));
                });
            }
        });
    }
}

/// What a click on a block's row shows.
pub(crate) fn block(id: dropscope_engine::BlockId) -> Option<Thing> {
    (id.0 > 0).then_some(Thing::Block(id))
}
