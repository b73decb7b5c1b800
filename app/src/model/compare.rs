//! The table and the sentence of a comparison.

use crate::format;
use crate::model::document::Data;
use dropscope_engine::{Compared, ComparedJson, Comparison, OperationJson};

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
        Self { sentence: sentence(&comparison.recordings), comparison }
    }
}

/// What the numbers say: the slowest operation and the longest pause of each, and the other operation that took longest,
/// which may well be what the program does at its end, so that the sentence flatters nobody.
fn sentence(recordings: &[ComparedJson]) -> String {
    let Some(name) = main_operation(recordings) else { return peaks(recordings) };
    let slowest = |one: &ComparedJson| {
        let operation = operation(one, &name)?;
        let (wall_ns, cpu_ns) = (operation.wall_ns.max, operation.cpu_ns.max);
        Some(format!("{} in {} ({} CPU)", format::duration(wall_ns), one.name, format::duration(cpu_ns)))
    };
    let each: Vec<String> = recordings.iter().filter_map(slowest).collect();
    let mut sentences = vec![format!("Slowest “{name}”: {}.", each.join(", "))];
    if recordings.iter().any(|one| one.stop_the_world.count > 0) {
        let pause = |one: &ComparedJson| match one.stop_the_world.count {
            0 => format!("none in {}", one.name),
            _ => format!("{} in {}", format::duration(one.stop_the_world.max_ns), one.name),
        };
        let each: Vec<String> = recordings.iter().map(pause).collect();
        sentences.push(format!("Longest stop-the-world pause: {}.", each.join(", ")));
    }
    let others = recordings.iter().flat_map(|one| &one.operations).filter(|operation| operation.name != name);
    if let Some(other) = others.max_by_key(|operation| operation.wall_ns.max) {
        let took = |one: &ComparedJson| {
            Some(format!("{} in {}", format::duration(operation(one, &other.name)?.wall_ns.max), one.name))
        };
        let each: Vec<String> = recordings.iter().filter_map(took).collect();
        sentences.push(format!("Besides, “{}” took {}.", other.name, each.join(", ")));
    }
    sentences.join(" ")
}

fn operation<'a>(one: &'a ComparedJson, name: &str) -> Option<&'a OperationJson> {
    one.operations.iter().find(|operation| operation.name == name)
}

fn main_operation(recordings: &[ComparedJson]) -> Option<String> {
    let first = recordings.first()?;
    let main = first.operations.iter().max_by_key(|operation| operation.count)?;
    Some(main.name.clone())
}

fn peaks(recordings: &[ComparedJson]) -> String {
    let mut sorted: Vec<&ComparedJson> = recordings.iter().collect();
    sorted.sort_by_key(|one| one.totals.peak_live_bytes);
    let each: Vec<String> =
        sorted.iter().map(|one| format!("{} in {}", format::bytes(one.totals.peak_live_bytes), one.name)).collect();
    if each.is_empty() { String::new() } else { format!("Peak of live memory: {}.", each.join(", ")) }
}
