//! The views below the timeline: the question in words, the tabs, what each view lets one choose, and the view itself.

mod addresses;
mod advice;
mod calls;
mod flame;
mod flame_keys;
mod grid;
mod listing;
mod node_menu;
mod options;
mod picture;
mod question;
mod rounding;
mod sheet;

use crate::fonts::symbols;
use crate::format;
use crate::model::analysis::ask::{AskKey, Content};
use crate::model::analysis::grid::Place;
use crate::model::analysis::{AnalysisCommand, Look};
use crate::model::command::{Command, Pane};
use crate::model::document::Document;
use crate::model::state::{AppState, Tab, Wish};
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::painted::hover_text;
use crate::views::widgets::{hint, icon_button, tab_button};
use egui::{Align, Label, Layout, RichText, TextEdit, Ui};
use std::sync::Arc;

/// What drawing the views must remember between frames.
#[derive(Default)]
pub(crate) struct BelowMemory {
    /// Whether the arrow keys are for the view below, since it was clicked last.
    pub has_keys: bool,
    /// The last wish of the keyboard that was fulfilled.
    wish_seen: u64,
    /// Whether the question is being edited.
    is_editing: bool,
    /// A row that the keyboard went to and that is to be brought into view.
    scroll_to: Option<usize>,
    /// The cell of sizes and lifetimes that a drag began in.
    corner: Option<Place>,
    /// The cell that the keyboard is at.
    cell: Option<Place>,
    /// The page that the keyboard is at, by its number.
    page: Option<u64>,
    /// The source file and line that were last brought into view.
    listed: Option<(Option<Arc<str>>, Option<u32>)>,
}

/// A view being drawn.
pub(crate) struct Drawn<'a> {
    pub state: &'a AppState,
    pub document: &'a Document,
    pub theme: &'static Theme,
}

impl Drawn<'_> {
    /// What a view asks for of its document.
    pub(crate) fn asked(&self, command: AnalysisCommand) -> Command {
        Command::Analysis(self.document.id, command)
    }

    pub(crate) fn look(&self, change: impl FnOnce(&mut Look)) -> Command {
        let mut look = self.document.analysis.look.clone();
        change(&mut look);
        self.asked(AnalysisCommand::SetLook(Box::new(look)))
    }
}

/// Draws all of it.
pub(crate) fn analysis_ui(
    ui: &mut Ui,
    state: &AppState,
    document: &Document,
    memory: &mut BelowMemory,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    // The pane keeps its height whatever is in it.
    ui.set_min_size(ui.available_size());
    let drawn = Drawn { state, document, theme };
    let pane = ui.available_rect_before_wrap();
    // By its event: what is pressed and let go within one frame is not pressed any more.
    let pressed_at = |event: &egui::Event| match event {
        egui::Event::PointerButton { pos, pressed: true, .. } => Some(*pos),
        _ => None,
    };
    if let Some(at) = ui.input(|input| input.events.iter().rev().find_map(pressed_at)) {
        memory.has_keys = pane.contains(at);
    }
    let key = key(state, document);
    want(document, &key, commands);
    let wish = (state.wish.0 != memory.wish_seen).then_some(state.wish.1);
    memory.wish_seen = state.wish.0;
    tabs_ui(ui, &drawn, commands);
    bar_ui(ui, &drawn, memory, &key, wish, commands);
    ui.horizontal(|ui| options::options_ui(ui, &drawn, commands));
    let wants_copy = wish == Some(Wish::CopyText) || is_copied(ui);
    if wants_copy && let Some(text) = text(&drawn) {
        ui.copy_text(text);
    }
    if wish == Some(Wish::CopyPicture) {
        picture::ask(ui.ctx(), pane);
    }
    picture::take(ui.ctx());
    content_ui(ui, &drawn, memory, &key, commands);
}

/// What is asked now.
pub(crate) fn key(state: &AppState, document: &Document) -> AskKey {
    let analysis = &document.analysis;
    let moment = document.moment();
    let is_at_end = !document.is_final() && document.playhead.is_none();
    AskKey {
        tab: state.tab,
        which: analysis.question.which(state.tab, &analysis.options, &moment),
        live_ns: if state.tab == Tab::Source { moment.live_ns } else { 0 },
        measure: analysis.question.measure,
        options: analysis.options.clone(),
        drifts: !document.is_final() && analysis.question.drifts(state.tab, &analysis.options, &moment, is_at_end),
        generation: document.facts.generation,
    }
}

