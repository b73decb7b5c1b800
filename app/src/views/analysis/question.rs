//! The question in words, and the popup that changes its parts.

use super::{BelowMemory, Drawn};
use crate::fonts::symbols;
use crate::format;
use crate::model::analysis::ask::AskKey;
use crate::model::analysis::question::{Question, Span};
use crate::model::analysis::{AnalysisCommand, Options};
use crate::model::command::Command;
use crate::model::scene::thread_name;
use crate::theme;
use crate::views::Commands;
use crate::views::widgets::{close_button, section};
use dropscope_engine::ThreadNumber;
use dropscope_engine::query::{Lived, ModelRef, Origins, Query, Which};
use egui::{ComboBox, Key, Modifiers, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui};

/// Threads that can be chosen.
const MOST_THREADS: usize = 200;

/// The question in words; a click opens its parts.
pub(super) fn question_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    key: &AskKey,
    is_wanted: bool,
    commands: &mut Commands,
) {
    let document = drawn.document;
    let question = &document.analysis.question;
    let words = key.words(&document.data);
    let is_plain = question.is_plain() && document.brush.is_none() && !key.is_compared();
    let color = if is_plain { drawn.theme.text } else { drawn.theme.selection_text };
    if !is_plain && close_button(ui, "Ask about all blocks again (Ctrl+Backspace)").clicked() {
        commands.push(
            drawn.asked(AnalysisCommand::Ask(Box::new(Question { measure: question.measure, ..Question::default() }))),
        );
        commands.push(Command::SetBrush(document.id, None));
        if key.is_compared() {
            let options = Options { against: None, ..key.options.clone() };
            commands.push(drawn.asked(AnalysisCommand::SetOptions(Box::new(options))));
        }
    }
    let button = egui::Button::new(RichText::new(format!("{words} {}", symbols::OPENED)).color(color)).truncate();
    let response = ui.add(button);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Question: {words}")));
    let response = response.on_hover_text(format!("{words}\nClick to change the question (Ctrl+E)"));
    let is_asked = is_wanted || response.clicked();
    if is_asked {
        memory.is_editing = is_wanted || !memory.is_editing;
    }
    // A list of one of the parts reaches out of them: what is clicked there, and Escape, is the list's alone.
    let has_list = memory.is_editing && Popup::is_any_open(ui.ctx());
    if has_list && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        Popup::close_all(ui.ctx());
    }
    // By a name of its own: what stands before the button comes and goes while one types here.
    let popup = Popup::from_response(&response)
        .id(egui::Id::unique("the question's parts"))
        .open_bool(&mut memory.is_editing)
        .gap(2.0)
        .width(420.0);
    let closes = if has_list { PopupCloseBehavior::IgnoreClicks } else { PopupCloseBehavior::CloseOnClickOutside };
    popup.close_behavior(closes).show(|ui| parts_ui(ui, drawn, is_asked, commands));
}

/// All parts, each with its own way out. `takes_keys`: they have just been opened, and the arrows go on in them.
fn parts_ui(ui: &mut Ui, drawn: &Drawn<'_>, takes_keys: bool, commands: &mut Commands) {
    let mut question = drawn.document.analysis.question.clone();
    ui.spacing_mut().item_spacing.y = theme::GRID / 2.0;
    let tallest = ui.ctx().content_rect().height() * 0.7;
    // A popup is not given more than 400 points by itself.
    ui.set_max_height(tallest);
    ScrollArea::vertical().max_height(tallest).show(ui, |ui| {
        ui.label(RichText::new("Which blocks").color(drawn.theme.text_strong));
        for (span, name) in Span::ALL {
            let is_chosen = question.span == span;
            let response = ui.radio_value(&mut question.span, span, name);
            if takes_keys && is_chosen {
                response.request_focus();
            }
        }
        range_ui(ui, drawn, commands);
        section(ui, "Made by");
        ui.horizontal(|ui| origins_ui(ui, &mut question.which.origins));
        section(ui, "Lived");
        lived_ui(ui, &mut question.which.lived);
        section(ui, "Threads");
        ui.horizontal(|ui| {
            thread_ui(ui, drawn, "born on", &mut question.which.born_on);
            thread_ui(ui, drawn, "released on", &mut question.which.released_on);
        });
        section(ui, "Size in bytes");
        size_ui(ui, &mut question);
        filters_ui(ui, drawn, &mut question);
    });
    if question != drawn.document.analysis.question {
        commands.push(drawn.asked(AnalysisCommand::Ask(Box::new(question))));
    }
}

