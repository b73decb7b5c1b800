//! `dropscope cargo`: does what cargo does, and records the programs that cargo starts.
//!
//! Cargo has a place for this: the *runner*, which it calls with each program that `run`, `test` and `bench` start. It
//! builds as ever; only what it starts goes through us.

use super::command::{CargoRequest, Program};
use super::{FAILED, Failure, record};
use crate::launch;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The hidden first word by which cargo calls us.
pub(super) const RUNNER_WORD: &str = "__cargo-runner";
/// Where what cargo starts is to be recorded to: the folder in which the user stands, and the path with `%n` in it.
const FOLDER: &str = "DROPSCOPE_CARGO_FOLDER";
const OUTPUT: &str = "DROPSCOPE_CARGO_OUTPUT";
/// What stands for the program's name.
const NAME_MARK: &str = "%n";

/// Runs cargo as `request` says; the exit status is its.
pub(super) fn cargo(request: &CargoRequest) -> Result<u8, Failure> {
    let own = std::env::current_exe().map_err(anyhow::Error::from)?;
    let own =
        own.to_str().ok_or_else(|| anyhow::anyhow!("cargo cannot call {}: its path is not UTF-8", own.display()))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command.arg("--config").arg(format!("target.'cfg(all())'.runner = [{own:?}, \"{RUNNER_WORD}\"]"));
    command.args(&request.words);
    let folder = std::env::current_dir().map_err(anyhow::Error::from)?;
    command.env(OUTPUT, request.output.as_ref().map_or_else(PathBuf::new, |output| folder.join(output)));
    command.env(FOLDER, folder).envs(request.window.environment());
    let status = command.status().map_err(|error| anyhow::anyhow!("{} cannot be started: {error}", cargo.display()))?;
    Ok(status.code().map_or(FAILED, |code| code as u8))
}

/// Records `program`, which cargo has built; the exit status is its.
pub(super) fn runner(program: &Program) -> Result<u8, Failure> {
    let name = name_of(Path::new(&program.name));
    let folder = std::env::var_os(FOLDER).map_or_else(PathBuf::new, PathBuf::from);
    let output = match std::env::var(OUTPUT) {
        Ok(output) if !output.is_empty() => PathBuf::from(output.replace(NAME_MARK, &name)),
        _ => launch::unused_name(&folder, name.as_ref()),
    };
    record::record(&Program { output: Some(output), ..program.clone() })
}

/// A test program's file has a hash behind its name.
fn name_of(program: &Path) -> String {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let is_hash = |part: &str| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match name.rsplit_once('-') {
        Some((stem, hash)) if is_hash(hash) => stem.to_owned(),
        _ => name,
    }
}
