//! The bar at the top: the name, what is open, the theme; under it, what keeps the picture from being the whole truth.

use crate::fonts::symbols;
use crate::format;
use crate::model::command::{Command, Pane};
use crate::model::document::Document;
use crate::model::state::{AppState, Screen};
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::widgets::icon_button;
use dropscope_engine::ReadState;
use egui::{Align, Label, Layout, RichText, Ui};

/// Draws the bar.
pub(crate) fn top_bar_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        if icon_button(ui, symbols::MENU, "Show or hide the library (Ctrl+B)").clicked() {
            commands.push(Command::Toggle(Pane::Library));
        }
        ui.label(RichText::new("Dropscope").size(theme::TITLE_SIZE).color(theme.text_strong));
        ui.add_space(2.0 * theme::GRID);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (symbol, name) = if state.library.is_dark {
                (symbols::LIGHT, "Use the light theme")
            } else {
                (symbols::DARK, "Use the dark theme")
            };
            if icon_button(ui, symbol, name).clicked() {
                commands.push(Command::ToggleTheme);
            }
            let open = ui.add_enabled(!state.is_choosing, egui::Button::new("Open…"));
            if open.on_hover_text("Open a recording (Ctrl+O), or drop files anywhere").clicked() {
                commands.push(Command::OpenDialog);
            }
            panes_ui(ui, state, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| open_ui(ui, theme, state, commands));
        });
    });
}

fn panes_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    if state.shown().is_none_or(|document| document.as_lesson().is_some()) {
        return;
    }
    for (pane, is_shown, name, hover) in [
        (Pane::Details, state.panes.details, "Details", "Show or hide the selection (Ctrl+D)"),
        (Pane::Tables, state.panes.tables, "Tables", "Show or hide the tables (Ctrl+T)"),
    ] {
        if ui.selectable_label(is_shown, name).on_hover_text(hover).clicked() {
            commands.push(Command::Toggle(pane));
        }
    }
}

/// What is open, in short.
fn open_ui(ui: &mut Ui, theme: &Theme, state: &AppState, commands: &mut Commands) {
    match (&state.screen, state.shown()) {
        (_, Some(document)) => document_ui(ui, theme, state, document, commands),
        (Screen::Comparison, _) => {
            ui.add(Label::new(RichText::new(&state.compare.title).color(theme.text_strong)).truncate());
            let number = state.compared().count();
            if number > 0 {
                let words = if number == 1 { String::new() } else { format!("{number} on one axis") };
                ui.label(RichText::new(words).color(theme.text_weak));
            }
        }
        _ => {}
    }
}

fn document_ui(ui: &mut Ui, theme: &Theme, state: &AppState, document: &Document, commands: &mut Commands) {
    let facts = &document.facts;
    ui.add(Label::new(RichText::new(format::shorten_middle(&document.title, 44)).color(theme.text_strong)));
    if document.state == ReadState::Following {
        let words = format!("{} live", symbols::DOT);
        ui.label(RichText::new(words).color(theme.release)).on_hover_text("The program runs and is followed");
        if facts.events_per_second > 0.0 {
            let rate = format::count(facts.events_per_second.round() as u64);
            ui.label(RichText::new(format!("{rate} events/s")).color(theme.text_weak));
        }
        if state.launched.contains(&document.id)
            && ui.button("Stop").on_hover_text("Ask the program to end, then end it").clicked()
        {
            commands.push(Command::Stop(document.id));
        }
    }
    let mut words = vec![format::duration(facts.duration_ns), format!("{} events", format::count(facts.events))];
    if !facts.program.is_empty() && facts.program != document.title && document.as_lesson().is_none() {
        words.insert(0, format::shorten_middle(&facts.program, 28));
    }
    let separator = format!("  {}  ", symbols::SEPARATOR);
    ui.add(Label::new(RichText::new(words.join(&separator)).color(theme.text_weak)).truncate());
}

/// Sentences that must not be overlooked, the gravest first; the rest under the pointer.
pub(crate) fn warnings_ui(ui: &mut Ui, warnings: &[String]) {
    let theme = Theme::of(ui);
    let Some(first) = warnings.first() else { return };
    ui.horizontal(|ui| {
        ui.label(RichText::new(symbols::WARNING).color(theme.peak));
        if warnings.len() > 1 {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let more = ui.button(format!("{} more", warnings.len() - 1));
                more.on_hover_ui(|ui| {
                    for warning in &warnings[1..] {
                        ui.label(warning);
                    }
                });
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(first).truncate()).on_hover_text(first);
                });
            });
        } else {
            ui.add(Label::new(first).truncate()).on_hover_text(first);
        }
    });
}
