//! A lesson's source, its line lit, with what each line has allocated and released up to the playhead.

use super::LessonMemory;
use crate::fonts::symbols;
use crate::format;
use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::lesson::{LessonFacts, LessonPage};
use crate::model::source::LineSums;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::source::{SourceLook, whole_source_ui};
use dropscope_engine::StepKind;
use egui::{Color32, Frame, Label, RichText, Ui};
use std::collections::HashMap;

/// Draws it.
pub(super) fn code_ui(
    ui: &mut Ui,
    document: &Document,
    page: &LessonPage,
    is_asking: bool,
    memory: &mut LessonMemory,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let facts = document.lesson_facts().filter(|_| !is_asking);
    let (lit, edge) = facts.and_then(|facts| lit_line(theme, document, facts)).unwrap_or((None, theme.selection));
    let sums = facts.map(|facts| sums(document, facts)).unwrap_or_default();
    head_ui(ui, theme, document, page, is_asking, &sums);
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

fn head_ui(
    ui: &mut Ui,
    theme: &Theme,
    document: &Document,
    page: &LessonPage,
    is_asking: bool,
    sums: &HashMap<u32, LineSums>,
) {
    let frame = Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 2));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(&*page.source.name).monospace().color(theme.text_strong));
            if is_asking {
                return;
            }
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
    facts.sums(super::steps_at(document, facts))
}
