//! Asks for a recording's path where the desktop has no file dialog.

use crate::model::command::Command;
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::{Commands, Memory};
use egui::{Key, Modal, RichText, TextEdit, Ui};

/// Wide enough for most paths.
const WIDTH: f32 = 460.0;

/// A field in the middle of the window. Enter opens, Escape leaves.
pub(crate) fn path_entry_ui(ui: &Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    if !state.asks_path {
        return;
    }
    let theme = Theme::of(ui);
    let modal = Modal::new(egui::Id::unique("path entry")).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        ui.label(RichText::new("Open a recording").size(theme::TITLE_SIZE).color(theme.text_strong));
        ui.add_space(theme::GRID);
        ui.label(
            "This desktop has no file dialog (a portal or zenity). Type the path, or drop a file into the window.",
        );
        ui.add_space(theme::GRID);
        let hint = "folder/NAME.dscope";
        let field = ui.add(TextEdit::singleline(&mut memory.typed_path).hint_text(hint).desired_width(f32::INFINITY));
        if !field.lost_focus() && ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(theme::GRID);
        ui.horizontal(|ui| {
            let can_open = !memory.typed_path.trim().is_empty();
            let is_clicked = ui.add_enabled(can_open, egui::Button::new("Open")).clicked();
            if can_open && (is_clicked || is_entered) {
                commands.push(Command::OpenTyped(memory.typed_path.clone()));
            }
            if ui.button("Cancel").clicked() {
                commands.push(Command::StopTyping);
            }
        });
    });
    if modal.should_close() {
        commands.push(Command::StopTyping);
    }
}
