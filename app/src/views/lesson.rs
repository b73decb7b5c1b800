//! A lesson: its text and its source side by side, the timeline below, all three at the same event.

use crate::fonts::symbols;
use crate::format;
use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::lesson::{LessonFacts, LessonPage};
use crate::model::source::LineSums;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::source::{SourceLook, whole_source_ui};
use crate::views::{Commands, Memory, details, message, text, timeline, transport};
use dropscope_engine::StepKind;
use dropscope_lessons::Lesson;
use egui::{Align, CentralPanel, Color32, Frame, Label, Layout, Panel, RichText, ScrollArea, Ui};
use std::collections::HashMap;

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
        title_ui(ui, lesson, index, commands);
    });
    let half = (ui.available_height() * 0.56).max(160.0);
    let panel = Panel::top("lesson").frame(Frame::NONE.fill(theme.canvas)).resizable(true);
    panel.default_size(half).size_range(120.0..=ui.available_height() - 180.0).show(ui, |ui| {
        let width = (ui.available_width() * 0.36).clamp(280.0, 560.0);
        let frame = theme.panel_frame();
        Panel::left("lesson text").frame(frame).default_size(width).size_range(220.0..=800.0).show(ui, |ui| {
            words_ui(ui, state, document, page, memory, commands);
        });
        CentralPanel::default().frame(Frame::NONE.fill(theme.canvas)).show(ui, |ui| {
            code_ui(ui, document, page, memory, commands);
        });
    });
    CentralPanel::default().frame(Frame::NONE.fill(theme.canvas)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        transport::transport_ui(ui, document, commands);
        message::progress_ui(ui, document);
        timeline::timeline_ui(ui, document, memory, commands);
    });
    // What is clicked in the timeline is told at the left; nothing selected brings the text back.
    for command in commands.iter() {
        if let Command::Select(_, thing) = command {
            memory.lesson_shows_details = thing.is_some();
        }
    }
}

fn title_ui(ui: &mut Ui, lesson: &Lesson, index: usize, commands: &mut Commands) {
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
            companion_ui(ui, lesson, commands);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(format!("{} {}", lesson.chapter, symbols::SEPARATOR)).color(theme.text_weak));
                let title = RichText::new(lesson.title).size(theme::TITLE_SIZE).color(theme.text_strong);
                ui.add(Label::new(title).truncate());
            });
        });
    });
}

/// The way to the same program in another edition.
fn companion_ui(ui: &mut Ui, lesson: &Lesson, commands: &mut Commands) {
    let Some(companion) = lesson.companion else { return };
    let found = dropscope_lessons::lessons().iter().enumerate().find(|(_, other)| other.name == companion);
    let Some((index, other)) = found else { return };
    let answer = ui.button("Other edition");
    if answer.on_hover_text(format!("The same program, differently released: {}", other.title)).clicked() {
        commands.push(Command::StartLesson(index));
    }
}

/// The left half: the lesson's text, or all about what is selected.
fn words_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &Document,
    page: &LessonPage,
    memory: &mut Memory,
    commands: &mut Commands,
) {
    memory.hinted_line = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        for (shows_details, name) in [(false, "Lesson"), (true, "Selection")] {
            if ui.selectable_label(memory.lesson_shows_details == shows_details, name).clicked() {
                memory.lesson_shows_details = shows_details;
            }
        }
    });
    let id = ("words", memory.lesson_shows_details);
    ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).show(ui, |ui| {
        if memory.lesson_shows_details {
            ui.spacing_mut().item_spacing.y = 2.0;
            details::selection_ui(ui, state, document, commands);
            return;
        }
        ui.spacing_mut().item_spacing.y = 6.0;
        let answer = text::text_ui(ui, &page.text);
        memory.hinted_line = answer.hovered_line;
        if let Some(line) = answer.clicked_line {
            memory.wanted_line = Some(line);
            commands.push(Command::GoToLine(document.id, line));
        }
    });
}

/// The right half: the source, its line lit, with what each line has allocated and released up to the playhead.
fn code_ui(ui: &mut Ui, document: &Document, page: &LessonPage, memory: &mut Memory, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let facts = document.lesson_facts();
    let (lit, edge) = facts.and_then(|facts| lit_line(theme, document, facts)).unwrap_or((None, theme.selection));
    let sums = facts.map(|facts| sums(document, facts)).unwrap_or_default();
    head_ui(ui, theme, document, page, &sums);
    let first_line = facts.and_then(|facts| facts.steps.iter().filter_map(|step| step.line).min());
    let key = facts.map(|_| (document.id, lit.unwrap_or(0)));
    let look = SourceLook {
        source: &page.source,
        lit,
        hinted: memory.hinted_line,
        sums: Some(&sums),
        edge,
        scroll_to: memory.wanted_line.take().or(if key == memory.lit { None } else { lit.or(first_line) }),
    };
    memory.lit = key;
    if let Some(line) = whole_source_ui(ui, &look) {
        commands.push(Command::GoToLine(document.id, line));
    }
}

fn head_ui(ui: &mut Ui, theme: &Theme, document: &Document, page: &LessonPage, sums: &HashMap<u32, LineSums>) {
    let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 2));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(&*page.source.name).monospace().color(theme.text_strong));
            if let Some(words) = trouble(document) {
                ui.add(Label::new(RichText::new(words).color(theme.text_weak)).truncate()).on_hover_text(words);
                return;
            }
            let words = if document.playhead.is_some() { "up to the playhead:" } else { "in all:" };
            ui.label(RichText::new(words).color(theme.text_weak));
            let allocated: u64 = sums.values().map(|sum| sum.allocated_bytes).sum();
            let released: u64 = sums.values().map(|sum| sum.released_bytes).sum();
            ui.label(RichText::new(format!("+{} allocated", format::bytes(allocated))).color(theme.text));
            ui.label(
                RichText::new(format!("{}{} released", symbols::MINUS, format::bytes(released))).color(theme.text),
            );
            let live = allocated.saturating_sub(released);
            ui.label(RichText::new(format!("= {} live", format::bytes(live))).color(theme.text_strong));
        });
    });
}

/// Why the lines have nothing beside them, where they have not.
fn trouble(document: &Document) -> Option<&'static str> {
    match document.lesson_facts() {
        None if document.is_final() => Some("looking up which line did what…"),
        None => Some("the program runs…"),
        Some(facts) if facts.steps.is_empty() => {
            Some("none of these lines is known in the recording: its program has been built anew. Record again.")
        }
        Some(_) => None,
    }
}

/// The line of the event at the playhead, and the colour of what it did.
fn lit_line(theme: &Theme, document: &Document, facts: &LessonFacts) -> Option<(Option<u32>, Color32)> {
    let step = document.playhead?.step?;
    let index = facts.index_of(&step)?;
    let color = match step.kind {
        StepKind::Alloc(_) | StepKind::Realloc(..) => theme.live,
        StepKind::Free(_) | StepKind::UnmatchedFree(_) => theme.release,
        _ => theme.selection,
    };
    Some((facts.steps.get(index)?.line, color))
}

fn sums(document: &Document, facts: &LessonFacts) -> HashMap<u32, LineSums> {
    let steps = match document.playhead {
        None => facts.steps.len(),
        Some(playhead) => match playhead.step.and_then(|step| facts.index_of(&step)) {
            Some(index) => index + 1,
            None => facts.steps_until(playhead.time_ns),
        },
    };
    facts.sums(steps)
}
