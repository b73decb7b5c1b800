//! What one recording has more or less of than the first: by birth site and by owner, side by side.

use crate::format;
use crate::model::command::Command;
use crate::model::describe::short_function;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::widgets::hint;
use dropscope_engine::{Amount, At, Comparison, DifferenceJson};
use egui::{Align, Label, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};

/// Rows that are shown of each table; the page and the JSON have more.
const MOST_ROWS: usize = 200;
const ROW_HEIGHT: f32 = 20.0;

/// Name, what it is in full, before, after, change in bytes.
type Line = (String, String, Amount, Amount, i64);

/// Draws the one of the differences that is chosen.
pub(super) fn differences_ui(ui: &mut Ui, state: &AppState, comparison: &Comparison, commands: &mut Commands) {
    let Some(chosen) = comparison.differences.get(state.compare.difference).or(comparison.differences.first()) else {
        return hint(ui, "There is one recording only: nothing to compare it with.");
    };
    ui.horizontal(|ui| {
        for (index, difference) in comparison.differences.iter().enumerate() {
            let words = format!("{} against {}", difference.other, difference.base);
            if ui.selectable_label(std::ptr::eq(difference, chosen), words).clicked() {
                commands.push(Command::ChooseDifference(index));
            }
        }
    });
    ui.columns(2, |columns| {
        let [left, right] = columns else { return };
        table_ui(left, "born at", chosen, &sites(chosen));
        table_ui(right, "released by", chosen, &owners(chosen));
    });
}

fn sites(difference: &DifferenceJson) -> Vec<Line> {
    let line = |site: &dropscope_engine::SiteDifference| {
        let (short, long) = place(site.at.as_ref());
        (short, long, site.base, site.other, site.bytes_change)
    };
    difference.sites.iter().take(MOST_ROWS).map(line).collect()
}

fn owners(difference: &DifferenceJson) -> Vec<Line> {
    let line = |owner: &dropscope_engine::OwnerDifference| {
        (owner.owner.to_string(), owner.owner.to_string(), owner.base, owner.other, owner.bytes_change)
    };
    difference.owners.iter().take(MOST_ROWS).map(line).collect()
}

/// Short and in full.
fn place(at: Option<&At>) -> (String, String) {
    let Some(at) = at else {
        return ("(not the program's code)".to_owned(), "(outside the program's own code)".to_owned());
    };
    let Some(file) = &at.file else { return (short_function(&at.function), at.function.to_string()) };
    let name = file.rsplit('/').next().unwrap_or(file);
    let short = format!("{name}:{} {}", at.line, short_function(&at.function));
    (short, format!("{}\n{file}:{}:{}", at.function, at.line, at.column))
}

fn table_ui(ui: &mut Ui, what: &'static str, difference: &DifferenceJson, lines: &[Line]) {
    let theme = Theme::of(ui);
    if lines.is_empty() {
        return hint(ui, &format!("No difference by what is {what}."));
    }
    let (before, after) = (difference.base.as_str(), difference.other.as_str());
    let head = [what, "blocks", "", "bytes", "", "change"];
    let hover = ["", before, after, before, after, "bytes after less bytes before"];
    ui.push_id(what, |ui| {
        let mut builder = TableBuilder::new(ui)
            .striped(true)
            .vscroll(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::remainder().at_least(80.0).clip(true));
        for width in [62.0, 62.0, 60.0, 60.0, 68.0] {
            builder = builder.column(Column::exact(width).clip(true));
        }
        let table = builder.header(ROW_HEIGHT, |mut header| {
            for (index, (title, hover)) in head.iter().zip(hover).enumerate() {
                header.col(|ui| {
                    aligned(ui, index, |ui| {
                        let title = if title.is_empty() { "after" } else { title };
                        let label = ui.label(RichText::new(title).color(theme.text_weak));
                        if !hover.is_empty() {
                            label.on_hover_text(hover);
                        }
                    });
                });
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, lines.len(), |mut row| {
                let Some((name, full, base, other, change)) = lines.get(row.index()) else { return };
                let numbers = [format::count(base.blocks), format::count(other.blocks)];
                let bytes = [format::bytes(base.bytes), format::bytes(other.bytes), format::bytes_change(*change)];
                let cells = std::iter::once(name.clone()).chain(numbers).chain(bytes);
                for (index, cell) in cells.enumerate() {
                    row.col(|ui| {
                        aligned(ui, index, |ui| {
                            let label = ui.add(Label::new(&cell).truncate());
                            if index == 0 {
                                label.on_hover_text(full);
                            }
                        });
                    });
                }
            });
        });
    });
}

fn aligned(ui: &mut Ui, index: usize, content: impl FnOnce(&mut Ui)) {
    let layout = if index == 0 { Layout::left_to_right(Align::Center) } else { Layout::right_to_left(Align::Center) };
    ui.with_layout(layout, content);
}
