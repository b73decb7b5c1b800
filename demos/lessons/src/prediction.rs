//! Predict, then look: the question of a lesson's text with answers to choose from, and what in the recording decides.
//!
//! It is written in the lesson's text file, below everything else:
//!
//! ```text
//! ## Answers
//!
//! - A wrong answer.
//! + The right answer.
//! - Another wrong one.
//!
//! Shown by `F130@34:5`.
//!
//! Why it is so, in a sentence or two.
//! ```
//!
//! The line of evidence has one of these forms: ``Shown by `F1@2:3 F4@5:6`.`` (these events, in this order, in the words
//! of [`expected_events`](crate::expected_events)), ``Shown by no event at line 16 (`code`).``, ``Shown by 3 of `F130`.``
//! (so many events whose words begin so), ``Shown by the mark `text`.`` and ``Shown by the compiler.``.

/// A question to answer before the recording is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// The question: paragraphs as in a lesson's text.
    pub question: &'static str,
    /// The answers to choose from, `` `code` `` in them.
    pub choices: Vec<&'static str>,
    /// Which of the answers is right, from 0.
    pub right: usize,
    /// What decides it.
    pub evidence: Evidence,
    /// Why it is so: paragraphs as in a lesson's text.
    pub explanation: &'static str,
}

/// What decides a prediction. Tests hold it against what the lesson really does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// These events happen in this order, others may lie between them.
    Events(Vec<&'static str>),
    /// At this line of the source nothing is allocated and nothing released.
    NoEventAt(u32),
    /// So many events have words that begin so.
    Count(usize, &'static str),
    /// The program sets this mark.
    Mark(&'static str),
    /// The compiler refuses the program.
    Compiler,
}

impl Evidence {
    fn parse(line: &'static str) -> Option<Self> {
        let shown = line.strip_prefix("Shown by ")?;
        let quoted = || shown.split('`').nth(1);
        if let Some(line) = shown.strip_prefix("no event at line ") {
            let digits = line.split(|c: char| !c.is_ascii_digit()).next()?;
            return Some(Self::NoEventAt(digits.parse().ok()?));
        }
        if shown.starts_with("the mark ") {
            return quoted().map(Self::Mark);
        }
        if shown == "the compiler." {
            return Some(Self::Compiler);
        }
        match shown.split_once(" of ") {
            Some((count, _)) => Some(Self::Count(count.parse().ok()?, quoted()?)),
            None => Some(Self::Events(quoted()?.split(' ').collect())),
        }
    }

    /// The line of the lesson's source at which to look, if it is one.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Events(events) => line_of(events.last()?),
            Self::NoEventAt(line) => Some(*line),
            Self::Count(_, event) => line_of(event),
            Self::Mark(_) | Self::Compiler => None,
        }
    }
}

/// 34 of `F130@34:5`.
fn line_of(event: &str) -> Option<u32> {
    event.split_once('@')?.1.split(':').next()?.parse().ok()
}

impl Prediction {
    pub(crate) fn parse(text: &'static str, answers: &'static str) -> Option<Self> {
        let question = text.split("## A question first\n").nth(1)?.split("## ").next()?.trim();
        let mut paragraphs = answers.trim().splitn(3, "\n\n");
        let (list, evidence, explanation) = (paragraphs.next()?, paragraphs.next()?, paragraphs.next()?);
        let mut right = None;
        let mut choices = Vec::new();
        for line in list.lines() {
            if let Some(choice) = line.strip_prefix("+ ") {
                right = Some(choices.len());
                choices.push(choice);
            } else {
                choices.push(line.strip_prefix("- ")?);
            }
        }
        let (right, evidence) = (right?, Evidence::parse(evidence)?);
        Some(Self { question, choices, right, evidence, explanation })
    }
}

/// A text file's text, and its answers from below their heading on.
pub(crate) const fn split_answers(file: &'static str) -> (&'static str, &'static str) {
    const HEADING: &[u8] = b"\n## Answers\n";
    let bytes = file.as_bytes();
    // From the end: the compiler counts the steps.
    let mut at = bytes.len().saturating_sub(HEADING.len());
    while at > 0 {
        let mut same = 0;
        while same < HEADING.len() && bytes[at + same] == HEADING[same] {
            same += 1;
        }
        if same == HEADING.len() {
            return (file.split_at(at).0, file.split_at(at + HEADING.len()).1);
        }
        at -= 1;
    }
    (file, "")
}
