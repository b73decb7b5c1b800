//! `dropscope demo`: a lesson or a workload, run in a process of its own and recorded.

use super::command::DemoRequest;
use super::{Failure, help, record, run};
use crate::launch::{self, DemoOptions, Foreground, Options};
use dropscope_demos::Demo;
use std::path::PathBuf;

/// Runs the demo that is asked for.
pub(super) fn demo(request: &DemoRequest) -> Result<u8, Failure> {
    let demo = dropscope_demos::find(&request.name).ok_or_else(|| unknown(&request.name))?;
    let sized = request.entries.is_some() || request.operations.is_some() || request.seed.is_some();
    if sized && matches!(demo, Demo::Lesson(_)) {
        return Err(Failure::Use {
            text: format!("`{}` is a lesson: it has no size and no seed", request.name),
            hint: format!("dropscope demo {} [-o FILE] [--window]", request.name),
        });
    }
    let output = request.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.dscope", request.name)));
    let demo_options = DemoOptions {
        entries: request.entries,
        operations: request.operations,
        seed: request.seed,
        ..DemoOptions::default()
    };
    let options = Options { output: Some(output), redact: request.redact, ..Options::default() };
    let foreground = Foreground::new();
    let mut launch =
        launch::start_demo(demo.name(), &demo_options, &options).map_err(|error| record::failure(&error))?;
    if request.window {
        return run::follow(launch, foreground, demo.title().to_owned());
    }
    let outcome = launch::wait(&mut launch, &foreground);
    drop(foreground);
    Ok(record::told(&outcome))
}

fn unknown(name: &str) -> Failure {
    let all: Vec<Demo> = dropscope_demos::all().collect();
    let text = match help::nearest(name, all.iter().map(Demo::name)) {
        Some(near) => format!("there is no demo `{name}`: did you mean `{near}`?"),
        None => format!("there is no demo `{name}`"),
    };
    Failure::Use { text, hint: "dropscope demos lists them".to_owned() }
}
