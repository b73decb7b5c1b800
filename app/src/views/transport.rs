//! The bar above a timeline: stepping and playing, the event at the playhead, the brushed range, zoom to fit.

use crate::fonts::symbols;
use crate::format;
use crate::model::command::{Command, Move};
use crate::model::describe;
use crate::model::document::Document;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::lesson::steps;
use crate::views::timeline::shown_time;
use crate::views::widgets::icon_button;
use egui::{Label, RichText, Ui};

/// Draws the bar.
pub(crate) fn transport_ui(ui: &mut Ui, state: &AppState, document: &Document, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let id = document.id;
    theme.bar_frame().fill(theme.panel).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GRID;
            let steps = [
                (symbols::FIRST, "First event (Home)", Move::First),
                (symbols::ARROW_LEFT, "Previous event (Left)", Move::Back),
                (symbols::ARROW_RIGHT, "Next event (Right)", Move::Forward),
                (symbols::LAST, "Last event (End)", Move::Last),
            ];
            for (index, (symbol, name, by)) in steps.into_iter().enumerate() {
                if index == 2 {
                    play_button(ui, document, commands);
                }
                if icon_button(ui, symbol, name).clicked() {
                    commands.push(Command::Step(id, by));
                }
            }
            ui.add_space(theme::GRID);
            if document.as_lesson().is_some() {
                steps::steps_ui(ui, state, document, commands);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                right_ui(ui, document, commands);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| playhead_ui(ui, theme, document));
            });
        });
    });
}

fn play_button(ui: &mut Ui, document: &Document, commands: &mut Commands) {
    let (symbol, name) =
        if document.playing.is_some() { (symbols::PAUSE, "Pause (Space)") } else { (symbols::PLAY, "Play (Space)") };
    let theme = Theme::of(ui);
    let button = egui::Button::new(RichText::new(symbol).color(theme.selection_text))
        .min_size(egui::vec2(9.0 * theme::GRID, theme::ROW_HEIGHT));
    let response = ui.add(button);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    if response.on_hover_text(name).clicked() {
        commands.push(Command::TogglePlay(document.id));
    }
}

/// The time at the playhead and the last event up to there.
fn playhead_ui(ui: &mut Ui, theme: &Theme, document: &Document) {
    let Some(playhead) = document.playhead else {
        let words = match document.state {
            dropscope_engine::ReadState::Following => "The program runs. Step with the arrow keys, play with Space.",
            _ => "Step from event to event with the arrow keys, play with Space.",
        };
        ui.add(Label::new(RichText::new(words).color(theme.text_weak)).truncate());
        return;
    };
    if ui.available_width() < 110.0 {
        return;
    }
    ui.label(RichText::new(shown_time(playhead.time_ns)).monospace().color(theme.text_strong));
    let Some(step) = playhead.step else {
        ui.add(Label::new(RichText::new("before the first event").color(theme.text_weak)).truncate());
        return;
    };
    if let Some(facts) = document.lesson_facts().filter(|_| !document.shows_all)
        && let Some(index) = facts.index_of(&step)
    {
        let words = format!("event {} of {}", index + 1, facts.steps.len());
        ui.label(RichText::new(words).color(theme.text_weak));
    }
    let words = {
        let model = document.data.model.read();
        describe::sentence(&model, &document.data.names, &step)
    };
    ui.add(Label::new(words).truncate());
}

fn right_ui(ui: &mut Ui, document: &Document, commands: &mut Commands) {
    let id = document.id;
    if ui.button("Fit").on_hover_text("Show the whole recording (F, or double-click)").clicked() {
        commands.push(Command::Fit(id));
    }
    if document.as_lesson().is_some() {
        let foreign = document.lesson_facts().map_or(0, |facts| facts.foreign_blocks);
        let hover = format!("The runtime and the start of the program made {} more blocks", format::count(foreign));
        if ui.selectable_label(document.shows_all, "Show all blocks").on_hover_text(hover).clicked() {
            commands.push(Command::ToggleShowAll(id));
        }
    }
    if let Some(brush) = &document.brush {
        if crate::views::widgets::close_button(ui, "Clear the range (Esc)").clicked() {
            commands.push(Command::SetBrush(id, None));
        }
        let length = format::duration(brush.end - brush.start);
        crate::views::widgets::chip(ui, &format!("range {length}"), Theme::of(ui).selection);
    }
}
