//! The pane at the right: all about what is selected; about the whole recording where nothing is.

mod block;
mod stack;
pub(crate) mod summary;

use crate::axis;
use crate::format;
use crate::model::describe::{long_place, short_function};
use crate::model::document::Document;
use crate::model::scene::{Thing, thread_name};
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::painted::{Line, hover_text};
use crate::views::widgets::{CROSS, close_button_at, fact, hint, section};
use dropscope_engine::{Model, Names, PauseKind, StackId};
use egui::{Align, Align2, Label, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};

/// Width of the names in front of the facts.
pub(crate) const NAMES_WIDTH: f32 = 76.0;

/// Draws the pane.
pub(crate) fn details_ui(ui: &mut Ui, state: &AppState, document: &Document, commands: &mut Commands) {
    // The pane asks for no more width than it has, whatever is in it: what is beside it stays where it is.
    let room = ui.available_rect_before_wrap();
    let mut inside = ui.new_child(UiBuilder::new().max_rect(room));
    inside.shrink_clip_rect(room);
    ScrollArea::vertical().id_salt("details").auto_shrink([false, false]).show(&mut inside, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        selection_ui(ui, state, document, commands);
    });
    ui.allocate_rect(room, Sense::hover());
}

/// What is selected, without the pane around it.
pub(crate) fn selection_ui(ui: &mut Ui, state: &AppState, document: &Document, commands: &mut Commands) {
    match document.selected {
        None => summary::summary_ui(ui, document, commands),
        Some(Thing::Block(id)) => block::block_ui(ui, state, document, id, commands),
        Some(thing) => other_ui(ui, state, document, thing, commands),
    }
}

/// A title, with a cross that takes the selection away.
pub(crate) fn title_ui(ui: &mut Ui, document: &Document, title: &str, kind: &str, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let (gap, height) = (ui.spacing().item_spacing.x, ui.spacing().interact_size.y);
    let (mut room, row) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let cross = Align2::RIGHT_CENTER.align_size_within_rect(CROSS, room);
    if close_button_at(ui, cross, row.id.with("cross"), "Select nothing (Esc)").clicked() {
        commands.push(crate::model::command::Command::Select(document.id, None));
    }
    room.max.x = cross.left() - gap;
    let kind = Line::new(ui, kind, theme.text_weak, room, Align::LEFT);
    kind.name(ui, row.id.with("kind"));
    room.min.x = kind.rect.right() + gap;
    kind.show(ui);
    let words = Line::new(ui, title, theme.text_strong, room, Align::LEFT);
    hover_text(words.answer(ui, row.id.with("title")), || title);
    words.show(ui);
}

/// A scope, an operation, a mark.
fn other_ui(ui: &mut Ui, state: &AppState, document: &Document, thing: Thing, commands: &mut Commands) {
    let told = {
        let model = document.data.model.read();
        tell(&model, thing)
    };
    let Some(told) = told else { return hint(ui, "This is not in the recording any more.") };
    title_ui(ui, document, &told.title, told.kind, commands);
    for (name, value) in &told.facts {
        fact(ui, name, NAMES_WIDTH, value);
    }
    for (title, stack) in told.stacks {
        section(ui, title);
        place_ui(ui, &document.data.names, stack);
        stack::snippet_ui(ui, state, &document.data.names, stack, Theme::of(ui).selection, commands);
        stack::stack_ui(ui, state, &document.data.names, stack, commands);
    }
}

struct Told {
    kind: &'static str,
    title: String,
    facts: Vec<(&'static str, String)>,
    stacks: Vec<(&'static str, StackId)>,
}

fn tell(model: &Model, thing: Thing) -> Option<Told> {
    let at = |time_ns: u64| axis::exact_time(axis::time(time_ns));
    Some(match thing {
        Thing::Block(_) => return None,
        Thing::Scope(id) => {
            let scope = model.scope(id)?;
            let name = model.text(scope.name);
            let kind = match PauseKind::of_scope_name(name) {
                Some(kind) => crate::model::scene::pause_words(kind),
                None => "scope",
            };
            let end_ns = scope.end_ns.unwrap_or_else(|| model.duration_ns());
            let released = model.blocks().died_in(scope.start_ns..end_ns.saturating_add(1)).len() as u64;
            let born = model.blocks().born_in(scope.start_ns..end_ns.saturating_add(1)).len() as u64;
            let took = match scope.end_ns {
                Some(end_ns) => format::duration(end_ns.saturating_sub(scope.start_ns)),
                None => "still open at the end".to_owned(),
            };
            Told {
                kind,
                title: name.to_owned(),
                facts: vec![
                    ("began", at(scope.start_ns)),
                    ("took", took),
                    ("thread", thread_name(model, scope.thread).to_string()),
                    (
                        "meanwhile",
                        format!("{} born, {} released (all threads)", format::blocks(born), format::count(released)),
                    ),
                ],
                stacks: vec![("Begins at", scope.enter_stack), ("Ends at", scope.exit_stack)],
            }
        }
        Thing::Operation(id) => {
            let operation = model.operation(id)?;
            let wall = operation.wall_ns().map_or_else(|| "still running".to_owned(), format::duration);
            Told {
                kind: "operation",
                title: model.text(operation.name).to_owned(),
                facts: vec![
                    ("began", at(operation.start_ns)),
                    ("wall time", wall),
                    ("CPU time", format::duration(operation.cpu_ns)),
                    (
                        "allocated",
                        format!("{}, {}", format::blocks(operation.allocs), format::bytes(operation.bytes_allocated)),
                    ),
                    (
                        "released",
                        format!("{}, {}", format::blocks(operation.frees), format::bytes(operation.bytes_freed)),
                    ),
                    ("thread", thread_name(model, operation.thread).to_string()),
                ],
                stacks: vec![("Begins at", operation.begin_stack), ("Ends at", operation.end_stack)],
            }
        }
        Thing::Mark(id) => {
            let mark = model.mark(id)?;
            Told {
                kind: "mark",
                title: model.text(mark.text).to_owned(),
                facts: vec![("at", at(mark.time_ns)), ("thread", thread_name(model, mark.thread).to_string())],
                stacks: vec![("Made at", mark.stack)],
            }
        }
    })
}

/// The user frame of a stack: file, line, column and function.
pub(crate) fn place_ui(ui: &mut Ui, names: &Names, stack: StackId) {
    let theme = Theme::of(ui);
    if stack == StackId::EMPTY {
        return hint(ui, "no stack was recorded");
    }
    let Some(summary) = names.try_summary(stack) else { return hint(ui, "looking the names up…") };
    match &summary.site {
        Some((_, location)) => {
            ui.add(Label::new(RichText::new(long_place(location)).monospace().color(theme.text_strong)).truncate())
                .on_hover_text(
                    location.path.as_ref().map_or_else(|| long_place(location), |path| path.display().to_string()),
                );
            if location.file.is_none() {
                return;
            }
            let function = short_function(&location.function);
            ui.add(Label::new(RichText::new(format!("in {function}")).color(theme.text_weak)).truncate())
                .on_hover_text(&*location.function);
        }
        None if summary.is_runtime => hint(ui, "in the runtime, outside of the program's own code"),
        None => hint(ui, "no frame of the program's own code is known here"),
    }
}
