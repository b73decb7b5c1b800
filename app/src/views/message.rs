//! What is said where nothing is shown: the empty window, progress, problems, messages, files about to be dropped.

use crate::fonts::symbols;
use crate::format;
use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::widgets::close_button;
use dropscope_engine::ReadState;
use egui::{Align, Align2, Area, Label, Layout, Order, ProgressBar, RichText, ScrollArea, Ui, vec2};

/// How wide a sentence in the middle gets.
const SENTENCE_WIDTH: f32 = 460.0;
/// Most room for what another program has said.
const SAID_HEIGHT: f32 = 220.0;

/// The middle of a window in which nothing is open.
pub(crate) fn empty_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    ui.vertical_centered(|ui| {
        ui.set_max_width(SENTENCE_WIDTH);
        ui.add_space((ui.available_height() * 0.34).max(24.0));
        if let Some(problem) = &state.problem {
            ui.label(RichText::new(symbols::WARNING).size(theme::TITLE_SIZE).color(theme.peak));
            problem_ui(ui, theme, problem);
        } else if let Some(starting) = &state.starting {
            ui.label(RichText::new(starting).size(theme::TITLE_SIZE).color(theme.text_strong));
            ui.label(RichText::new("is being started and recorded…").color(theme.text_weak));
            return;
        } else {
            ui.label(RichText::new("Nothing is open").size(theme::TITLE_SIZE).color(theme.text_strong));
            let words = "Choose a lesson on the left, open a recording, or drop a .dscope file here. To record a program \
                         of your own, add `dropscope::attach!();` to its main.rs and start it with \
                         `dropscope run -- PROGRAM`.";
            crate::views::widgets::hint(ui, words);
        }
        ui.add_space(3.0 * theme::GRID);
        ui.horizontal(|ui| {
            // Centres two buttons of about this width.
            ui.add_space((SENTENCE_WIDTH - 260.0) / 2.0);
            if ui.button("Open a recording…").clicked() {
                commands.push(Command::OpenDialog);
            }
            if ui.button("Start the first lesson").clicked() {
                commands.push(Command::StartLesson(0));
            }
        });
    });
}

/// A sentence; below it, as it is, what another program has said.
fn problem_ui(ui: &mut Ui, theme: &Theme, problem: &str) {
    let (sentence, said) = problem.split_once('\n').unwrap_or((problem, ""));
    ui.add(Label::new(RichText::new(sentence).color(theme.text_strong)).wrap());
    if said.is_empty() {
        return;
    }
    ui.add_space(theme::GRID);
    theme.canvas_frame().inner_margin(theme::GRID).show(ui, |ui| {
        ScrollArea::both().id_salt("said").max_height(SAID_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let said = RichText::new(said).monospace().color(theme.text);
                ui.add(Label::new(said).extend().selectable(true));
            });
        });
    });
}

/// A line of progress while a file is read.
pub(crate) fn progress_ui(ui: &mut Ui, document: &Document) {
    if document.state != ReadState::Reading {
        return;
    }
    let theme = Theme::of(ui);
    theme.bar_frame().fill(theme.panel).show(ui, |ui| {
        ui.horizontal(|ui| {
            let words = format!("Reading {}: {} events so far", document.title, format::count(document.facts.events));
            ui.label(RichText::new(words).color(theme.text_weak));
            ui.add(ProgressBar::new(document.facts.progress).desired_height(8.0).fill(theme.selection));
        });
    });
}

/// Messages that go by themselves, in the lower right corner.
pub(crate) fn toasts_ui(ui: &Ui, state: &AppState, commands: &mut Commands) {
    if state.toasts.is_empty() {
        return;
    }
    let theme = Theme::of(ui);
    let area = Area::new(egui::Id::unique("toasts")).order(Order::Foreground);
    area.anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -12.0)).show(ui.ctx(), |ui| {
        for toast in &state.toasts {
            let edge = if toast.is_error { theme.leak } else { theme.border_strong };
            let frame = egui::Frame::popup(ui.style()).stroke(egui::Stroke::new(1.0, edge)).inner_margin(10);
            frame.show(ui, |ui| {
                ui.set_max_width(380.0);
                ui.horizontal(|ui| {
                    if toast.is_error {
                        ui.label(RichText::new(symbols::WARNING).color(theme.peak));
                    }
                    ui.add(Label::new(&toast.text).wrap());
                    if close_button(ui, "Close this message").clicked() {
                        commands.push(Command::Dismiss(toast.id));
                    }
                });
            });
        }
    });
}

/// Takes dropped files, and says so while they hover.
pub(crate) fn drop_target_ui(ui: &Ui, commands: &mut Commands) {
    let (hovering, dropped) = ui.input(|input| {
        let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        (!input.raw.hovered_files.is_empty(), dropped)
    });
    let paths: Vec<_> = dropped.into_iter().filter(|path| !path.as_os_str().is_empty()).collect();
    if !paths.is_empty() {
        commands.push(Command::Open(paths));
    }
    if hovering {
        let theme = Theme::of(ui);
        let rect = ui.content_rect();
        let layer = egui::LayerId::new(Order::Foreground, egui::Id::unique("drop target"));
        let painter = ui.ctx().layer_painter(layer);
        painter.rect_filled(rect, 0, theme.brush_area());
        let font = egui::FontId::proportional(theme::TITLE_SIZE);
        painter.text(rect.center(), Align2::CENTER_CENTER, "Drop to open", font, theme.text_strong);
    }
}
