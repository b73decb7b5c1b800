//! A lesson's title, and the ways from it to others.

use crate::fonts::symbols;
use crate::model::command::Command;
use crate::theme::{self, Theme};
use crate::views::Commands;
use dropscope_lessons::{Lesson, Program};
use egui::{Align, Label, Layout, RichText, Ui};

/// Draws the title of the lesson that is number `index`.
pub(super) fn title_ui(ui: &mut Ui, lesson: &Lesson, index: usize, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let last = dropscope_lessons::lessons().len().saturating_sub(1);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let next = ui.add_enabled(index < last, egui::Button::new(format!("Next lesson {}", symbols::ARROW_RIGHT)));
            if next.clicked() {
                commands.push(Command::StartLesson(index + 1));
            }
            let previous =
                ui.add_enabled(index > 0, egui::Button::new(format!("{} Previous lesson", symbols::ARROW_LEFT)));
            if previous.clicked() {
                commands.push(Command::StartLesson(index.saturating_sub(1)));
            }
            let again = ui.button(format!("{} Record again", symbols::RELOAD));
            if again.on_hover_text("Runs the program once more and shows the new recording").clicked() {
                commands.push(Command::StartLesson(index));
            }
            if lesson.file.ends_with(".rs") {
                let copy = ui.button("Open a copy");
                let words = "Writes the program as a cargo project that you can change, records it, and compares it with this one";
                if copy.on_hover_text(words).clicked() {
                    commands.push(Command::OfferCopy(index));
                }
            }
            companion_ui(ui, lesson, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(format!("{} {}", lesson.chapter, symbols::SEPARATOR)).color(theme.text_weak));
                let title = RichText::new(lesson.title).size(theme::TITLE_SIZE).color(theme.text_strong);
                ui.add(Label::new(title).truncate());
            });
        });
    });
}

/// The way to the same program in another edition or in the other language.
fn companion_ui(ui: &mut Ui, lesson: &Lesson, commands: &mut Commands) {
    let Some(companion) = lesson.companion else { return };
    let found = dropscope_lessons::lessons().iter().enumerate().find(|(_, other)| other.name == companion);
    let Some((index, other)) = found else { return };
    let (name, what) = match (lesson.program, other.program) {
        (Program::Cpp, Program::Rust(_)) => ("In Rust", "The same in Rust"),
        (Program::Rust(_), Program::Cpp) => ("In C++", "The same in C++"),
        _ if [lesson, other].iter().any(|one| one.file.contains("lessons_optimised")) => {
            ("Other build", "The same program, compiled otherwise")
        }
        _ => ("Other edition", "The same program, differently released"),
    };
    if ui.button(name).on_hover_text(format!("{what}: {}", other.title)).clicked() {
        commands.push(Command::StartLesson(index));
    }
}
