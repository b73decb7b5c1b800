//! The strip about a learner's copy of a lesson: where it is, what its build says, run it again.

use crate::model::command::Command;
use crate::model::copy::{CopyPhase, CopyState};
use crate::model::state::{AppState, Screen};
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::widgets::close_button;
use egui::{Align, Label, Layout, RichText, ScrollArea, TextEdit, Ui};

/// Most room for what the compiler says.
const OUTPUT_HEIGHT: f32 = 190.0;

/// Draws it.
pub(crate) fn copy_ui(ui: &mut Ui, state: &AppState, copy: &CopyState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Your copy").color(theme.text_strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if close_button(ui, "Close the copy").clicked() {
                commands.push(Command::CloseCopy);
            }
            buttons_ui(ui, state, copy, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| folder_ui(ui, copy, commands));
        });
    });
    let (words, color) = match &copy.phase {
        CopyPhase::Waiting => (waiting_words(copy), theme.text_weak),
        CopyPhase::Building => {
            (format!("Building: {}", copy.lines.last().map_or("cargo starts…", |line| line.trim())), theme.text)
        }
        CopyPhase::Recording => ("It runs and is recorded…".to_owned(), theme.text),
        CopyPhase::Done(_) => (done_words(copy), theme.text),
        CopyPhase::Failed(problem) => (problem.clone(), theme.error_text),
    };
    ui.add(Label::new(RichText::new(words).color(color)).truncate());
    if matches!(copy.phase, CopyPhase::Failed(_)) && !copy.lines.is_empty() {
        theme.canvas_frame().inner_margin(theme::GRID).show(ui, |ui| {
            let area = ScrollArea::both().id_salt("compiler").max_height(OUTPUT_HEIGHT).auto_shrink([false, true]);
            area.show(ui, |ui| {
                let said = RichText::new(copy.lines.join("\n")).monospace().color(theme.text);
                ui.add(Label::new(said).extend().selectable(true));
            });
        });
    }
}

fn waiting_words(copy: &CopyState) -> String {
    match &copy.source {
        None => "A cargo project of your own. It is built, recorded, and compared with the lesson.".to_owned(),
        Some(source) => format!("Change {} and run it.", source.display()),
    }
}

fn done_words(copy: &CopyState) -> String {
    let source = copy.source.as_ref().map(|source| source.display().to_string()).unwrap_or_default();
    format!("Recorded: compared with the lesson below. Change {source} and run it again.")
}

fn folder_ui(ui: &mut Ui, copy: &CopyState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    if copy.source.is_some() {
        ui.add(Label::new(RichText::new(&copy.folder).monospace().color(theme.text)).truncate());
        return;
    }
    let mut folder = copy.folder.clone();
    let edit = TextEdit::singleline(&mut folder).desired_width((ui.available_width() - 90.0).max(80.0));
    let answer = ui.add(edit.font(egui::TextStyle::Monospace));
    answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Folder of the copy"));
    if answer.changed() {
        commands.push(Command::SetCopyFolder(folder));
    }
    if ui.button("Choose…").clicked() {
        commands.push(Command::ChooseCopyFolder);
    }
}

fn buttons_ui(ui: &mut Ui, state: &AppState, copy: &CopyState, commands: &mut Commands) {
    if copy.is_busy() {
        if ui.button("Cancel").clicked() {
            commands.push(Command::StopCopy);
        }
        ui.spinner();
        return;
    }
    let name = if copy.source.is_some() { "Run it again" } else { "Write and run" };
    if ui.button(name).clicked() {
        commands.push(Command::RunCopy);
    }
    let CopyPhase::Done(document) = copy.phase else { return };
    let lesson = state.documents.iter().find(|one| one.as_lesson().is_some_and(|its| its.name == copy.lesson.name));
    for (name, screen) in [
        ("Your copy alone", Some(Screen::Document(document))),
        ("Both", Some(Screen::Comparison)),
        ("The lesson", lesson.map(|lesson| Screen::Document(lesson.id))),
    ] {
        if let Some(screen) = screen {
            let is_shown = state.screen == screen;
            if ui.selectable_label(is_shown, name).clicked() {
                commands.push(Command::Show(screen));
            }
        }
    }
}
