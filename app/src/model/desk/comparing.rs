//! The comparison: what is put above what, its numbers, logs that prove to be none, saving it.

use super::Desk;
use crate::model::command::SaveAs;
use crate::model::compare::{CompareResult, Row, RowData};
use crate::model::document::DocumentId;
use crate::model::log_document::LogDocument;
use crate::model::scene::{Request, Scene};
use crate::model::state::Screen;
use crate::save::{self, Look};
use dropscope_engine::Alignment;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// A comparison being saved.
pub(super) struct Saving {
    answer: Receiver<Option<Result<PathBuf, String>>>,
}

impl Desk {
    /// Opens the log at `path`; one that is open already is taken as it is.
    pub(super) fn open_log(&mut self, path: &Path, title: String, is_own: bool) -> DocumentId {
        if let Some(open) = self.state.logs.iter().find(|log| log.path == path) {
            return open.id;
        }
        let id = DocumentId(self.next_document);
        self.next_document += 1;
        let mut log = LogDocument::open(id, path, title, &self.wake);
        log.is_own = is_own;
        if !is_own {
            self.state.library.remember(path, "log of a garbage collector");
        }
        self.state.logs.push(log);
        self.state.problem = None;
        id
    }

    /// Takes in what has been read of logs; what proves to be none is told and closed.
    pub(super) fn tick_logs(&mut self) -> bool {
        let mut is_new = false;
        for log in &mut self.state.logs {
            is_new |= log.refresh();
        }
        let problem = |log: &LogDocument| Some((log.id, log.path.clone(), log.problem()?.to_owned()));
        let problems: Vec<_> = self.state.logs.iter().filter_map(problem).collect();
        for (id, path, problem) in problems {
            self.close(id);
            self.state.library.forget(&path);
            self.report_problem(problem);
            is_new = true;
        }
        is_new
    }

    pub(super) fn want_log_scene(&mut self, id: DocumentId, request: Request) {
        let wake = Arc::clone(&self.wake);
        let Some(log) = self.state.logs.iter_mut().find(|log| log.id == id) else { return };
        let Some(read) = log.read().filter(|read| read.is_ok()).map(Arc::clone) else { return };
        let asked = request.clone();
        log.scene.ask(request, false, &wake, move || match read.as_ref() {
            Ok(log) => Scene::of_log(log, asked),
            Err(_) => Scene::empty(asked),
        });
    }

    pub(super) fn align(&mut self, align: Alignment) {
        let compare = &mut self.state.compare;
        compare.align = align;
        // Times of another axis say nothing on this one.
        compare.view = None;
        compare.cursor_ns = None;
    }

    pub(super) fn tick_compare(&mut self) {
        self.find_origins();
        if self.starting.is_busy() {
            return;
        }
        let rows: Vec<Row<'_>> = self.state.compared().collect();
        if rows.is_empty() || !rows.iter().all(|row| row.is_final()) {
            return;
        }
        let key = generations(&rows);
        let rows: Vec<(String, RowData)> =
            rows.iter().filter_map(|row| Some((row.title().to_owned(), row.data()?))).collect();
        self.state.compare.result.ask(key, false, &self.wake, move || CompareResult::compute(&rows));
    }

    /// Finds each row's moment that is to stand at the common zero, when there is anything new.
    fn find_origins(&mut self) {
        let rows: Vec<Row<'_>> = self.state.compared().collect();
        let align = self.state.compare.align.clone();
        let of = Some((generations(&rows), align));
        if self.state.compare.origins_of != of {
            let origins_ns = rows.iter().map(|row| row.origin_ns(&self.state.compare.align)).collect();
            self.state.compare.origins_ns = origins_ns;
            self.state.compare.origins_of = of;
        }
    }

    /// Saves what is compared, on a thread of its own and from the files: as `dropscope compare` does.
    pub(super) fn save_comparison(&mut self, save_as: SaveAs, path: Option<PathBuf>) {
        if self.saving.is_some() {
            return;
        }
        let files: Vec<(PathBuf, String)> = self
            .state
            .compared()
            .map(|row| match row {
                Row::Recording(document) => (document.path.clone(), document.title.clone()),
                Row::Log(log) => (log.path.clone(), log.title.clone()),
            })
            .collect();
        let compare = &self.state.compare;
        let look = Look {
            title: compare.title.clone(),
            align: compare.align.clone(),
            is_scaled_apart: compare.is_scaled_apart,
            is_dark: self.state.library.is_dark,
        };
        let (sender, answer) = channel();
        let wake = Arc::clone(&self.wake);
        let spawned = std::thread::Builder::new().name("save".to_owned()).spawn(move || {
            let saved = path.or_else(|| choose(save_as)).map(|path| {
                let done = match save_as {
                    SaveAs::Page => save::page(&files, &look, &path),
                    SaveAs::Picture => save::picture(&files, &look, &path),
                };
                done.map(|()| path).map_err(|error| format!("The comparison cannot be saved: {error:#}."))
            });
            // Nobody waits any more where the window was closed.
            let _ = sender.send(saved);
            wake();
        });
        match spawned {
            Ok(_) => {
                self.saving = Some(Saving { answer });
                self.state.is_saving = true;
            }
            Err(error) => self.toast(format!("The comparison cannot be saved: {error}."), true),
        }
    }

    pub(super) fn tick_saving(&mut self) -> bool {
        let Some(saving) = &self.saving else { return false };
        match saving.answer.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Ok(Some(Ok(path))) => self.toast(format!("Saved: {}", path.display()), false),
            Ok(Some(Err(problem))) => self.toast(problem, true),
            Ok(None) => {}
            Err(TryRecvError::Disconnected) => {
                self.toast("The comparison could not be saved: the work on it ended early.".to_owned(), true);
            }
        }
        self.saving = None;
        self.state.is_saving = false;
        true
    }

    /// Shows these documents on one axis, or what one log alone has to say.
    pub(super) fn compare(&mut self, documents: Vec<DocumentId>, title: String) {
        let compare = &mut self.state.compare;
        compare.documents = documents;
        compare.title = title;
        compare.align = Alignment::Start;
        compare.view = None;
        compare.cursor_ns = None;
        compare.difference = 0;
        self.state.screen = Screen::Comparison;
    }
}

fn generations(rows: &[Row<'_>]) -> Vec<u64> {
    rows.iter().flat_map(|row| [u64::from(row.id().0), row.generation()]).collect()
}

/// A dialog that is gone sooner than this was never there: then the file goes into the working folder.
const NEVER_SHOWN: Duration = Duration::from_millis(400);

/// Lets the user choose where to; none where the dialog was closed.
fn choose(save_as: SaveAs) -> Option<PathBuf> {
    let (name, filter, ending) = match save_as {
        SaveAs::Page => ("comparison.html", "HTML pages", "html"),
        SaveAs::Picture => ("comparison.png", "PNG pictures", "png"),
    };
    let asked = Instant::now();
    let dialog = rfd::FileDialog::new().set_title("Save the comparison").set_file_name(name);
    let chosen = dialog.add_filter(filter, &[ending]).save_file();
    if chosen.is_some() || asked.elapsed() > NEVER_SHOWN {
        return chosen;
    }
    let further = (2..1000).map(|number| format!("comparison-{number}.{ending}"));
    let unused = std::iter::once(name.to_owned()).chain(further).find(|name| !Path::new(name).exists());
    unused.and_then(|name| std::path::absolute(name).ok())
}
