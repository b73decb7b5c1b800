//! All that can be done now, with its words and its keys: what the keyboard does and the palette lists.

use crate::axis::TimeView;
use crate::model::analysis::question::{Question, Span};
use crate::model::analysis::{AnalysisCommand, Look};
use crate::model::command::{Command, Move, Pane};
use crate::model::document::Document;
use crate::model::state::{AppState, Screen, Tab, Wish};
use dropscope_engine::query::Measure;

/// How much a key zooms.
const ZOOM: f64 = 0.7;
/// How much of the view a key pans.
const PAN_SHARE: i64 = 5;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What it does.
    pub name: String,
    /// The keys that do it: `Ctrl+Shift+C`. None where there is no key.
    pub keys: &'static [&'static str],
    /// Doing it.
    pub command: Command,
}

fn action(name: impl Into<String>, keys: &'static [&'static str], command: Command) -> Action {
    Action { name: name.into(), keys, command }
}

/// All that can be done now.
pub fn actions(state: &AppState) -> Vec<Action> {
    let mut all = vec![
        action("Find an action", &["Ctrl+P"], Command::TogglePalette),
        action("Open a recording…", &["Ctrl+O"], Command::OpenDialog),
        action("Go back", &["Alt+Left"], Command::GoBack),
        action("Go forward", &["Alt+Right"], Command::GoForward),
        action("Show or hide the library", &["Ctrl+B"], Command::Toggle(Pane::Library)),
        action("Switch between dark and light", &[], Command::ToggleTheme),
    ];
    for document in &state.documents {
        all.push(action(format!("Show {}", document.title), &[], Command::Show(Screen::Document(document.id))));
    }
    if !state.compare.documents.is_empty() {
        all.push(action("Show the comparison", &[], Command::Show(Screen::Comparison)));
    }
    match state.shown() {
        Some(document) => {
            all.extend(of_time(document));
            if document.as_lesson().is_none() {
                all.extend(of_views());
                all.extend(of_question(document));
            }
        }
        None => all.push(action("Show all of it", &["F"], Command::SetCompareView(None))),
    }
    all
}

/// Moving through time.
fn of_time(document: &Document) -> Vec<Action> {
    let id = document.id;
    let view = document.time_view();
    let pan = |sign: i64| Command::SetView(id, view.pan(sign * view.span_ns() / PAN_SHARE));
    // One thing at a time: first the range, then the selection, then the playhead.
    let escape = if document.brush.is_some() {
        Command::SetBrush(id, None)
    } else if document.selected.is_some() {
        Command::Select(id, None)
    } else {
        Command::SetPlayhead(id, None)
    };
    let in_view = u64::try_from(view.start_ns()).unwrap_or(0)..u64::try_from(view.end_ns()).unwrap_or(0);
    vec![
        action("Previous event", &["Left"], Command::Step(id, Move::Back)),
        action("Next event", &["Right"], Command::Step(id, Move::Forward)),
        action("First event", &["Home"], Command::Step(id, Move::First)),
        action("Last event", &["End"], Command::Step(id, Move::Last)),
        action("Play or pause", &["Space"], Command::TogglePlay(id)),
        action("Show the whole recording", &["F"], Command::Fit(id)),
        action("Zoom in", &["Plus", "Equals"], zoomed(document, ZOOM)),
        action("Zoom out", &["Minus"], zoomed(document, 1.0 / ZOOM)),
        action("Earlier", &["Shift+Left"], pan(-1)),
        action("Later", &["Shift+Right"], pan(1)),
        action("Choose what is in view as the range", &["R"], Command::SetBrush(id, Some(in_view))),
        action("Let go of the range, the selection, the playhead", &["Escape"], escape),
        action("Close this recording", &["Ctrl+W"], Command::Close(id)),
    ]
}

