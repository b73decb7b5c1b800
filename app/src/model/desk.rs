//! The one place where the window's state changes: carries out commands, takes in what background work has brought.

mod analysing;
mod comparing;
mod copying;
mod folder;
mod looking;
mod opening;
mod starting;

use crate::model::command::{Command, Pane, SceneOf};
use crate::model::document::DocumentId;
use crate::model::history::{self, Place};
use crate::model::lesson::LessonFacts;
use crate::model::library::Library;
use crate::model::slot::Wake;
use crate::model::state::{AppState, RunningProgram, Screen, Sorting, Toast};
use crate::model::tables::Tables;
use comparing::Saving;
use copying::Copying;
use opening::Dialog;
use starting::Starting;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// How long a message stays, in seconds.
const TOAST_SECONDS: f64 = 8.0;
/// Most messages at once; older ones go first.
const MOST_TOASTS: usize = 4;

/// What a window may do by itself.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// The `dropscope` binary that runs the demos; by default this one.
    pub program: Option<PathBuf>,
    /// Play a lesson as soon as it has been recorded, and its question answered.
    pub plays_lessons: bool,
    /// Ask for paths in the window itself and never through the desktop's file dialog.
    pub asks_paths: bool,
    /// Ask a lesson's question before its recording is shown.
    pub asks_first: bool,
}

/// The window's state and its background work.
pub struct Desk {
    /// The state. Views read it.
    pub state: AppState,
    wake: Wake,
    habits: Habits,
    starting: Starting,
    copying: Copying,
    dialog: Option<Dialog>,
    saving: Option<Saving>,
    running: Option<Receiver<Vec<RunningProgram>>>,
    next_document: u32,
    next_toast: u64,
}

