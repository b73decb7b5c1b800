//! What each view lets one choose besides the question.

use super::question::{LIVED, lived_words};
use super::{Drawn, note_ui};
use crate::fonts::symbols;
use crate::format;
use crate::model::analysis::ask::Content;
use crate::model::analysis::{Against, AnalysisCommand, Options, ScopesBy, Stacks, ThreadsBy, TypesBy};
use crate::model::state::Tab;
use crate::theme::{self, Theme};
use crate::views::Commands;
use dropscope_engine::query::{Measure, Which};
use egui::{ComboBox, Rect, RichText, Sense, Ui, vec2};

/// Draws them, and the sentences of a table behind them.
pub(super) fn options_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = theme::GRID;
    let mut options = drawn.document.analysis.options.clone();
    match drawn.state.tab {
        Tab::Flame => {
            stacks_ui(ui, &mut options);
            ui.separator();
            measure_ui(ui, drawn, commands);
            ui.separator();
            flame_ui(ui, drawn, &mut options, commands);
        }
        Tab::Calls => {
            stacks_ui(ui, &mut options);
            ui.separator();
            measure_ui(ui, drawn, commands);
            ui.separator();
            calls_ui(ui, drawn, &mut options, commands);
        }
        Tab::Types => {
            choices(
                ui,
                &mut options.types_by,
                &[(TypesBy::Holder, "what held it"), (TypesBy::Owner, "what all of it belonged to")],
            );
            ui.separator();
            measure_ui(ui, drawn, commands);
        }
        Tab::Scopes => {
            let all =
                [(ScopesBy::Born, "born in"), (ScopesBy::Released, "released by"), (ScopesBy::Outlived, "outlived")];
            choices(ui, &mut options.scopes_by, &all);
        }
        Tab::Threads => {
            let all = [(ThreadsBy::Each, "each"), (ThreadsBy::Pairs, "pairs"), (ThreadsBy::Crossing, "what crosses")];
            choices(ui, &mut options.threads_by, &all);
        }
        Tab::ShortLived => {
            ui.label("lived");
            ComboBox::new("short", "").selected_text(lived_words(options.short)).width(140.0).show_ui(ui, |ui| {
                for (lived, name) in LIVED {
                    ui.selectable_value(&mut options.short, lived, name);
                }
            });
        }
        Tab::Sites => measure_ui(ui, drawn, commands),
        Tab::Sizes => {
            measure_ui(ui, drawn, commands);
            let computed = drawn.document.analysis.answer(Tab::Sizes);
            if let Some(Content::Grid(grid)) = computed.map(|computed| &computed.content) {
                ui.separator();
                note_ui(ui, drawn.theme, &super::rounding::note(grid));
            }
        }
        Tab::Source => {
            let at = crate::views::timeline::shown_time(drawn.document.moment().live_ns);
            note_ui(
                ui,
                drawn.theme,
                &format!("Live bytes are those at {at}. A click on a line shows its largest block."),
            );
        }
        Tab::Addresses => {
            let computed = drawn.document.analysis.answer(Tab::Addresses);
            if let Some(Content::Addresses(map)) = computed.map(|computed| &computed.content) {
                note_ui(ui, drawn.theme, &super::addresses::note(map));
            }
        }
        Tab::Advice => {
            let computed = drawn.document.analysis.answer(Tab::Advice);
            if let Some(Content::Advice(advice)) = computed.map(|computed| &computed.content) {
                note_ui(ui, drawn.theme, &super::advice::note(advice));
            }
        }
        Tab::Leaks | Tab::Growth | Tab::Reallocs | Tab::Operations => {}
    }
    if options != drawn.document.analysis.options {
        commands.push(drawn.asked(AnalysisCommand::SetOptions(Box::new(options))));
    }
    notes_ui(ui, drawn);
}

fn notes_ui(ui: &mut Ui, drawn: &Drawn<'_>) {
    let computed = drawn.document.analysis.answer(drawn.state.tab);
    if let Some(sheet) = computed.and_then(|computed| computed.sheet())
        && !sheet.notes.is_empty()
    {
        if matches!(drawn.state.tab, Tab::Types | Tab::Scopes | Tab::Threads | Tab::Sites | Tab::Calls) {
            ui.separator();
        }
        note_ui(ui, drawn.theme, &sheet.notes.join(" "));
    }
}

