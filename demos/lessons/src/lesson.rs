//! What a lesson is: a program that is recorded, its text, and for some what the compiler refuses.

use crate::prediction::Prediction;
use crate::refusal::Refusal;

/// One lesson: a program, its source and its text.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    /// The name on the command line, such as `scope-end`.
    pub name: &'static str,
    /// The chapter that it belongs to; lessons of a chapter follow each other.
    pub chapter: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// The text beside the picture: paragraphs, `**bold**`, `` `code` ``, `- ` lists and `## ` headings.
    pub text: &'static str,
    /// The answers to the text's question, as they are written; see [`Lesson::prediction`].
    pub(crate) answers: &'static str,
    /// The whole source file of the recorded program, which is what the debug info's line numbers count.
    pub source: &'static str,
    /// The source file's path as debug info has it when the workspace is built. A C++ program's is below whatever folder
    /// it is compiled in.
    pub file: &'static str,
    /// The lesson to show beside this one: the same program in another edition or in the other language.
    pub companion: Option<&'static str>,
    /// What is run.
    pub program: Program,
    /// How the program ends.
    pub ending: Ending,
    /// The safe program that makes the same mistake, and the compiler's answer to it. The recorded program is its twin:
    /// it shows what would have happened.
    pub refusal: Option<Refusal>,
}

impl Lesson {
    /// What to ask a learner before the recording is played. None only if the lesson's text were not in its form, which
    /// the tests see to.
    pub fn prediction(&self) -> Option<Prediction> {
        Prediction::parse(self.text, self.answers)
    }
}

/// The program of a lesson.
#[derive(Debug, Clone, Copy)]
pub enum Program {
    /// Called on the main thread of a recorded process.
    Rust(fn()),
    /// C++: compiled where a compiler is installed, and recorded through the preloaded library.
    Cpp,
}

/// How the program of a lesson ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Returns,
    /// By SIGABRT, signal 6: the C library found its heap damaged.
    Aborted,
    /// By SIGSEGV, signal 11: there is no memory at the address that it used.
    SegmentationFault,
}

impl Ending {
    /// The signal that ends the program; none where it ends by itself.
    pub fn signal(self) -> Option<i32> {
        match self {
            Self::Returns => None,
            Self::Aborted => Some(6),
            Self::SegmentationFault => Some(11),
        }
    }
}
