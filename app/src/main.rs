//! The binary: a demo, where it was started again to be one, else what the command line asks for.

use dropscope_app::{cli, launch};
use std::process::ExitCode;

// Demos run in this binary, and its own memory can be recorded like any program's.
dropscope::attach!();

fn main() -> ExitCode {
    // First of all, and without an allocation: a demo's recording has the demo's events only.
    if let Some((demo, options)) = launch::demo_asked_for() {
        return launch::run_demo(demo, &options);
    }
    cli::main(std::env::args_os().skip(1))
}
