//! Everything that is drawn. A view reads the state and returns commands; it changes nothing itself.

mod analysis;
mod compare;
mod copy;
mod dashes;
mod details;
mod galleys;
mod keys;
mod lesson;
mod library;
mod message;
mod painted;
mod palette;
mod path_entry;
mod source;
mod text;
mod timeline;
mod top_bar;
mod transport;
mod widgets;

use crate::model::command::{Command, Pane};
use crate::model::state::{AppState, Screen};
use crate::theme::Theme;
use egui::{CentralPanel, Frame, Panel, Ui};
use std::collections::HashMap;

/// What views ask for.
pub type Commands = Vec<Command>;

/// What drawing itself must remember between frames: a drag under way, what was scrolled to.
#[derive(Default)]
pub struct Memory {
    drag: Option<timeline::Drag>,
    compare_drag: bool,
    /// Chapters that were opened or closed by hand.
    chapters: HashMap<&'static str, bool>,
    /// What is being typed where a path is asked for.
    typed_path: String,
    /// What a lesson's view remembers.
    lesson: lesson::LessonMemory,
    below: analysis::BelowMemory,
    palette: palette::PaletteMemory,
}

/// Draws the whole window.
pub fn app_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory) -> Commands {
    let mut commands = Commands::new();
    galleys::begin(ui.ctx());
    let theme = Theme::of(ui);
    Panel::top("top bar")
        .frame(theme.bar_frame())
        .resizable(false)
        .show(ui, |ui| top_bar::top_bar_ui(ui, state, &mut commands));
    let shown_warnings = state.shown().map(|document| document.facts.warnings.as_slice()).unwrap_or_default();
    if !shown_warnings.is_empty() {
        let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 4));
        Panel::top("warnings").frame(frame).resizable(false).show(ui, |ui| top_bar::warnings_ui(ui, shown_warnings));
    }
    let mut is_library_open = state.panes.library;
    let panel = Panel::left("library").frame(theme.panel_frame()).default_size(240.0).size_range(180.0..=360.0);
    panel.show_collapsible(ui, &mut is_library_open, |ui| library::library_ui(ui, state, memory, &mut commands));
    if is_library_open != state.panes.library {
        commands.push(Command::Toggle(Pane::Library));
    }
    if let Some(copy) = &state.copy {
        let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 6));
        let panel = Panel::top("copy").frame(frame).resizable(false);
        panel.show(ui, |ui| copy::copy_ui(ui, state, copy, &mut commands));
    }
    middle_ui(ui, state, memory, &mut commands);
    path_entry::path_entry_ui(ui, state, memory, &mut commands);
    message::toasts_ui(ui, state, &mut commands);
    message::drop_target_ui(ui, &mut commands);
    palette::palette_ui(ui, state, &mut memory.palette, &mut commands);
    keys::keys(ui, state, &mut commands);
    commands
}

/// Draws the rows of the comparison alone, without anything around them.
pub fn rows_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory) -> Commands {
    let mut commands = Commands::new();
    galleys::begin(ui.ctx());
    let frame = Frame::NONE.fill(Theme::of(ui).canvas);
    CentralPanel::default().frame(frame).show(ui, |ui| compare::rows_ui(ui, state, memory, &mut commands));
    commands
}

fn middle_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let canvas = Frame::NONE.fill(theme.canvas);
    match (state.screen.clone(), state.shown()) {
        (Screen::Comparison, _) => {
            CentralPanel::default().frame(canvas).show(ui, |ui| compare::compare_ui(ui, state, memory, commands));
        }
        (Screen::Document(_), Some(document)) => match document.as_lesson() {
            Some(lesson) => {
                CentralPanel::default().frame(canvas).show(ui, |ui| {
                    lesson::lesson_ui(ui, state, document, lesson, memory, commands);
                });
            }
            None => document_ui(ui, state, document, memory, commands),
        },
        _ => {
            CentralPanel::default().frame(canvas).show(ui, |ui| message::empty_ui(ui, state, commands));
        }
    }
}

/// The timeline keeps at least so much height.
const LEAST_TIMELINE: f32 = 150.0;

/// A recording: its timeline, the selection at its right, the views below.
fn document_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &crate::model::document::Document,
    memory: &mut Memory,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let mut is_open = state.panes.tables;
    let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 2));
    let tallest = (ui.available_height() - LEAST_TIMELINE).max(140.0);
    let panel = if state.is_tall {
        Panel::bottom("tall tables").exact_size(tallest)
    } else {
        Panel::bottom("tables").default_size(270.0).size_range(140.0..=tallest)
    };
    panel.frame(frame).show_collapsible(ui, &mut is_open, |ui| {
        analysis::analysis_ui(ui, state, document, &mut memory.below, commands);
    });
    if is_open != state.panes.tables {
        commands.push(Command::Toggle(Pane::Tables));
    }
    let mut is_open = state.panes.details;
    let panel = Panel::right("details").frame(theme.panel_frame()).default_size(340.0).size_range(240.0..=720.0);
    panel.show_collapsible(ui, &mut is_open, |ui| details::details_ui(ui, state, document, commands));
    if is_open != state.panes.details {
        commands.push(Command::Toggle(Pane::Details));
    }
    CentralPanel::default().frame(Frame::NONE.fill(theme.canvas)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        transport::transport_ui(ui, state, document, commands);
        message::progress_ui(ui, document);
        timeline::timeline_ui(ui, (state, document), memory, commands);
    });
}
