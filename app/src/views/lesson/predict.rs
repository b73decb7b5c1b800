//! A lesson's question: asked before the recording is shown, and what the recording says to the answer.

use crate::fonts::symbols;
use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::lesson::PredictionPage;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::text::{TextAnswer, text_ui, words_ui};
use dropscope_lessons::Evidence;
use egui::{Frame, Margin, RichText, Role, Sense, Stroke, Ui, WidgetInfo};

/// Asks the question.
pub(super) fn question_ui(ui: &mut Ui, page: &PredictionPage, lesson: &'static str, commands: &mut Commands) {
    let theme = Theme::of(ui);
    ui.label(RichText::new("A question first").size(theme::TITLE_SIZE).color(theme.text_strong));
    text_ui(ui, &page.question);
    ui.add_space(theme::GRID);
    for (index, choice) in page.prediction.choices.iter().enumerate() {
        if choice_ui(ui, theme, choice, theme.border_strong, true) {
            commands.push(Command::Answer(lesson, Some(index)));
        }
    }
    ui.add_space(theme::GRID);
    let shown = ui.button("Show me");
    if shown.on_hover_text("Shows the recording without an answer").clicked() {
        commands.push(Command::Answer(lesson, None));
    }
    ui.add_space(theme::GRID);
    words_ui(ui, "The program has been recorded. Your answer reveals what it did.", theme.text_weak);
}

/// Tells what the recording says to the answer that was given.
pub(super) fn verdict_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &Document,
    page: &PredictionPage,
    lesson: &'static str,
    commands: &mut Commands,
) -> TextAnswer {
    let theme = Theme::of(ui);
    let given = state.library.answers.get(lesson).copied();
    let prediction = &page.prediction;
    let frame = Frame::NONE.fill(theme.canvas).inner_margin(Margin::same(8)).corner_radius(theme::CORNER);
    let shown = frame.stroke(theme.border_stroke()).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        text_ui(ui, &page.question);
        let wrong = given.filter(|given| *given != prediction.right);
        if let Some(choice) = wrong.and_then(|wrong| prediction.choices.get(wrong)) {
            choice_ui(ui, theme, &format!("You said: {choice}"), theme.leak, false);
        }
        if let Some(choice) = prediction.choices.get(prediction.right) {
            let words = match given {
                Some(given) if given == prediction.right => format!("{} You said: {choice}", symbols::CHECK),
                _ => format!("{} {choice}", symbols::CHECK),
            };
            choice_ui(ui, theme, &words, theme.release, false);
        }
        measured_ui(ui, document, &prediction.evidence, commands);
        let answer = text_ui(ui, &page.explanation);
        if ui.small_button("Ask me again").clicked() {
            commands.push(Command::AskAgain(lesson));
        }
        answer
    });
    shown.inner
}

/// What decided: measured in this very run.
fn measured_ui(ui: &mut Ui, document: &Document, evidence: &Evidence, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let Some(facts) = document.lesson_facts() else { return };
    let what = match evidence {
        Evidence::Events(events) => format!("`{}`", events.join(" ")),
        Evidence::NoEventAt(line) => format!("no allocator event at line {line}"),
        Evidence::Count(count, event) => format!("{count} × `{event}`"),
        Evidence::Mark(text) => format!("the mark `{text}`"),
        Evidence::Compiler => "the compiler's words".to_owned(),
    };
    let (words, color) = match facts.shows(evidence) {
        Some(true) => (format!("Measured in this run: {what}."), theme.text),
        Some(false) => (format!("Other runs show {what}. This one did not."), theme.warning_text),
        None => (format!("Decided by {what}."), theme.text),
    };
    words_ui(ui, &words, color);
    if let Some(step) = facts.evident_step(evidence)
        && ui.small_button("Show it").on_hover_text("Puts the playhead on that event").clicked()
    {
        commands.push(Command::GoToStep(document.id, step));
    }
}

/// An answer in a frame; true if it was chosen.
fn choice_ui(ui: &mut Ui, theme: &Theme, words: &str, edge: egui::Color32, can_be_chosen: bool) -> bool {
    let frame = Frame::NONE.fill(theme.raised).inner_margin(Margin::symmetric(8, 5)).corner_radius(theme::CORNER);
    let shown = frame.stroke(Stroke::new(1.0, edge)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        words_ui(ui, words, theme.text);
    });
    if !can_be_chosen {
        return false;
    }
    let area = ui.interact(shown.response.rect, ui.scope_id().with(("choice", words)), Sense::click());
    area.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Answer: {}", words.replace('`', ""))));
    if area.hovered() || area.has_focus() {
        let stroke = Stroke::new(1.5, theme.selection);
        ui.painter().rect_stroke(shown.response.rect, theme::CORNER, stroke, egui::StrokeKind::Inside);
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    area.clicked()
}
