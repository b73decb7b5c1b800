//! `dropscope demo`: a lesson or a workload, run in a process of its own and recorded; a workload in another language;
//! or all workloads of a group, compared.

use super::command::{CompareRequest, DemoRequest};
use super::text::shown_path;
use super::{DONE, Failure, compare, help, out, record, run, screen};
use crate::launch::{self, DemoOptions, Foreground, Options, Recorded};
use crate::window::Start;
use dropscope_demos::languages::{Foreign, find_foreign, foreign};
use dropscope_demos::{Demo, Workload, WorkloadOptions, workloads};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Runs the demo that is asked for.
pub(super) fn demo(request: &DemoRequest) -> Result<u8, Failure> {
    if let Some(foreign) = find_foreign(&request.name) {
        return in_another_language(foreign, request);
    }
    if workloads().iter().any(|workload| workload.group == request.name) {
        return group(request);
    }
    let demo = dropscope_demos::find(&request.name).ok_or_else(|| unknown(&request.name))?;
    if let Some(folder) = &request.copy {
        return copy(&demo, folder);
    }
    let sized = request.entries.is_some() || request.operations.is_some() || request.seed.is_some();
    if sized && matches!(demo, Demo::Lesson(_)) {
        return Err(Failure::Use {
            text: format!("`{}` is a lesson: it has no size and no seed", request.name),
            hint: format!("dropscope demo {} [-o FILE] [--window]", request.name),
        });
    }
    let output = request.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.dscope", request.name)));
    let options = Options { output: Some(output), redact: request.redact, ..Options::default() };
    let foreground = Foreground::new();
    let mut launch =
        launch::start_demo(demo.name(), &sizes(request), &options).map_err(|error| record::failure(&error))?;
    if request.window {
        return run::follow(launch, foreground, demo.title().to_owned());
    }
    let outcome = launch::wait(&mut launch, &foreground);
    drop(foreground);
    Ok(record::told(&outcome))
}

fn sizes(request: &DemoRequest) -> DemoOptions {
    DemoOptions {
        entries: request.entries,
        operations: request.operations,
        seed: request.seed,
        ..DemoOptions::default()
    }
}

fn in_another_language(foreign: &Foreign, request: &DemoRequest) -> Result<u8, Failure> {
    let log = request.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.log", foreign.name)));
    run_foreign(foreign, request, &log, false)?;
    out::say(&format!("the collector's log: {}", shown_path(&log)));
    if request.window { open(vec![log]) } else { Ok(DONE) }
}

fn run_foreign(foreign: &Foreign, request: &DemoRequest, log: &Path, is_silent: bool) -> Result<(), Failure> {
    let base = foreign.options();
    let options = WorkloadOptions {
        entries: request.entries.unwrap_or(base.entries),
        operations: request.operations.unwrap_or(base.operations),
        seed: request.seed.unwrap_or(base.seed),
    };
    launch::run_foreign(foreign, &options, log, is_silent, &AtomicBool::new(false))
        .map_err(|error| Failure::Work(anyhow::anyhow!("`{}` gives no log: {error}", foreign.name)))
}

/// Runs all workloads of a group, one after the other, in other languages too where those are installed; then compares.
fn group(request: &DemoRequest) -> Result<u8, Failure> {
    let given = request.output.as_deref().unwrap_or(Path::new("."));
    let folder = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
    if !folder.is_dir() {
        let text = format!("{} is no folder: a group of demos is recorded into one, `-o FOLDER`", given.display());
        return Err(Failure::Work(anyhow::anyhow!(text)));
    }
    let mut files = Vec::new();
    for workload in workloads().iter().filter(|workload| workload.group == request.name) {
        out::say(&format!("recording `{}`", workload.name));
        files.push(recorded(workload, &sizes(request), &folder)?);
    }
    for foreign in foreign().iter().filter(|foreign| foreign.group == request.name) {
        if let Some(program) = launch::absent(foreign) {
            out::say(&format!("left out: `{}`, because `{program}` is not in PATH", foreign.name));
            continue;
        }
        out::say(&format!("running `{}`", foreign.name));
        let log = folder.join(format!("{}.log", foreign.name));
        run_foreign(foreign, request, &log, true)?;
        files.push(log);
    }
    if request.window {
        return open(files);
    }
    let shown: Vec<String> = files.iter().map(|file| shown_path(file)).collect();
    let status = compare::compare(&CompareRequest { files, ..CompareRequest::default() })?;
    out::say(&format!("to look at it: dropscope open {}", shown.join(" ")));
    Ok(status)
}

fn open(files: Vec<PathBuf>) -> Result<u8, Failure> {
    match screen::open(Start::Open(files)) {
        Ok(()) => Ok(DONE),
        Err(reason) => Err(Failure::Work(reason)),
    }
}

/// Records `workload` into `folder`; what it prints is dropped.
pub(super) fn recorded(workload: &Workload, sizes: &DemoOptions, folder: &Path) -> Result<PathBuf, Failure> {
    let output = folder.join(format!("{}.dscope", workload.name));
    let options = Options { output: Some(output), silent: true, ends_with_launch: true, ..Options::default() };
    let foreground = Foreground::new();
    let mut launch = launch::start_demo(workload.name, sizes, &options).map_err(|error| record::failure(&error))?;
    let outcome = launch::wait(&mut launch, &foreground);
    match (outcome.ended.status(), outcome.recorded) {
        (0, Recorded::Whole(path)) => Ok(path),
        (0, Recorded::Unfinished { why, .. } | Recorded::Nothing(why)) => {
            Err(Failure::Work(anyhow::anyhow!("{} was not recorded: {why}", workload.name)))
        }
        (status, _) => Err(Failure::Work(anyhow::anyhow!("{} ended with status {status}", workload.name))),
    }
}

/// Writes a lesson as a cargo project, and says how it is built and recorded.
fn copy(demo: &Demo, folder: &Path) -> Result<u8, Failure> {
    let Demo::Lesson(lesson) = demo else {
        return Err(Failure::Use {
            text: format!("`{}` is a workload: only lessons can be copied", demo.name()),
            hint: "dropscope demo NAME --copy FOLDER".to_owned(),
        });
    };
    let copy = launch::write_copy(lesson, folder).map_err(|error| Failure::Work(anyhow::anyhow!("{error}")))?;
    let state = if copy.was_there { "is there already, as it was left" } else { "is written" };
    let project = shown_path(&copy.folder.join("Cargo.toml"));
    let program = shown_path(&copy.folder.join("target/debug").join(format!("lesson-{}", lesson.name)));
    out::say(&format!(
        "{} {state}: change {}, then\n  cargo build --manifest-path {project}\n  dropscope run -- {program}",
        copy.folder.display(),
        copy.source.display()
    ));
    Ok(DONE)
}

fn unknown(name: &str) -> Failure {
    let mut all: Vec<&str> = dropscope_demos::all().map(|demo| demo.name()).collect();
    all.extend(foreign().iter().map(|foreign| foreign.name));
    all.extend(workloads().iter().map(|workload| workload.group));
    let text = match help::nearest(name, all.into_iter()) {
        Some(near) => format!("there is no demo `{name}`: did you mean `{near}`?"),
        None => format!("there is no demo `{name}`"),
    };
    Failure::Use { text, hint: "dropscope demos lists them".to_owned() }
}
