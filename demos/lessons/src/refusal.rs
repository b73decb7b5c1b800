//! Programs that the compiler refuses, with its recorded words.

use serde::{Deserialize, Serialize};

/// A program that does not compile.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// The error's code, such as `E0382`.
    pub code: &'static str,
    /// The whole source file, in Rust 2024.
    pub source: &'static str,
    /// The source file's path in the workspace.
    pub file: &'static str,
    /// What the compiler said, recorded; see [`Refusal::message`].
    pub(crate) recorded: &'static str,
}

impl Refusal {
    /// What the compiler said. None only if the record were damaged, which the tests see to.
    pub fn message(&self) -> Option<CompilerMessage> {
        serde_json::from_str(self.recorded).ok()
    }
}

/// The compiler's error, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerMessage {
    /// The compiler that said it, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub compiler: String,
    /// The error's code, such as `E0382`.
    pub code: String,
    /// The error in one sentence.
    pub text: String,
    /// The places in the source that it is about.
    pub spans: Vec<CompilerSpan>,
    /// Notes and help below it, in order.
    pub notes: Vec<CompilerNote>,
    /// All of it as the compiler prints it on a terminal, in plain text.
    pub rendered: String,
}

/// A note or a help below an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerNote {
    /// `note` or `help`.
    pub level: String,
    /// What it says.
    pub text: String,
    /// The places in the source that it is about; often none.
    pub spans: Vec<CompilerSpan>,
}

/// A place in the source and what the compiler says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompilerSpan {
    /// The line where it begins, from 1.
    pub line: u32,
    /// The character where it begins, from 1.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// The character after its last one, from 1.
    pub end_column: u32,
    /// What it says of it, such as `value moved here`.
    pub label: Option<String>,
    /// Whether it is where the error is; the others tell why.
    pub is_primary: bool,
    /// What to put there instead, where the compiler has a proposal.
    pub replacement: Option<String>,
}
