//! An open file is a resource, too: its owner closes it, and what buffered it is released with it.

use crate::beat;
use dropscope::{mark, scope};
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Opens the program's own file, and asks Linux before and after whether it is open.
pub fn run() {
    let mut entry = String::with_capacity(1061); // where Linux lists our open files
    {
        let _scope = scope!("the file is open");
        let Ok(file) = File::open("/proc/self/exe") else {
            mark!("/proc is not there; this lesson needs Linux");
            return;
        };
        let _ = write!(entry, "/proc/self/fd/{}", file.as_raw_fd());
        tell(&entry);
        beat();
        let reader = BufReader::with_capacity(1062, file);
        mark!("move: file -> reader");
        beat();
    }
    tell(&entry);
    beat();
}

/// Marks what Linux knows of the file.
fn tell(entry: &str) {
    mark!(if Path::new(entry).exists() { "Linux: this file is open" } else { "Linux: no such file is open" });
}