/// A list with its name before it: behind it, two of them side by side read as one.
fn named_list(ui: &mut Ui, name: &str, shown: &str, width: f32, choices: impl FnOnce(&mut Ui)) {
    let label = ui.label(name).id;
    let list = ComboBox::new(name, "").selected_text(shown).width(width).show_ui(ui, choices);
    list.response.labelled_by(label);
}

/// A list that is open is above the parts: of popups that were both there before, either may be above the other.
fn list_ui(ui: &Ui) {
    ui.ctx().move_to_top(ui.layer_id());
}

/// The brushed range, and the marks it can be set to.
fn range_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    let document = drawn.document;
    ui.horizontal(|ui| {
        let words = match &document.brush {
            Some(range) => format!("the range: {}, brushed", format::duration(range.end - range.start)),
            None => "the range: the whole recording (shift and drag in the timeline brushes one)".to_owned(),
        };
        ui.label(RichText::new(words).color(drawn.theme.text_weak));
        if document.brush.is_some() && close_button(ui, "Clear the range (Esc)").clicked() {
            commands.push(Command::SetBrush(document.id, None));
        }
    });
    let marks: Vec<(u64, String)> = {
        let model = document.data.model.read();
        model.marks().iter().take(100).map(|mark| (mark.time_ns, model.text(mark.text).to_owned())).collect()
    };
    if marks.is_empty() {
        return;
    }
    let whole = document.moment().range();
    let range = document.brush.clone().unwrap_or(whole);
    ui.horizontal(|ui| {
        for (name, is_start) in [("from mark", true), ("to mark", false)] {
            let at_ns = if is_start { range.start } else { range.end };
            let chosen = marks.iter().find(|mark| mark.0 == at_ns).map_or("choose", |mark| mark.1.as_str());
            named_list(ui, name, &format::shorten_middle(chosen, 20), 140.0, |ui| {
                list_ui(ui);
                for (time_ns, text) in &marks {
                    let to = if is_start { *time_ns..range.end } else { range.start..*time_ns };
                    // A range that ends before it begins is none.
                    if to.is_empty() {
                        continue;
                    }
                    let words = format!(
                        "{}   {}",
                        format::shorten_middle(text, 40),
                        super::super::timeline::shown_time(*time_ns)
                    );
                    if ui.selectable_label(*time_ns == at_ns, words).clicked() {
                        commands.push(Command::SetBrush(document.id, Some(to)));
                    }
                }
            });
        }
    });
}

fn origins_ui(ui: &mut Ui, origins: &mut Origins) {
    ui.checkbox(&mut origins.program, "the program");
    ui.checkbox(&mut origins.statics, "statics");
    ui.checkbox(&mut origins.runtime, "the runtime for itself");
}

/// The lifetimes that can be chosen.
pub(super) const LIVED: [(Lived, &str); 8] = [
    (Lived::LessThanEvents(1), "less than 1 event"),
    (Lived::LessThanEvents(10), "less than 10 events"),
    (Lived::LessThanEvents(100), "less than 100 events"),
    (Lived::LessThanNs(1_000), "less than 1 µs"),
    (Lived::LessThanNs(10_000), "less than 10 µs"),
    (Lived::LessThanNs(100_000), "less than 100 µs"),
    (Lived::LessThanNs(1_000_000), "less than 1 ms"),
    (Lived::LessThanNs(10_000_000), "less than 10 ms"),
];

fn lived_ui(ui: &mut Ui, lived: &mut Option<Lived>) {
    let shown = match lived {
        None => "any time".to_owned(),
        Some(chosen) => lived_words(*chosen),
    };
    ComboBox::new("lived", "").selected_text(shown).width(180.0).show_ui(ui, |ui| {
        list_ui(ui);
        ui.selectable_value(lived, None, "any time");
        for (choice, name) in LIVED {
            ui.selectable_value(lived, Some(choice), name);
        }
        for (ns, name) in
            [(1_000_000, "at least 1 ms"), (1_000_000_000, "at least 1 s"), (10_000_000_000, "at least 10 s")]
        {
            ui.selectable_value(lived, Some(Lived::AtLeastNs(ns)), name);
        }
    });
}

