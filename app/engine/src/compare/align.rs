//! Which moments of several programs are put above each other.

use super::CompareSource;
use crate::model::Model;
use serde::Serialize;

/// What is put above what.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(tag = "by", content = "name", rename_all = "lowercase")]
pub enum Alignment {
    /// The starts of the programs.
    #[default]
    Start,
    /// The first mark with this text.
    Mark(String),
    /// The beginning of the first scope of this name.
    Scope(String),
}

impl Alignment {
    /// The moment of `source` that stands at the common zero, in ns from its start; `None` where it has no such moment.
    pub fn origin_ns(&self, source: CompareSource<'_>) -> Option<u64> {
        match (self, source) {
            (Alignment::Start, _) => Some(0),
            (Alignment::Mark(text), CompareSource::Recording(model, _)) => {
                model.marks().iter().find(|mark| model.text(mark.text) == text).map(|mark| mark.time_ns)
            }
            (Alignment::Scope(name), CompareSource::Recording(model, _)) => {
                model.scopes().iter().find(|scope| model.text(scope.name) == name).map(|scope| scope.start_ns)
            }
            (Alignment::Mark(_), CompareSource::Log(_)) => None,
            (Alignment::Scope(name), CompareSource::Log(log)) => {
                let mut scopes = log.operations.iter().flat_map(|operations| &operations.scopes);
                scopes.find(|scope| scope.name == *name).map(|scope| scope.start_ns)
            }
        }
    }

    /// The alignments that `source` has a moment for, in order of those moments, except collectors' scopes; `most` at
    /// the most.
    pub fn choices(source: CompareSource<'_>, most: usize) -> Vec<Alignment> {
        let mut choices = match source {
            CompareSource::Recording(model, _) => of_model(model, most),
            CompareSource::Log(log) => {
                let scopes = log.operations.iter().flat_map(|operations| &operations.scopes);
                scopes.map(|scope| (scope.start_ns, Alignment::Scope(scope.name.clone()))).collect()
            }
        };
        choices.sort_by_key(|(at_ns, _)| *at_ns);
        choices.truncate(most);
        choices.into_iter().map(|(_, choice)| choice).collect()
    }
}

/// The first moment of each name; a program has few names, however many marks and scopes it has.
fn of_model(model: &Model, most: usize) -> Vec<(u64, Alignment)> {
    let mut seen = std::collections::HashSet::new();
    let mut choices = Vec::new();
    for scope in model.scopes() {
        let name = model.text(scope.name);
        let is_new = seen.len() < most && seen.insert(scope.name);
        if is_new && crate::PauseKind::of_scope_name(name).is_none() {
            choices.push((scope.start_ns, Alignment::Scope(name.to_owned())));
        }
    }
    seen.clear();
    for mark in model.marks() {
        if seen.len() < most && seen.insert(mark.text) {
            choices.push((mark.time_ns, Alignment::Mark(model.text(mark.text).to_owned())));
        }
    }
    choices
}
