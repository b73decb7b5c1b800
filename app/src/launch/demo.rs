//! The demos as recorded programs: this very binary, started again to run one of them.

use super::cpp::{self, LATER_VARIABLE, cpp_compiler};
use super::finish::why_path;
use super::{Launch, OUT_VARIABLE, Options, StartError, start_command};
use dropscope_demos::{Demo, WorkloadOptions};
use dropscope_lessons::Program;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The hidden first argument of a process that is to be a demo.
pub(crate) const DEMO_WORD: &str = "__demo";
/// A demo's arguments are ours and short.
const ARGUMENT_BYTES: usize = 4096;

/// How a demo is to be run.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// Entries of a workload's cache; by default as many as the workload's own options have. Lessons take no options.
    pub entries: Option<usize>,
    /// Operations of a workload.
    pub operations: Option<usize>,
    /// Where a workload's random numbers start.
    pub seed: Option<u64>,
    /// The `dropscope` binary; by default the one that runs. Tests are another program and name it.
    pub program: Option<PathBuf>,
}

/// Starts the demo called `name` in a process of its own, recorded.
///
/// # Errors
/// As [`StartError`] says.
pub fn start_demo(name: &str, demo: &DemoOptions, options: &Options) -> Result<Launch, StartError> {
    let program = match &demo.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|error| StartError::System(PathBuf::from("dropscope"), error))?,
    };
    let mut command = Command::new(&program);
    command.arg(DEMO_WORD).arg(name);
    let seed = demo.seed.map(|seed| seed.to_string());
    let entries = demo.entries.map(|entries| entries.to_string());
    let operations = demo.operations.map(|operations| operations.to_string());
    for (option, value) in [("--entries", entries), ("--operations", operations), ("--seed", seed)] {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    let variable = match dropscope_demos::find(name) {
        Some(Demo::Lesson(lesson)) if matches!(lesson.program, Program::Cpp) => {
            cpp_compiler().map_err(StartError::Missing)?;
            LATER_VARIABLE
        }
        _ => OUT_VARIABLE,
    };
    start_command(command, &program, variable, options)
}

/// The demo that this process was started to be, if it was.
///
/// Allocates nothing, so that the recording of a demo has the demo's events only: `std::env::args` would add its own.
pub fn demo_asked_for() -> Option<(Demo, WorkloadOptions)> {
    let mut bytes = [0; ARGUMENT_BYTES];
    let length = File::open("/proc/self/cmdline").ok()?.read(&mut bytes).ok()?;
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    let mut words = text.split_terminator('\0').skip(1);
    if words.next()? != DEMO_WORD {
        return None;
    }
    let demo = dropscope_demos::find(words.next()?)?;
    let mut options = demo.options();
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        match option {
            "--entries" => options.entries = value.parse().ok()?,
            "--operations" => options.operations = value.parse().ok()?,
            "--seed" => options.seed = value.parse().ok()?,
            _ => return None,
        }
    }
    Some((demo, options))
}

/// Runs the demo in this process. A C++ lesson takes the process over; only its failure comes back, left for who started
/// it to tell.
pub fn run_demo(demo: Demo, options: &WorkloadOptions) -> ExitCode {
    match demo {
        Demo::Workload(workload) => (workload.run)(options),
        Demo::Lesson(lesson) => match lesson.program {
            Program::Rust(run) => run(),
            Program::Cpp => {
                let why = format!("{:#}", cpp::become_lesson(lesson));
                let told = std::env::var_os(LATER_VARIABLE)
                    .is_some_and(|output| std::fs::write(why_path(Path::new(&output)), &why).is_ok());
                if !told {
                    eprintln!("dropscope: {why}");
                }
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}
