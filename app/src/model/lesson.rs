//! What a lesson's view needs of its recording: the lesson's own blocks and events, each with its line, and who holds what
//! at each of them.

mod blocks;
mod checking;
mod code;
mod frames;
mod marks;
mod memory;

pub use blocks::LessonBlock;
pub use code::{Code, Function, Holder, Path, Place};
pub use frames::{FrameAt, Frames};
pub use marks::Told;
pub use memory::{Arrow, ArrowKind, Beat, BlockBox, BlockState, End, FrameBox, Happening, Known, Moment, Slot};

use crate::model::describe::describe;
use crate::model::markdown::{self, Piece};
use crate::model::source::{LineSums, Source};
use dropscope_engine::{BlockId, Location, Model, Names, StackId, Step, StepKind, Verdict};
use dropscope_lessons::{CompilerMessage, Lesson, Prediction};
use frames::FrameFinder;
use memory::Memory;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// A lesson's text and source, made ready.
pub struct LessonPage {
    /// The text.
    pub text: Vec<Piece>,
    /// The source.
    pub source: Source,
    /// What to ask before the recording is played.
    pub prediction: Option<PredictionPage>,
    /// What the compiler refuses.
    pub refusal: Option<RefusalPage>,
}

/// A question to answer before the recording is played.
pub struct PredictionPage {
    /// The question.
    pub question: Vec<Piece>,
    /// Its answers, the right one and what decides it.
    pub prediction: Prediction,
    /// Why it is so.
    pub explanation: Vec<Piece>,
}

/// A program that the compiler refuses.
pub struct RefusalPage {
    /// Its source.
    pub source: Source,
    /// What the compiler said, recorded.
    pub message: CompilerMessage,
}

impl LessonPage {
    /// Makes `lesson` ready.
    pub fn new(lesson: &Lesson) -> Self {
        let prediction = lesson.prediction().map(|prediction| PredictionPage {
            question: markdown::parse(prediction.question),
            explanation: markdown::parse(prediction.explanation),
            prediction,
        });
        let refusal = lesson.refusal.and_then(|refusal| {
            let source = Source::new(file_name(refusal.file), refusal.source);
            Some(RefusalPage { source, message: refusal.message()? })
        });
        let source = Source::new(file_name(lesson.file), lesson.source);
        Self { text: markdown::parse(&without_question(lesson.text)), source, prediction, refusal }
    }
}