fn choices<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, all: &[(T, &str)]) {
    for (choice, name) in all {
        ui.selectable_value(value, *choice, *name);
    }
}

fn stacks_ui(ui: &mut Ui, options: &mut Options) {
    ui.label("by");
    choices(ui, &mut options.stacks, &Stacks::ALL);
}

fn measure_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    let question = &drawn.document.analysis.question;
    let mut measure = question.measure;
    choices(ui, &mut measure, &[(Measure::Bytes, "bytes"), (Measure::Blocks, "blocks")]);
    if measure != question.measure {
        let asked = crate::model::analysis::question::Question { measure, ..question.clone() };
        commands.push(drawn.asked(AnalysisCommand::Ask(Box::new(asked))));
    }
}

fn flame_ui(ui: &mut Ui, drawn: &Drawn<'_>, options: &mut Options, commands: &mut Commands) {
    let look = &drawn.document.analysis.look;
    if options.stacks != Stacks::Owners {
        ui.toggle_value(&mut options.is_reversed, "reversed")
            .on_hover_text("Callees first: what allocates is next to the root");
    }
    let mut is_icicle = look.is_icicle;
    if ui.toggle_value(&mut is_icicle, "icicle").on_hover_text("Grow down from the top").changed() {
        commands.push(drawn.look(|look| look.is_icicle = is_icicle));
    }
    if look.zoom.is_some() && ui.button("Zoom out").on_hover_text("Show all of it").clicked() {
        commands.push(drawn.look(|look| look.zoom = None));
    }
    against_ui(ui, drawn, options);
}

/// What the flame graph or the call tree is compared with.
fn against_ui(ui: &mut Ui, drawn: &Drawn<'_>, options: &mut Options) {
    let document = drawn.document;
    let shown =
        options.against.as_ref().map_or("nothing".to_owned(), |against| format::shorten_middle(&against.name, 28));
    ComboBox::new("against", "").selected_text(format!("compared with {shown}")).width(170.0).show_ui(ui, |ui| {
        if ui.selectable_label(options.against.is_none(), "nothing").clicked() {
            options.against = None;
        }
        let which = super::key(drawn.state, document).which;
        let name = match &document.brush {
            Some(range) => format!("this range of {}", format::duration(range.end - range.start)),
            None => "this question".to_owned(),
        };
        let words = format!("{name}, as it is now: then brush another");
        if ui.selectable_label(false, words).clicked() {
            options.against = Some(Against { document: document.id, which, name });
        }
        for other in drawn.state.documents.iter().filter(|other| other.id != document.id) {
            if ui.selectable_label(false, format!("{} {}", symbols::FILE, other.title)).clicked() {
                options.against =
                    Some(Against { document: other.id, which: Which::default(), name: other.title.clone() });
            }
        }
    });
    if options.against.is_some() {
        legend_ui(ui, drawn.theme);
    }
}

/// Which colour is which way.
fn legend_ui(ui: &mut Ui, theme: &Theme) {
    for (color, words) in [(theme.leak, "more now"), (theme.live, "less now")] {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 10.0), Sense::hover());
        ui.painter().rect_filled(Rect::from_center_size(rect.center(), vec2(10.0, 10.0)), 0, color);
        ui.label(RichText::new(words).color(theme.text_weak));
        ui.add_space(theme::GRID);
    }
}

fn calls_ui(ui: &mut Ui, drawn: &Drawn<'_>, options: &mut Options, commands: &mut Commands) {
    if options.around.is_some() {
        if ui.button("Back to the tree").clicked() {
            options.around = None;
        }
        return against_ui(ui, drawn, options);
    }
    if options.stacks != Stacks::Owners {
        choices(ui, &mut options.is_reversed, &[(false, "top down"), (true, "bottom up")]);
        ui.separator();
    }
    against_ui(ui, drawn, options);
    let computed = drawn.document.analysis.answer(Tab::Calls);
    if let Some(graph) = computed.and_then(|computed| computed.graph()) {
        if ui.button("Open the hot path").on_hover_text("As long as one call has half of the one above it").clicked() {
            let path = graph.hot_path();
            commands.push(drawn.look(|look| {
                look.cursor = path.last().copied();
                graph.open(&path, &mut look.open);
            }));
        }
        if !drawn.document.analysis.look.open.is_empty()
            && ui.button("Close all").on_hover_text("But what has nothing beside it").clicked()
        {
            commands.push(drawn.look(|look| look.open.clear()));
        }
    }
}
