//! Commands about how a document is looked at: the time in view, the playhead, the selection.

use super::Desk;
use crate::axis::{self, TimeView};
use crate::model::command::Move;
use crate::model::document::{Document, DocumentId, Playhead};
use crate::model::scene::Thing;
use dropscope_engine::{Step, StepKey, StepKind};

/// Playing a recording through takes so long, in seconds.
const PLAY_SECONDS: f64 = 8.0;
/// A lesson is played event by event, each shown so long, in seconds: time to read its line.
const EVENT_SECONDS: f64 = 1.0;
/// A lesson of many events takes no longer than this, in seconds.
const LESSON_SECONDS: f64 = 30.0;

impl Desk {
    pub(super) fn set_view(&mut self, id: DocumentId, view: TimeView) {
        self.with(id, |document| {
            let clamped = view.clamped(document.facts.duration_ns.max(1));
            document.view = (clamped != TimeView::fit(document.facts.duration_ns.max(1))).then_some(clamped);
        });
    }

    pub(super) fn fit(&mut self, id: DocumentId) {
        self.with(id, |document| document.view = None);
    }

    pub(super) fn set_playhead(&mut self, id: DocumentId, time_ns: Option<u64>) {
        self.with(id, |document| {
            document.playing = None;
            match time_ns {
                Some(time_ns) => document.move_playhead(time_ns.min(document.facts.duration_ns)),
                None => document.playhead = None,
            }
        });
        self.note_done(id);
    }

    pub(super) fn step(&mut self, id: DocumentId, by: Move) {
        self.with(id, |document| {
            document.playing = None;
            if let Some(step) = document.step_by(by) {
                document.stand_on(step);
                document.view = document.view.map(|view| view.reveal(axis::time(step.time_ns)));
            }
        });
        self.note_done(id);
    }

    pub(super) fn go_to_line(&mut self, id: DocumentId, line: u32) {
        self.with(id, |document| {
            let Some(facts) = document.lesson_facts() else { return };
            let memory_first = facts.steps.iter().find(|step| step.line == Some(line) && step.is_memory());
            let found = memory_first.or_else(|| facts.steps.iter().find(|step| step.line == Some(line)));
            if let Some(step) = found.map(|found| found.step) {
                document.playing = None;
                document.stand_on(step);
            }
        });
        self.note_done(id);
    }

    /// Puts the playhead of a lesson on its event `index`, from 0.
    pub(super) fn go_to_step(&mut self, id: DocumentId, index: usize) {
        self.with(id, |document| {
            let Some(step) = document.lesson_facts().and_then(|facts| facts.steps.get(index)).map(|found| found.step)
            else {
                return;
            };
            document.playing = None;
            document.stand_on(step);
        });
        self.note_done(id);
    }

    pub(super) fn toggle_play(&mut self, id: DocumentId) {
        self.with(id, |document| match document.playing {
            Some(_) => document.playing = None,
            None => document.play(),
        });
    }

    pub(super) fn reveal(&mut self, id: DocumentId, thing: Thing) {
        self.with(id, |document| {
            document.selected = Some(thing);
            let Some((from_ns, to_ns)) = document.span_of(thing) else { return };
            let (from, to) = (axis::time(from_ns), axis::time(to_ns));
            let view = document.time_view();
            let is_in_view = view.contains(from) && view.contains(to);
            let is_wide_enough = (to - from).saturating_mul(50) > view.span_ns();
            if !is_in_view || !is_wide_enough {
                let room = (to - from).max(1_000);
                let duration_ns = document.facts.duration_ns.max(1);
                document.view = Some(TimeView::new(from - room, to + room).clamped(duration_ns));
            }
        });
    }

    pub(super) fn tick_playing(&mut self, seconds: f64) -> bool {
        let mut ended = Vec::new();
        let mut is_new = false;
        for document in &mut self.state.documents {
            let Some(speed) = document.playing else { continue };
            is_new = true;
            // A window that was hidden for a while goes on where it was.
            let seconds = seconds.min(0.1);
            if document.plays_by_event() {
                if !document.play_events(seconds * f64::from(self.state.library.lesson_speed)) {
                    document.playing = None;
                    ended.push(document.id);
                }
                continue;
            }
            let by_ns = (speed * seconds).max(1.0) as u64;
            let (from_ns, to_ns) = document.playing_range();
            let time_ns = document.playhead.map_or(from_ns, |playhead| playhead.time_ns).saturating_add(by_ns);
            document.move_playhead(time_ns.min(to_ns));
            if time_ns >= to_ns {
                document.playing = None;
                ended.push(document.id);
            }
        }
        for id in ended {
            self.note_done(id);
        }
        is_new
    }

    /// Takes the answer to a lesson's question, and shows the recording.
    pub(super) fn answer(&mut self, lesson: &'static str, choice: Option<usize>) {
        if let Some(choice) = choice {
            self.state.library.answers.insert(lesson.to_owned(), choice);
        }
        self.state.asked = None;
    }

    /// Forgets the answer and asks once more.
    pub(super) fn ask_again(&mut self, lesson: &'static str) {
        self.state.library.answers.remove(lesson);
        self.state.asked = Some(lesson);
        for document in self.state.documents.iter_mut().filter(|document| document.is_own) {
            if document.as_lesson().is_some_and(|its| its.name == lesson) {
                document.playing = None;
                document.playhead = None;
                document.selected = None;
                document.was_played = false;
            }
        }
    }

    /// A lesson is done when its playhead has come to its last event.
    fn note_done(&mut self, id: DocumentId) {
        let Some(document) = self.state.document(id) else { return };
        let (Some(lesson), Some(facts), Some(playhead)) =
            (document.as_lesson(), document.lesson_facts(), document.playhead)
        else {
            return;
        };
        if facts.steps.last().is_some_and(|last| playhead.time_ns >= last.step.time_ns) {
            self.state.library.done.insert(lesson.name.to_owned());
        }
    }
}

