//! The left half of a lesson: its question, then its text, or all about what is selected.

use super::{LessonMemory, predict, refusal};
use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::lesson::LessonPage;
use crate::model::state::AppState;
use crate::theme;
use crate::views::{Commands, details, text};
use egui::{ScrollArea, Ui};

/// Draws it.
pub(super) fn words_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &Document,
    page: &LessonPage,
    memory: &mut LessonMemory,
    commands: &mut Commands,
) {
    memory.hinted_line = None;
    if state.is_asking(document) {
        asking_ui(ui, document, page, commands);
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        for (shows_details, name) in [(false, "Lesson"), (true, "Selection")] {
            if ui.selectable_label(memory.shows_details == shows_details, name).clicked() {
                memory.shows_details = shows_details;
            }
        }
    });
    let id = ("words", memory.shows_details);
    ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).show(ui, |ui| {
        if memory.shows_details {
            ui.spacing_mut().item_spacing.y = 2.0;
            details::selection_ui(ui, state, document, commands);
            return;
        }
        ui.spacing_mut().item_spacing.y = 6.0;
        if let Some(page) = &page.refusal {
            refusal::refusal_ui(ui, page);
            ui.add_space(theme::GRID);
        }
        let above = match (&page.prediction, document.as_lesson()) {
            (Some(page), Some(lesson)) => {
                ui.push_id("verdict", |ui| predict::verdict_ui(ui, state, document, page, lesson.name, commands)).inner
            }
            _ => text::TextAnswer::default(),
        };
        let answer = text::text_ui(ui, &page.text);
        memory.hinted_line = answer.hovered_line.or(above.hovered_line);
        if let Some(line) = answer.clicked_line.or(above.clicked_line) {
            memory.wanted_line = Some(line);
            commands.push(Command::GoToLine(document.id, line));
        }
    });
}

/// The question alone, and what it is about: everything else would give the answer away.
fn asking_ui(ui: &mut Ui, document: &Document, page: &LessonPage, commands: &mut Commands) {
    ScrollArea::vertical().id_salt("question").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let (Some(question), Some(lesson)) = (&page.prediction, document.as_lesson()) else { return };
        // What the compiler says of the program belongs to the question, unless it is the answer.
        if let Some(page) = page.refusal.as_ref()
            && question.prediction.evidence != dropscope_lessons::Evidence::Compiler
        {
            refusal::refusal_ui(ui, page);
            ui.add_space(theme::GRID);
        }
        predict::question_ui(ui, question, lesson.name, commands);
    });
}
