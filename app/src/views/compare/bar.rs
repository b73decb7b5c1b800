//! The bar over the rows: what is put above what, the scales, saving.

use crate::model::command::{Command, SaveAs};
use crate::model::compare::alignment_words;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::Commands;
use dropscope_engine::Alignment;
use egui::{Align, Button, ComboBox, Layout, RichText, Ui};

/// Draws the bar.
pub(super) fn bar_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let compare = &state.compare;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Aligned by").color(theme.text_weak));
        let choices = compare.result.get().map_or(&[Alignment::Start][..], |result| &result.choices);
        let answer = ComboBox::from_id_salt("align")
            .selected_text(alignment_words(&compare.align))
            .width(180.0)
            .show_ui(ui, |ui| {
                for choice in choices {
                    if ui.selectable_label(compare.align == *choice, alignment_words(choice)).clicked() {
                        commands.push(Command::Align(choice.clone()));
                    }
                }
            });
        answer
            .response
            .on_hover_text("Which moments stand above each other: the starts, a mark or the first scope of a name");
        ui.add_space(8.0);
        for (is_apart, name, hover) in [
            (false, "Same scales", "Heights of all rows can be compared"),
            (true, "Own scales", "Each row is as high as its own greatest value"),
        ] {
            if ui.selectable_label(compare.is_scaled_apart == is_apart, name).on_hover_text(hover).clicked() {
                commands.push(Command::ScaleApart(is_apart));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let can_save = compare.result.get().is_some() && !state.is_saving;
            for (save_as, name, hover) in [
                (SaveAs::Picture, "Save picture…", "The rows and the numbers as a PNG file"),
                (SaveAs::Page, "Save page…", "All of it as one HTML file: picture, tables, numbers for programs"),
            ] {
                if ui.add_enabled(can_save, Button::new(name)).on_hover_text(hover).clicked() {
                    commands.push(Command::SaveComparison(save_as, None));
                }
            }
            if let Some(group) = &state.group {
                if ui.button("Stop").on_hover_text("Ends what runs, and begins no other of the group").clicked() {
                    commands.push(Command::StopGroup);
                }
                let words = format!("recording {} of {}: {}", group.begun, group.all, group.title);
                ui.label(RichText::new(words).color(theme.text_weak));
            }
            if state.is_saving {
                ui.label(RichText::new("saving…").color(theme.text_weak));
            }
        });
    });
}
