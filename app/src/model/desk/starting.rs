//! Starting the demos as recorded programs, and waiting for recordings that are about to appear.

use super::Desk;
use super::folder::Folder;
use crate::launch::{self, DemoOptions, ForeignLaunch, Launch, Options, Outcome, Progress, Recorded};
use crate::model::document::{DocumentId, Origin};
use crate::model::state::{GroupProgress, Screen};
use dropscope_demos::Workload;
use dropscope_demos::languages::{Foreign, foreign};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a recording that is to be followed may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is being started.
#[derive(Default)]
pub(super) struct Starting {
    launches: Vec<Started>,
    foreign: Option<StartedForeign>,
    /// Workloads that wait for the one before them: run at the same time they would disturb each other's times.
    queue: VecDeque<Queued>,
    waiting: Vec<Waiting>,
    numbers: u32,
    folder: Option<Folder>,
}

struct Started {
    launch: Launch,
    origin: Origin,
    title: String,
    document: Option<DocumentId>,
    is_compared: bool,
}

/// One of a group, in Rust or in another language.
#[derive(Clone, Copy)]
enum Queued {
    Workload(&'static Workload),
    Foreign(&'static Foreign),
}

impl Queued {
    /// Beside each other they are told apart by what differs.
    fn title(self) -> &'static str {
        let title = match self {
            Self::Workload(workload) => workload.title,
            Self::Foreign(foreign) => foreign.title,
        };
        let rest = title.split_once(": ").map_or(title, |(_, rest)| rest);
        // Sentences put an `in` before it.
        rest.strip_prefix("in ").unwrap_or(rest)
    }
}

/// A workload in another language, building or running.
struct StartedForeign {
    launch: ForeignLaunch,
    title: &'static str,
    log: PathBuf,
}

struct Waiting {
    path: PathBuf,
    title: String,
    since: Instant,
}

impl Starting {
    pub(super) fn is_busy(&self) -> bool {
        !self.launches.is_empty() || self.foreign.is_some() || !self.queue.is_empty() || !self.waiting.is_empty()
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        // A demo that still runs is ended by its launch, before the folder that it writes to goes.
        self.launches.clear();
        self.foreign = None;
    }
}

impl Desk {
    pub(super) fn start_lesson(&mut self, index: usize) {
        let Some(lesson) = dropscope_lessons::lessons().get(index) else { return };
        // One lesson at a time: the last one makes room.
        self.starting.launches.retain(|started| !matches!(started.origin, Origin::Lesson(_)));
        let old: Vec<_> = self
            .state
            .documents
            .iter()
            .filter(|one| one.is_own && one.as_lesson().is_some())
            .map(|one| one.id)
            .collect();
        for id in old {
            self.state.documents.retain(|document| document.id != id);
            self.state.compare.documents.retain(|&compared| compared != id);
        }
        self.state.library.last_lesson = Some(lesson.name.to_owned());
        let is_new = !self.state.library.answers.contains_key(lesson.name);
        self.state.asked = (self.habits.asks_first && is_new && lesson.prediction().is_some()).then_some(lesson.name);
        self.state.screen = Screen::Empty;
        self.start_demo(lesson.name, lesson.title, Origin::Lesson(lesson), false);
    }

    pub(super) fn start_workload(&mut self, name: &'static str) {
        if let Some(workload) = dropscope_demos::workloads().iter().find(|workload| workload.name == name) {
            self.start_demo(workload.name, workload.title, Origin::Workload(workload), false);
        }
    }

    pub(super) fn start_group(&mut self, group: &'static str) {
        let workloads = dropscope_demos::workloads().iter().filter(|workload| workload.group == group);
        self.starting.queue.clear();
        self.starting.launches.retain(|started| !started.is_compared);
        self.starting.foreign = None;
        let recordings = self.state.documents.iter().filter(|one| matches!(one.origin, Origin::Workload(_)));
        let logs = self.state.logs.iter().filter(|log| log.is_own);
        let old: Vec<DocumentId> = recordings.map(|one| one.id).chain(logs.map(|log| log.id)).collect();
        for id in old {
            self.close(id);
        }
        self.starting.queue.extend(workloads.map(Queued::Workload));
        for foreign in foreign().iter().filter(|foreign| foreign.group == group) {
            match launch::absent(foreign) {
                Some(program) => {
                    self.toast(format!("“{}” is left out: `{program}` is not installed.", foreign.title), false);
                }
                None => self.starting.queue.push_back(Queued::Foreign(foreign)),
            }
        }
        self.state.group = Some(GroupProgress { title: "", begun: 0, all: self.starting.queue.len() });
        self.compare(Vec::new(), super::super::catalogue::group_title(group).to_owned());
        self.start_next();
    }

    /// Ends what runs of a group and takes up no other; what is recorded stays.
    pub(super) fn stop_group(&mut self) {
        self.starting.queue.clear();
        for started in self.starting.launches.iter_mut().filter(|started| started.is_compared) {
            started.launch.stop();
        }
        if let Some(foreign) = &self.starting.foreign {
            foreign.launch.stop();
        }
    }

    fn start_next(&mut self) {
        if self.starting.launches.iter().any(|started| started.is_compared) || self.starting.foreign.is_some() {
            return;
        }
        let Some(next) = self.starting.queue.pop_front() else {
            self.state.group = None;
            return;
        };
        if let Some(group) = &mut self.state.group {
            group.begun += 1;
            group.title = next.title();
        }
        match next {
            Queued::Workload(workload) => {
                self.start_demo(workload.name, next.title(), Origin::Workload(workload), true);
            }
            Queued::Foreign(foreign) => self.start_foreign(foreign, next.title()),
        }
    }

