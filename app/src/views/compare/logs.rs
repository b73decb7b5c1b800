//! What the logs of a comparison say of themselves: whose they are, how much of them was understood, what to know.

use crate::fonts::symbols;
use crate::format;
use crate::theme::{self, Theme};
use crate::views::widgets::hint;
use dropscope_engine::Comparison;
use dropscope_engine::gclog::{LineCounts, LineSample};
use egui::{Label, RichText, Ui};

/// Draws what each log says.
pub(super) fn logs_ui(ui: &mut Ui, comparison: &Comparison) {
    let theme = Theme::of(ui);
    for row in &comparison.recordings {
        let Some(log) = &row.log else { continue };
        ui.add_space(theme::GRID);
        ui.horizontal(|ui| {
            ui.label(RichText::new(&row.name).color(theme.text_strong));
            ui.label(RichText::new(&log.collector).color(theme.text_weak));
        });
        ui.label(lines_words("The log", &log.lines));
        samples_ui(ui, &log.not_understood_samples, log.lines.not_understood);
        match &log.operation_lines {
            Some(lines) => {
                ui.label(lines_words("The program's operations", lines));
                samples_ui(ui, &log.operation_not_understood_samples, lines.not_understood);
            }
            None => hint(ui, "There is no file with the program's operations beside it, so there are no latencies."),
        }
        for note in &log.notes {
            ui.add(Label::new(note).wrap());
        }
    }
}

fn lines_words(what: &str, lines: &LineCounts) -> String {
    format!(
        "{what} has {} lines: {} understood, {} with nothing needed here, {} not understood, {} of something else.",
        format::count(lines.total()),
        format::count(lines.understood),
        format::count(lines.ignored),
        format::count(lines.not_understood),
        format::count(lines.other)
    )
}

fn samples_ui(ui: &mut Ui, samples: &[LineSample], all: u64) {
    let theme = Theme::of(ui);
    for sample in samples {
        ui.horizontal(|ui| {
            ui.label(RichText::new(symbols::WARNING).color(theme.peak));
            ui.label(RichText::new(format!("line {}", sample.line)).color(theme.text_weak));
            ui.add(Label::new(RichText::new(&sample.text).monospace().size(theme::CODE_SIZE)).truncate())
                .on_hover_text(&sample.text);
        });
    }
    if all > samples.len() as u64 {
        hint(ui, &format!("and {} more lines", format::count(all - samples.len() as u64)));
    }
}