fn file_name(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// The text without its question, which stands by itself.
fn without_question(text: &str) -> String {
    const QUESTION: &str = "## A question first";
    match text.split_once(QUESTION) {
        Some((before, after)) => {
            let rest = after.find("\n## ").map_or("", |at| &after[at + 1..]);
            format!("{before}{rest}")
        }
        None => text.to_owned(),
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
    /// What it is to the picture of stack and heap.
    pub beat: Beat,
    /// The event in the words of [`dropscope_lessons::expected_events`]; a mark's own text.
    pub word: String,
}

impl LessonStep {
    /// Whether the allocator took part.
    pub fn is_memory(&self) -> bool {
        matches!(
            self.step.kind,
            StepKind::Alloc(_) | StepKind::Free(_) | StepKind::Realloc(..) | StepKind::UnmatchedFree(_)
        )
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
    /// The lesson's functions, as its source has them.
    pub functions: Vec<Function>,
    /// The lesson's own blocks, in order of birth.
    pub blocks: Vec<LessonBlock>,
}

/// How far the picture of stack and heap has been followed: going on from there is cheap.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    steps: usize,
    memory: Memory,
}

impl LessonFacts {
    /// Finds the events of `lesson`. Looks names up: takes a while the first time.
    pub fn find(model: &Model, names: &Names, lesson: &Lesson) -> Self {
        let mut finder = Finder { names, file: lesson.file, lines: HashMap::new() };
        let code = Code::read(lesson.source);
        let mut frames = FrameFinder { names, code: &code, file: lesson.file, known: HashMap::new() };
        let blocks = model.blocks();
        let own: HashSet<BlockId> =
            blocks.ids().filter(|&block| finder.line(blocks.birth_stack(block)).is_some()).collect();
        let mut steps = Vec::new();
        for step in model.events(0..u64::MAX) {
            let described = describe(model, &step);
            let line = finder.line(described.stack);
            let is_own = match step.kind {
                StepKind::Alloc(block) | StepKind::Free(block) | StepKind::Realloc(block, _) => own.contains(&block),
                _ => line.is_some(),
            };
            if is_own {
                steps.push(LessonStep {
                    step,
                    line,
                    allocated_bytes: described.allocated_bytes,
                    released_bytes: described.released_bytes,
                    word: checking::word(model, step.kind, frames.place(described.stack)),
                    beat: Beat {
                        thread: step.thread,
                        frames: frames.frames(described.stack),
                        happening: happening(model, step.kind),
                    },
                });
            }
        }
        let from = steps.first().map_or(0, |step| step.step.time_ns);
        let to = steps.last().map_or(0, |step| step.step.time_ns);
        let foreign_blocks = u64::from(blocks.count()) - own.len() as u64;
        let in_order: Vec<BlockId> = blocks.ids().filter(|block| own.contains(block)).collect();
        Self {
            blocks: blocks::blocks(model, names, &frames, &in_order),
            own: Arc::new(own),
            foreign_blocks,
            steps,
            range_ns: from..to.max(from + 1),
            functions: code.functions().to_vec(),
        }
    }

    /// Stack and heap after the first `steps` events. `replay` may have come from elsewhere in the same lesson.
    pub fn moment(&self, steps: usize, replay: &mut Replay) -> Moment {
        let steps = steps.min(self.steps.len());
        if replay.steps > steps {
            *replay = Replay::default();
        }
        for index in replay.steps..steps {
            let Some(step) = self.steps.get(index) else { break };
            let next = self.steps[index + 1..].iter().find(|next| next.beat.thread == step.beat.thread);
            replay.memory.step(&self.functions, &step.beat, next.map(|next| &next.beat), step.allocated_bytes);
        }
        replay.steps = steps;
        let last = steps.checked_sub(1).and_then(|last| self.steps.get(last)).map(|last| &last.beat);
        let touched = last.and_then(|beat| match beat.happening {
            Happening::Born(block) | Happening::Resized { block, .. } | Happening::Released(block) => Some(block),
            Happening::ReleasedAgain(block) => block,
            Happening::Told(_) | Happening::Other => None,
        });
        replay.memory.moment(&self.functions, &self.blocks, touched, last.map(|beat| beat.thread.0))
    }

    /// What a mark at step `index` tells, and how many allocator events the line made that it tells of: most of what a
    /// mark tells makes none, and that is worth saying.
    pub fn non_event(&self, index: usize) -> Option<NonEvent> {
        let step = self.steps.get(index)?;
        let Happening::Told(told) = &step.beat.happening else { return None };
        let frame = step.beat.frames.last()?;
        let function = self.functions.get(frame.function?)?;
        let line = told_line(function, frame.place, told).unwrap_or(frame.place.line);
        // A clone is a call: what happens in it is of the line that calls.
        let is_in_call = |step: &&LessonStep| {
            matches!(told, Told::Clone(..))
                && step.beat.frames.iter().any(|at| at.function == frame.function && at.place.line == line)
        };
        let is_at_line = |step: &&LessonStep| step.line == Some(line) || is_in_call(step);
        let events = self.steps.iter().filter(|step| step.is_memory()).filter(is_at_line).count();
        Some(NonEvent { told: told.clone(), line, events })
    }

    /// The number of events after which most blocks are alive: what to show where nobody has chosen a moment.
    pub fn fullest(&self) -> usize {
        let (mut alive, mut most, mut at) = (0i64, 0, 0);
        for (index, step) in self.steps.iter().enumerate() {
            alive += match step.beat.happening {
                Happening::Born(_) => 1,
                Happening::Released(_) => -1,
                _ => 0,
            };
            if alive >= most {
                (most, at) = (alive, index + 1);
            }
        }
        at
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

/// What a mark tells, measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonEvent {
    /// What it tells.
    pub told: Told,
    /// The line of the source that it tells of.
    pub line: u32,
    /// Allocator events that this line made, in the whole recording.
    pub events: usize,
}

/// The line that a mark at `place` tells of: the nearest one before it that uses the name, else the nearest behind.
fn told_line(function: &Function, place: Place, told: &Told) -> Option<u32> {
    let name = match told {
        Told::Move(name, _) | Told::Exchange(name, _) | Told::Copy(name, _) | Told::Clone(name, _) => name,
        Told::Borrow(_, of) | Told::Points(_, of) | Told::SecondOwner(_, of) => of,
        Told::BorrowEnd(_) | Told::Dangles(_) => return None,
    };
    let name = name.trim_start_matches('*');
    let root = name.split(['.', '[']).next().unwrap_or(name);
    let about = |action: &&code::Action| {
        function.variables.get(action.from.variable).is_some_and(|variable| variable.name == root)
    };
    let mut before = function.actions.iter().filter(about).filter(|action| action.at < place);
    let after = function.actions.iter().filter(about).find(|action| action.at > place);
    // A mark stands behind what it tells of, or right in front of a call.
    let next = after.filter(|action| action.at.line <= place.line + 1).map(|action| action.at.line);
    // What nothing in the source gives away has been copied: it stands where the copy is made.
    let made = match told {
        Told::Copy(_, to) | Told::Clone(_, to) | Told::SecondOwner(to, _) | Told::Points(to, _) => {
            function.variable(to, place).and_then(|index| function.variables.get(index))
        }
        _ => None,
    };
    let made = made.map(|made| made.statement.start).filter(|made| *made < place).map(|made| made.line);
    before.next_back().map(|action| action.at.line).filter(|line| line + 2 > place.line).or(made).or(next)
}

fn happening(model: &Model, kind: StepKind) -> Happening {
    match kind {
        StepKind::UnmatchedFree(row) => Happening::ReleasedAgain(match model.verdict(row) {
            Some(Verdict::Double(block)) => Some(block),
            _ => None,
        }),
        StepKind::Alloc(block) => Happening::Born(block),
        StepKind::Free(block) => Happening::Released(block),
        StepKind::Realloc(block, row) => {
            let realloc = model.blocks().realloc(row);
            let size_bytes = realloc.as_ref().map_or(0, |realloc| realloc.size_bytes);
            Happening::Resized { block, size_bytes, has_moved: realloc.is_some_and(|realloc| realloc.moved()) }
        }
        StepKind::Mark(id) => {
            let text = model.mark(id).map(|mark| model.text(mark.text)).unwrap_or_default();
            Told::read(text).map_or(Happening::Other, Happening::Told)
        }
        _ => Happening::Other,
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
