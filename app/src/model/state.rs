//! The state of the window: what is open, what is shown, what is remembered.

use crate::axis::TimeView;
use crate::model::compare::{CompareResult, Row};
use crate::model::copy::CopyState;
use crate::model::document::{Document, DocumentId};
use crate::model::lesson::LessonPage;
use crate::model::library::Library;
use crate::model::log_document::LogDocument;
use crate::model::slot::Slot;
use crate::model::sources::Sources;
use dropscope_engine::Alignment;
use std::collections::HashMap;
use std::path::PathBuf;

/// What the middle of the window shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Nothing is open; the sentence says what is wrong, if anything.
    #[default]
    Empty,
    /// A recording, or a lesson.
    Document(DocumentId),
    /// Several recordings on one axis.
    Comparison,
}

/// A table below the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Where blocks are born.
    #[default]
    Sites,
    /// Which types release them.
    Owners,
    /// What is never released.
    Leaks,
    /// The program's operations.
    Operations,
    /// Its threads.
    Threads,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Tab; 5] = [Tab::Sites, Tab::Owners, Tab::Leaks, Tab::Operations, Tab::Threads];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tab::Sites => "Sites",
            Tab::Owners => "Owners",
            Tab::Leaks => "Leaks",
            Tab::Operations => "Operations",
            Tab::Threads => "Threads",
        }
    }
}

/// How a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorting {
    /// By which column, from 0.
    pub column: usize,
    /// Whether the least is first.
    pub is_ascending: bool,
}

/// Which panes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// The library.
    pub library: bool,
    /// The selection.
    pub details: bool,
    /// The tables.
    pub tables: bool,
}

/// A message that goes by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Its number.
    pub id: u64,
    /// The sentence.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
    /// How long it stays, in seconds.
    pub seconds_left: f64,
}

/// A program that is being recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningProgram {
    /// Its process id.
    pub pid: u32,
    /// Its name.
    pub program: String,
    /// Its recording.
    pub recording: PathBuf,
}

/// What is shown below the rows of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompareTab {
    /// The table of numbers.
    #[default]
    Numbers,
    /// What one recording has more or less of than the first, by site and owner.
    Differences,
    /// What the logs say of themselves: collectors, lines that were not understood.
    Logs,
}

/// The comparison.
#[derive(Default)]
pub struct CompareState {
    /// What is compared, recordings and logs, in order.
    pub documents: Vec<DocumentId>,
    /// What it is called.
    pub title: String,
    /// What is put above what.
    pub align: Alignment,
    /// Each row's moment at the common zero, in the order of `documents`; none where it has no such moment.
    pub origins_ns: Vec<Option<u64>>,
    /// Rows and alignment that `origins_ns` is of.
    pub(crate) origins_of: Option<(Vec<u64>, Alignment)>,
    /// Whether each row has its own scales.
    pub is_scaled_apart: bool,
    /// The time in view, from the common zero; none: all.
    pub view: Option<TimeView>,
    /// The cursor that stays, in ns from the common zero.
    pub cursor_ns: Option<i64>,
    /// What is shown below the rows.
    pub tab: CompareTab,
    /// Which of the differences is shown.
    pub difference: usize,
    /// The table and the sentence.
    pub result: Slot<Vec<u64>, CompareResult>,
}

/// The state of the window.
pub struct AppState {
    /// Open documents.
    pub documents: Vec<Document>,
    /// Open logs of garbage collectors.
    pub logs: Vec<LogDocument>,
    /// What the middle shows.
    pub screen: Screen,
    /// Why nothing is shown, in a sentence.
    pub problem: Option<String>,
    /// What is compared.
    pub compare: CompareState,
    /// What is remembered.
    pub library: Library,
    /// Programs being recorded now.
    pub running: Vec<RunningProgram>,
    /// Documents whose program was started by this window and runs.
    pub launched: Vec<DocumentId>,
    /// What is being started: shown until its recording can be opened.
    pub starting: Option<String>,
    /// Panes.
    pub panes: Panes,
    /// The table shown.
    pub tab: Tab,
    /// How each table is sorted, where not as it comes.
    pub sorting: HashMap<Tab, Sorting>,
    /// Whether stacks show all frames.
    pub all_frames: bool,
    /// Messages.
    pub toasts: Vec<Toast>,
    /// Whether the file dialog is open.
    pub is_choosing: bool,
    /// Whether a path is asked for in the window, since this machine has no file dialog.
    pub asks_path: bool,
    /// Whether the comparison is being saved.
    pub is_saving: bool,
    /// Source files.
    pub sources: Sources,
    /// The lesson whose question is to be answered before its recording is shown.
    pub asked: Option<&'static str>,
    /// The copy of a lesson that is worked on.
    pub copy: Option<CopyState>,
    /// Texts and sources of the lessons, in teaching order.
    pub pages: Vec<LessonPage>,
}

impl AppState {
    /// The state of a window that has just been opened.
    pub fn new(library: Library) -> Self {
        Self {
            documents: Vec::new(),
            logs: Vec::new(),
            screen: Screen::Empty,
            problem: None,
            compare: CompareState::default(),
            library,
            running: Vec::new(),
            launched: Vec::new(),
            starting: None,
            panes: Panes { library: true, details: true, tables: true },
            tab: Tab::default(),
            sorting: HashMap::new(),
            all_frames: false,
            toasts: Vec::new(),
            is_choosing: false,
            asks_path: false,
            is_saving: false,
            sources: Sources::default(),
            asked: None,
            copy: None,
            pages: dropscope_lessons::lessons().iter().map(LessonPage::new).collect(),
        }
    }

    /// An open document.
    pub fn document(&self, id: DocumentId) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == id)
    }

    /// An open document, to be changed.
    pub fn document_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        self.documents.iter_mut().find(|document| document.id == id)
    }

    /// The document that is shown, where one alone is.
    pub fn shown(&self) -> Option<&Document> {
        match self.screen {
            Screen::Document(id) => self.document(id),
            Screen::Empty | Screen::Comparison => None,
        }
    }

    /// The rows of the comparison, in order.
    pub fn compared(&self) -> impl Iterator<Item = Row<'_>> {
        self.compare.documents.iter().filter_map(|&id| self.row(id))
    }

    fn row(&self, id: DocumentId) -> Option<Row<'_>> {
        let log = || self.logs.iter().find(|log| log.id == id).map(Row::Log);
        self.document(id).map(Row::Recording).or_else(log)
    }

    /// Whether the question of the lesson in `document` is to be answered before its recording is shown.
    pub fn is_asking(&self, document: &Document) -> bool {
        document.is_own && document.as_lesson().is_some_and(|lesson| self.asked == Some(lesson.name))
    }
}