fn want(document: &Document, key: &AskKey, commands: &mut Commands) {
    let analysis = &document.analysis;
    if !analysis.answers.get(&key.tab).is_some_and(|slot| slot.is_current(key)) {
        commands.push(Command::Analysis(document.id, AnalysisCommand::Want(Box::new(key.clone()))));
    }
    if let Some(thing) = document.selected
        && !analysis.traits.is_current(&(thing, document.facts.generation))
    {
        commands.push(Command::Analysis(document.id, AnalysisCommand::WantTraits(thing)));
    }
}

fn tabs_ui(ui: &mut Ui, drawn: &Drawn<'_>, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = theme::GRID;
            if icon_button(ui, symbols::OPENED, "Hide the views below (Ctrl+T)").clicked() {
                commands.push(Command::Toggle(Pane::Tables));
            }
            let name = if drawn.state.is_tall { "Less height (Ctrl+Shift+T)" } else { "More height (Ctrl+Shift+T)" };
            if icon_button(ui, symbols::FIT, name).clicked() {
                commands.push(Command::ToggleTall);
            }
            ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                ui.spacing_mut().item_spacing = egui::vec2(0.0, 0.0);
                ui.spacing_mut().button_padding.x = 6.0;
                for tab in Tab::ALL {
                    let is_chosen = drawn.state.tab == tab;
                    if tab_button(ui, tab.name(), is_chosen, tab.hover()).clicked() {
                        commands.push(Command::ChooseTab(tab));
                    }
                }
            });
        });
    });
}

/// Back and forward, the question, the search.
fn bar_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    key: &AskKey,
    wish: Option<Wish>,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        let (can_back, can_forward) = drawn.state.history.can_go();
        for (symbol, name, can, command) in [
            (symbols::ARROW_LEFT, "Back (Alt+Left)", can_back, Command::GoBack),
            (symbols::ARROW_RIGHT, "Forward (Alt+Right)", can_forward, Command::GoForward),
        ] {
            if ui.add_enabled_ui(can, |ui| icon_button(ui, symbol, name)).inner.clicked() {
                commands.push(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, symbols::PICTURE, "Copy this view as a picture (Ctrl+Alt+C)").clicked() {
                commands.push(Command::Wish(Wish::CopyPicture));
            }
            if icon_button(ui, symbols::COPY, "Copy this view as text (Ctrl+Shift+C)").clicked()
                && let Some(text) = text(drawn)
            {
                ui.copy_text(text);
            }
            search_ui(ui, drawn, wish == Some(Wish::Search), commands);
            progress_ui(ui, drawn);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                question::question_ui(ui, drawn, memory, key, wish == Some(Wish::EditQuestion), commands);
            });
        });
    });
}

fn search_ui(ui: &mut Ui, drawn: &Drawn<'_>, is_wanted: bool, commands: &mut Commands) {
    let mut search = drawn.document.analysis.look.search.clone();
    let field = TextEdit::singleline(&mut search).hint_text("search (Ctrl+F)").desired_width(130.0);
    let response = ui.add(field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "search in this view"));
    if is_wanted {
        response.request_focus();
    }
    // Escape takes the focus off the field before it is looked at here.
    let has_focus = response.has_focus() || response.lost_focus();
    // Taken, or it would let go of the selection, too.
    if has_focus && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
        search.clear();
        response.surrender_focus();
    }
    if search != drawn.document.analysis.look.search {
        commands.push(drawn.look(|look| look.search = search));
    }
}

/// How far an answer is, or that a newer one waits.
fn progress_ui(ui: &mut Ui, drawn: &Drawn<'_>) {
    let (analysis, tab) = (&drawn.document.analysis, drawn.state.tab);
    let is_busy = analysis.answers.get(&tab).is_some_and(crate::model::slot::Slot::is_busy);
    let fraction = analysis.answer(tab).map_or(0.0, |answer| answer.fraction);
    let words = if analysis.is_waiting(tab) {
        "newer data waits for the pointer to leave".to_owned()
    } else if is_busy && fraction > 0.0 && fraction < 1.0 {
        format!("{} so far…", so_far(fraction))
    } else if is_busy {
        "adding up…".to_owned()
    } else {
        return;
    };
    ui.label(RichText::new(words).color(drawn.theme.text_weak));
}

