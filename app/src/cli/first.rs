//! `dropscope` alone: the window on the lessons; without a display the first comparison in the terminal and a picture.

use super::command::{CompareRequest, DEFAULT_SIZE, ShotRequest};
use super::{DONE, Failure, compare, demo, out, screen};
use crate::launch::DemoOptions;
use crate::window::Start;
use anyhow::Context;
use dropscope_demos::workloads;
use std::path::PathBuf;

/// Enough to fill the cache and to make the stopping collector stop several times, in a few seconds recorded.
const ENTRIES: usize = 20_000;
const OPERATIONS: usize = 100_000;
const GROUP: &str = "lru";
const PICTURE: &str = "dropscope-lru.png";

/// Opens the window, or does what can be done without one.
pub(super) fn first() -> Result<u8, Failure> {
    match screen::open(Start::Lessons) {
        Ok(()) => Ok(DONE),
        Err(reason) => {
            out::say(&format!(
                "{}.\nSo here is the first comparison, recorded now: the same cache, its entries released by \
                 their owners or by a collector.",
                out::chain(&reason)
            ));
            comparison()
        }
    }
}

fn comparison() -> Result<u8, Failure> {
    let folder = Folder::new()?;
    let sizes = DemoOptions { entries: Some(ENTRIES), operations: Some(OPERATIONS), ..DemoOptions::default() };
    let mut files = Vec::new();
    for workload in workloads().iter().filter(|workload| workload.group == GROUP) {
        out::say(&format!(
            "recording `dropscope demo {} --entries {ENTRIES} --operations {OPERATIONS}`",
            workload.name
        ));
        files.push(demo::recorded(workload, &sizes, &folder.0)?);
    }
    compare::compare(&CompareRequest { files: files.clone(), ..CompareRequest::default() })?;
    let output = PathBuf::from(PICTURE);
    let request = ShotRequest { files, output, view: Some("compare".to_owned()), size: DEFAULT_SIZE, dark: true };
    screen::draw(&request)?;
    out::print(&format!("\nThe picture: {PICTURE}\n"))
}

/// A folder for recordings that are only looked at once; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("dropscope-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
