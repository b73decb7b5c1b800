//! Back and forward, like a browser's: where the user was, what was asked and what was selected there.

use crate::model::analysis::question::Question;
use crate::model::analysis::{Look, Options};
use crate::model::command::Command;
use crate::model::scene::Thing;
use crate::model::state::{AppState, Screen, Tab};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Places that are remembered.
const MOST_PLACES: usize = 100;
/// Steps of the same kind that follow each other so soon are one: a drag, a search being typed.
const ONE_STEP: Duration = Duration::from_millis(900);

/// Where the user is.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    screen: Screen,
    tab: Tab,
    document: Option<DocumentPlace>,
}

/// How the document that is shown is looked at. The time in view is not part of it: going back does not zoom.
#[derive(Clone, PartialEq, Debug)]
struct DocumentPlace {
    brush: Option<Range<u64>>,
    selected: Option<Thing>,
    question: Question,
    options: Options,
    look: Look,
}

/// Where the user was, and came back from.
#[derive(Default)]
pub struct History {
    back: Vec<Place>,
    forward: Vec<Place>,
    /// When the last step was that may be part of a longer one.
    last: Option<Instant>,
}

impl Place {
    /// Where the user is now.
    pub fn now(state: &AppState) -> Place {
        let document = state.shown().map(|document| DocumentPlace {
            brush: document.brush.clone(),
            selected: document.selected,
            question: document.analysis.question.clone(),
            options: document.analysis.options.clone(),
            // Where the keyboard is in a list is no place of its own.
            look: Look { cursor: None, ..document.analysis.look.clone() },
        });
        Place { screen: state.screen.clone(), tab: state.tab, document }
    }

    fn go(self, state: &mut AppState) {
        if let Screen::Document(id) = self.screen
            && state.document(id).is_none()
        {
            return;
        }
        state.screen = self.screen.clone();
        state.tab = self.tab;
        if let (Screen::Document(id), Some(place)) = (self.screen, self.document)
            && let Some(document) = state.document_mut(id)
        {
            document.brush = place.brush;
            document.selected = place.selected;
            document.analysis.question = place.question;
            document.analysis.options = place.options;
            document.analysis.look = place.look;
        }
    }
}

/// Whether it can lead somewhere else. What only moves through time, plays or asks for data does not.
pub fn is_step(command: &Command) -> bool {
    use crate::model::analysis::AnalysisCommand as Asked;
    match command {
        Command::Show(_)
        | Command::ChooseTab(_)
        | Command::SetBrush(..)
        | Command::Select(..)
        | Command::Reveal(..) => true,
        Command::Analysis(_, asked) => !matches!(asked, Asked::Want(_) | Asked::WantTraits(_) | Asked::Hold(_)),
        _ => false,
    }
}

impl History {
    /// Whether there is a place to go back to, and one to go forward to.
    pub fn can_go(&self) -> (bool, bool) {
        (!self.back.is_empty(), !self.forward.is_empty())
    }

    /// The user has left `from`. A step that `is_continuous` is one with those of its kind right before it.
    pub fn left(&mut self, from: Place, is_continuous: bool) {
        let now = Instant::now();
        let goes_on = is_continuous && self.last.is_some_and(|at| now.duration_since(at) < ONE_STEP);
        self.last = is_continuous.then_some(now);
        self.forward.clear();
        if goes_on && !self.back.is_empty() {
            return;
        }
        self.back.push(from);
        let surplus = self.back.len().saturating_sub(MOST_PLACES);
        self.back.drain(..surplus);
    }
}

/// Whether it comes in many small steps: a drag, a search being typed.
pub fn is_continuous(command: &Command) -> bool {
    use crate::model::analysis::AnalysisCommand as Asked;
    matches!(command, Command::SetBrush(..) | Command::Analysis(_, Asked::SetLook(_)))
}

/// Goes one place back, or forward again.
pub fn go(state: &mut AppState, is_back: bool) {
    let now = Place::now(state);
    let history = &mut state.history;
    let (from, to) =
        if is_back { (&mut history.back, &mut history.forward) } else { (&mut history.forward, &mut history.back) };
    let Some(place) = from.pop() else { return };
    to.push(now);
    history.last = None;
    place.go(state);
}
