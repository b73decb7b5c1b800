//! The controls that only a lesson has: a slider over its events, and how fast they are played.

use crate::model::command::Command;
use crate::model::document::Document;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::Commands;
use egui::{RichText, Role, Slider, Ui, WidgetInfo};

/// The speeds to choose from: events a second.
const SPEEDS: [f32; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
const SLIDER_WIDTH: f32 = 132.0;

/// Draws them.
pub(crate) fn steps_ui(ui: &mut Ui, state: &AppState, document: &Document, commands: &mut Commands) {
    let Some(facts) = document.lesson_facts().filter(|facts| !facts.steps.is_empty()) else { return };
    let mut step = document.playhead.map_or(0, |_| super::steps_at(document, facts));
    let before = step;
    ui.spacing_mut().slider_width = SLIDER_WIDTH;
    let slider = Slider::new(&mut step, 0..=facts.steps.len()).show_value(false);
    let answer = ui.add(slider);
    answer.widget_info(|| WidgetInfo::slider(true, before as f64, "event"));
    if answer.on_hover_text("Drag through the lesson's events").changed() && step != before {
        commands.push(match step.checked_sub(1) {
            Some(index) => Command::GoToStep(document.id, index),
            None => Command::SetPlayhead(document.id, Some(facts.range_ns.start.saturating_sub(1))),
        });
    }
    let speed = state.library.lesson_speed;
    let words = RichText::new(format!("{speed}×")).color(Theme::of(ui).text);
    let button = ui.menu_button(words, |ui| {
        for choice in SPEEDS {
            if ui.selectable_label(choice == speed, format!("{choice}×")).clicked() {
                commands.push(Command::SetLessonSpeed(choice));
                ui.close();
            }
        }
    });
    let name = format!("Speed, now {speed}×");
    button.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    button.response.on_hover_text("Events a second while playing");
}