    fn start_foreign(&mut self, foreign: &'static Foreign, title: &'static str) {
        let wake = Arc::clone(&self.wake);
        let started = self.new_path(foreign.name).and_then(|path| {
            let log = path.with_extension("log");
            let launch = ForeignLaunch::start(foreign, foreign.options(), log.clone(), move || wake())?;
            Ok(StartedForeign { launch, title, log })
        });
        match started {
            Ok(started) => {
                self.state.starting = Some(title.to_owned());
                self.starting.foreign = Some(started);
            }
            Err(error) => {
                self.toast(format!("“{title}” cannot be run: {error}."), true);
                self.start_next();
            }
        }
    }

    /// Takes in the end of a workload in another language.
    fn tick_foreign(&mut self) -> bool {
        let Some(result) = self.starting.foreign.as_mut().and_then(|started| started.launch.poll()) else {
            return false;
        };
        let Some(started) = self.starting.foreign.take() else { return false };
        match result {
            Ok(()) => {
                let id = self.open_log(&started.log, started.title.to_owned(), true);
                self.state.compare.documents.push(id);
            }
            Err(launch::ForeignError::Cancelled) => {}
            Err(error) => self.toast(format!("“{}” gives no log: {error}", started.title), true),
        }
        true
    }

    fn start_demo(&mut self, name: &str, title: &str, origin: Origin, is_compared: bool) {
        let path = match self.new_path(name) {
            Ok(path) => path,
            Err(error) => return self.report_problem(format!("There is no room for a recording of {name}: {error}.")),
        };
        let demo = DemoOptions { program: self.habits.program.clone(), ..DemoOptions::default() };
        let options = Options { output: Some(path), silent: true, ends_with_launch: true, ..Options::default() };
        match launch::start_demo(name, &demo, &options) {
            Ok(launch) => {
                let title = title.to_owned();
                self.state.starting = Some(title.clone());
                self.starting.launches.push(Started { launch, origin, title, document: None, is_compared });
            }
            Err(error) => {
                self.starting.queue.clear();
                self.state.group = None;
                self.report_problem(format!("“{title}” cannot be recorded: {error}."));
            }
        }
    }

    /// Where to record a demo to.
    pub(super) fn new_path(&mut self, name: &str) -> std::io::Result<PathBuf> {
        let folder = match self.starting.folder.take() {
            Some(folder) => folder,
            None => Folder::new()?,
        };
        self.starting.numbers += 1;
        let path = folder.path().join(format!("{name}-{}.dscope", self.starting.numbers));
        self.starting.folder = Some(folder);
        Ok(path)
    }

    pub(super) fn stop(&mut self, id: DocumentId) {
        for started in self.starting.launches.iter_mut().filter(|started| started.document == Some(id)) {
            started.launch.stop();
        }
    }

    pub(super) fn follow(&mut self, path: PathBuf, title: String) {
        match self.open_one(&path, title.clone(), Origin::User, false) {
            Ok(id) => self.state.screen = Screen::Document(id),
            Err(_) => {
                // The program has not made its first event yet.
                self.state.starting = Some(title.clone());
                self.starting.waiting.push(Waiting { path, title, since: Instant::now() });
            }
        }
    }

    pub(super) fn tick_starting(&mut self) -> bool {
        let is_new = self.tick_waiting() | self.tick_launches() | self.tick_foreign();
        if is_new {
            self.start_next();
            let pending = self.starting.launches.iter().find(|started| started.document.is_none());
            let waiting = self.starting.waiting.first().map(|waiting| waiting.title.clone());
            let foreign = self.starting.foreign.as_ref().map(|started| started.title.to_owned());
            self.state.starting = pending.map(|started| started.title.clone()).or(waiting).or(foreign);
            self.state.launched = self.starting.launches.iter().filter_map(|started| started.document).collect();
        }
        is_new
    }

    fn tick_waiting(&mut self) -> bool {
        let mut is_new = false;
        for waiting in std::mem::take(&mut self.starting.waiting) {
            match self.open_one(&waiting.path, waiting.title.clone(), Origin::User, false) {
                Ok(id) => {
                    self.state.screen = Screen::Document(id);
                    is_new = true;
                }
                Err(_) if waiting.since.elapsed() < PATIENCE => self.starting.waiting.push(waiting),
                Err(problem) => {
                    self.report_problem(problem);
                    is_new = true;
                }
            }
        }
        is_new
    }

    fn tick_launches(&mut self) -> bool {
        let mut is_new = false;
        for mut started in std::mem::take(&mut self.starting.launches) {
            let progress = started.launch.poll();
            if started.document.is_none()
                && started.launch.recording().exists()
                && let Ok(id) = self.open_one(started.launch.recording(), started.title.clone(), started.origin, true)
            {
                started.document = Some(id);
                is_new = true;
                if started.is_compared {
                    self.state.compare.documents.push(id);
                } else {
                    self.state.screen = Screen::Document(id);
                }
            }
            match progress {
                Progress::Done(outcome) => {
                    is_new = true;
                    self.launch_ended(&started, outcome);
                }
                Progress::Running | Progress::Finishing => self.starting.launches.push(started),
            }
        }
        is_new
    }

    fn launch_ended(&mut self, started: &Started, outcome: Outcome) {
        match outcome.recorded {
            // In the place of the lesson: a compiler's words are too long for a passing message.
            Recorded::Nothing(sentence) if matches!(started.origin, Origin::Lesson(_)) => {
                self.state.problem = Some(sentence);
                self.state.screen = Screen::Empty;
            }
            Recorded::Nothing(sentence) => self.report_problem(sentence),
            Recorded::Unfinished { why, .. } => {
                self.toast(format!("The recording of “{}” is not finished: {why}.", started.title), true);
            }
            Recorded::Whole(_) => {}
        }
    }
}
