//! The source with what each line allocated and released, what of it is live, and how many events it made.

use super::{BelowMemory, Drawn};
use crate::format;
use crate::model::analysis::listing::{File, Listing, name_of};
use crate::model::command::Command;
use crate::model::describe::short_place;
use crate::model::scene::Thing;
use crate::theme;
use crate::views::Commands;
use crate::views::source::{SourceLook, full_source_ui};
use crate::views::widgets::hint;
use dropscope_engine::Location;
use egui::{Key, Label, Modifiers, Panel, RichText, ScrollArea, Ui};
use std::sync::Arc;

/// Draws it.
pub(super) fn listing_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    listing: &Listing,
    commands: &mut Commands,
) {
    if listing.files.is_empty() {
        return hint(
            ui,
            "No place in the source is known: build the program with `debug = \"line-tables-only\"` or more.",
        );
    }
    let (analysis, selected) = (&drawn.document.analysis, drawn.document.selected);
    let place = analysis.traits_of(selected).and_then(|traits| traits.place.clone());
    let chosen = analysis.look.file.as_ref().filter(|(of, _)| *of == selected);
    let chosen = chosen.and_then(|(_, file)| listing.files.iter().find(|listed| name_of(&listed.at) == *file));
    let file = chosen.or_else(|| place.as_deref().and_then(|at| listing.file_of(at))).or(listing.files.first());
    let Some(file) = file else { return };
    Panel::left("source files")
        .resizable(true)
        .default_size(210.0)
        .show(ui, |ui| files_ui(ui, drawn, listing, file, commands));
    file_ui(ui, drawn, memory, file, place.as_deref(), commands);
}

/// What all lines did, as a table of text.
pub(super) fn text(listing: &Listing) -> String {
    let mut rows = vec!["file\tline\tallocated\treleased\tlive\tevents".to_owned()];
    for file in &listing.files {
        let mut lines: Vec<_> = file.lines.iter().collect();
        lines.sort_by_key(|(line, _)| **line);
        let name = file.at.file.as_deref().unwrap_or("?");
        rows.extend(lines.into_iter().map(|(line, sums)| {
            let numbers = [sums.allocated_bytes, sums.released_bytes, sums.live_bytes, sums.events];
            format!("{name}\t{line}\t{}", numbers.map(|number| number.to_string()).join("\t"))
        }));
    }
    rows.join("\n")
}

fn files_ui(ui: &mut Ui, drawn: &Drawn<'_>, listing: &Listing, shown: &File, commands: &mut Commands) {
    let wanted = drawn.document.analysis.look.search.trim().to_lowercase();
    let name = |file: &File| file.at.file.clone().unwrap_or_else(|| Arc::from("?"));
    let files: Vec<&File> =
        listing.files.iter().filter(|file| wanted.is_empty() || name(file).to_lowercase().contains(&wanted)).collect();
    let now = files.iter().position(|file| std::ptr::eq(*file, shown));
    let by_keys = stepped(ui, drawn, now, files.len());
    ScrollArea::vertical().id_salt("files").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, file) in files.into_iter().enumerate() {
            let words = format!("{}  {}", file_name(&file.at), format::bytes(file.allocated_bytes));
            let response = drawn.theme.row(ui, now == Some(at), &words).on_hover_text(&*name(file));
            if by_keys == Some(at) {
                response.scroll_to_me(None);
            }
            if response.clicked() || by_keys == Some(at) {
                let chosen = (drawn.document.selected, name_of(&file.at));
                commands.push(drawn.look(|look| look.file = Some(chosen)));
            }
        }
    });
}

/// The file that up and down lead to.
fn stepped(ui: &Ui, drawn: &Drawn<'_>, now: Option<usize>, files: usize) -> Option<usize> {
    if super::are_keys_elsewhere(ui, drawn) || files == 0 {
        return None;
    }
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        Some(now.map_or(0, |at| (at + 1).min(files - 1)))
    } else if pressed(Key::ArrowUp) {
        Some(now.map_or(0, |at| at.saturating_sub(1)))
    } else {
        None
    }
}

fn file_name(at: &Location) -> String {
    short_place(&Location { line: 0, ..at.clone() })
}

fn file_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    file: &File,
    place: Option<&Location>,
    commands: &mut Commands,
) {
    let lit = place.filter(|at| name_of(at) == name_of(&file.at)).map(|at| at.line);
    ui.horizontal(|ui| {
        let path = file.at.path.as_ref().map(|path| path.display().to_string());
        let name = file.at.file.as_deref().or(path.as_deref()).unwrap_or("?");
        let at = Location { line: lit.unwrap_or(1), column: 0, ..(*file.at).clone() };
        if ui.button("Open in the editor").on_hover_text("In what VISUAL or EDITOR names").clicked() {
            commands.push(Command::OpenInEditor(at));
        }
        let label = Label::new(RichText::new(name).color(drawn.theme.text_weak)).truncate();
        ui.add(label).on_hover_text(path.as_deref().unwrap_or(name));
    });
    if drawn.state.sources.is_unknown(&file.at) {
        commands.push(Command::WantSource((*file.at).clone()));
        return;
    }
    match drawn.state.sources.get(&file.at) {
        None => hint(ui, "reading…"),
        Some(None) => lines_ui(ui, drawn, file, commands),
        Some(Some(source)) => {
            let shown = (name_of(&file.at), lit);
            let scroll_to = (memory.listed.as_ref() != Some(&shown)).then(|| lit.or(most_line(file))).flatten();
            memory.listed = Some(shown);
            let look = SourceLook {
                source,
                lit,
                hinted: None,
                sums: Some(&file.lines),
                edge: drawn.theme.selection,
                scroll_to,
            };
            if let Some(block) = full_source_ui(ui, &look).and_then(|line| file.examples.get(&line)) {
                commands.push(Command::Reveal(drawn.document.id, Thing::Block(*block)));
            }
        }
    }
}

/// The line that allocated most.
fn most_line(file: &File) -> Option<u32> {
    let most = file.lines.iter().max_by_key(|(line, sums)| (sums.allocated_bytes, std::cmp::Reverse(**line)));
    most.map(|(line, _)| *line)
}

/// Where the file is not on this machine, its lines are told without their text.
fn lines_ui(ui: &mut Ui, drawn: &Drawn<'_>, file: &File, commands: &mut Commands) {
    hint(ui, "The source file is not on this machine. Its lines:");
    let mut lines: Vec<_> = file.lines.iter().collect();
    lines.sort_by_key(|(line, _)| **line);
    ScrollArea::vertical().id_salt("lines").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GRID / 2.0;
        for (line, sums) in lines {
            let words = format!(
                "line {line}: +{}, −{}, {} live, {} events",
                format::bytes(sums.allocated_bytes),
                format::bytes(sums.released_bytes),
                format::bytes(sums.live_bytes),
                format::count(sums.events),
            );
            if drawn.theme.row(ui, false, &words).clicked()
                && let Some(block) = file.examples.get(line)
            {
                commands.push(Command::Reveal(drawn.document.id, Thing::Block(*block)));
            }
        }
    });
}
