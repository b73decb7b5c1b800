//! The harness: builds the programs, runs each workload under each recorder in turn, and prints what that costs.
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/Cargo.toml -- [--rounds N] [--only WORKLOAD]... [--skip RECORDER]... [--turns N]
//! ```
//!
//! With `--instructions` it counts those instead, by function, under valgrind. With `--programs FOLDER` it measures what
//! an earlier run has built (and copied there) instead of building it.

mod build;
mod costs;
mod in_turns;
mod measure;
mod profile;
mod recorders;
mod table;

use costs::Costs;
use dropscope_peers::WORKLOADS;
use measure::{Sample, run_once};
use recorders::Recorder;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::of_command_line()?;
    let programs = match &options.programs {
        Some(folder) => build::found_in(folder),
        None => build::all(options.wants(Recorder::Heapscope))?,
    };
    let folder = tempfile::tempdir()?;
    if options.instructions {
        for workload in WORKLOADS.iter().filter(|workload| options.wants_workload(workload.name)) {
            profile::print(&programs, workload.name, folder.path())?;
        }
        return Ok(());
    }
    let recorders: Vec<Recorder> = Recorder::ALL.into_iter().filter(|&it| options.wants(it)).collect();
    let mut all = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| options.wants_workload(workload.name)) {
        eprint!("{} ", workload.title);
        let mut costs = Costs::default();
        for round in 0..options.rounds {
            // Interleaved, and in another order each time, so that what changes on the machine meets all of them.
            for index in 0..recorders.len() {
                let recorder = recorders[(index + round) % recorders.len()];
                if !recorder.fits(workload.name) {
                    continue;
                }
                match run_once(&programs, recorder, workload.name, folder.path())? {
                    Sample::Is(sample) => costs.add(recorder, sample),
                    Sample::CannotRun(why) => costs.cannot_run(recorder, why),
                }
            }
            eprint!(".");
        }
        eprintln!();
        all.push((workload, costs));
    }
    let comparisons = if options.turns > 0 && options.wants_workload(in_turns::WORKLOAD) {
        eprint!("in turns ");
        in_turns::compare(&programs, options.turns, |recorder| options.wants(recorder))?
    } else {
        Vec::new()
    };
    table::print(&all, &comparisons, options.rounds);
    Ok(())
}

struct Options {
    rounds: usize,
    turns: usize,
    only: Vec<String>,
    skip: Vec<String>,
    programs: Option<PathBuf>,
    instructions: bool,
}

impl Options {
    fn of_command_line() -> Result<Options, String> {
        let mut options =
            Options { rounds: 7, turns: 400, only: Vec::new(), skip: Vec::new(), programs: None, instructions: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{option} needs a value"));
            match option.as_str() {
                "--rounds" => options.rounds = value()?.parse().map_err(|_| "--rounds needs a number".to_owned())?,
                "--turns" => options.turns = value()?.parse().map_err(|_| "--turns needs a number".to_owned())?,
                "--only" => options.only.push(value()?),
                "--skip" => options.skip.push(value()?),
                "--programs" => options.programs = Some(value()?.into()),
                "--instructions" => options.instructions = true,
                _ => {
                    let known = "--rounds, --turns, --only, --skip, --programs and --instructions";
                    return Err(format!("unknown option {option}; there are {known}"));
                }
            }
        }
        Ok(options)
    }

    fn wants(&self, recorder: Recorder) -> bool {
        !self.skip.iter().any(|name| name == recorder.name())
    }

    fn wants_workload(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
