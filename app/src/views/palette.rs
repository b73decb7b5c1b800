//! The list of all actions: type a few letters, choose with the arrows, Enter does it.

use crate::model::actions::{Action, actions, fit};
use crate::model::command::Command;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use egui::{Align, Align2, Id, Key, Layout, Modal, Modifiers, RichText, ScrollArea, TextEdit, Ui};

/// What is typed, and which action is chosen.
#[derive(Default)]
pub(crate) struct PaletteMemory {
    typed: String,
    chosen: usize,
    was_open: bool,
}

/// Draws it, if it is open.
pub(crate) fn palette_ui(ui: &Ui, state: &AppState, memory: &mut PaletteMemory, commands: &mut Commands) {
    if !state.is_palette_open {
        memory.was_open = false;
        return;
    }
    if !memory.was_open {
        *memory = PaletteMemory { was_open: true, ..PaletteMemory::default() };
    }
    let found = found(state, &memory.typed);
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        memory.chosen += 1;
    }
    if pressed(Key::ArrowUp) {
        memory.chosen = memory.chosen.saturating_sub(1);
    }
    memory.chosen = memory.chosen.min(found.len().saturating_sub(1));
    let mut done = pressed(Key::Enter).then_some(memory.chosen);
    let is_closed = pressed(Key::Escape);
    let modal = Modal::new(Id::unique("palette"))
        .area(Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, egui::vec2(0.0, 60.0)));
    let answer = modal.show(ui.ctx(), |ui| {
        ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 40.0));
        let field = TextEdit::singleline(&mut memory.typed).hint_text("what to do").desired_width(f32::INFINITY);
        let response = ui.add(field);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "find an action"));
        response.request_focus();
        if response.changed() {
            memory.chosen = 0;
        }
        ScrollArea::vertical().max_height(ui.ctx().content_rect().height() * 0.6).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (at, action) in found.iter().enumerate() {
                if action_ui(ui, action, at == memory.chosen) {
                    done = Some(at);
                }
            }
            if found.is_empty() {
                ui.label("There is no such action.");
            }
        });
    });
    let chosen = done.and_then(|at| found.get(at));
    if chosen.is_some() || is_closed || answer.should_close() {
        commands.push(Command::TogglePalette);
    }
    commands.extend(chosen.map(|action| action.command.clone()));
}

/// The actions that fit what is typed, the best first; all in their order where nothing is.
fn found(state: &AppState, typed: &str) -> Vec<Action> {
    let all = actions(state).into_iter().filter(|action| action.command != Command::TogglePalette);
    let mut fits: Vec<(u32, Action)> = all.filter_map(|action| Some((fit(&action.name, typed)?, action))).collect();
    if !typed.trim().is_empty() {
        fits.sort_by_key(|(cost, _)| *cost);
    }
    fits.into_iter().map(|(_, action)| action).collect()
}

fn action_ui(ui: &mut Ui, action: &Action, is_chosen: bool) -> bool {
    let theme = Theme::of(ui);
    let response = theme.row(ui, is_chosen, &action.name);
    let keys = action.keys.join(", ");
    let inside = egui::UiBuilder::new().max_rect(response.rect.shrink2(egui::vec2(2.0 * theme::GRID, 0.0)));
    ui.scope_builder(inside.layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.label(RichText::new(keys).monospace().color(theme.text_weak));
    });
    if is_chosen {
        response.scroll_to_me(None);
    }
    response.clicked()
}
