//! What the keyboard does. Each key is also told in the hover text of what it stands for.

use crate::axis::TimeView;
use crate::model::command::{Command, Move, Pane};
use crate::model::document::Document;
use crate::model::state::AppState;
use crate::views::Commands;
use egui::{Key, Modifiers, Ui};

/// How much a key zooms.
const ZOOM: f64 = 0.7;
/// How much of the view a key pans.
const PAN_SHARE: i64 = 5;

/// Reads the keys that were pressed, unless somebody types.
pub(crate) fn keys(ui: &Ui, state: &AppState, commands: &mut Commands) {
    if ui.egui_wants_keyboard_input() {
        return;
    }
    let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::O) {
        commands.push(Command::OpenDialog);
    }
    if pressed(Modifiers::COMMAND, Key::B) {
        commands.push(Command::Toggle(Pane::Library));
    }
    if pressed(Modifiers::COMMAND, Key::D) {
        commands.push(Command::Toggle(Pane::Details));
    }
    if pressed(Modifiers::COMMAND, Key::T) {
        commands.push(Command::Toggle(Pane::Tables));
    }
    let Some(document) = state.shown() else {
        if pressed(Modifiers::NONE, Key::F) {
            commands.push(Command::SetCompareView(None));
        }
        return;
    };
    let id = document.id;
    let plain = [
        (Key::ArrowLeft, Command::Step(id, Move::Back)),
        (Key::ArrowRight, Command::Step(id, Move::Forward)),
        (Key::Home, Command::Step(id, Move::First)),
        (Key::End, Command::Step(id, Move::Last)),
        (Key::Space, Command::TogglePlay(id)),
        (Key::F, Command::Fit(id)),
        (Key::Plus, zoomed(document, ZOOM)),
        (Key::Equals, zoomed(document, ZOOM)),
        (Key::Minus, zoomed(document, 1.0 / ZOOM)),
    ];
    for (key, command) in plain {
        if pressed(Modifiers::NONE, key) {
            commands.push(command);
        }
    }
    let view = document.time_view();
    for (key, sign) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
        if pressed(Modifiers::SHIFT, key) {
            commands.push(Command::SetView(id, view.pan(sign * view.span_ns() / PAN_SHARE)));
        }
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        // One thing at a time: first the range, then the selection, then the playhead.
        commands.push(if document.brush.is_some() {
            Command::SetBrush(id, None)
        } else if document.selected.is_some() {
            Command::Select(id, None)
        } else {
            Command::SetPlayhead(id, None)
        });
    }
}

/// Zoomed at the playhead, or at the middle.
fn zoomed(document: &Document, factor: f64) -> Command {
    let view = document.time_view();
    let middle_ns = TimeView::start_ns(view) + view.span_ns() / 2;
    let pivot_ns =
        document.playhead.map(|playhead| crate::axis::time(playhead.time_ns)).filter(|&at| view.contains(at));
    Command::SetView(document.id, view.zoom(pivot_ns.unwrap_or(middle_ns), factor))
}
