//! A lesson: its text and its source side by side, below them the timeline and the picture of stack and heap, all at the
//! same event.

mod code;
mod picture;
mod predict;
mod refusal;
pub(crate) mod steps;
mod title;
mod words;

use crate::model::command::Command;
use crate::model::document::{Document, DocumentId};
use crate::model::lesson::LessonFacts;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::{Commands, Memory, message, timeline, transport};
use dropscope_lessons::Lesson;
use egui::{CentralPanel, Frame, Panel, Ui};
use picture::PictureMemory;

/// What drawing a lesson must remember between frames.
#[derive(Default)]
pub(crate) struct LessonMemory {
    /// The line that the source was last scrolled to.
    lit: Option<(DocumentId, u32)>,
    /// The line that the text under the pointer names.
    hinted_line: Option<u32>,
    /// A line of the source to be brought into view.
    wanted_line: Option<u32>,
    /// Whether the left half shows the selection.
    shows_details: bool,
    picture: PictureMemory,
}

/// Draws the lesson in `document`.
pub(crate) fn lesson_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &Document,
    lesson: &'static Lesson,
    memory: &mut Memory,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let index = dropscope_lessons::lessons().iter().position(|one| one.name == lesson.name).unwrap_or(0);
    let Some(page) = state.pages.get(index) else { return };
    Panel::top("lesson title").frame(theme.bar_frame().fill(theme.panel)).resizable(false).show(ui, |ui| {
        title::title_ui(ui, lesson, index, commands);
    });
    let canvas = Frame::NONE.fill(theme.canvas);
    let half = (ui.available_height() * 0.5).max(160.0);
    let panel = Panel::top("lesson").frame(canvas).resizable(true);
    panel.default_size(half).size_range(120.0..=ui.available_height() - 200.0).show(ui, |ui| {
        let width = (ui.available_width() * 0.4).clamp(280.0, 640.0);
        let frame = theme.panel_frame();
        Panel::left("lesson text").frame(frame).default_size(width).size_range(220.0..=900.0).show(ui, |ui| {
            words::words_ui(ui, state, document, page, &mut memory.lesson, commands);
        });
        CentralPanel::default().frame(canvas).show(ui, |ui| {
            code::code_ui(ui, document, page, state.is_asking(document), &mut memory.lesson, commands);
        });
    });
    if state.is_asking(document) {
        CentralPanel::default().frame(canvas).show(ui, |ui| covered_ui(ui, theme));
        return;
    }
    CentralPanel::default().frame(canvas).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        transport::transport_ui(ui, state, document, commands);
        message::progress_ui(ui, document);
        let width = (ui.available_width() * 0.52).max(280.0);
        let panel = Panel::right("stack and heap").frame(canvas).resizable(true);
        panel.default_size(width).size_range(280.0..=ui.available_width() - 280.0).show(ui, |ui| {
            picture::picture_ui(ui, document, &mut memory.lesson.picture, commands);
        });
        CentralPanel::default()
            .frame(canvas)
            .show(ui, |ui| timeline::timeline_ui(ui, (state, document), memory, commands));
    });
    // What is clicked in the timeline is told at the left; nothing selected brings the text back.
    for command in commands.iter() {
        if let Command::Select(_, thing) = command {
            memory.lesson.shows_details = thing.is_some();
        }
    }
}

/// How many of the lesson's events have happened at the playhead; all where there is none.
fn steps_at(document: &Document, facts: &LessonFacts) -> usize {
    match document.playhead {
        None => facts.steps.len(),
        Some(playhead) => match playhead.step.and_then(|step| facts.index_of(&step)) {
            Some(index) => index + 1,
            None => facts.steps_until(playhead.time_ns),
        },
    }
}

/// In the place of the recording, while its question is open.
fn covered_ui(ui: &mut Ui, theme: &Theme) {
    let rect = ui.available_rect_before_wrap();
    let words = "The recording is shown when you have answered.";
    let font = egui::FontId::proportional(crate::theme::TEXT_SIZE);
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, words, font, theme.text_weak);
}
