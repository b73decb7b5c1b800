//! What attaching costs to build: a clean debug build of an empty program, with the tracker and without.
//!
//! `cargo run -p dropscope --example build_time -- [PAIRS]` builds both in turn, three times each if not said otherwise,
//! and prints the medians, and which crates come along. Nothing else should be running.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let pairs: usize = std::env::args().nth(1).map_or(Ok(3), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let tracker = Path::new(env!("CARGO_MANIFEST_DIR"));
    let alone = Program::make(folder.path(), "alone", "", "")?;
    let dependency = format!("[dependencies]\ndropscope = {{ path = {tracker:?} }}\n");
    let attached = Program::make(folder.path(), "attached", &dependency, "dropscope::attach!();\n")?;
    // The same versions as here; they have been fetched already.
    let locked = tracker.parent().map(|workspace| workspace.join("Cargo.lock")).filter(|lock| lock.exists());
    if let Some(lock) = locked {
        std::fs::copy(lock, attached.folder.join("Cargo.lock"))?;
    }
    attached.cargo(&["fetch"])?;
    let tree = attached.cargo(&["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])?;
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    crates.sort_unstable();
    crates.dedup();
    crates.retain(|name| *name != "attached");
    println!("{} crates: {}", crates.len(), crates.join(", "));
    let mut times = [Vec::new(), Vec::new()];
    for pair in 1..=pairs {
        let [without, with] = [alone.clean_build()?, attached.clean_build()?];
        println!("pair {pair}: {:.2} s alone, {:.2} s attached", without.as_secs_f64(), with.as_secs_f64());
        times[0].push(without);
        times[1].push(with);
    }
    let [without, with] = times.map(median);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "medians: {:.2} s alone, {:.2} s attached: {:.2} s more, on {cores} cores",
        without.as_secs_f64(),
        with.as_secs_f64(),
        with.saturating_sub(without).as_secs_f64(),
    );
    Ok(())
}

/// A cargo package in a folder of its own.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn make(inside: &Path, name: &str, dependencies: &str, line: &str) -> std::io::Result<Program> {
        let folder = inside.join(name);
        std::fs::create_dir_all(folder.join("src"))?;
        let package = format!("[workspace]\n[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
        std::fs::write(folder.join("Cargo.toml"), package + dependencies)?;
        std::fs::write(folder.join("src/main.rs"), format!("{line}fn main() {{}}\n"))?;
        Ok(Program { folder })
    }

    /// Wall time of a build with an empty target folder.
    fn clean_build(&self) -> Result<Duration, Box<dyn Error>> {
        let target = self.folder.join("target");
        if target.exists() {
            std::fs::remove_dir_all(&target)?;
        }
        let begun = Instant::now();
        self.cargo(&["build", "--quiet"])?;
        Ok(begun.elapsed())
    }

    /// What cargo prints.
    fn cargo(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // As somebody's own shell would have it.
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_JOBS", "CARGO_INCREMENTAL", "RUSTFLAGS", "RUSTC_WRAPPER"] {
            command.env_remove(name);
        }
        let output = command.args(arguments).current_dir(&self.folder).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
