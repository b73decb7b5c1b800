//! Opening and closing recordings: by path, by dialog, by following a program that another process started.

use super::Desk;
use crate::model::compare::title_of;
use crate::model::document::{Document, DocumentId, Origin};
use crate::model::state::{RunningProgram, Screen};
use dropscope_engine::OpenError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel, sync_channel};
use std::time::{Duration, Instant};

/// How often running programs are looked for.
const SCAN_INTERVAL: Duration = Duration::from_secs(1);

/// A dialog that is gone sooner than this was never there: neither a desktop portal nor zenity is installed. The
/// library tells no difference to one that was cancelled.
const NEVER_SHOWN: Duration = Duration::from_millis(400);

/// The desktop's file dialog, open.
pub(super) struct Dialog {
    /// What was chosen, and how long that took: on the dialog's own thread, since the window may be late to look.
    answer: Receiver<(Option<Vec<PathBuf>>, Duration)>,
}

impl Desk {
    pub(super) fn open(&mut self, paths: &[PathBuf]) {
        let mut opened = Vec::new();
        for path in paths {
            match self.open_one(path, title_of(path), Origin::User, false) {
                Ok(id) => opened.push(id),
                Err(problem) => self.report_problem(problem),
            }
        }
        self.show_opened(opened);
    }

    /// A recording alone as itself; a log alone and several of either on one axis.
    fn show_opened(&mut self, opened: Vec<DocumentId>) {
        match opened.as_slice() {
            [] => {}
            [one] if self.state.document(*one).is_some() => self.state.screen = Screen::Document(*one),
            _ => self.compare(opened, "Comparison".to_owned()),
        }
    }

    /// Opens files, each with what it is called, and compares them, be it one alone.
    pub fn open_compared(&mut self, files: &[(PathBuf, String)], title: String) {
        let mut opened = Vec::new();
        for (path, name) in files {
            match self.open_one(path, name.clone(), Origin::User, false) {
                Ok(id) => opened.push(id),
                Err(problem) => self.report_problem(problem),
            }
        }
        self.compare(opened, title);
    }

    /// Opens the recording, or the log, at `path`; one that is open already is taken as it is.
    pub(super) fn open_one(
        &mut self,
        path: &Path,
        title: String,
        origin: Origin,
        is_own: bool,
    ) -> Result<DocumentId, String> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if let Some(open) = self.state.documents.iter().find(|document| document.path == absolute) {
            return Ok(open.id);
        }
        let id = DocumentId(self.next_document);
        let mut document = match Document::open(id, &absolute, title.clone(), origin, &self.wake) {
            Ok(document) => document,
            // Perhaps it is what a collector wrote; that shows when it has been read.
            Err(OpenError::Foreign(_)) => return Ok(self.open_log(&absolute, title, is_own)),
            Err(error) => return Err(error.to_string()),
        };
        document.is_own = is_own;
        self.next_document += 1;
        if !is_own {
            self.state.library.remember(&absolute, &document.facts.program);
        }
        self.state.documents.push(document);
        self.state.problem = None;
        Ok(id)
    }

    pub(super) fn close(&mut self, id: DocumentId) {
        self.stop(id);
        self.state.documents.retain(|document| document.id != id);
        self.state.logs.retain(|log| log.id != id);
        self.state.compare.documents.retain(|&compared| compared != id);
        let is_shown_gone = match self.state.screen {
            Screen::Document(shown) => shown == id,
            Screen::Comparison => self.state.compare.documents.is_empty(),
            Screen::Empty => false,
        };
        if is_shown_gone {
            self.state.screen = self.state.documents.last().map_or(Screen::Empty, |last| Screen::Document(last.id));
        }
    }

    pub(super) fn open_dialog(&mut self) {
        if self.dialog.is_some() {
            return;
        }
        if self.habits.asks_paths {
            self.state.asks_path = true;
            return;
        }
        let (sender, receiver) = channel();
        let wake = Arc::clone(&self.wake);
        let spawned = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let opened_at = Instant::now();
            let chosen = rfd::FileDialog::new()
                .set_title("Open recordings and logs")
                .add_filter("Dropscope recordings", &["dscope"])
                .add_filter("Logs of garbage collectors", &["log", "txt", "jsonl"])
                .add_filter("All files", &["*"])
                .pick_files();
            // Nobody waits any more where the window was closed.
            let _ = sender.send((chosen, opened_at.elapsed()));
            wake();
        });
        match spawned {
            Ok(_) => {
                self.dialog = Some(Dialog { answer: receiver });
                self.state.is_choosing = true;
            }
            Err(_) => self.state.asks_path = true,
        }
    }

    pub(super) fn tick_dialog(&mut self) -> bool {
        let Some(dialog) = &self.dialog else { return false };
        let (answer, was_shown) = match dialog.answer.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Ok((answer, took)) => (answer, took > NEVER_SHOWN),
            Err(TryRecvError::Disconnected) => (None, false),
        };
        self.dialog = None;
        self.state.is_choosing = false;
        match answer {
            Some(paths) => self.open(&paths),
            None => self.state.asks_path = !was_shown,
        }
        true
    }

    /// Opens the path that was typed; `~` is the home folder. One that cannot be opened may be mended.
    pub(super) fn open_typed(&mut self, text: &str) {
        let text = text.trim();
        let path = match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        match self.open_one(&path, title_of(&path), Origin::User, false) {
            Ok(id) => {
                self.state.asks_path = false;
                self.show_opened(vec![id]);
            }
            Err(problem) => self.toast(problem, true),
        }
    }

    /// Looks for recorded programs from now on, on a thread of its own.
    pub fn watch_running(&mut self) {
        let (sender, receiver) = sync_channel(1);
        let wake = Arc::clone(&self.wake);
        let spawned = std::thread::Builder::new().name("running".to_owned()).spawn(move || {
            let mut scan = crate::launch::running::RunningScan::default();
            let mut before = Vec::new();
            loop {
                let found: Vec<RunningProgram> = scan
                    .scan()
                    .into_iter()
                    .map(|one| RunningProgram { pid: one.pid, program: one.program, recording: one.recording })
                    .collect();
                if found != before {
                    before.clone_from(&found);
                    if sender.send(found).is_err() {
                        return;
                    }
                    wake();
                }
                std::thread::sleep(SCAN_INTERVAL);
            }
        });
        // Without the thread the list stays empty and says so.
        self.running = spawned.is_ok().then_some(receiver);
    }

    pub(super) fn tick_running(&mut self) -> bool {
        let Some(found) = self.running.as_ref().and_then(|receiver| receiver.try_iter().last()) else { return false };
        self.state.running = found;
        true
    }
}
