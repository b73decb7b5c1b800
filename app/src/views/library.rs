//! The pane at the left: lessons by chapter, comparisons, running programs, recordings.

use crate::fonts::symbols;
use crate::model::catalogue;
use crate::model::command::Command;
use crate::model::document::Origin;
use crate::model::state::{AppState, Screen};
use crate::theme::{self, Theme};
use crate::views::galleys;
use crate::views::painted::{Line, hover_text};
use crate::views::widgets::{close_button, hint};
use crate::views::{Commands, Memory};
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Align2, Color32, FontId, Layout, Pos2, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};

/// Draws the pane.
pub(crate) fn library_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    ScrollArea::vertical().id_salt("library").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        lessons_ui(ui, state, memory, commands);
        comparisons_ui(ui, state, memory, commands);
        running_ui(ui, state, commands);
        recordings_ui(ui, state, commands);
    });
}

fn heading(ui: &mut Ui, title: &str, note: &str) {
    let theme = Theme::of(ui);
    ui.add_space(theme::GRID);
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (id, rect) = ui.allocate_space(size);
    for (words, color, align) in [(title, theme.text_strong, Align::LEFT), (note, theme.text_weak, Align::RIGHT)] {
        let line = Line::new(ui, words, color, rect, align);
        line.name(ui, id.with(words));
        line.show(ui);
    }
}

fn lessons_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    let lessons = dropscope_lessons::lessons();
    let done = lessons.iter().filter(|lesson| state.library.done.contains(lesson.name)).count();
    heading(ui, "Lessons", &format!("{done} of {}", lessons.len()));
    let theme = Theme::of(ui);
    let shown = state.shown().and_then(crate::model::document::Document::as_lesson).map(|lesson| lesson.name);
    for (chapter, lessons) in catalogue::chapters() {
        let is_shown = lessons.iter().any(|(_, lesson)| shown == Some(lesson.name));
        let is_open = memory.chapters.get(chapter).copied().unwrap_or(is_shown);
        let done = lessons.iter().filter(|(_, lesson)| state.library.done.contains(lesson.name)).count();
        if chapter_ui(ui, chapter, is_open, &format!("{done} of {}", lessons.len())).clicked() {
            memory.chapters.insert(chapter, !is_open);
        }
        for (index, lesson) in lessons.into_iter().filter(|_| is_open) {
            let is_done = state.library.done.contains(lesson.name);
            let (symbol, color) =
                if is_done { (symbols::CHECK, theme.release) } else { (symbols::RING, theme.text_weak) };
            let answer = row(ui, symbol, color, lesson.title, shown == Some(lesson.name));
            if hover_text(answer, || lesson.title).clicked() {
                commands.push(Command::StartLesson(index));
            }
        }
    }
    ui.add_space(2.0 * theme::GRID);
}

fn comparisons_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    heading(ui, "Comparisons", "");
    let theme = Theme::of(ui);
    for (group, workloads) in catalogue::groups() {
        let title = catalogue::group_title(group);
        let is_shown = state.screen == Screen::Comparison && state.compare.title == title;
        let is_open = memory.chapters.get(group).copied().unwrap_or(is_shown);
        if chapter_ui(ui, title, is_open, "").clicked() {
            memory.chapters.insert(group, !is_open);
        }
        if !is_open {
            continue;
        }
        let answer = row(ui, symbols::COMPARE, theme.text_weak, "Record and compare all", is_shown);
        if hover_text(answer, || "Records all of them, one after the other, in the other languages that are installed too, and shows them on one axis").clicked() {
            commands.push(Command::StartGroup(group));
        }
        for workload in workloads {
            let open = state
                .documents
                .iter()
                .find(|one| matches!(one.origin, Origin::Workload(its) if its.name == workload.name));
            let is_shown = open.is_some_and(|open| state.screen == Screen::Document(open.id));
            let title = workload.title.split_once(": ").map_or(workload.title, |(_, rest)| rest);
            if row(ui, symbols::SEPARATOR, theme.text_weak, title, is_shown).clicked() {
                commands.push(match open {
                    Some(open) => Command::Show(Screen::Document(open.id)),
                    None => Command::StartWorkload(workload.name),
                });
            }
        }
    }
    ui.add_space(2.0 * theme::GRID);
}

fn running_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    heading(ui, "Running", "");
    if state.running.is_empty() {
        hint(ui, "No program is being recorded. Start one with `dropscope run -- PROGRAM`.");
    }
    for running in &state.running {
        let title = format!("{}  {}", running.program, running.pid);
        let is_shown = state.shown().is_some_and(|document| document.path == running.recording);
        if row(ui, symbols::DOT, theme.release, &title, is_shown).clicked() {
            commands.push(Command::Follow(running.recording.clone(), running.program.clone()));
        }
    }
    ui.add_space(2.0 * theme::GRID);
}

