//! Finds the library by which programs are recorded that have no tracker in them.

use std::path::{Path, PathBuf};

const LIBRARY: &str = "libdropscope_preload.so";

/// The library of this build.
///
/// Cargo builds it with this program and leaves it in `deps` beside it; what else lies around may be older. An installed
/// program has it beside itself or in `lib/dropscope`.
///
/// # Errors
/// A sentence that says where it was looked for and what to do.
pub fn preload_library() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is not known: {error}"))?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let places = [folder.join("deps"), folder.to_owned(), folder.join("../lib/dropscope")];
    let found = places.iter().map(|place| place.join(LIBRARY)).find(|library| library.is_file());
    found.ok_or_else(|| {
        format!(
            "{LIBRARY} is not beside {}: build it with `cargo build --release -p dropscope-preload` and copy it there",
            program.display()
        )
    })
}
