//! A learner's copy of a lesson: where it is, what its build says, and its recording.

use crate::model::document::DocumentId;
use dropscope_lessons::Lesson;
use std::path::PathBuf;

/// Where the work on a copy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyPhase {
    /// Nothing has been done yet, or all that was is done.
    Waiting,
    /// Cargo builds it.
    Building,
    /// It runs and is recorded.
    Recording,
    /// It has been recorded; both recordings are compared.
    Done(DocumentId),
    /// It went wrong: a sentence. What the compiler said, if it did, is in [`CopyState::lines`].
    Failed(String),
}

/// A learner's copy of a lesson.
#[derive(Clone, Debug)]
pub struct CopyState {
    /// Of which lesson.
    pub lesson: &'static Lesson,
    /// Its folder, as the user writes it.
    pub folder: String,
    /// The file to change, once it is there.
    pub source: Option<PathBuf>,
    /// Where the work stands.
    pub phase: CopyPhase,
    /// What cargo and the compiler say.
    pub lines: Vec<String>,
}

impl CopyState {
    /// A copy that is not made yet.
    pub fn new(lesson: &'static Lesson, folder: String) -> Self {
        Self { lesson, folder, source: None, phase: CopyPhase::Waiting, lines: Vec::new() }
    }

    /// Whether something is under way that can be stopped.
    pub fn is_busy(&self) -> bool {
        matches!(self.phase, CopyPhase::Building | CopyPhase::Recording)
    }
}