fn so_far(fraction: f32) -> String {
    format::percent((fraction * 1000.0) as u64, 1000)
}

/// Whether the arrows are for something else than the view: a field, a list or the question's parts above it.
fn are_keys_elsewhere(ui: &Ui, drawn: &Drawn<'_>) -> bool {
    ui.ctx().egui_wants_keyboard_input() || drawn.state.is_palette_open || ui.ctx().any_popup_open()
}

/// Whether the user copies, and means no text that is being edited.
fn is_copied(ui: &Ui) -> bool {
    !ui.ctx().egui_wants_keyboard_input() && ui.input(|input| input.events.contains(&egui::Event::Copy))
}

/// The view as text.
fn text(drawn: &Drawn<'_>) -> Option<String> {
    let analysis = &drawn.document.analysis;
    let computed = analysis.answer(drawn.state.tab)?;
    Some(match &computed.content {
        Content::Beginning => return None,
        Content::Sheet(shown) => shown.text(&sheet::order(analysis, computed.serial, shown)),
        Content::Graph(graph) => calls::text(graph, &analysis.look),
        Content::Addresses(map) => addresses::text(map),
        Content::Grid(shown) => grid::text(shown),
        Content::Listing(shown) => listing::text(shown),
        Content::Advice(shown) => shown.text(),
    })
}

fn content_ui(ui: &mut Ui, drawn: &Drawn<'_>, memory: &mut BelowMemory, key: &AskKey, commands: &mut Commands) {
    let rect = ui.available_rect_before_wrap();
    let is_over = ui.input(|input| input.pointer.hover_pos().is_some_and(|at| rect.contains(at)));
    if is_over != drawn.document.analysis.is_held {
        commands.push(drawn.asked(AnalysisCommand::Hold(is_over)));
    }
    let Some(computed) = drawn.document.analysis.answer(key.tab) else { return };
    match &computed.content {
        Content::Beginning => hint(ui, &format!("Adding up… {}", so_far(computed.fraction))),
        Content::Sheet(shown) => sheet::sheet_ui(ui, drawn, memory, computed.serial, shown, commands),
        Content::Graph(graph) if graph.nodes.len() <= 1 => hint(ui, "No block is of this question."),
        Content::Graph(graph) if key.tab == Tab::Calls => {
            calls::calls_ui(ui, drawn, memory, (computed.serial, graph), commands);
        }
        Content::Graph(graph) => flame::flame_ui(ui, drawn, memory, (computed.serial, graph), commands),
        Content::Grid(shown) => grid::grid_ui(ui, drawn, memory, shown, commands),
        Content::Addresses(map) => addresses::addresses_ui(ui, drawn, memory, map, commands),
        Content::Listing(shown) => listing::listing_ui(ui, drawn, memory, shown, commands),
        Content::Advice(shown) => advice::advice_ui(ui, drawn, shown, commands),
    }
}

/// What was made for `key` the last time, or is made now: frames are many, and most of them show the same.
fn kept<K, T>(ui: &Ui, name: &'static str, key: K, make: impl FnOnce() -> T) -> Arc<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    let id = egui::Id::unique(("kept", name));
    let kept: Option<(K, Arc<T>)> = ui.data(|data| data.get_temp(id));
    match kept {
        Some((of, made)) if of == key => made,
        _ => {
            let made = Arc::new(make());
            ui.data_mut(|data| data.insert_temp(id, (key, Arc::clone(&made))));
            made
        }
    }
}

/// A sentence on one line, cut where there is no room, whole under the pointer.
pub(crate) fn note_ui(ui: &mut Ui, theme: &Theme, note: &str) {
    let answer = ui.add(Label::new(RichText::new(note).color(theme.text_weak)).truncate());
    hover_text(answer, || note);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_kept_until_something_else_is_asked_for() {
        let made = std::cell::Cell::new(0);
        egui::__run_test_ui(|ui| {
            made.set(0);
            for key in [1, 1, 2, 2, 1] {
                let it = kept(ui, "of this test", key, || {
                    made.set(made.get() + 1);
                    key * 10
                });
                assert_eq!(*it, key * 10);
            }
        });
        assert_eq!(made.get(), 3);
    }
}
