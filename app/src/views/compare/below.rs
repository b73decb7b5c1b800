//! What stands below the rows: the sentences, and a table that is chosen.

use super::{differences, logs, numbers};
use crate::model::command::Command;
use crate::model::compare::Row;
use crate::model::state::{AppState, CompareTab};
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::widgets::hint;
use egui::{Frame, Label, Margin, Panel, RichText, ScrollArea, Ui};

/// Room for the sentences and the tabs over the table.
const WORDS_HEIGHT: f32 = 122.0;

/// Draws the panel.
pub(super) fn below_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    // The panel grows with the comparison, but never takes the rows' room.
    let rows = state.compared().count() as f32;
    let height =
        (WORDS_HEIGHT + numbers::HEADER_HEIGHT + (numbers::ROW_HEIGHT + 4.0) * rows).min(0.4 * ui.available_height());
    let frame = Frame::NONE.fill(theme.panel).inner_margin(Margin::symmetric(8, 4));
    Panel::bottom("compared").frame(frame).default_size(height).size_range(60.0..=2000.0).resizable(true).show(
        ui,
        |ui| {
            ScrollArea::vertical().id_salt("compared").auto_shrink([false, false]).show(ui, |ui| {
                sentences_ui(ui, state);
                ui.add_space(2.0);
                tabs_ui(ui, state, commands);
                let result = state.compare.result.get();
                match (state.compare.tab, result) {
                    (CompareTab::Numbers, result) => {
                        numbers::numbers_ui(ui, state, result.map(|result| &result.comparison));
                    }
                    (CompareTab::Differences, Some(result)) => {
                        differences::differences_ui(ui, state, &result.comparison, commands);
                    }
                    (CompareTab::Logs, Some(result)) => logs::logs_ui(ui, &result.comparison),
                    (CompareTab::Differences | CompareTab::Logs, None) => {}
                }
            });
        },
    );
}

fn sentences_ui(ui: &mut Ui, state: &AppState) {
    let theme = Theme::of(ui);
    match state.compare.result.get() {
        Some(result) => {
            let (limits, told): (Vec<&str>, Vec<&str>) =
                result.sentences.iter().map(String::as_str).partition(|sentence| sentence.starts_with("Limits: "));
            for (words, color) in [(told.join(" "), theme.text_strong), (limits.join(" "), theme.text_weak)] {
                if !words.is_empty() {
                    ui.add(Label::new(RichText::new(words).color(color)).wrap());
                }
            }
        }
        None if state.compared().any(|row| !row.is_final()) || state.starting.is_some() => {
            hint(ui, "The numbers follow when all recordings have ended.");
        }
        None => hint(ui, "adding up…"),
    }
}

fn tabs_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let recordings = state.compared().filter(|row| matches!(row, Row::Recording(_))).count();
    let has_logs = state.compared().any(|row| matches!(row, Row::Log(_)));
    let tabs = [
        (CompareTab::Numbers, "Numbers", true),
        (CompareTab::Differences, "Differences", recordings > 1),
        (CompareTab::Logs, "Logs", has_logs),
    ];
    ui.horizontal(|ui| {
        for (tab, name, _) in tabs.into_iter().filter(|(.., is_there)| *is_there) {
            if ui.selectable_label(state.compare.tab == tab, name).clicked() {
                commands.push(Command::ChooseCompareTab(tab));
            }
        }
    });
}
