//! The table and the sentence of a comparison.

use crate::model::document::Data;
use dropscope_engine::{Compared, Comparison};

/// The table and the sentence of a comparison.
pub struct CompareResult {
    /// What was measured.
    pub comparison: Comparison,
    /// What it means, in a sentence; empty where there is nothing to compare.
    pub sentence: String,
}

impl CompareResult {
    /// Compares recordings, given with what they are called. Looks names up: call it off the window's thread.
    pub fn compute(recordings: &[(String, Data)]) -> Self {
        let models: Vec<_> = recordings.iter().map(|(_, data)| data.model.read()).collect();
        let compared: Vec<Compared<'_>> = recordings
            .iter()
            .zip(&models)
            .map(|((name, data), model)| Compared { name: name.clone(), model, names: &data.names })
            .collect();
        let comparison = Comparison::new(&compared);
        Self { sentence: String::new(), comparison }
    }
}
