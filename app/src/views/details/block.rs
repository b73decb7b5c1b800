//! All about one block: its life, its owners, where it was born and released, both stacks and the source.

use super::{NAMES_WIDTH, place_ui, stack, title_ui};
use crate::axis;
use crate::fonts::symbols;
use crate::format;
use crate::model::document::Document;
use crate::model::scene::{Thing, Tie, closing_scope, thread_name};
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::widgets::{chip, fact, hint, section};
use dropscope_engine::{BlockId, Model, ReadState, ReallocRow, StackId};
use egui::{Label, RichText, Ui};
use std::sync::Arc;

/// Reallocs that are listed; a block can have thousands.
const MOST_REALLOCS: usize = 12;

/// What is told of a block, taken from the model at once so that it is not held while drawing.
struct Life {
    size_bytes: u64,
    first_size_bytes: u64,
    align_bytes: u64,
    is_zeroed: bool,
    address: u64,
    born_ns: u64,
    died_ns: Option<u64>,
    state: ReadState,
    is_adopted: bool,
    is_lost: bool,
    birth_stack: StackId,
    death_stack: Option<StackId>,
    born_on: Arc<str>,
    released_on: Option<Arc<str>>,
    reallocs: Vec<ReallocRow>,
    realloc_count: usize,
    tie: Option<(Tie, String)>,
}

impl Life {
    fn of(model: &Model, document: &Document, block: BlockId) -> Option<Self> {
        let blocks = model.blocks();
        if !blocks.contains(block) {
            return None;
        }
        let tie = closing_scope(model, &document.data.index.scopes.lock(), block);
        Some(Self {
            size_bytes: blocks.size_bytes(block),
            first_size_bytes: blocks.first_size_bytes(block),
            align_bytes: blocks.align_bytes(block),
            is_zeroed: blocks.is_zeroed(block),
            address: blocks.address(block),
            born_ns: blocks.born_ns(block),
            died_ns: blocks.died_ns(block),
            state: model.state(),
            is_adopted: blocks.is_adopted(block),
            is_lost: blocks.is_lost(block),
            birth_stack: blocks.birth_stack(block),
            death_stack: blocks.death_stack(block),
            born_on: thread_name(model, blocks.thread(block)),
            released_on: blocks.freed_by(block).map(|thread| thread_name(model, thread)),
            reallocs: blocks.reallocs(block).take(MOST_REALLOCS).collect(),
            realloc_count: blocks.reallocs(block).count(),
            tie: tie.and_then(|tie| Some((tie, model.text(model.scope(tie.scope)?.name).to_owned()))),
        })
    }
}

/// Draws it.
pub(super) fn block_ui(ui: &mut Ui, state: &AppState, document: &Document, block: BlockId, commands: &mut Commands) {
    let life = {
        let model = document.data.model.read();
        Life::of(&model, document, block)
    };
    let Some(life) = life else { return hint(ui, "This block is not in the recording any more.") };
    let names = &document.data.names;
    let owners = life.death_stack.and_then(|stack| names.try_summary(stack));
    let size = format::bytes(life.size_bytes);
    let title = owners
        .as_ref()
        .and_then(|summary| summary.owners.last())
        .map_or_else(|| size.clone(), |owner| format!("{size} of {owner}"));
    title_ui(ui, document, &title, &format!("block {}", block.0), commands);
    facts_ui(ui, &life);
    if let Some(summary) = owners.filter(|summary| !summary.owners.is_empty()) {
        section(
            ui,
            if summary.is_approximate {
                "Released by its owners (approximate: optimised build)"
            } else {
                "Released by its owners"
            },
        );
        owners_ui(ui, &summary.owners);
    }
    let theme = Theme::of(ui);
    section(ui, "Born at");
    place_ui(ui, names, life.birth_stack);
    stack::snippet_ui(ui, state, names, life.birth_stack, theme.live, commands);
    section(ui, "Released at");
    match life.death_stack {
        Some(stack) => {
            place_ui(ui, names, stack);
            if let Some((tie, scope)) = &life.tie {
                let words = format!("at the end of “{scope}”");
                if ui.link(RichText::new(words).color(theme.release)).on_hover_text("Show this scope").clicked() {
                    commands.push(crate::model::command::Command::Reveal(document.id, Thing::Scope(tie.scope)));
                }
            }
            stack::snippet_ui(ui, state, names, stack, theme.release, commands);
        }
        None => never_ui(ui, document, &life),
    }
    section(ui, "Stack of its birth");
    stack::stack_ui(ui, state, names, life.birth_stack, commands);
    if let Some(death) = life.death_stack {
        section(ui, "Stack of its release");
        stack::stack_ui(ui, state, names, death, commands);
    }
}

