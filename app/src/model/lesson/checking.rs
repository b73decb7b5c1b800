//! What decides a prediction, held against what this run really did.

use super::code::Place;
use super::{LessonFacts, LessonStep};
use dropscope_engine::{Model, StepKind};
use dropscope_lessons::Evidence;

/// An event in the words of the lessons' own tests, such as `A110@13:28`; a mark's own text; else nothing.
pub(super) fn word(model: &Model, kind: StepKind, place: Option<Place>) -> String {
    let blocks = model.blocks();
    let at = place.map_or("?".to_owned(), |place| format!("{}:{}", place.line, place.column));
    match kind {
        StepKind::Alloc(block) => {
            let letter = if blocks.is_zeroed(block) { 'Z' } else { 'A' };
            format!("{letter}{}@{at}", blocks.first_size_bytes(block))
        }
        StepKind::Free(block) => format!("F{}@{at}", blocks.size_bytes(block)),
        StepKind::UnmatchedFree(row) => {
            let size_bytes = model.unmatched_frees().get(row).map_or(0, |free| free.size_bytes);
            format!("F{size_bytes}@{at}")
        }
        StepKind::Realloc(_, row) => blocks
            .realloc(row)
            .map_or_else(String::new, |realloc| format!("R{}>{}@{at}", realloc.old_size_bytes, realloc.size_bytes)),
        StepKind::Mark(id) => model.mark(id).map(|mark| model.text(mark.text).to_owned()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether an event is the expected one. Of a C++ program the column is left out: compilers differ in it.
fn is(word: &str, expected: &str) -> bool {
    word.strip_prefix(expected).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

impl LessonFacts {
    /// Whether this run shows what `evidence` says; none where no run can, as of the compiler's words.
    pub fn shows(&self, evidence: &Evidence) -> Option<bool> {
        let memory = || self.steps.iter().filter(|step| step.is_memory());
        Some(match evidence {
            Evidence::Events(expected) => self.last_of(expected).is_some(),
            Evidence::NoEventAt(line) => memory().all(|step| step.line != Some(*line)),
            Evidence::Count(count, begin) => memory().filter(|step| step.word.starts_with(begin)).count() == *count,
            Evidence::Mark(text) => self.marks(text).next().is_some(),
            Evidence::Compiler => return None,
        })
    }

    /// The event to look at for `evidence`, from 0.
    pub fn evident_step(&self, evidence: &Evidence) -> Option<usize> {
        match evidence {
            Evidence::Events(expected) => self.last_of(expected),
            Evidence::NoEventAt(line) => self.steps.iter().position(|step| step.line >= Some(*line)),
            Evidence::Count(_, begin) => self.steps.iter().position(|step| step.word.starts_with(begin)),
            Evidence::Mark(text) => self.marks(text).next(),
            Evidence::Compiler => None,
        }
    }

    fn marks<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_it = move |(_, step): &(usize, &LessonStep)| !step.is_memory() && step.word == text;
        self.steps.iter().enumerate().filter(is_it).map(|(index, _)| index)
    }

    /// The last of these events, where they happened in this order.
    fn last_of(&self, expected: &[&str]) -> Option<usize> {
        let mut from = 0;
        let mut last = None;
        for word in expected {
            let found = self.steps[from..].iter().position(|step| step.is_memory() && is(&step.word, word))?;
            last = Some(from + found);
            from += found + 1;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_leave_its_column_out() {
        assert!(is("A2001@20:18", "A2001@20"));
        assert!(is("F110@17:5", "F110@17:5"));
        assert!(!is("F110@17:5", "F110@1"));
        assert!(!is("F110@17:5", "F11"));
    }
}
