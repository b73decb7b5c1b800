//! What the end-to-end tests share: building Dropscope and the fixture programs, running them, reading what came out.

// A test's helper says what went wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests folder lies in the workspace").to_owned()
}

/// Cargo's output folder for this build, wherever it was put: this crate's test programs lie in `TARGET/PROFILE/deps`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    test.ancestors().nth(3).expect("target/profile/deps/test").to_owned()
}

/// The `dropscope` program, built by cargo together with these tests.
pub fn dropscope() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("target/profile/deps/test");
    profile.join("dropscope-under-test")
}

/// The library for programs that cannot be rebuilt, built: cargo makes no `cdylib` for the tests of another package.
pub fn preload() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let build = || {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(workspace().join("tracker/preload"));
        cargo.args(["build", "--offline", "--quiet", "--target-dir"]).arg(target());
        succeed(&mut cargo);
        target().join("debug/libdropscope_preload.so")
    };
    BUILT.get_or_init(build).clone()
}

/// How a fixture is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Build {
    /// Cargo's profile: `dev`, `dev-abort`, `release` or `release-abort`.
    pub profile: &'static str,
    /// The edition: 2021 or 2024.
    pub edition: u32,
}

/// What most tests use.
pub const DEBUG: Build = Build { profile: "dev", edition: 2024 };

/// The fixture `name`, built as `build` says.
pub fn fixture(name: &str, build: Build) -> PathBuf {
    static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let guard = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = workspace().join("tests/fixtures");
    let target = target().join("fixtures");
    // The workspace's own lock file: the same versions, and nothing to fetch.
    std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file can be copied");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&folder).args(["build", "--offline", "--quiet", "--profile", build.profile]);
    cargo.args(["--package", &format!("edition{}", build.edition)]).arg("--target-dir").arg(&target);
    succeed(&mut cargo);
    drop(guard);
    let profile_folder = if build.profile == "dev" { "debug" } else { build.profile };
    target.join(profile_folder).join(format!("{name}{}", build.edition))
}

/// The folder with the programs of `tests/fixtures/NAME`, which has a lock file and crates of its own; none where those
/// can neither be had nor fetched, or one of the `tools` to build them is not here.
pub fn apart(name: &str, tools: &[&str]) -> Option<PathBuf> {
    if let Some(missing) = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err()) {
        eprintln!("no {missing} here: {name} is not tried");
        return None;
    }
    let target = target().join("fixtures").join(name);
    let build = |offline: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(workspace().join("tests/fixtures").join(name)).args(["build", "--locked", "--quiet"]);
        cargo.args(offline).arg("--target-dir").arg(&target);
        let output = run(&mut cargo);
        (output.status.success(), told(&cargo, &output))
    };
    let (is_built, said) = build(&["--offline"]);
    // What cargo says where a crate would have to be fetched.
    let is_missing = said.contains("--offline was specified") || said.contains("using offline mode");
    if is_built || (is_missing && build(&[]).0) {
        return Some(target.join("debug"));
    }
    assert!(is_missing, "{said}");
    eprintln!("the crates of {name} cannot be fetched here: not tried");
    None
}

/// The C or C++ program `source` of `tests/fixtures/native`, compiled to `folder/name`; none where there is no compiler
/// for it. Panics where there is one that refuses it.
pub fn compiled(source: &str, name: &str, flags: &[&str], folder: &Path) -> Option<PathBuf> {
    let program = folder.join(name);
    let mut compiler = Command::new(if source.ends_with(".c") { "cc" } else { "c++" });
    compiler.args(["-g", "-w"]).arg(workspace().join("tests/fixtures/native").join(source));
    compiler.args(flags).arg("-o").arg(&program);
    let output = compiler.output().ok()?;
    assert!(output.status.success(), "{}", told(&compiler, &output));
    Some(program)
}

/// Builds the project in `folder` beside the fixtures, with what has been built for them; the program `name`.
pub fn build_beside_fixtures(folder: &Path, name: &str) -> PathBuf {
    let target = target().join("fixtures");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder).args(["build", "--offline", "--quiet"]).arg("--target-dir").arg(&target);
    succeed(&mut cargo);
    target.join("debug").join(name)
}

/// Line (from 1) of the fixture's source that carries the comment `// at: PLACE`.
pub fn line_of(fixture: &str, place: &str) -> u64 {
    let source = fixture_source(fixture);
    let comment = format!("// at: {place}");
    let line = source.lines().position(|line| line.ends_with(&comment));
    line.unwrap_or_else(|| panic!("{fixture}.rs has no line that ends in `{comment}`")) as u64 + 1
}

/// A fixture's source text.
pub fn fixture_source(fixture: &str) -> String {
    let path = workspace().join(format!("tests/fixtures/programs/{fixture}.rs"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs `command` and hands back what it did; panics with everything it said where it did not succeed.
pub fn succeed(command: &mut Command) -> Output {
    let output = run(command);
    assert!(output.status.success(), "{}", told(command, &output));
    output
}

/// Runs `command` to its end, however that is.
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

/// A failed command with its folder, status and both outputs.
pub fn told(command: &Command, output: &Output) -> String {
    format!(
        "{command:?}\nin {:?}\nended with {}\n--- stdout\n{}\n--- stderr\n{}",
        command.get_current_dir(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Records `program` with `arguments` into `file` through `dropscope record`; the output is the program's.
pub fn record(program: &Path, arguments: &[&str], file: &Path) -> Output {
    run(Command::new(dropscope()).arg("record").arg("-o").arg(file).arg("--").arg(program).args(arguments))
}

/// The lines of `dropscope dump`.
pub fn dump(file: &Path) -> Vec<Value> {
    let output = succeed(Command::new(dropscope()).arg("dump").arg(file));
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// `dropscope report --json`.
pub fn report(file: &Path) -> Value {
    let output = succeed(Command::new(dropscope()).arg("report").arg("--json").arg(file));
    serde_json::from_slice(&output.stdout).expect("a report is JSON")
}

/// The user's place of an event as `file's last part:line:column`; empty where it has none.
pub fn place(event: &Value) -> String {
    let at = &event["at"];
    let Some(file) = at["file"].as_str() else { return String::new() };
    format!("{}:{}:{}", file.rsplit('/').next().unwrap_or(file), at["line"], at["column"])
}