pub(super) fn lived_words(lived: Lived) -> String {
    match lived {
        Lived::LessThanNs(ns) => format!("less than {}", crate::views::widgets::round(&format::duration(ns))),
        Lived::LessThanEvents(1) => "less than 1 event".to_owned(),
        Lived::LessThanEvents(events) => format!("less than {events} events"),
        Lived::AtLeastNs(ns) => format!("at least {}", crate::views::widgets::round(&format::duration(ns))),
        Lived::BetweenNs(least, below) => format!("{} to {}", format::duration(least), format::duration(below)),
    }
}

fn thread_ui(ui: &mut Ui, drawn: &Drawn<'_>, name: &str, thread: &mut Option<ThreadNumber>) {
    let names: Vec<String> = {
        let model = drawn.document.data.model.read();
        (0u32..)
            .zip(model.threads())
            .take(MOST_THREADS)
            .map(|(at, _)| thread_name(&model, ThreadNumber(at)).to_string())
            .collect()
    };
    let of = |number: u32| names.get(number as usize).map_or("?", String::as_str);
    let shown = thread.map_or("any", |number| of(number.0));
    named_list(ui, name, &format::shorten_middle(shown, 20), 100.0, |ui| {
        list_ui(ui);
        ui.selectable_value(thread, None, "any");
        for number in 0..names.len() as u32 {
            let words = format!("{number}  {}", format::shorten_middle(of(number), 40));
            ui.selectable_value(thread, Some(ThreadNumber(number)), words);
        }
    });
}

fn size_ui(ui: &mut Ui, question: &mut Question) {
    let sizes = &mut question.which.size_bytes;
    let (mut least, mut most) = sizes.as_ref().map_or((0, u64::MAX), |sizes| (*sizes.start(), *sizes.end()));
    let before = (least, most);
    ui.horizontal(|ui| {
        ui.label("from");
        let from = ui.add(egui::DragValue::new(&mut least).speed(16.0));
        from.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, "least size in bytes"));
        let mut is_bounded = most != u64::MAX;
        if ui.checkbox(&mut is_bounded, "to").changed() {
            most = if is_bounded { least.max(4096) } else { u64::MAX };
        }
        if is_bounded {
            let to = ui.add(egui::DragValue::new(&mut most).speed(16.0).range(least..=u64::MAX - 1));
            to.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, "greatest size in bytes"));
        }
    });
    if (least, most) != before {
        *sizes = ((least, most) != (0, u64::MAX)).then_some(least..=most.max(least));
    }
}

/// What rows and bars have narrowed the question to; each can be taken away.
fn filters_ui(ui: &mut Ui, drawn: &Drawn<'_>, question: &mut Question) {
    let document = drawn.document;
    let whole = question.which.clone();
    let words = |only: Which| {
        let words = Query { which: only, ..Query::default() }
            .words(ModelRef::from(&*document.data.model), &document.data.names);
        words.strip_prefix("all blocks, ").unwrap_or(&words).to_owned()
    };
    let none = Which::default;
    let mut shown = false;
    let mut filter = |ui: &mut Ui, is_set: bool, only: Which| {
        if !is_set {
            return false;
        }
        if !shown {
            section(ui, "Only");
            shown = true;
        }
        ui.horizontal(|ui| {
            let is_removed = close_button(ui, "Remove").clicked();
            super::note_ui(ui, drawn.theme, &words(only));
            is_removed
        })
        .inner
    };
    let which = &mut question.which;
    if filter(ui, whole.site.is_some(), Which { site: whole.site, ..none() }) {
        which.site = None;
    }
    if filter(ui, whole.calls.is_some(), Which { calls: whole.calls.clone(), ..none() }) {
        which.calls = None;
    }
    if filter(ui, whole.owners.is_some(), Which { owners: whole.owners.clone(), ..none() }) {
        which.owners = None;
    }
    if filter(ui, whole.scope.is_some(), Which { scope: whole.scope, ..none() }) {
        which.scope = None;
    }
}