fn facts_ui(ui: &mut Ui, life: &Life) {
    let theme = Theme::of(ui);
    let mut size = format::bytes(life.size_bytes);
    if life.align_bytes > 1 {
        size.push_str(&format!(", aligned to {}", life.align_bytes));
    }
    if life.is_zeroed {
        size.push_str(", asked for zeroed");
    }
    fact(ui, "size", NAMES_WIDTH, size);
    fact(ui, "born", NAMES_WIDTH, axis::exact_time(axis::time(life.born_ns)));
    match life.died_ns {
        Some(died_ns) => {
            fact(ui, "released", NAMES_WIDTH, axis::exact_time(axis::time(died_ns)));
            fact(ui, "lived", NAMES_WIDTH, format::duration(died_ns.saturating_sub(life.born_ns)));
        }
        None => {
            let (words, color) = match (life.state.tells_leaks(), life.state.is_stopped()) {
                (true, _) => ("never", theme.leak),
                (false, true) => ("not while it was recorded", theme.text),
                (false, false) => ("not yet", theme.text),
            };
            fact(ui, "released", NAMES_WIDTH, RichText::new(words).color(color));
        }
    }
    let thread = match &life.released_on {
        Some(released_on) if *released_on != life.born_on => {
            format!("{}, released on {released_on}", life.born_on)
        }
        _ => life.born_on.to_string(),
    };
    fact(ui, "thread", NAMES_WIDTH, thread);
    fact(ui, "address", NAMES_WIDTH, RichText::new(format!("{:#x}", life.address)).monospace());
    if life.is_adopted {
        hint(ui, "It was born before the recording; its first realloc is taken for its birth.");
    }
    if life.is_lost {
        hint(ui, "Its release is not in the recording; it ended when its place was given out again.");
    }
    if life.realloc_count > 0 {
        reallocs_ui(ui, life);
    }
}

fn reallocs_ui(ui: &mut Ui, life: &Life) {
    section(ui, "Reallocated");
    let first = format!("born with {}", format::bytes(life.first_size_bytes));
    ui.label(RichText::new(first).color(Theme::of(ui).text_weak));
    for realloc in &life.reallocs {
        let how = if realloc.moved() { "moved" } else { "in place" };
        let words = format!("{} {}, {how}", symbols::ARROW_RIGHT, format::bytes(realloc.size_bytes));
        fact(ui, &format::duration(realloc.time_ns), NAMES_WIDTH, words);
    }
    let hidden = life.realloc_count - life.reallocs.len();
    if hidden > 0 {
        hint(ui, &format!("and {} more", format::count(hidden as u64)));
    }
}

/// `Order > Vec<Item> > String`.
fn owners_ui(ui: &mut Ui, owners: &[Arc<str>]) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(theme::GRID, theme::GRID);
        for (index, owner) in owners.iter().enumerate() {
            if index > 0 {
                ui.label(RichText::new(symbols::ARROW_RIGHT).color(theme.text_weak));
            }
            let color = if index == 0 { theme.owner(owner) } else { theme.border_strong };
            chip(ui, &format::shorten_middle(owner, 40), color).on_hover_text(&**owner);
        }
    });
}

fn never_ui(ui: &mut Ui, document: &Document, life: &Life) {
    let theme = Theme::of(ui);
    let is_runtime = document.data.names.try_summary(life.birth_stack).is_some_and(|summary| summary.is_runtime);
    let (words, color) = match (life.state.tells_leaks(), is_runtime) {
        (false, _) if life.state.is_stopped() => {
            ("It was alive when the recording was stopped; the program went on.", theme.text)
        }
        (false, _) => ("It is alive; the program still runs.", theme.text),
        (true, true) => ("Never. It is the runtime's own, which keeps it to the end: no leak.", theme.text),
        (true, false) => ("Never: it was still there when the recording ended.", theme.leak),
    };
    ui.add(Label::new(RichText::new(words).color(color)).wrap());
}