/// The panes and the views below.
fn of_views() -> Vec<Action> {
    const KEYS: [&[&str]; 9] = [
        &["Ctrl+1"],
        &["Ctrl+2"],
        &["Ctrl+3"],
        &["Ctrl+4"],
        &["Ctrl+5"],
        &["Ctrl+6"],
        &["Ctrl+7"],
        &["Ctrl+8"],
        &["Ctrl+9"],
    ];
    let mut all = vec![
        action("Show or hide the selection", &["Ctrl+D"], Command::Toggle(Pane::Details)),
        action("Show or hide the views below", &["Ctrl+T"], Command::Toggle(Pane::Tables)),
        action("Give the views below more height, or less", &["Ctrl+Shift+T"], Command::ToggleTall),
        action("Search in this view", &["Ctrl+F"], Command::Wish(Wish::Search)),
        action("Copy this view as text", &["Ctrl+Shift+C"], Command::Wish(Wish::CopyText)),
        action("Copy this view as a picture", &["Ctrl+Alt+C"], Command::Wish(Wish::CopyPicture)),
        action("Change the question", &["Ctrl+E"], Command::Wish(Wish::EditQuestion)),
    ];
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        let keys = KEYS.get(at).copied().unwrap_or_default();
        all.push(action(format!("View: {}", tab.name()), keys, Command::ChooseTab(tab)));
    }
    all
}

/// What is asked.
fn of_question(document: &Document) -> Vec<Action> {
    let id = document.id;
    let analysis = &document.analysis;
    let ask = |question: Question| Command::Analysis(id, AnalysisCommand::Ask(Box::new(question)));
    let flame = |look: Look| Command::Analysis(id, AnalysisCommand::ShowFlame(Box::new(look)));
    let mut all = vec![
        action("Ask about all blocks again", &["Ctrl+Backspace"], ask(Question::default())),
        action("Count bytes", &[], ask(Question { measure: Measure::Bytes, ..analysis.question.clone() })),
        action("Count blocks", &[], ask(Question { measure: Measure::Blocks, ..analysis.question.clone() })),
        action("Zoom the flame graph out", &[], flame(Look { zoom: None, ..analysis.look.clone() })),
        action(
            "Turn the flame graph over (icicle)",
            &[],
            flame(Look { is_icicle: !analysis.look.is_icicle, ..analysis.look.clone() }),
        ),
    ];
    for (span, name) in Span::ALL {
        all.push(action(format!("Ask about blocks {name}"), &[], ask(Question { span, ..analysis.question.clone() })));
    }
    all
}

/// Zoomed at the playhead, or at the middle.
fn zoomed(document: &Document, factor: f64) -> Command {
    let view = document.time_view();
    let middle_ns = TimeView::start_ns(view) + view.span_ns() / 2;
    let pivot_ns =
        document.playhead.map(|playhead| crate::axis::time(playhead.time_ns)).filter(|&at| view.contains(at));
    Command::SetView(document.id, view.zoom(pivot_ns.unwrap_or(middle_ns), factor))
}

/// How well `words` fit what is typed: smaller is better, none not at all. All its letters must be there in order;
/// letters that begin words and stand side by side are better.
pub fn fit(words: &str, typed: &str) -> Option<u32> {
    let mut cost = 0;
    let letters: Vec<char> = words.chars().flat_map(char::to_lowercase).collect();
    // Behind the letter found last.
    let mut from = 0;
    for wanted in typed.chars().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace()) {
        let at = from + letters.get(from..)?.iter().position(|&letter| letter == wanted)?;
        let begins = at == 0 || letters.get(at - 1).is_some_and(|before| !before.is_alphanumeric());
        cost += match (at == from && from > 0, begins) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 6,
        };
        from = at + 1;
    }
    Some(cost * 64 + u32::try_from(words.chars().count()).unwrap_or(u32::MAX).min(63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::library::Library;
    use std::collections::HashSet;

    #[test]
    fn what_is_typed_finds_the_best_words() {
        let words = ["Zoom out", "Zoom in", "View: Flame graph", "Find an action"];
        let best = |typed: &str| {
            let mut fits: Vec<(u32, &str)> =
                words.iter().filter_map(|words| Some((fit(words, typed)?, *words))).collect();
            fits.sort();
            fits.first().map(|best| best.1)
        };
        assert_eq!(best("flame"), Some("View: Flame graph"));
        assert_eq!(best("zoom i"), Some("Zoom in"));
        assert_eq!(best("faa"), Some("Find an action"));
        assert_eq!(best("qqq"), None);
        assert_eq!(best(""), Some("Zoom in"), "the shortest");
    }

    #[test]
    fn no_key_does_two_things() {
        let mut all = actions(&AppState::new(Library::default()));
        all.extend(of_views());
        let mut seen = HashSet::new();
        for action in &all {
            for key in action.keys {
                assert!(seen.insert(*key), "{key} twice");
            }
        }
        assert!(seen.contains("Ctrl+P"));
    }
}
