//! The state of the window: what is open, what is shown, what is remembered.

use crate::axis::TimeView;
use crate::model::compare::{CompareResult, Row};
use crate::model::copy::CopyState;
use crate::model::document::{Document, DocumentId};
use crate::model::history::History;
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

/// A view below the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Stacks as a flame graph.
    Flame,
    /// Stacks as a tree of calls.
    Calls,
    /// Where blocks are born.
    #[default]
    Sites,
    /// Which types held them.
    Types,
    /// Which scopes they are of.
    Scopes,
    /// What is never released.
    Leaks,
    /// What grows.
    Growth,
    /// What dies young.
    ShortLived,
    /// What is reallocated.
    Reallocs,
    /// Sizes and lifetimes.
    Sizes,
    /// The program's threads.
    Threads,
    /// Its operations.
    Operations,
    /// Pages of the address space.
    Addresses,
    /// Findings.
    Advice,
    /// The source, line by line.
    Source,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Tab; 15] = [
        Tab::Flame,
        Tab::Calls,
        Tab::Sites,
        Tab::Types,
        Tab::Scopes,
        Tab::Leaks,
        Tab::Growth,
        Tab::ShortLived,
        Tab::Reallocs,
        Tab::Sizes,
        Tab::Threads,
        Tab::Operations,
        Tab::Addresses,
        Tab::Advice,
        Tab::Source,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// What it is called on the command line.
    pub fn word(self) -> &'static str {
        self.facts().1
    }

    /// What it answers.
    pub fn hover(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Tab::Flame => ("Flame graph", "flame", "Which calls lead to the memory, as wide as it is much"),
            Tab::Calls => ("Calls", "calls", "The same as a tree: from callers to callees, or the other way"),
            Tab::Sites => ("Sites", "sites", "Where blocks are born"),
            Tab::Types => ("Types", "types", "Which types held the memory"),
            Tab::Scopes => ("Scopes", "scopes", "What is born in a scope, released by it, outlives it"),
            Tab::Leaks => ("Leaks", "leaks", "What was never released"),
            Tab::Growth => ("Growth", "growth", "What is more at the end of the range than at its beginning"),
            Tab::ShortLived => ("Short-lived", "short-lived", "Blocks that die young"),
            Tab::Reallocs => ("Reallocs", "reallocs", "Blocks that grow, and what that copies"),
            Tab::Threads => ("Threads", "threads", "Who allocates, who releases, what crosses"),
            Tab::Sizes => ("Sizes", "sizes", "How large blocks are and how long they live"),
            Tab::Addresses => ("Addresses", "addresses", "Which pages are live and which are free, at the playhead"),
            Tab::Advice => ("Advice", "advice", "What stands out, and what can be done about it"),
            Tab::Source => ("Source", "source", "The source with what each line allocated and released"),
            Tab::Operations => ("Operations", "operations", "The program's operations and how long they take"),
        }
    }
}

/// What the keyboard wants of the view below that only drawing can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// Type into its search field.
    #[default]
    Search,
    /// Copy it as text.
    CopyText,
    /// Copy it as a picture.
    CopyPicture,
    /// Edit the question.
    EditQuestion,
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

/// How far the recording of a group of workloads has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupProgress {
    /// The one that runs.
    pub title: &'static str,
    /// How many have been begun.
    pub begun: usize,
    /// How many there are.
    pub all: usize,
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
    /// How far the recording of a group has come, while it lasts.
    pub group: Option<GroupProgress>,
    /// What is being started: shown until its recording can be opened.
    pub starting: Option<String>,
    /// Panes.
    pub panes: Panes,
    /// The table shown.
    pub tab: Tab,
    /// How each table is sorted, where not as it comes.
    pub sorting: HashMap<Tab, Sorting>,
    /// Whether the views below have most of the height.
    pub is_tall: bool,
    /// Whether the list of all actions is open.
    pub is_palette_open: bool,
    /// The last wish of the keyboard, and how many there were.
    pub wish: (u64, Wish),
    /// Where one can go back to.
    pub history: History,
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
            group: None,
            starting: None,
            panes: Panes { library: true, details: true, tables: true },
            tab: Tab::default(),
            sorting: HashMap::new(),
            is_tall: false,
            is_palette_open: false,
            wish: (0, Wish::default()),
            history: History::default(),
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
