//! Opening a copy of a lesson: written as a project, built, recorded, and compared with the original.

use super::Desk;
use crate::launch::{self, Build, BuildProgress, Launch, Options, Progress, Recorded};
use crate::model::copy::{CopyPhase, CopyState};
use crate::model::document::{DocumentId, Origin};
use crate::model::slot::Wake;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// The work on a copy that is under way.
#[derive(Default)]
pub(super) struct Copying {
    build: Option<Build>,
    launch: Option<Launch>,
    folder_dialog: Option<Receiver<Option<PathBuf>>>,
    runs: u32,
    /// The run before: the next one takes its place.
    last: Option<DocumentId>,
}

impl Copying {
    pub(super) fn is_busy(&self) -> bool {
        self.build.is_some() || self.launch.is_some()
    }
}

impl Desk {
    /// Asks where the copy of lesson number `index` is to go.
    pub(super) fn offer_copy(&mut self, index: usize) {
        let Some(lesson) = dropscope_lessons::lessons().get(index) else { return };
        if self.state.copy.as_ref().is_some_and(|copy| copy.lesson.name == lesson.name) {
            return;
        }
        self.stop_copy();
        let folder = launch::default_folder(lesson).to_string_lossy().into_owned();
        self.state.copy = Some(CopyState::new(lesson, folder));
    }

    pub(super) fn close_copy(&mut self) {
        self.stop_copy();
        self.state.copy = None;
    }

    /// Ends what is under way.
    pub(super) fn stop_copy(&mut self) {
        self.copying.build = None;
        self.copying.launch = None;
        if let Some(copy) = self.state.copy.as_mut().filter(|copy| copy.is_busy()) {
            copy.phase = CopyPhase::Waiting;
            copy.lines.clear();
        }
    }

    pub(super) fn choose_copy_folder(&mut self) {
        if self.copying.folder_dialog.is_some() {
            return;
        }
        let (sender, receiver) = channel();
        let wake = Arc::clone(&self.wake);
        let spawned = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let chosen = rfd::FileDialog::new().set_title("A folder for the copy").pick_folder();
            // Nobody waits any more where the window was closed.
            let _ = sender.send(chosen);
            wake();
        });
        match spawned {
            Ok(_) => self.copying.folder_dialog = Some(receiver),
            Err(error) => self.toast(format!("The dialog cannot be opened: {error}. Write the folder's path."), true),
        }
    }

    /// Writes the copy if it is not there, builds it and records it.
    pub(super) fn run_copy(&mut self) {
        let wake = waker(&self.wake);
        let Some(copy) = self.state.copy.as_mut().filter(|copy| !copy.is_busy()) else { return };
        copy.lines.clear();
        let started = launch::write_copy(copy.lesson, &expanded(&copy.folder))
            .map_err(|error| error.to_string())
            .and_then(|written| Ok((Build::start(&written.folder, wake)?, written)));
        match started {
            Ok((build, written)) => {
                copy.folder = written.folder.to_string_lossy().into_owned();
                copy.source = Some(written.source);
                copy.phase = CopyPhase::Building;
                self.copying.build = Some(build);
            }
            Err(problem) => copy.phase = CopyPhase::Failed(problem),
        }
    }

    pub(super) fn tick_copy(&mut self) -> bool {
        self.tick_folder_dialog() | self.tick_build() | self.tick_copy_launch()
    }

    fn tick_folder_dialog(&mut self) -> bool {
        let Some(answer) = self.copying.folder_dialog.as_ref().and_then(|receiver| receiver.try_recv().ok()) else {
            return false;
        };
        self.copying.folder_dialog = None;
        if let (Some(chosen), Some(copy)) = (answer, &mut self.state.copy) {
            copy.folder = chosen.join(copy.lesson.name).to_string_lossy().into_owned();
        }
        true
    }

    fn tick_build(&mut self) -> bool {
        let (Some(build), Some(copy)) = (&mut self.copying.build, &mut self.state.copy) else { return false };
        let progress = build.poll(waker(&self.wake));
        let is_new = build.lines().len() != copy.lines.len() || progress != BuildProgress::Building;
        if is_new {
            copy.lines = build.lines().to_vec();
        }
        match progress {
            BuildProgress::Building => {}
            BuildProgress::Failed => {
                copy.phase = CopyPhase::Failed("The compiler does not take the program. It says:".to_owned());
                self.copying.build = None;
            }
            BuildProgress::Built(program) => {
                self.copying.build = None;
                self.record_copy(&program);
            }
        }
        is_new
    }

    fn record_copy(&mut self, program: &Path) {
        let started = self
            .new_path("copy")
            .map_err(|error| format!("There is no room for a recording: {error}."))
            .and_then(|path| {
                let options =
                    Options { output: Some(path), silent: true, ends_with_launch: true, ..Options::default() };
                launch::start(OsStr::new(program), &[], &options).map_err(|error| error.to_string())
            });
        let Some(copy) = &mut self.state.copy else { return };
        match started {
            Ok(launch) => {
                copy.phase = CopyPhase::Recording;
                self.copying.launch = Some(launch);
            }
            Err(problem) => copy.phase = CopyPhase::Failed(problem),
        }
    }

    fn tick_copy_launch(&mut self) -> bool {
        let Some(launch) = &mut self.copying.launch else { return false };
        let Progress::Done(outcome) = launch.poll() else { return false };
        self.copying.launch = None;
        let phase = match outcome.recorded {
            Recorded::Whole(path) | Recorded::Unfinished { path, .. } => match self.show_copy(&path) {
                Ok(document) => CopyPhase::Done(document),
                Err(problem) => CopyPhase::Failed(problem),
            },
            Recorded::Nothing(sentence) => CopyPhase::Failed(sentence),
        };
        if let Some(copy) = &mut self.state.copy {
            copy.phase = phase;
        }
        true
    }

    /// Opens the copy's recording beside the original's.
    fn show_copy(&mut self, path: &Path) -> Result<DocumentId, String> {
        let Some(lesson) = self.state.copy.as_ref().map(|copy| copy.lesson) else {
            return Err("the copy was closed".to_owned());
        };
        self.copying.runs += 1;
        let title = format!("your copy, run {}", self.copying.runs);
        let id = self.open_one(path, title, Origin::User, true)?;
        if let Some(last) = self.copying.last.replace(id) {
            self.close(last);
        }
        let is_original = |document: &&crate::model::document::Document| matches!(document.origin, Origin::Lesson(its) if its.name == lesson.name);
        let original = self.state.documents.iter().find(is_original).map(|document| document.id);
        let compared = original.into_iter().chain([id]).collect();
        self.compare(compared, format!("{}: the lesson and your copy", lesson.title));
        Ok(id)
    }
}

/// `~` as a shell has it.
fn expanded(folder: &str) -> PathBuf {
    match (folder.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(folder),
    }
}

fn waker(wake: &Wake) -> impl Fn() + Send + Clone + 'static {
    let wake = Arc::clone(wake);
    move || wake()
}