impl Desk {
    /// A desk with nothing on it. `wake` is called from any thread when [`Desk::tick`] has something to do.
    pub fn new(library: Library, habits: Habits, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            state: AppState::new(library),
            wake: Arc::new(wake),
            habits,
            starting: Starting::default(),
            copying: Copying::default(),
            dialog: None,
            saving: None,
            running: None,
            next_document: 1,
            next_toast: 1,
        }
    }

    /// Takes in what background work has brought, and moves what moves by itself. `seconds` have passed since the last
    /// time. True if there is anything new to show.
    pub fn tick(&mut self, seconds: f64) -> bool {
        let mut is_new = false;
        for document in &mut self.state.documents {
            is_new |= document.refresh();
        }
        is_new |= self.state.sources.poll();
        is_new |= self.state.compare.result.poll();
        is_new |= self.tick_starting();
        is_new |= self.tick_logs();
        is_new |= self.tick_copy();
        is_new |= self.tick_dialog();
        is_new |= self.tick_saving();
        is_new |= self.tick_running();
        is_new |= self.tick_lessons();
        is_new |= self.tick_playing(seconds);
        self.order_tables();
        self.tick_compare();
        let before = self.state.toasts.len();
        for toast in &mut self.state.toasts {
            toast.seconds_left -= seconds;
        }
        self.state.toasts.retain(|toast| toast.seconds_left > 0.0);
        is_new | (before != self.state.toasts.len())
    }

    /// Whether background work is under way that will change what is shown.
    pub fn is_busy(&self) -> bool {
        self.state.documents.iter().any(super::document::Document::is_busy)
            || self.state.logs.iter().any(super::log_document::LogDocument::is_busy)
            || self.state.sources.is_busy()
            || self.state.compare.result.is_busy()
            || self.starting.is_busy()
            || self.saving.is_some()
            || self.copying.is_busy()
    }

    /// Whether a program is being started or its recording is being waited for.
    pub fn is_starting(&self) -> bool {
        self.starting.is_busy() || self.copying.is_busy()
    }

    /// Whether the picture moves by itself and is to be drawn again soon.
    pub fn is_moving(&self) -> bool {
        self.state.documents.iter().any(|document| document.playing.is_some()) || !self.state.toasts.is_empty()
    }

    /// Carries out `command`. One that leads somewhere else can be taken back by [`Command::GoBack`].
    pub fn apply(&mut self, command: Command) {
        let before = history::is_step(&command).then(|| (Place::now(&self.state), history::is_continuous(&command)));
        self.carry_out(command);
        if let Some((before, is_continuous)) = before
            && before != Place::now(&self.state)
        {
            self.state.history.left(before, is_continuous);
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Open(paths) => self.open(&paths),
            Command::OpenDialog => self.open_dialog(),
            Command::OpenTyped(text) => self.open_typed(&text),
            Command::StopTyping => self.state.asks_path = false,
            Command::Follow(path, title) => self.follow(path, title),
            Command::Close(id) => self.close(id),
            Command::Show(screen) => self.show(screen),
            Command::StartLesson(index) => self.start_lesson(index),
            Command::Answer(lesson, choice) => self.answer(lesson, choice),
            Command::AskAgain(lesson) => self.ask_again(lesson),
            Command::OfferCopy(index) => self.offer_copy(index),
            Command::SetCopyFolder(folder) => {
                if let Some(copy) = &mut self.state.copy {
                    copy.folder = folder;
                }
            }
            Command::ChooseCopyFolder => self.choose_copy_folder(),
            Command::RunCopy => self.run_copy(),
            Command::StopCopy => self.stop_copy(),
            Command::CloseCopy => self.close_copy(),
            Command::StartGroup(group) => self.start_group(group),
            Command::StopGroup => self.stop_group(),
            Command::StartWorkload(name) => self.start_workload(name),
            Command::Stop(id) => self.stop(id),
            Command::Forget(path) => self.state.library.forget(&path),
            Command::ToggleTheme => self.state.library.is_dark = !self.state.library.is_dark,
            Command::Toggle(pane) => self.toggle(pane),
            Command::ChooseTab(tab) => {
                self.state.tab = tab;
                self.state.panes.tables = true;
            }
            Command::SortBy(tab, column) => {
                let is_ascending =
                    self.state.sorting.get(&tab).is_some_and(|old| old.column == column && !old.is_ascending);
                self.state.sorting.insert(tab, Sorting { column, is_ascending });
                self.order_tables();
            }
            Command::SetView(id, view) => self.set_view(id, view),
            Command::Fit(id) => self.fit(id),
            Command::SetPlayhead(id, time_ns) => self.set_playhead(id, time_ns),
            Command::Step(id, by) => self.step(id, by),
            Command::GoToLine(id, line) => self.go_to_line(id, line),
            Command::GoToStep(id, index) => self.go_to_step(id, index),
            Command::SetLessonSpeed(speed) => self.state.library.lesson_speed = speed,
            Command::TogglePlay(id) => self.toggle_play(id),
            Command::SetBrush(id, range_ns) => self.with(id, |document| document.brush = range_ns),
            Command::Select(id, thing) => self.with(id, |document| document.selected = thing),
            Command::Reveal(id, thing) => self.reveal(id, thing),
            Command::ToggleShowAll(id) => self.with(id, |document| {
                document.shows_all = !document.shows_all;
                document.view = None;
            }),
            Command::Analysis(id, asked) => self.analysis(id, asked),
            Command::ToggleTall => {
                self.state.is_tall = !self.state.is_tall;
                self.state.panes.tables = true;
            }
            Command::TogglePalette => self.state.is_palette_open = !self.state.is_palette_open,
            Command::Wish(wish) => {
                self.state.wish = (self.state.wish.0 + 1, wish);
                self.state.panes.tables = true;
            }
            Command::GoBack => history::go(&mut self.state, true),
            Command::GoForward => history::go(&mut self.state, false),
            Command::OpenInEditor(at) => self.open_in_editor(&at),
            Command::ToggleAllFrames => self.state.all_frames = !self.state.all_frames,
            Command::SetCompareView(view) => self.state.compare.view = view,
            Command::SetCompareCursor(time_ns) => self.state.compare.cursor_ns = time_ns,
            Command::Align(align) => self.align(align),
            Command::ScaleApart(is_apart) => self.state.compare.is_scaled_apart = is_apart,
            Command::ChooseCompareTab(tab) => self.state.compare.tab = tab,
            Command::ChooseDifference(index) => self.state.compare.difference = index,
            Command::SaveComparison(save_as, path) => self.save_comparison(save_as, path),
            Command::Dismiss(id) => self.state.toasts.retain(|toast| toast.id != id),
            Command::WantScene(id, of, request) => self.want_scene(id, of, request),
            Command::WantTables(id, key) => {
                let wake = Arc::clone(&self.wake);
                self.with(id, |document| {
                    let (data, asked) = (document.data.clone(), key.clone());
                    // Of another range nobody waits for the one before it.
                    let is_other =
                        document.tables.pending_key().is_some_and(|pending| pending.range_ns != key.range_ns);
                    document
                        .tables
                        .ask_in_parts(key, is_other, &wake, move |cancel, _| Tables::compute(&data, &asked, cancel));
                });
            }
            Command::WantSource(location) => self.state.sources.ask(&location, &self.wake),
        }
    }

    /// Tells the user something that went wrong: in the middle where nothing else is shown, else as a message.
    pub fn report_problem(&mut self, text: String) {
        if self.state.documents.is_empty() && self.state.logs.is_empty() {
            self.state.problem = Some(text);
            self.state.screen = Screen::Empty;
        } else {
            self.toast(text, true);
        }
    }

    fn toast(&mut self, text: String, is_error: bool) {
        let id = self.next_toast;
        self.next_toast += 1;
        self.state.toasts.push(Toast { id, text, is_error, seconds_left: TOAST_SECONDS });
        let surplus = self.state.toasts.len().saturating_sub(MOST_TOASTS);
        self.state.toasts.drain(..surplus);
    }

    fn toggle(&mut self, pane: Pane) {
        let panes = &mut self.state.panes;
        let shown = match pane {
            Pane::Library => &mut panes.library,
            Pane::Details => &mut panes.details,
            Pane::Tables => &mut panes.tables,
        };
        *shown = !*shown;
    }

    fn show(&mut self, screen: Screen) {
        if let Screen::Document(id) = screen
            && self.state.document(id).is_none()
        {
            return;
        }
        self.state.screen = screen;
    }

    fn want_scene(&mut self, id: DocumentId, of: SceneOf, request: super::scene::Request) {
        /// Up to so many blocks a scene is computed at once; more may take longer than a frame has.
        const FEW_BLOCKS: u32 = 20_000;
        if self.state.document(id).is_none() {
            return self.want_log_scene(id, request);
        }
        let wake = Arc::clone(&self.wake);
        self.with(id, |document| {
            let may_be_quick = document.data.model.read().blocks().count() < FEW_BLOCKS;
            let (data, asked) = (document.data.clone(), request.clone());
            let slot = match of {
                SceneOf::Timeline => &mut document.scene,
                SceneOf::Comparison => &mut document.compare_scene,
            };
            slot.ask(request, may_be_quick, &wake, move || data.scene(asked));
        });
    }

    fn with(&mut self, id: DocumentId, change: impl FnOnce(&mut super::document::Document)) {
        if let Some(document) = self.state.document_mut(id) {
            change(document);
        }
    }

    fn tick_lessons(&mut self) -> bool {
        let (mut is_new, wake) = (false, Arc::clone(&self.wake));
        for document in &mut self.state.documents {
            let Some(lesson) = document.as_lesson() else { continue };
            if !document.is_final() {
                continue;
            }
            let is_asking = document.is_own && self.state.asked == Some(lesson.name);
            let known_before = document.lesson.get().is_some();
            let data = document.data.clone();
            document.lesson.ask(document.facts.generation, false, &wake, move || {
                LessonFacts::find(&data.model.read(), &data.names, lesson)
            });
            is_new |= !known_before && document.lesson.get().is_some();
            let may_play = self.habits.plays_lessons && !document.was_played && !is_asking;
            if document.lesson.get().is_some() && may_play {
                document.was_played = true;
                document.play();
            }
        }
        is_new
    }
}
