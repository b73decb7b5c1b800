//! Another processor than this one: what the tracker does there, in an emulator, is what it does here.

use dropscope_tests::{DEBUG, dump, fixture, record, run, succeed, told, workspace};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";
/// Where the linker's package has the C library.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// What is not here to build and run a program for the other processor.
fn missing() -> Option<String> {
    let sysroot = run(Command::new("rustc").args(["--print", "sysroot"])).stdout;
    let std = Path::new(String::from_utf8_lossy(&sysroot).trim()).join("lib/rustlib").join(TARGET).join("lib");
    if !std.is_dir() {
        return Some(format!("Rust's library for {TARGET}"));
    }
    let is_here = |tool: &&str| Command::new(tool).arg("--version").output().is_ok();
    let tool = [LINKER, EMULATOR].into_iter().find(|tool| !is_here(tool)).map(str::to_owned);
    tool.or_else(|| (!Path::new(LIBRARIES).is_dir()).then(|| LIBRARIES.to_owned()))
}

/// The fixture `order` for the other processor.
fn built(here: &Path) -> PathBuf {
    let target = here.ancestors().nth(2).unwrap().join("aarch64");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace().join("tests/fixtures")).args(["build", "--offline", "--quiet", "--target", TARGET]);
    cargo.args(["--package", "edition2024", "--bin", "order2024", "--target-dir"]).arg(&target);
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
    succeed(&mut cargo);
    target.join(TARGET).join("debug/order2024")
}

/// What happened at places of the program's own: what, of which size, on which line.
fn told_of(file: &Path) -> Vec<(String, u64, u64)> {
    let of_event = |event: Value| {
        let place = &event["at"];
        let is_own = place["file"].as_str()?.ends_with("order.rs");
        is_own.then_some((event["event"].as_str()?.to_owned(), event["size"].as_u64()?, place["line"].as_u64()?))
    };
    dump(file).into_iter().filter_map(of_event).collect()
}

#[test]
fn a_program_for_another_processor_is_recorded_as_here() {
    if let Some(missing) = missing() {
        return eprintln!("{missing} is not here: no other processor is tried");
    }
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here.dscope"), folder.path().join("there.dscope"));
    let program = fixture("order", DEBUG);
    record(&program, &[], &here);
    let mut emulated = Command::new(EMULATOR);
    emulated.args(["-L", LIBRARIES]).arg(built(&program)).env("DROPSCOPE_OUT", &there);
    let output = succeed(&mut emulated);
    assert_eq!(output.stdout, b"order\n", "{}", told(&emulated, &output));
    let events = told_of(&there);
    assert_eq!(events, told_of(&here));
    assert!(events.len() > 20, "{events:?}");
}
