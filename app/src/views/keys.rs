//! What the keyboard does: the keys of all actions. Each is also told in the palette and in hover texts.

use crate::model::actions::actions;
use crate::model::command::Command;
use crate::model::state::AppState;
use crate::views::Commands;
use egui::{Event, Key, Modifiers, PointerButton, Ui};

/// Reads the keys that were pressed, unless somebody types.
pub(crate) fn keys(ui: &Ui, state: &AppState, commands: &mut Commands) {
    if state.is_palette_open {
        return;
    }
    // Most frames have no key in them, and going through all actions' keys for it is 60 000 instructions.
    let has_key = |event: &Event| matches!(event, Event::Key { .. });
    if ui.input(|input| input.events.iter().any(has_key)) {
        pressed_keys(ui, state, commands);
    }
    let (back, forward) = ui.input(|input| {
        (input.pointer.button_pressed(PointerButton::Extra1), input.pointer.button_pressed(PointerButton::Extra2))
    });
    if back {
        commands.push(Command::GoBack);
    }
    if forward {
        commands.push(Command::GoForward);
    }
}

fn pressed_keys(ui: &Ui, state: &AppState, commands: &mut Commands) {
    let is_typing = ui.egui_wants_keyboard_input();
    // Escape closes what stands above the window, and nothing else: it is still open in the frame that closes it.
    let is_below = ui.ctx().any_popup_open();
    if is_below {
        ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    }
    for action in actions(state) {
        for &keys in action.keys {
            let Some((modifiers, key)) = parse(keys) else { continue };
            // What has no modifier is text for somebody who types, and goes through what stands above.
            if (!(is_typing || is_below) || modifiers.command) && is_pressed(ui, modifiers, key) {
                commands.push(action.command.clone());
            }
        }
    }
}

/// `Ctrl+Shift+C`: the modifiers and the key.
fn parse(keys: &str) -> Option<(Modifiers, Key)> {
    let mut words: Vec<&str> = keys.split('+').collect();
    let key = Key::from_name(words.pop()?)?;
    let modifier = |modifiers: Modifiers, word: &&str| match *word {
        "Ctrl" => modifiers | Modifiers::COMMAND,
        "Shift" => modifiers | Modifiers::SHIFT,
        "Alt" => modifiers | Modifiers::ALT,
        _ => modifiers,
    };
    Some((words.iter().fold(Modifiers::NONE, modifier), key))
}

/// Takes the key out of what was pressed. With exactly these modifiers, except that a sign may need Shift to be typed.
fn is_pressed(ui: &Ui, wanted: Modifiers, wanted_key: Key) -> bool {
    let is_sign = matches!(wanted_key, Key::Plus | Key::Minus | Key::Equals);
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } if *key == wanted_key => {
                !(modifiers.matches_exact(wanted) || is_sign && modifiers.matches_logically(wanted))
            }
            _ => true,
        });
        input.events.len() < before
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::library::Library;

    #[test]
    fn every_key_of_an_action_is_a_key() {
        for action in actions(&AppState::new(Library::default())) {
            for keys in action.keys {
                assert!(parse(keys).is_some(), "{keys}");
            }
        }
        assert_eq!(parse("Ctrl+Shift+C"), Some((Modifiers::COMMAND | Modifiers::SHIFT, Key::C)));
        assert_eq!(parse("Alt+Left"), Some((Modifiers::ALT, Key::ArrowLeft)));
        assert_eq!(parse("Plus"), Some((Modifiers::NONE, Key::Plus)));
    }
}
