//! From the file to the model: reads on, puts the threads' events in order, and applies them in slices.

use crate::apply::{Apply, Applying};
use crate::backtraces::Backtraces;
use crate::merge::Merge;
use crate::model::Model;
use crate::rows::ReadState;
use dropscope_format::{Item, Process, ReadError, Recording, State, Status, Thread, UsableSize};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of the file read at once: 10 to 50 ms of work, and several groups, which are decoded while others are applied.
const READ_BYTES: u64 = 256 << 10;
/// Events applied between two looks at the clock.
const APPLY_EVENTS: usize = 2048;

/// What the recording says besides events, until it is applied.
enum Fact {
    Process(Box<Process>),
    Thread(Thread),
    Status(Box<Status>),
}

/// A recording on its way into a model. Give all calls the same model.
pub(crate) struct Reading {
    recording: Recording,
    merge: Merge,
    apply: Apply,
    facts: Vec<Fact>,
    modules: Vec<dropscope_format::Module>,
    usable_sizes: Vec<UsableSize>,
    state: State,
    /// Whether all events are held until the last is there, watermarks or not.
    holds_all: bool,
}

impl Reading {
    pub(crate) fn open(path: &Path) -> Result<Reading, dropscope_format::OpenError> {
        Ok(Reading {
            recording: Recording::open_packed(path)?,
            merge: Merge::default(),
            apply: Apply::default(),
            facts: Vec::new(),
            modules: Vec::new(),
            usable_sizes: Vec::new(),
            state: State::Reading,
            holds_all: false,
        })
    }

    /// Opens it to sort all events, whatever the watermarks promised. Takes as much memory as the file has
    /// bytes meanwhile.
    pub(crate) fn open_holding_all(path: &Path) -> Result<Reading, dropscope_format::OpenError> {
        Ok(Reading { holds_all: true, ..Reading::open(path)? })
    }

    /// Bytes of the file read, and its present length.
    pub(crate) fn progress(&self) -> (u64, u64) {
        self.recording.progress()
    }

    /// Reads a part of the file. Apply what it gave before the next one.
    pub(crate) fn read(&mut self) -> Result<State, ReadError> {
        let (merge, facts, holds_all) = (&mut self.merge, &mut self.facts, self.holds_all);
        let (modules, usable_sizes) = (&mut self.modules, &mut self.usable_sizes);
        self.state = self.recording.poll(READ_BYTES, &mut |_, item| match item {
            Item::Process(process) => facts.push(Fact::Process(Box::new(process.clone()))),
            Item::Thread(thread) => facts.push(Fact::Thread(thread.clone())),
            Item::Status(status) => facts.push(Fact::Status(Box::new(status.clone()))),
            Item::UsableSizes(new) => usable_sizes.extend_from_slice(new),
            Item::Modules(new) => modules.extend_from_slice(new),
            Item::Events(batch) => merge.push(batch),
            Item::Group(group) => merge.push_group(group),
            Item::Watermark(time_ns) if !holds_all => merge.watermark(time_ns),
            Item::Watermark(_) => {}
        })?;
        if matches!(self.state, State::Ended(_) | State::Cut) {
            self.merge.watermark(u64::MAX);
        }
        Ok(self.state)
    }

    /// Events that came too late for their place in time.
    pub(crate) fn late(&self) -> u64 {
        self.merge.late()
    }

    /// Applies what has been read for about `budget`. True where more is left to apply.
    pub(crate) fn apply(&mut self, model: &mut Model, budget: Duration) -> bool {
        let until = Instant::now() + budget;
        let before = (self.merge.given(), model.state, model.duration_ns);
        let has_facts = self.apply_facts(model);
        let mut applying = Applying::new(&mut self.apply, model, Some(&self.recording));
        while self.merge.is_ready() {
            self.merge.give(APPLY_EVENTS, &mut applying);
            if Instant::now() >= until {
                break;
            }
        }
        applying.rest();
        let is_done = !self.merge.is_ready();
        if is_done {
            self.say_state(model);
        }
        model.pyramid.build(&model.blocks, self.merge.given_until_ns());
        model.oddities.late_events = self.merge.late();
        let damaged = [self.recording.damaged(), self.merge.damaged()];
        model.oddities.damaged_bytes = damaged.iter().map(|(bytes, _)| bytes).sum();
        model.oddities.damaged_places = damaged.iter().map(|(_, places)| places).sum();
        if has_facts || before != (self.merge.given(), model.state, model.duration_ns) {
            model.generation += 1;
        }
        !is_done
    }

    /// Stacks, texts, modules and facts: what events refer to, so before them. True where there were facts.
    fn apply_facts(&mut self, model: &mut Model) -> bool {
        let has_facts = !self.facts.is_empty() || !self.usable_sizes.is_empty();
        if !self.usable_sizes.is_empty() {
            model.usable_sizes.learn(&self.usable_sizes);
            self.usable_sizes.clear();
        }
        let stacks = &self.recording.stacks;
        model.backtraces.add_nodes(stacks.nodes_from(model.backtraces.node_count()));
        model.backtraces.add_modules(&self.modules);
        self.modules.clear();
        let new_texts = self.recording.texts.texts().get(model.texts.len()..).unwrap_or_default();
        model.texts.extend(new_texts.iter().map(|text| Arc::<str>::from(&**text)));
        for fact in self.facts.drain(..) {
            match fact {
                Fact::Process(process) => model.process = *process,
                Fact::Thread(thread) => self.apply.thread(model, &thread),
                Fact::Status(status) => model.status = *status,
            }
        }
        has_facts
    }

    fn say_state(&mut self, model: &mut Model) {
        model.state = match self.state {
            // Whoever follows a program has always something to read next.
            State::Reading if model.state == ReadState::Following => ReadState::Following,
            State::Reading => ReadState::Reading,
            State::Following => ReadState::Following,
            State::Ended(end) => ReadState::Ended(end),
            State::Cut => ReadState::Cut,
        };
        match self.state {
            State::Ended(end) => model.duration_ns = model.duration_ns.max(end.time_ns),
            State::Following => model.duration_ns = model.duration_ns.max(self.merge.watermark_ns()),
            _ => {}
        }
        if model.state.is_final() {
            self.apply.finish(model);
        }
    }
}

/// Reads it all once more with all events sorted, for a recording whose watermarks promised too much. The stacks must
/// have kept their numbers; else, and when `go_on` says no, there is no such model.
pub(crate) fn read_sorted(
    path: &Path,
    backtraces: &Arc<Backtraces>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Model>, crate::load::LoadError> {
    let mut reading = Reading::open_holding_all(path)?;
    while matches!(reading.read()?, State::Reading) {
        if !go_on() {
            return Ok(None);
        }
    }
    if !backtraces.begins_like(reading.recording.stacks.nodes_from(0)) {
        return Ok(None);
    }
    // The first reading has given the modules already.
    reading.modules.clear();
    let mut model = Model { backtraces: Arc::clone(backtraces), ..Model::default() };
    while reading.apply(&mut model, Duration::from_millis(20)) {
        if !go_on() {
            return Ok(None);
        }
    }
    Ok(Some(model))
}
