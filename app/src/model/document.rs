//! An open recording and how it is looked at.

use crate::axis::{self, TimeView};
use crate::model::analysis::Analysis;
use crate::model::analysis::question::Moment;
use crate::model::lesson::LessonFacts;
use crate::model::scene::{Index, Request, Scene, Thing};
use crate::model::slot::{Slot, Wake};
use crate::model::tables::{Tables, TablesKey};
use dropscope_demos::Workload;
use dropscope_engine::{Model, Names, OpenError, ReadState, Session, Step};
use dropscope_lessons::Lesson;
use parking_lot::RwLock;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// An open document, numbered by the window. Never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentId(pub u32);

/// Where a recording comes from, which decides how it is shown.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// A file or a program of the user.
    User,
    /// A lesson that was recorded by this window.
    Lesson(&'static Lesson),
    /// A workload.
    Workload(&'static Workload),
}

/// What a recording is read into; shared with the threads that compute from it.
#[derive(Clone)]
pub struct Data {
    /// The columns.
    pub model: Arc<RwLock<Model>>,
    /// The names.
    pub names: Arc<Names>,
    /// Finds things in the columns.
    pub index: Arc<Index>,
}

impl Data {
    /// Computes a scene.
    pub fn scene(&self, request: Request) -> Scene {
        let model = self.model.read();
        Scene::build(&model, &self.names, &self.index, request)
    }
}

/// Where the playhead stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playhead {
    /// When, in ns.
    pub time_ns: u64,
    /// The last event at or before it.
    pub step: Option<Step>,
}

/// Facts of a recording, as of the last look at it, for those who need not read the model.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The program's name.
    pub program: String,
    /// From start to end, in ns.
    pub duration_ns: u64,
    /// All events.
    pub events: u64,
    /// The model's generation.
    pub generation: u64,
    /// The names' generation.
    pub names_generation: u64,
    /// Events a second, while the program runs.
    pub events_per_second: f64,
    /// Fraction read, from 0 to 1.
    pub progress: f32,
    /// What keeps the picture from being the whole truth, in sentences.
    pub warnings: Vec<String>,
}

/// An open recording and how it is looked at.
pub struct Document {
    /// Its number.
    pub id: DocumentId,
    /// What it is called.
    pub title: String,
    /// Its file.
    pub path: PathBuf,
    /// Where it comes from.
    pub origin: Origin,
    /// What has been read.
    pub data: Data,
    session: Option<Session>,
    /// Where the reading stands.
    pub state: ReadState,
    /// Facts as of the last tick.
    pub facts: Facts,
    /// The time in view; none: all of it, growing with it.
    pub view: Option<TimeView>,
    /// The playhead.
    pub playhead: Option<Playhead>,
    /// Nanoseconds of the recording a second, while playing.
    pub playing: Option<f64>,
    /// How long the event at the playhead of a lesson has been shown, in seconds, while playing.
    pub played_seconds: f64,
    /// The range that the tables answer for, in ns.
    pub brush: Option<Range<u64>>,
    /// What is selected.
    pub selected: Option<Thing>,
    /// Whether a lesson is shown as any other recording.
    pub is_plain: bool,
    /// Whether this window recorded it for itself.
    pub is_own: bool,
    /// Whether a lesson has been played by itself once.
    pub was_played: bool,
    /// Show what is not the lesson's own, too.
    pub shows_all: bool,
    /// The timeline.
    pub scene: Slot<Request, Scene>,
    /// Its row of a comparison.
    pub compare_scene: Slot<Request, Scene>,
    /// The tables.
    pub tables: Slot<TablesKey, Tables>,
    /// The views below.
    pub analysis: Analysis,
    /// What a lesson's view needs.
    pub lesson: Slot<u64, LessonFacts>,
    rate: Option<(Instant, u64)>,
}