fn recordings_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    heading(ui, "Recordings", "");
    for document in state.documents.iter().filter(|document| !document.is_own) {
        let is_shown = state.screen == Screen::Document(document.id);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if close_button(ui, &format!("Close {}", document.title)).clicked() {
                    commands.push(Command::Close(document.id));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let answer = row(ui, symbols::DOT, theme.live, &document.title, is_shown);
                    if hover_text(answer, || document.path.display().to_string()).clicked() {
                        commands.push(Command::Show(Screen::Document(document.id)));
                    }
                });
            });
        });
    }
    logs_ui(ui, state, commands);
    let closed = |path: &std::path::Path| {
        state.documents.iter().all(|document| document.path != path) && state.logs.iter().all(|log| log.path != path)
    };
    for recent in state.library.recent.iter().filter(|recent| closed(&recent.path)) {
        let name = recent.path.file_stem().unwrap_or(recent.path.as_os_str()).to_string_lossy();
        let answer = row(ui, symbols::RING, theme.text_weak, &name, false);
        let answer = hover_text(answer, || format!("{}\n{}", recent.path.display(), recent.program));
        answer.context_menu(|ui| {
            if ui.button("Take off this list").clicked() {
                commands.push(Command::Forget(recent.path.clone()));
                ui.close();
            }
        });
        if answer.clicked() {
            commands.push(Command::Open(vec![recent.path.clone()]));
        }
    }
    let recordings = state.documents.iter().filter(|one| !one.is_own).map(|one| &one.path);
    let all: Vec<_> = recordings.chain(state.logs.iter().filter(|log| !log.is_own).map(|log| &log.path)).collect();
    if all.len() > 1 {
        let all = all.into_iter().cloned().collect();
        if row(ui, symbols::COMPARE, theme.text_weak, "Compare these", state.screen == Screen::Comparison).clicked() {
            commands.push(Command::Open(all));
        }
    }
    if row(ui, symbols::FOLDER, theme.text_weak, "Open a recording…", false).clicked() {
        commands.push(Command::OpenDialog);
    }
    if state.library.recent.is_empty() && state.documents.iter().all(|document| document.is_own) {
        hint(ui, "None yet. Drop a .dscope file anywhere in this window.");
    }
    ui.add_space(2.0 * theme::GRID);
}

/// Open logs of collectors; one that is clicked is shown alone.
fn logs_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    for log in state.logs.iter().filter(|log| !log.is_own) {
        let is_shown = state.screen == Screen::Comparison && state.compare.documents == [log.id];
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if close_button(ui, &format!("Close {}", log.title)).clicked() {
                    commands.push(Command::Close(log.id));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let answer = row(ui, symbols::DOT, theme.collector, &log.title, is_shown);
                    if hover_text(answer, || log.path.display().to_string()).clicked() {
                        commands.push(Command::Open(vec![log.path.clone()]));
                    }
                });
            });
        });
    }
}

/// A chapter's title, which opens and closes it.
fn chapter_ui(ui: &mut Ui, chapter: &str, is_open: bool, note: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, is_open, format!("{chapter}, {note}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.hovered);
    }
    let symbol = if is_open { symbols::OPENED } else { symbols::CLOSED };
    row_text(ui, rect, (symbol, theme.text_weak), (chapter, theme.text), note);
    response
}

/// Symbol, title and note of a line. Painted, not labels: the line is one thing with one name.
fn row_text(ui: &Ui, rect: Rect, symbol: (&str, Color32), title: (&str, Color32), note: &str) {
    let font = FontId::proportional(theme::TEXT_SIZE);
    let middle = rect.center().y;
    let painter = ui.painter();
    let text = |words: &str, color: Color32, at: Pos2, anchor: Align2| {
        let galley = galleys::line(ui.ctx(), words, &font, color);
        let rect = anchor.anchor_size(at, galley.size());
        painter.galley(rect.min, galley, color);
        rect
    };
    text(symbol.0, symbol.1, pos2(rect.left() + 13.0, middle), Align2::CENTER_CENTER);
    let weak = Theme::of(ui).text_weak;
    let note = text(note, weak, pos2(rect.right() - 6.0, middle), Align2::RIGHT_CENTER);
    let room = (note.left() - 4.0 - rect.left() - 26.0).max(0.0);
    let galley = galleys::kept(ui.ctx(), galleys::key(title.0, &font, title.1, Align::LEFT), room, || {
        let mut job = LayoutJob::simple_singleline(title.0.to_owned(), font.clone(), title.1);
        job.wrap = TextWrapping::truncate_at_width(room);
        painter.layout_job(job)
    });
    painter.galley(pos2(rect.left() + 26.0, middle - galley.size().y / 2.0), galley, title.1);
}

/// A line that can be chosen.
fn row(ui: &mut Ui, symbol: &str, color: egui::Color32, title: &str, is_chosen: bool) -> Response {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, title));
    if is_chosen {
        ui.painter().rect_filled(rect, theme::CORNER, theme.selection_row);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::CORNER, theme.hovered);
    }
    let ink = if is_chosen { theme.text_strong } else { theme.text };
    row_text(ui, rect, (symbol, color), (title, ink), "");
    response
}
