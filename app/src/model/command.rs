//! What a view asks for. Views change nothing themselves: they return these, and one place carries them out.

use crate::axis::TimeView;
use crate::model::analysis::AnalysisCommand;
use crate::model::document::DocumentId;
use crate::model::scene::{Request, Thing};
use crate::model::state::{CompareTab, Screen, Tab, Wish};
use crate::model::tables::TablesKey;
use dropscope_engine::{Alignment, Location};
use std::ops::Range;
use std::path::PathBuf;

/// Which scene of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneOf {
    /// The timeline's.
    Timeline,
    /// A row of the comparison.
    Comparison,
}

/// In what form a comparison is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveAs {
    /// An HTML page with everything in it.
    Page,
    /// A PNG picture.
    Picture,
}

/// Where to move the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To the first event.
    First,
    /// One event back.
    Back,
    /// One event on.
    Forward,
    /// To the last event.
    Last,
}

/// A pane that can be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The library on the left.
    Library,
    /// The selection on the right.
    Details,
    /// The tables below.
    Tables,
}

/// What a view asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open these recordings; several are compared.
    Open(Vec<PathBuf>),
    /// Let the user choose a recording.
    OpenDialog,
    /// Open what was typed, where there is no dialog to choose with.
    OpenTyped(String),
    /// Leave that.
    StopTyping,
    /// Follow this recording of a running program.
    Follow(PathBuf, String),
    /// Close a document.
    Close(DocumentId),
    /// Show something else in the middle.
    Show(Screen),
    /// Record a lesson, by its place in the order, and show it.
    StartLesson(usize),
    /// Answer the lesson's question by this choice, from 0, or by none, and show its recording.
    Answer(&'static str, Option<usize>),
    /// Ask a lesson's question once more.
    AskAgain(&'static str),
    /// Ask where a copy of a lesson, by its place in the order, is to go.
    OfferCopy(usize),
    /// The copy goes into this folder.
    SetCopyFolder(String),
    /// Let the user choose the copy's folder.
    ChooseCopyFolder,
    /// Write the copy if need be, build it, record it and show it beside the lesson.
    RunCopy,
    /// End the build or the run of the copy.
    StopCopy,
    /// Close the copy; its files stay.
    CloseCopy,
    /// Record all workloads of a group and compare them.
    StartGroup(&'static str),
    /// End what runs of a group, and begin no other of it.
    StopGroup,
    /// Record one workload and show it live.
    StartWorkload(&'static str),
    /// End the running program of a document.
    Stop(DocumentId),
    /// Take a recording off the recent list.
    Forget(PathBuf),
    /// Switch between dark and light.
    ToggleTheme,
    /// Show or hide a pane.
    Toggle(Pane),
    /// Choose a table.
    ChooseTab(Tab),
    /// Sort a table by this column, or the other way round.
    SortBy(Tab, usize),
    /// Show this stretch of time.
    SetView(DocumentId, TimeView),
    /// Show all of it.
    Fit(DocumentId),
    /// Put the playhead there, or take it away.
    SetPlayhead(DocumentId, Option<u64>),
    /// Step the playhead.
    Step(DocumentId, Move),
    /// Put the playhead on the first event of this line of a lesson.
    GoToLine(DocumentId, u32),
    /// Put the playhead on this event of a lesson, from 0.
    GoToStep(DocumentId, usize),
    /// Play lessons so fast: 1 is an event a second.
    SetLessonSpeed(f32),
    /// Play or stop playing.
    TogglePlay(DocumentId),
    /// Let the tables answer for this range.
    SetBrush(DocumentId, Option<Range<u64>>),
    /// Select, or nothing.
    Select(DocumentId, Option<Thing>),
    /// Select and bring into view.
    Reveal(DocumentId, Thing),
    /// Show what is not the lesson's own, too, or not.
    ToggleShowAll(DocumentId),
    /// Show all frames of stacks, or the program's own.
    ToggleAllFrames,
    /// What a view below the timeline asks for.
    Analysis(DocumentId, AnalysisCommand),
    /// Give the views below most of the height, or not.
    ToggleTall,
    /// Open or close the list of all actions.
    TogglePalette,
    /// The keyboard wants something of the view below.
    Wish(Wish),
    /// Back to where one was before.
    GoBack,
    /// And forward again.
    GoForward,
    /// Open this place in the user's editor.
    OpenInEditor(Location),
    /// The comparison's time in view, from each recording's start; none: all.
    SetCompareView(Option<TimeView>),
    /// The comparison's cursor.
    SetCompareCursor(Option<i64>),
    /// Put the comparison's rows above each other by this.
    Align(Alignment),
    /// Give each row of the comparison its own scales, or all the same.
    ScaleApart(bool),
    /// Choose what is shown below the comparison's rows.
    ChooseCompareTab(CompareTab),
    /// Show this one of the differences.
    ChooseDifference(usize),
    /// Save the comparison; without a file, let the user choose one.
    SaveComparison(SaveAs, Option<PathBuf>),
    /// Close a message.
    Dismiss(u64),
    /// The view needs a scene.
    WantScene(DocumentId, SceneOf, Request),
    /// The view needs tables.
    WantTables(DocumentId, TablesKey),
    /// The view needs a source file.
    WantSource(Location),
}
