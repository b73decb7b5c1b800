//! Comparisons: what stands in the rows, what was measured, and the sentences that say what it comes to.

pub mod numbers;
mod rows;
mod sentence;

pub use rows::{Row, RowData};

use dropscope_engine::{Alignment, CompareSource, Compared, Comparison};
use serde::Serialize;
use std::path::Path;

/// Alignments that are offered of one row.
const MOST_CHOICES: usize = 24;

/// The numbers of a comparison and what they come to.
#[derive(Clone, Serialize)]
pub struct CompareResult {
    /// What was measured.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// What it comes to and where its limits are; the same words wherever it is shown.
    pub sentences: Vec<String>,
    /// Marks and scopes by which the rows can be put above each other.
    #[serde(skip)]
    pub choices: Vec<Alignment>,
}

impl CompareResult {
    /// Compares what was read. Looks names up: call it off the window's thread.
    pub fn new(compared: &[Compared<'_>], align: Alignment) -> Self {
        let comparison = Comparison::new(compared, align);
        let mut choices = vec![Alignment::Start];
        for choice in compared.iter().flat_map(|one| Alignment::choices(one.source, MOST_CHOICES)) {
            if !choices.contains(&choice) {
                choices.push(choice);
            }
        }
        Self { sentences: sentence::sentences(&comparison.recordings), comparison, choices }
    }

    /// Compares rows, given with what they are called.
    pub fn compute(rows: &[(String, RowData)]) -> Self {
        let models: Vec<_> = rows.iter().map(|(_, data)| data.model()).collect();
        let mut compared: Vec<Compared<'_>> = Vec::new();
        for ((name, data), model) in rows.iter().zip(&models) {
            let source = match (data, model) {
                (RowData::Recording(data), Some(model)) => CompareSource::Recording(model, &data.names),
                (RowData::Log(log), _) => match log.as_ref() {
                    Ok(log) => CompareSource::Log(log),
                    Err(_) => continue, // told and closed before it comes here
                },
                (RowData::Recording(_), None) => continue,
            };
            compared.push(Compared { name: name.clone(), source });
        }
        Self::new(&compared, Alignment::Start)
    }
}

/// What the file at `path` is called in a comparison: its name without its ending.
pub fn title_of(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What an alignment is called.
pub fn alignment_words(align: &Alignment) -> String {
    match align {
        Alignment::Start => "start".to_owned(),
        Alignment::Mark(text) => format!("mark “{text}”"),
        Alignment::Scope(name) => format!("scope “{name}”"),
    }
}