/// The thing that an event is about.
pub(super) fn thing_of(step: &Step) -> Option<Thing> {
    match step.kind {
        StepKind::Alloc(block) | StepKind::Realloc(block, _) | StepKind::Free(block) => Some(Thing::Block(block)),
        StepKind::ScopeEnter(scope) | StepKind::ScopeExit(scope) => Some(Thing::Scope(scope)),
        StepKind::OperationBegin(operation) | StepKind::OperationEnd(operation) => Some(Thing::Operation(operation)),
        StepKind::Mark(mark) => Some(Thing::Mark(mark)),
        StepKind::UnmatchedFree(_) => None,
    }
}

impl Document {
    /// Starts playing; from the beginning where the end has been reached.
    pub fn play(&mut self) {
        let (from_ns, to_ns) = self.playing_range();
        self.played_seconds = 0.0;
        if self.playhead.is_none_or(|playhead| playhead.time_ns < from_ns || playhead.time_ns >= to_ns) {
            self.move_playhead(from_ns);
        }
        self.playing = Some(to_ns.saturating_sub(from_ns).max(1) as f64 / PLAY_SECONDS);
    }

    /// Puts the playhead on `step` and selects what it is about.
    fn stand_on(&mut self, step: Step) {
        self.playhead = Some(Playhead { time_ns: step.time_ns, step: Some(step) });
        self.selected = thing_of(&step).or(self.selected);
    }

    /// Whether playing goes from event to event and not through the time.
    fn plays_by_event(&self) -> bool {
        !self.shows_all && self.lesson_facts().is_some_and(|facts| !facts.steps.is_empty())
    }

    /// Plays a lesson on for so many seconds; false when its last event has been shown.
    fn play_events(&mut self, seconds: f64) -> bool {
        let Some(facts) = self.lesson_facts().map(std::sync::Arc::clone) else { return false };
        let each = EVENT_SECONDS.min(LESSON_SECONDS / facts.steps.len().max(1) as f64);
        self.played_seconds += seconds;
        while self.played_seconds >= each {
            self.played_seconds -= each;
            let Some(next) = self.step_by(Move::Forward) else { return false };
            self.playhead = Some(Playhead { time_ns: next.time_ns, step: Some(next) });
        }
        true
    }

    /// What playing goes through: the lesson's own events, else what is in view.
    fn playing_range(&self) -> (u64, u64) {
        if let Some(facts) = self.lesson_facts() {
            return (facts.range_ns.start.saturating_sub(1), facts.range_ns.end);
        }
        let view = self.time_view();
        let start_ns = u64::try_from(view.start_ns()).unwrap_or(0);
        (start_ns, u64::try_from(view.end_ns()).unwrap_or(0).min(self.facts.duration_ns))
    }

    /// Puts the playhead at `time_ns`.
    pub fn move_playhead(&mut self, time_ns: u64) {
        let step = match self.lesson_facts() {
            Some(facts) if !self.shows_all => {
                facts.steps_until(time_ns).checked_sub(1).and_then(|last| facts.steps.get(last)).map(|last| last.step)
            }
            _ => self.data.model.read().previous_event(StepKey::after(time_ns)),
        };
        self.playhead = Some(Playhead { time_ns, step });
    }

    /// The event that a step leads to.
    fn step_by(&self, by: Move) -> Option<Step> {
        let key = self.playhead.map(|playhead| match playhead.step {
            // Between two events, on means the one behind the playhead.
            Some(step) if step.time_ns == playhead.time_ns => step.key,
            _ => StepKey::after(playhead.time_ns),
        });
        if let Some(facts) = self.lesson_facts().filter(|_| !self.shows_all) {
            let index = match (by, key) {
                (Move::First, _) | (Move::Forward, None) => Some(0),
                (Move::Last, _) | (Move::Back, None) => facts.steps.len().checked_sub(1),
                (Move::Forward, Some(key)) => Some(facts.steps.partition_point(|own| own.step.key <= key)),
                (Move::Back, Some(key)) => facts.steps.partition_point(|own| own.step.key < key).checked_sub(1),
            };
            return index.and_then(|index| facts.steps.get(index)).map(|own| own.step);
        }
        let model = self.data.model.read();
        match (by, key) {
            (Move::First, _) => model.next_event(StepKey::before(0)),
            (Move::Forward, None) => {
                model.next_event(StepKey::before(u64::try_from(self.time_view().start_ns()).unwrap_or(0)))
            }
            (Move::Last, _) | (Move::Back, None) => model.previous_event(StepKey::after(u64::MAX)),
            (Move::Forward, Some(key)) => model.next_event(key),
            (Move::Back, Some(key)) => model.previous_event(key),
        }
    }

    /// From when to when `thing` is, in ns.
    pub fn span_of(&self, thing: Thing) -> Option<(u64, u64)> {
        let model = self.data.model.read();
        let end_ns = self.facts.duration_ns;
        match thing {
            Thing::Block(block) => {
                let blocks = model.blocks();
                blocks.contains(block).then(|| (blocks.born_ns(block), blocks.died_ns(block).unwrap_or(end_ns)))
            }
            Thing::Scope(id) => model.scope(id).map(|scope| (scope.start_ns, scope.end_ns.unwrap_or(end_ns))),
            Thing::Operation(id) => {
                model.operation(id).map(|operation| (operation.start_ns, operation.end_ns.unwrap_or(end_ns)))
            }
            Thing::Mark(id) => model.mark(id).map(|mark| (mark.time_ns, mark.time_ns)),
        }
    }
}
