//! The numbers of a comparison, and the sentence that says what they mean.

use crate::fonts::symbols;
use crate::format;
use crate::model::document::Document;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::widgets::hint;
use dropscope_engine::{ComparedJson, Comparison, OperationJson, PauseSum};
use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

const HEADINGS: [(&str, &str, f32); 13] = [
    ("recording", "", 0.0),
    ("peak", "The most live bytes", 64.0),
    ("allocated", "Bytes of all blocks", 68.0),
    ("blocks", "All blocks", 68.0),
    ("pauses", "Stop-the-world pauses", 56.0),
    ("longest", "The longest pause", 68.0),
    ("in all", "All pauses together", 68.0),
    ("p50", "Half of the operations took no longer (wall time)", 64.0),
    ("p99", "99 % took no longer (wall time)", 64.0),
    ("p99.9", "99.9 % took no longer (wall time)", 64.0),
    ("max", "The slowest operation (wall time)", 64.0),
    ("CPU max", "The most CPU time of one operation", 64.0),
    ("most freed", "The most blocks released in one operation", 72.0),
];

/// The first column is at least so wide.
const LEAST_NAME_WIDTH: f32 = 140.0;

/// Draws sentence and table.
pub(super) fn numbers_ui(ui: &mut Ui, state: &AppState, documents: &[&Document]) {
    let theme = Theme::of(ui);
    let result = state.compare.result.get();
    let sentence = result.map(|result| result.sentence.as_str()).filter(|sentence| !sentence.is_empty());
    match sentence {
        Some(sentence) => {
            ui.add(Label::new(RichText::new(sentence).color(theme.text_strong)).wrap());
        }
        None if documents.iter().any(|document| !document.is_final()) || state.starting.is_some() => {
            hint(ui, "The numbers follow when all recordings have ended.");
        }
        None => hint(ui, "adding up…"),
    }
    ui.add_space(2.0);
    let needed = LEAST_NAME_WIDTH + HEADINGS.iter().map(|(_, _, width)| width + 8.0).sum::<f32>();
    let width = ui.available_width();
    egui::ScrollArea::horizontal().id_salt("wide numbers").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_width(width.max(needed));
        table_ui(ui, theme, result.map(|result| &result.comparison), documents);
    });
}

fn table_ui(ui: &mut Ui, theme: &Theme, comparison: Option<&Comparison>, documents: &[&Document]) {
    let mut builder = TableBuilder::new(ui)
        .id_salt("numbers")
        .striped(true)
        .min_scrolled_height(0.0)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::remainder().at_least(LEAST_NAME_WIDTH).clip(true));
    for (_, _, width) in HEADINGS.iter().skip(1) {
        builder = builder.column(Column::exact(*width).clip(true));
    }
    let table = builder.header(20.0, |mut header| {
        for (index, (title, hover, _)) in HEADINGS.iter().enumerate() {
            header.col(|ui| {
                aligned(ui, index, |ui| {
                    let label = ui.label(RichText::new(*title).color(theme.text_weak));
                    if !hover.is_empty() {
                        label.on_hover_text(*hover);
                    }
                });
            });
        }
    });
    table.body(|mut body| {
        for (number, document) in documents.iter().enumerate() {
            let compared = comparison.and_then(|comparison| comparison.recordings.get(number));
            let cells = cells(document, compared);
            body.row(20.0, |mut row| {
                for (index, cell) in cells.iter().enumerate() {
                    row.col(|ui| aligned(ui, index, |ui| ui.add(Label::new(cell).truncate())));
                }
            });
        }
    });
}

fn aligned<R>(ui: &mut Ui, index: usize, content: impl FnOnce(&mut Ui) -> R) {
    let layout = if index == 0 { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    ui.with_layout(layout, |ui| content(ui));
}

fn cells(document: &Document, compared: Option<&ComparedJson>) -> Vec<String> {
    let mut cells = vec![document.title.clone()];
    let Some(compared) = compared else {
        cells.resize(HEADINGS.len(), symbols::ELLIPSIS.to_owned());
        return cells;
    };
    let totals = &compared.totals;
    cells.extend([
        format::bytes(totals.peak_live_bytes),
        format::bytes(totals.bytes_allocated),
        format::count(totals.allocs),
    ]);
    cells.extend(pauses(&compared.stop_the_world));
    // The operation that is done most is the one that the program is there for.
    let main = compared.operations.iter().max_by_key(|operation| operation.count);
    cells.extend(main.map_or_else(|| vec![symbols::DASH.to_owned(); 6], operation));
    cells
}

fn pauses(sum: &PauseSum) -> [String; 3] {
    if sum.count == 0 {
        return [format::count(0), symbols::DASH.to_owned(), symbols::DASH.to_owned()];
    }
    [format::count(sum.count), format::duration(sum.max_ns), format::duration(sum.total_ns)]
}

fn operation(operation: &OperationJson) -> Vec<String> {
    let wall = &operation.wall_ns;
    let mut cells: Vec<String> =
        [wall.p50, wall.p99, wall.p999, wall.max, operation.cpu_ns.max].map(format::duration).into();
    cells.push(format::count(operation.max_frees_in_one));
    cells
}