impl Document {
    /// Opens the recording at `path`.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub fn open(id: DocumentId, path: &Path, title: String, origin: Origin, wake: &Wake) -> Result<Self, OpenError> {
        let waker = Arc::clone(wake);
        let session = Session::open(path, move || waker())?;
        let data =
            Data { model: Arc::clone(session.model()), names: Arc::clone(session.names()), index: Arc::default() };
        let mut document = Self {
            id,
            title,
            path: path.to_owned(),
            origin,
            data,
            state: session.state(),
            session: Some(session),
            facts: Facts::default(),
            view: None,
            playhead: None,
            playing: None,
            played_seconds: 0.0,
            brush: None,
            selected: None,
            shows_all: false,
            was_played: false,
            is_own: false,
            is_plain: false,
            scene: Slot::default(),
            compare_scene: Slot::default(),
            tables: Slot::default(),
            analysis: Analysis::default(),
            lesson: Slot::default(),
            rate: None,
        };
        document.refresh();
        Ok(document)
    }

    /// The lesson, if it is one.
    pub fn as_lesson(&self) -> Option<&'static Lesson> {
        match self.origin {
            Origin::Lesson(lesson) if !self.is_plain => Some(lesson),
            Origin::Lesson(_) | Origin::User | Origin::Workload(_) => None,
        }
    }

    /// What the views below are asked about.
    pub fn moment(&self) -> Moment {
        const SECOND_NS: u64 = 1_000_000_000;
        let duration_ns = match self.is_final() {
            true => self.facts.duration_ns,
            false => self.facts.duration_ns - self.facts.duration_ns % SECOND_NS,
        };
        // The end, where most is released, would say little.
        let peak_ns = self.scene.get().filter(|_| self.is_final()).map(|scene| scene.peak.1);
        let live_ns = self.playhead.map(|playhead| playhead.time_ns).or(peak_ns).unwrap_or(duration_ns);
        Moment { range_ns: self.brush.clone(), live_ns, duration_ns }
    }

    /// Whether all has been read and nothing more will come.
    pub fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// The time in view.
    pub fn time_view(&self) -> TimeView {
        self.view.unwrap_or_else(|| self.fitting_view())
    }

    /// The view of everything that matters: the lesson's own events, else the whole recording.
    pub fn fitting_view(&self) -> TimeView {
        match self.lesson_facts() {
            Some(facts) if !self.shows_all && !facts.steps.is_empty() => {
                let range = &facts.range_ns;
                TimeView::fit_range(axis::time(range.start), axis::time(range.end))
            }
            _ => TimeView::fit(self.facts.duration_ns.max(1)),
        }
    }

    /// What a lesson's view needs, once it is known.
    pub fn lesson_facts(&self) -> Option<&Arc<LessonFacts>> {
        self.as_lesson().and_then(|_| self.lesson.get())
    }

    /// Takes in what has been read since the last time; true if anything is new.
    pub fn refresh(&mut self) -> bool {
        let mut is_new = self.scene.poll();
        is_new |= self.compare_scene.poll();
        is_new |= self.tables.poll();
        is_new |= self.analysis.poll();
        is_new |= self.lesson.poll();
        let (mut failure, mut progress) = (None, 1.0);
        if let Some(session) = &self.session {
            failure = session.failure();
            progress = session.progress().fraction();
        }
        let names_generation = self.data.names.generation();
        let model = self.data.model.read();
        let state = model.state();
        is_new |= model.generation() != self.facts.generation
            || names_generation != self.facts.names_generation
            || state != self.state
            || progress != self.facts.progress;
        if is_new {
            let totals = model.totals();
            let others = 2 * (model.scopes().len() + model.operations().len()) + model.marks().len();
            let mut warnings = super::warnings::warnings(&model);
            warnings.extend(failure);
            warnings.extend(self.data.names.notes());
            self.facts = Facts {
                program: model.program_name().to_owned(),
                duration_ns: model.duration_ns(),
                events: totals.allocs + totals.reallocs + totals.frees + others as u64,
                generation: model.generation(),
                names_generation,
                events_per_second: self.facts.events_per_second,
                progress,
                warnings,
            };
            self.state = state;
            if matches!(self.origin, Origin::User) {
                self.origin = origin_of(&model);
            }
        }
        drop(model);
        // Of what is still read, too: asked again and again, they took more time than the reading of 100 million events.
        let grows = !self.state.is_final();
        self.scene.rests = grows;
        self.compare_scene.rests = grows;
        self.tables.rests = grows;
        self.analysis.answers.values_mut().for_each(|slot| slot.rests = grows);
        self.measure_rate();
        is_new
    }

    fn measure_rate(&mut self) {
        let now = Instant::now();
        let events = self.facts.events;
        match self.rate {
            Some((since, before)) if self.state == ReadState::Following => {
                let seconds = now.duration_since(since).as_secs_f64();
                if seconds >= 0.5 {
                    self.facts.events_per_second = events.saturating_sub(before) as f64 / seconds;
                    self.rate = Some((now, events));
                }
            }
            _ => self.rate = Some((now, events)),
        }
    }

    /// Whether anything of it is still being computed or read.
    pub fn is_busy(&self) -> bool {
        self.state == ReadState::Reading
            || self.scene.is_busy()
            || self.compare_scene.is_busy()
            || self.tables.is_busy()
            || self.analysis.is_busy()
            || self.lesson.is_busy()
            || self.data.names.pending() > 0
    }
}

/// A recording of a lesson is shown as the lesson, wherever it was made.
fn origin_of(model: &Model) -> Origin {
    let lesson = match model.process().arguments.as_slice() {
        [_, word, name, ..] if word == crate::launch::DEMO_WORD => {
            dropscope_lessons::lessons().iter().find(|lesson| lesson.name == name)
        }
        _ => None,
    };
    lesson.map_or(Origin::User, Origin::Lesson)
}
