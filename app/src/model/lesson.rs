//! What a lesson's view needs of its recording: the lesson's own blocks and events, each with its line.

use crate::model::describe::describe;
use crate::model::markdown::{self, Piece};
use crate::model::source::{LineSums, Source};
use dropscope_engine::{BlockId, Location, Model, Names, StackId, Step, StepKind};
use dropscope_lessons::Lesson;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// A lesson's text and source, made ready.
pub struct LessonPage {
    /// The text.
    pub text: Vec<Piece>,
    /// The source.
    pub source: Source,
}

impl LessonPage {
    /// Makes `lesson` ready.
    pub fn new(lesson: &Lesson) -> Self {
        let name = lesson.file.rsplit('/').next().unwrap_or(lesson.file);
        Self { text: markdown::parse(lesson.text), source: Source::new(name, lesson.source) }
    }
}

/// An event of a lesson.
#[derive(Clone, Debug)]
pub struct LessonStep {
    /// The event.
    pub step: Step,
    /// The line of the lesson's source where it happened.
    pub line: Option<u32>,
    /// Bytes that it allocated.
    pub allocated_bytes: u64,
    /// Bytes that it released.
    pub released_bytes: u64,
}

impl LessonStep {
    /// Whether the allocator took part.
    pub fn is_memory(&self) -> bool {
        matches!(self.step.kind, StepKind::Alloc(_) | StepKind::Free(_) | StepKind::Realloc(..))
    }
}

/// What a lesson's view needs of its recording.
#[derive(Clone, Debug, Default)]
pub struct LessonFacts {
    /// The lesson's own blocks.
    pub own: Arc<HashSet<BlockId>>,
    /// Blocks that the runtime and the start of the program made.
    pub foreign_blocks: u64,
    /// The lesson's own events, in order.
    pub steps: Vec<LessonStep>,
    /// From the first to the last of them, in ns.
    pub range_ns: Range<u64>,
}

impl LessonFacts {
    /// Finds the events of `lesson`. Looks names up: takes a while the first time.
    pub fn find(model: &Model, names: &Names, lesson: &Lesson) -> Self {
        let mut finder = Finder { names, file: lesson.file, lines: HashMap::new() };
        let blocks = model.blocks();
        let own: HashSet<BlockId> =
            blocks.ids().filter(|&block| finder.line(blocks.birth_stack(block)).is_some()).collect();
        let mut steps = Vec::new();
        for step in model.events(0..u64::MAX) {
            let described = describe(model, &step);
            let line = finder.line(described.stack);
            let is_own = match step.kind {
                StepKind::Alloc(block) | StepKind::Free(block) | StepKind::Realloc(block, _) => own.contains(&block),
                StepKind::UnmatchedFree(_) => false,
                _ => line.is_some(),
            };
            if is_own {
                steps.push(LessonStep {
                    step,
                    line,
                    allocated_bytes: described.allocated_bytes,
                    released_bytes: described.released_bytes,
                });
            }
        }
        let from = steps.first().map_or(0, |step| step.step.time_ns);
        let to = steps.last().map_or(0, |step| step.step.time_ns);
        let foreign_blocks = u64::from(blocks.count()) - own.len() as u64;
        Self { own: Arc::new(own), foreign_blocks, steps, range_ns: from..to.max(from + 1) }
    }

    /// How many events have happened at `time_ns`.
    pub fn steps_until(&self, time_ns: u64) -> usize {
        self.steps.partition_point(|step| step.step.time_ns <= time_ns)
    }

    /// What each line did in the first `steps` events.
    pub fn sums(&self, steps: usize) -> HashMap<u32, LineSums> {
        let mut sums: HashMap<u32, LineSums> = HashMap::new();
        for step in self.steps.iter().take(steps) {
            if let Some(line) = step.line {
                let sum = sums.entry(line).or_default();
                sum.allocated_bytes += step.allocated_bytes;
                sum.released_bytes += step.released_bytes;
                sum.events += 1;
            }
        }
        sums
    }

    /// The index of the step that `step` is.
    pub fn index_of(&self, step: &Step) -> Option<usize> {
        let index = self.steps.partition_point(|own| own.step.key < step.key);
        self.steps.get(index).filter(|own| own.step.key == step.key).map(|_| index)
    }
}

struct Finder<'a> {
    names: &'a Names,
    file: &'a str,
    lines: HashMap<StackId, Option<u32>>,
}

impl Finder<'_> {
    /// The line of the lesson's file that `stack` is at.
    fn line(&mut self, stack: StackId) -> Option<u32> {
        let (names, file) = (self.names, self.file);
        *self.lines.entry(stack).or_insert_with(|| {
            let summary = names.summary(stack);
            let (_, location) = summary.site.as_ref()?;
            is_in(location, file).then_some(location.line)
        })
    }
}

/// Whether `location` is in `file`, which is given from the workspace's root on.
fn is_in(location: &Location, file: &str) -> bool {
    let named = location.file.as_deref().unwrap_or_default();
    let same = |path: &str| path == file || path.strip_suffix(file).is_some_and(|before| before.ends_with('/'));
    same(named) || location.path.as_ref().is_some_and(|path| same(&path.to_string_lossy()))
}
