//! Findings as sentences, each with a way to its evidence.

use super::Drawn;
use crate::model::analysis::AnalysisCommand;
use crate::model::analysis::advice::{Advice, Finding, Kind};
use crate::model::command::Command;
use crate::theme;
use crate::views::Commands;
use crate::views::text::words_ui;
use crate::views::widgets::{chip, hint};
use egui::{ScrollArea, Ui};

/// Draws them.
pub(super) fn advice_ui(ui: &mut Ui, drawn: &Drawn<'_>, advice: &Advice, commands: &mut Commands) {
    if advice.findings.is_empty() {
        return hint(
            ui,
            "Nothing stands out: no leak that grows, no storm of releases, nothing that crosses, grows in steps, is cloned in vain or rounded up.",
        );
    }
    let wanted = drawn.document.analysis.look.search.trim().to_lowercase();
    ScrollArea::vertical().id_salt("advice").auto_shrink([false, false]).show(ui, |ui| {
        for (at, finding) in advice.findings.iter().enumerate() {
            if wanted.is_empty() || finding.sentence.to_lowercase().contains(&wanted) {
                ui.push_id(at, |ui| finding_ui(ui, drawn, finding, commands));
            }
        }
    });
}

/// How many there are.
pub(super) fn note(advice: &Advice) -> String {
    match advice.findings.len() {
        0 => "What stands out, with its numbers.".to_owned(),
        1 => "1 finding.".to_owned(),
        number => format!("{number} findings, the gravest first."),
    }
}

fn finding_ui(ui: &mut Ui, drawn: &Drawn<'_>, finding: &Finding, commands: &mut Commands) {
    let id = drawn.document.id;
    drawn.theme.canvas_frame().inner_margin(2.0 * theme::GRID).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let color = if finding.kind == Kind::GrowingLeak { drawn.theme.leak } else { drawn.theme.border_strong };
            chip(ui, finding.kind.name(), color);
            ui.add(egui::Label::new(&finding.sentence).wrap());
        });
        words_ui(ui, finding.remedy, drawn.theme.text_weak);
        ui.horizontal(|ui| {
            if let Some(thing) = finding.thing
                && ui.button("Show a block").on_hover_text("In the timeline").clicked()
            {
                commands.push(Command::Reveal(id, thing));
            }
            if let Some(range) = &finding.range_ns
                && ui.button("Choose its time").on_hover_text("As the range that all views answer for").clicked()
            {
                commands.push(Command::SetBrush(id, Some(range.clone())));
            }
            if ui.button(format!("See in {}", finding.tab.name())).clicked() {
                commands.push(Command::ChooseTab(finding.tab));
            }
            if let Some(narrow) = &finding.narrow
                && ui.button("Ask only about these").clicked()
            {
                commands.push(drawn.asked(AnalysisCommand::Narrow(Box::new(narrow.clone()))));
            }
            if let Some(place) = &finding.place
                && ui.button("Open in the editor").clicked()
            {
                commands.push(Command::OpenInEditor((**place).clone()));
            }
        });
    });
    ui.add_space(theme::GRID);
}
